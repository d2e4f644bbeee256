import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { cloneApp } from '../../bin/clone-app';
import type { Outcome } from '../../simulator/amplify-backend/app-state';
import type { JournalEvent } from '../../simulator/amplify-backend/journal';
import { AmplifyBackend } from '../../simulator/amplify-backend/model';
import type { Operation } from '../../simulator/amplify-backend/operations';
import { answer } from '../../simulator/amplify-backend/request-handler';
import { DEFAULT_VARIANTS } from '../../simulator/amplify-backend/variants';
import { parseCall } from '../../simulator/amplify-backend/wire';
import { VirtualClock } from '../../simulator/clock';
import { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import { Region } from '../../simulator/cloudformation/region';
import type { StackEvent } from '../../simulator/cloudformation/stack-event';
import { operationOf } from '../../simulator/dynamodb/wire';
import { seededRandom } from '../../simulator/random';

const APP_ID = 'd1a2b3c4d5e6f7';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const TARGET = 'preview';
export const STACK = `BackendClone-${TARGET}`;
export const PROVIDER_STACK = 'BackendCloneProvider';

export interface ObservedInvocation {
  readonly at: number;
  /** `index.onEvent`, `framework.isComplete`, ... */
  readonly handler: string;
}

export interface ObservedCall extends ObservedInvocation {
  readonly operation: Operation;
}

/** A call to the provider's ledger table. */
export interface ObservedLedgerCall extends ObservedInvocation {
  /** `GetItem` or `PutItem`. */
  readonly operation: string;
}

/** Everything that is observed during the deployment of one stack with one clone. Times are in milliseconds since its start. */
export interface ObservedDeployment {
  readonly endedAt: number;
  readonly status: string;
  readonly stackEvents: readonly StackEvent[];
  readonly requests: readonly string[];
  readonly answers: number;
  readonly invocations: readonly ObservedInvocation[];
  readonly calls: readonly ObservedCall[];
  readonly ledgerCalls: readonly ObservedLedgerCall[];
  readonly journal: readonly JournalEvent[];
  /** The state machine's poll interval, in milliseconds. */
  readonly pollInterval: number;
}

export interface Plan {
  readonly cloneTakes: number;
  readonly outcome: Outcome;
}

export const A_CLONE: Plan = { cloneTakes: 7 * MINUTE + 40 * SECOND, outcome: 'COMPLETED' };
export const A_CLONE_THAT_FAILS: Plan = { cloneTakes: 4 * MINUTE, outcome: { failed: 'Resource limit exceeded' } };

/** Synthesizes the app of `cdk.json`, and calls `observe` with a function that deploys it on the simulator. */
export async function withSynthesizedApp<T>(
  observe: (deploy: (plan: Plan) => Promise<ObservedDeployment>) => Promise<T>,
): Promise<T> {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'draw-docs-'));
  try {
    cloneApp({ appId: APP_ID, source: 'dev', targets: TARGET, retain: 'false' }, { outdir }).synth();
    const assembly = CloudAssembly.load(outdir);
    return await observe((plan) => deployIn(assembly, plan));
  } finally {
    fs.rmSync(outdir, { recursive: true, force: true });
  }
}

async function deployIn(assembly: CloudAssembly, { cloneTakes, outcome }: Plan): Promise<ObservedDeployment> {
  const clock = new VirtualClock();
  const amplify = new AmplifyBackend({
    clock,
    random: seededRandom(1),
    // Users report that a target is listed at once. A failed clone then leaves an empty environment.
    variants: { ...DEFAULT_VARIANTS, targetListed: 'on acceptance', failedCloneLeaves: 'empty environment' },
    jobDuration: (operation) => (operation === 'CloneBackend' ? cloneTakes : 40 * SECOND),
    cloneOutcome: () => outcome,
  });
  amplify.addApp(APP_ID);
  amplify.addEnvironment(APP_ID, 'dev');

  const invocations: ObservedInvocation[] = [];
  const calls: ObservedCall[] = [];
  const ledgerCalls: ObservedLedgerCall[] = [];
  const requests: string[] = [];
  const stackEvents: StackEvent[] = [];
  const journal: JournalEvent[] = [];
  let answers = 0;
  let begunAt = clock.now();
  const since = (): number => clock.now() - begunAt;
  const region = new Region({
    clock,
    random: seededRandom(2),
    network: (request, { handler }) => {
      const parsed = parseCall(request);
      if (parsed.kind !== 'refused') calls.push({ at: since(), handler, operation: parsed.answer.operation });
      return answer(amplify, request, handler);
    },
    aroundCall: (request, { handler }, proceed) => {
      const operation = operationOf(request);
      if (operation !== undefined) ledgerCalls.push({ at: since(), handler, operation });
      return proceed();
    },
    onInvocation: ({ handler }) => invocations.push({ at: since(), handler }),
    onRequestSent: ({ RequestType: type }) => requests.push(type),
    onAnswered: () => {
      answers += 1;
    },
    onEvent: (event) => {
      if (event.stackName === STACK) stackEvents.push({ ...event, at: event.at - begunAt });
    },
  });
  await clock.runUntil(region.deploy(assembly, PROVIDER_STACK));
  begunAt = clock.now();
  amplify.journal.onEvent((event) => journal.push({ ...event, at: event.at - begunAt }));
  const { status } = await clock.runUntil(region.deploy(assembly, STACK));
  const polls = invocations.filter(({ handler }) => handler === 'framework.isComplete');
  const [first, second] = polls;
  return {
    endedAt: since(),
    status,
    stackEvents,
    requests,
    answers,
    invocations,
    calls,
    ledgerCalls,
    journal,
    pollInterval: first && second ? second.at - first.at : 0,
  };
}
