import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, CfnOutput, CfnResource, CustomResource, Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as customResources from 'aws-cdk-lib/custom-resources';
import { type Clock, VirtualClock } from '../../../simulator/clock';
import { CloudAssembly } from '../../../simulator/cloudformation/cloud-assembly';
import type { Reception } from '../../../simulator/cloudformation/custom-resource-exchange';
import type {
  CustomResourceAnswer,
  CustomResourceRequest,
} from '../../../simulator/cloudformation/custom-resource-protocol';
import type { Deployment } from '../../../simulator/cloudformation/deployment';
import {
  type DeployOptions,
  Region,
  type RegionProps,
  type RegionSettings,
} from '../../../simulator/cloudformation/region';
import type { StackEvent } from '../../../simulator/cloudformation/stack-event';
import type { LogEntry } from '../../../simulator/lambda/log';
import { seededRandom } from '../../../simulator/random';

const directories: string[] = [];

export function temporaryDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudformation-'));
  directories.push(directory);
  return directory;
}

export function removeTemporaryDirectories(): void {
  probeAssemblies.clear();
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true });
}

/** A handler that asks the network what to do: it returns the network's answer, or throws its error. */
const PROBE_SOURCE = `
  const ask = (entry) => async (event) => {
    const response = await fetch('http://probe.example/' + entry, { method: 'POST', body: JSON.stringify(event) });
    const answer = await response.json();
    if (response.status !== 200) throw new Error(answer.error);
    return answer;
  };
  exports.onEvent = ask('onEvent');
  exports.isComplete = ask('isComplete');`;

let probeDirectory: string | undefined;

function probeCode(): lambda.Code {
  if (probeDirectory === undefined || !fs.existsSync(probeDirectory)) {
    probeDirectory = temporaryDirectory();
    fs.writeFileSync(path.join(probeDirectory, 'index.js'), PROBE_SOURCE);
  }
  return lambda.Code.fromAsset(probeDirectory);
}

export interface ProbeProviderProps {
  /** Without it, onEvent's answer completes the request. */
  readonly waits?: boolean;
  readonly logLevel?: lambda.ApplicationLogLevel;
  readonly interval?: Duration;
  readonly totalTimeout?: Duration;
}

export function probeProvider(stack: Stack, props: ProbeProviderProps = {}): customResources.Provider {
  const { waits = true, logLevel, interval, totalTimeout } = props;
  const handler = (id: string): lambda.Function =>
    new lambda.Function(stack, id, {
      code: probeCode(),
      handler: `index.${id}`,
      runtime: lambda.Runtime.NODEJS_24_X,
      timeout: Duration.minutes(2),
    });
  return new customResources.Provider(stack, 'Provider', {
    onEventHandler: handler('onEvent'),
    ...(waits && { isCompleteHandler: handler('isComplete') }),
    ...(waits && { queryInterval: interval ?? Duration.seconds(10) }),
    ...(waits && totalTimeout && { totalTimeout }),
    ...(logLevel && { frameworkLambdaLoggingLevel: logLevel }),
  });
}

export interface ProbeProps extends ProbeProviderProps {
  readonly properties?: Record<string, unknown>;
  readonly removalPolicy?: RemovalPolicy;
  readonly serviceTimeout?: Duration;
  /** A resource without dependencies, which a test can make fail. Its text is a property. */
  readonly other?: string;
  /** A resource that depends on the probe. Its text is a property. */
  readonly later?: string;
  /** Whether the stack has the probe. @default true */
  readonly probe?: boolean;
}

/** The stack `Test` with a custom resource `Probe`, whose attribute `Name` is the output `Name`. */
export function probeAssembly(props: ProbeProps = {}): CloudAssembly {
  const key = JSON.stringify(props, (_name, value: unknown) => (value instanceof Duration ? value.toSeconds() : value));
  const assembly = probeAssemblies.get(key) ?? synthesizeProbe(props);
  probeAssemblies.set(key, assembly);
  return assembly;
}

const probeAssemblies = new Map<string, CloudAssembly>();

function synthesizeProbe(props: ProbeProps): CloudAssembly {
  return synthesize((app) => {
    const stack = new Stack(app, 'Test');
    const provider = probeProvider(stack, props);
    const text = (id: string, value: string): CfnResource =>
      new CfnResource(stack, id, { type: 'AWS::SSM::Parameter', properties: { Type: 'String', Value: value } });
    if (props.other !== undefined) text('Other', props.other);
    if (props.probe === false) return;
    const { properties = {}, removalPolicy, serviceTimeout } = props;
    const probe = new CustomResource(stack, 'Probe', {
      serviceToken: provider.serviceToken,
      resourceType: 'Custom::Probe',
      properties,
      ...(removalPolicy && { removalPolicy }),
      ...(serviceTimeout && { serviceTimeout }),
    });
    new CfnOutput(stack, 'Name', { value: probe.getAttString('Name') });
    if (props.later !== undefined) text('Later', props.later).node.addDependency(probe);
  });
}

export function synthesize(build: (app: App) => void): CloudAssembly {
  const app = new App({ outdir: temporaryDirectory(), analyticsReporting: false });
  build(app);
  return CloudAssembly.load(app.synth().directory);
}

/** The user's handler. A rejection is an exception in it. */
export interface ProbeHandler {
  readonly onEvent: (request: CustomResourceRequest, clock: Clock) => unknown;
  readonly isComplete?: (
    event: CustomResourceRequest & { readonly PhysicalResourceId: string },
    clock: Clock,
  ) => unknown;
}

export interface Answered {
  readonly request: CustomResourceRequest;
  readonly answer: CustomResourceAnswer;
  readonly reception: Reception;
}

export class ProbeRegion {
  readonly clock = new VirtualClock(Date.UTC(2026, 3, 1));
  readonly region: Region;
  readonly requests: CustomResourceRequest[] = [];
  readonly answers: Answered[] = [];
  readonly events: StackEvent[] = [];
  readonly logs: LogEntry[] = [];
  /** Calls of the user's handler: entry point and request type. */
  readonly calls: string[] = [];

  constructor(handler: ProbeHandler, settings: Partial<RegionSettings> = {}, props: Partial<RegionProps> = {}) {
    const { clock } = this;
    this.region = new Region({
      clock,
      random: seededRandom(11),
      settings,
      network: async (request) => {
        const event = JSON.parse(request.body);
        const entry = request.path.slice(1);
        this.calls.push(`${entry} ${event.RequestType}`);
        try {
          const handle = entry === 'onEvent' ? handler.onEvent : (handler.isComplete ?? (() => ({ IsComplete: true })));
          const returned = await handle(event, clock);
          if (returned === KILLED) return { kind: 'killed' };
          return { kind: 'response', statusCode: 200, headers: {}, body: JSON.stringify(returned ?? null) };
        } catch (error) {
          const body = JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
          return { kind: 'response', statusCode: 500, headers: {}, body };
        }
      },
      onRequestSent: (request) => this.requests.push(request),
      onAnswered: (request, answer, reception) => this.answers.push({ request, answer, reception }),
      onEvent: (event) => this.events.push(event),
      log: (entry) => this.logs.push(entry),
      ...props,
    });
  }

  deploy(assembly: CloudAssembly, options: DeployOptions = {}, stackName = 'Test'): Promise<Deployment> {
    return this.clock.runUntil(this.region.deploy(assembly, stackName, options));
  }

  destroy(stackName = 'Test'): Promise<string> {
    return this.clock.runUntil(this.region.destroy(stackName));
  }

  /** `LogicalId STATUS`, without the resources of the provider. */
  story(...logicalIds: readonly string[]): string[] {
    const shown = this.events.filter(({ logicalId }) => logicalIds.includes(logicalId));
    return shown.map(({ logicalId, status }) => `${logicalId} ${status}`);
  }

  /** Each request as `Create`, `Update old-id` or `Delete id`. */
  get sent(): string[] {
    return this.requests.map((request) =>
      request.RequestType === 'Create' ? 'Create' : `${request.RequestType} ${request.PhysicalResourceId}`,
    );
  }
}

/** An answer that kills the process of the probe's handler. */
export const KILLED = Symbol('killed');
