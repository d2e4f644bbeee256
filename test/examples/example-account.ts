import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { withoutTemplateChecks } from '../../scripts/without-template-checks';
import type { Outcome } from '../../simulator/amplify-backend/app-state';
import { AmplifyBackend, type EnvironmentTruth } from '../../simulator/amplify-backend/model';
import { answer } from '../../simulator/amplify-backend/request-handler';
import { DEFAULT_VARIANTS } from '../../simulator/amplify-backend/variants';
import type { WireReply, WireRequest } from '../../simulator/amplify-backend/wire';
import { VirtualClock } from '../../simulator/clock';
import { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import type { Deployment } from '../../simulator/cloudformation/deployment';
import type { JsonObject } from '../../simulator/cloudformation/json';
import { Region, type RegionSettings } from '../../simulator/cloudformation/region';
import type { StackEvent, StackStatus } from '../../simulator/cloudformation/stack-event';
import type { LambdaCode } from '../../simulator/lambda/code';
import type { LogEntry } from '../../simulator/lambda/log';
import { seededRandom } from '../../simulator/random';

export const APP = 'd1a2b3c4d5e6f7';
export const CLONE_MINUTES = 5;

const MINUTE = 60_000;

/** One call of a function to a service other than AmplifyBackend. */
export interface ServiceCall {
  readonly at: number;
  /** The host's service, e.g. `dynamodb` in `dynamodb.us-east-1.amazonaws.com`. */
  readonly service: string;
  /** E.g. `PutItem`. */
  readonly operation: string;
  readonly input: JsonObject;
}

/** Answers such a call. Undefined for a call that the simulator answers itself. */
export type OtherService = (call: ServiceCall, request: WireRequest) => WireReply | undefined;

/** The synthesized example, with a context as from `-c`. It is removed after the tests of the file. */
export async function synthesized(
  context: Readonly<Record<string, string>>,
  fill: (app: App) => void,
): Promise<CloudAssembly> {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'example-'));
  directories.push(outdir);
  await withoutTemplateChecks(() => {
    const app = new App({ outdir, analyticsReporting: false, context: { ...context } });
    fill(app);
    app.synth();
  });
  return CloudAssembly.load(outdir);
}

const directories: string[] = [];

afterAll(() => {
  for (const directory of directories) fs.rmSync(directory, { recursive: true });
});

export interface ExampleAccountProps {
  readonly services?: OtherService;
  readonly settings?: Partial<RegionSettings>;
  readonly runtimePackages?: ReadonlyMap<string, LambdaCode>;
}

/** One AWS account on a virtual clock, with an Amplify app that has the environments `dev` and `test`. */
export class ExampleAccount {
  readonly clock = new VirtualClock();
  readonly backend: AmplifyBackend;
  readonly region: Region;
  readonly calls: ServiceCall[] = [];
  readonly events: StackEvent[] = [];
  readonly log: LogEntry[] = [];
  private readonly cloneOutcomes: Outcome[] = [];

  constructor({ services = () => undefined, settings = {}, runtimePackages = new Map() }: ExampleAccountProps = {}) {
    const { clock } = this;
    this.backend = new AmplifyBackend({
      clock,
      random: seededRandom(1),
      variants: DEFAULT_VARIANTS,
      jobDuration: (operation) => (operation === 'CloneBackend' ? CLONE_MINUTES : 1) * MINUTE,
      cloneOutcome: () => this.cloneOutcomes.shift() ?? 'COMPLETED',
    });
    this.backend.addApp(APP);
    for (const name of ['dev', 'test']) this.backend.addEnvironment(APP, name);
    this.region = new Region({
      clock,
      random: seededRandom(2),
      settings,
      runtimePackages,
      network: (request) => answer(this.backend, request, 'the handler'),
      aroundCall: async (request, _invocation, proceed) => {
        const call = serviceCall(request, clock.now());
        if (call === undefined) return proceed();
        this.calls.push(call);
        return services(call, request) ?? proceed();
      },
      onEvent: (event) => this.events.push(event),
      log: (entry) => this.log.push(entry),
    });
  }

  deploy(assembly: CloudAssembly, stackName: string): Promise<Deployment> {
    return this.clock.runUntil(this.region.deploy(assembly, stackName));
  }

  destroy(stackName: string): Promise<StackStatus> {
    return this.clock.runUntil(this.region.destroy(stackName));
  }

  nextCloneFails(words: string): void {
    this.cloneOutcomes.push({ failed: words });
  }

  environments(): string[] {
    return this.backend.environments(APP).map(({ name }) => name);
  }

  /** A value of an environment's `amplify-meta.json`, with any resource name. */
  metaOutput(environment: string, category: string, name: string): string {
    const found = this.backend.environments(APP).find((each: EnvironmentTruth) => each.name === environment);
    const meta: unknown = JSON.parse(found?.metaConfig ?? '{}');
    const value = new RegExp(`"${category}":\\{.*?"${name}":"([^"]+)"`).exec(JSON.stringify(meta))?.[1];
    if (value === undefined) throw new Error(`${environment} has no ${category} with a ${name}`);
    return value;
  }

  /** When the environment's clone was completed. */
  clonedAt(environment: string): number {
    const jobs = this.backend.jobs(APP).filter((job) => job.operation === 'CloneBackend');
    const { status, endedAt } = jobs.findLast((job) => job.environment === environment) ?? {};
    if (status !== 'COMPLETED' || endedAt === undefined) throw new Error(`${environment} was not cloned`);
    return endedAt;
  }

  /** The deployed properties of the only resource of that type in a stack. */
  deployed(stackName: string, type: string): JsonObject {
    const all = [...(this.region.stack(stackName)?.resources.values() ?? [])];
    const [resource, ...others] = all.filter(({ definition }) => definition.type === type);
    if (resource === undefined || others.length > 0) throw new Error(`${stackName} does not have one ${type}`);
    return resource.properties;
  }
}

/** Undefined for a call to AmplifyBackend. */
function serviceCall({ headers, body }: WireRequest, at: number): ServiceCall | undefined {
  const service = (headers['host'] ?? '').split('.')[0] ?? '';
  const operation = headers['x-amz-target']?.split('.').at(-1);
  return operation === undefined ? undefined : { at, service, operation, input: JSON.parse(body) };
}
