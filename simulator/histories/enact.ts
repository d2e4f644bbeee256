import { Faults } from '../amplify-backend/faults';
import type { JournalEvent } from '../amplify-backend/journal';
import { AmplifyBackend } from '../amplify-backend/model';
import { answer } from '../amplify-backend/request-handler';
import type { WireRequest } from '../amplify-backend/wire';
import { sleep, VirtualClock } from '../clock';
import type { CloudAssembly } from '../cloudformation/cloud-assembly';
import type { CustomResourceRequest } from '../cloudformation/custom-resource-protocol';
import { faultyDelivery } from '../cloudformation/delivery';
import { type AroundCall, Region } from '../cloudformation/region';
import type { StackEvent } from '../cloudformation/stack-event';
import { FAULTS as LEDGER_FAULTS, replyWithFault } from '../dynamodb/faults';
import { operationOf } from '../dynamodb/wire';
import type { Invocation, NetworkReply } from '../lambda/lambda-function';
import { seededRandom } from '../random';
import { APP_IDS, type Deed, type History, SOURCES, type StackLife, type Step } from './history';
import { castStack, OTHER_RESOURCE } from './molds';
import { PromiseKeeper, type Violation } from './promises';
import { callerOf } from './sender';

export interface Enacted {
  readonly violations: readonly Violation[];
  /** What no handler can prevent; see `PromiseKeeper`. */
  readonly leftByFailedCleanups: number;
  readonly takenForOurs: number;
  readonly virtualSeconds: number;
  readonly calls: number;
}

/** Is told of all that happens, in the order in which it does. */
export interface Witness {
  stackEvent?(event: StackEvent): void;
  serviceEvent?(event: JournalEvent): void;
  request?(at: number, request: CustomResourceRequest): void;
  call?(at: number, request: WireRequest, invocation: Invocation, reply: NetworkReply): void;
  log?(at: number, message: string): void;
}

/** After the last thing that was planned: longer than any request, and any job that is not stuck, can take. */
const UNTIL_QUIET = 3 * 60 * 60 * 1000;

/** Somebody makes an environment with the Amplify CLI: `init`, some questions, `push`. */
const MADE_BY_CLI_IN = 10 * 60 * 1000;

/** A kill comes alone: of the request that cleans up after one, too, nothing would be left. */
const BETWEEN_KILLS = 60 * 60 * 1000;

/** Runs one history from beginning to end, on a clock of its own. */
export async function enact(history: History, assembly: CloudAssembly, witness: Witness = {}): Promise<Enacted> {
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const random = seededRandom(history.seed);
  const ledgerRandom = seededRandom(history.seed + 3);
  const { lambda } = history;
  const service = createService(history, clock);
  let calls = 0;
  let noKillBefore = 0;

  const keeper: PromiseKeeper = new PromiseKeeper({
    now: () => clock.now(),
    environments: () =>
      APP_IDS.flatMap((appId) => service.environments(appId).map((environment) => ({ appId, ...environment }))),
    runningClones: () =>
      APP_IDS.flatMap((appId) => service.jobs(appId))
        .filter((job) => job.status === 'RUNNING' && job.operation === 'CloneBackend')
        .map((job) => ({ jobId: job.jobId, caller: job.caller, environmentName: job.environment })),
    unfinishedStacks: () =>
      history.stacks.map((_, index) => nameOf(index)).filter((name) => region.stack(name)?.status?.endsWith('_FAILED')),
    resources: () =>
      history.stacks.flatMap((_, index) =>
        [...(region.stack(nameOf(index))?.resources ?? [])].map(([logicalId, { physicalId }]) => ({
          stackName: nameOf(index),
          logicalId,
          physicalId,
        })),
      ),
  });
  service.journal.onEvent((event) => {
    witness.serviceEvent?.(event);
    keeper.serviceDid(event);
  });

  const network = (request: WireRequest, invocation: Invocation): Promise<NetworkReply> =>
    answer(service, request, callerOf(invocation), { callerRights: history.service.callerRights });
  const aroundCall: AroundCall = async (request, invocation, proceed) => {
    calls += 1;
    const isLedgerCall = operationOf(request) !== undefined;
    const reply = await disturb(isLedgerCall ? () => callLedger(request, proceed) : proceed);
    witness.call?.(clock.now(), request, invocation, reply);
    return reply;
  };
  const disturb = async (proceed: () => Promise<NetworkReply>): Promise<NetworkReply> => {
    const mayBeKilled = clock.now() >= noKillBefore;
    if (mayBeKilled && random.chance(lambda.killedBeforeCall)) return kill();
    const hangs = random.chance(lambda.callHangs);
    if (hangs && random.chance(0.5)) return never();
    const reply = await proceed();
    if (hangs) return never();
    if (mayBeKilled && random.chance(lambda.killedAfterCall)) return kill();
    return reply;
  };
  const callLedger = async (request: WireRequest, proceed: () => Promise<NetworkReply>): Promise<NetworkReply> => {
    // IAM is one system: what it does not know yet of the role it does not know for any service.
    if (service.isAccessDenied()) return region.dynamoDb.denyAccess(request);
    const fault = LEDGER_FAULTS.find((each) => ledgerRandom.chance(history.ledger[each]));
    return fault === undefined ? proceed() : replyWithFault(fault, proceed, ledgerRandom);
  };
  const kill = (): NetworkReply => {
    noKillBefore = clock.now() + BETWEEN_KILLS;
    return { kind: 'killed' };
  };

  const region: Region = new Region({
    clock,
    random: seededRandom(history.seed + 1),
    network,
    aroundCall,
    settings: {
      failedUpdate: history.cloudFormation.failedUpdate,
      delivery: faultyDelivery(history.cloudFormation),
      signaturesMatter: false,
      coldStart: (_, drawn) => drawn.chance(lambda.coldStart),
    },
    onRequestSent: (request) => {
      witness.request?.(clock.now(), request);
      keeper.requestSent(request);
    },
    onAnswered: (request, reply, reception) => keeper.answered(request, reply, reception),
    onEvent: (event) => {
      witness.stackEvent?.(event);
      keeper.stackDid(event);
    },
    log: (entry) => witness.log?.(entry.at, entry.message),
  });

  const lives = history.stacks.map((life, index) =>
    live(life, nameOf(index), { history, assembly, region, clock, service }),
  );
  const deeds = history.deeds.map((deed) => doDeed(deed, service, clock));
  await clock.runUntil(Promise.all([...lives, ...deeds]));
  await clock.advance(UNTIL_QUIET);
  keeper.allIsQuiet();
  return {
    violations: keeper.violations,
    leftByFailedCleanups: keeper.leftByFailedCleanups,
    takenForOurs: keeper.takenForOurs,
    virtualSeconds: (clock.now() - startedAt) / 1000,
    calls,
  };
}

function nameOf(index: number): string {
  return `Stack${index + 1}`;
}

function never(): Promise<NetworkReply> {
  return new Promise(() => {});
}

function createService(history: History, clock: VirtualClock): AmplifyBackend {
  const random = seededRandom(history.seed + 2);
  const { longestCloneMinutes, longestDeletionSeconds, cloneFails, cloneIsStuck, deletionFails } = history.service;
  const service = new AmplifyBackend({
    clock,
    random,
    variants: history.variants,
    faults: new Faults(random, history.service.faults),
    jobDuration: (operation, drawn) =>
      operation === 'CloneBackend'
        ? drawn.integer(5000, longestCloneMinutes * 60_000)
        : drawn.integer(1000, longestDeletionSeconds * 1000),
    cloneOutcome: (target, drawn) => {
      if (drawn.chance(cloneIsStuck)) return 'stuck';
      if (!drawn.chance(cloneFails)) return 'COMPLETED';
      return { failed: drawn.chance(0.5) ? undefined : `cloning ${target} failed: resource limit exceeded` };
    },
    deletionOutcome: (_, drawn) => (drawn.chance(deletionFails) ? { failed: 'a bucket is not empty' } : 'COMPLETED'),
    journalLimit: 10,
  });
  for (const appId of APP_IDS) {
    service.addApp(appId);
    for (const source of SOURCES) service.addEnvironment(appId, source);
  }
  return service;
}

async function doDeed(deed: Deed, service: AmplifyBackend, clock: VirtualClock): Promise<void> {
  await sleep(clock, deed.atSeconds * 1000);
  switch (deed.kind) {
    case 'makes':
      service.addEnvironment(deed.appId, deed.environment);
      break;
    case 'begins to make':
      service.addEnvironment(deed.appId, deed.environment, { madeInMilliseconds: MADE_BY_CLI_IN });
      break;
    case 'removes':
      service.removeEnvironment(deed.appId, deed.environment);
      break;
    case 'clones onto':
      service.otherCloneStarts(deed.appId, SOURCES[0], deed.environment);
      break;
  }
}

/** What a stack's life is played with. */
interface Scene {
  readonly history: History;
  readonly assembly: CloudAssembly;
  readonly region: Region;
  readonly clock: VirtualClock;
  readonly service: AmplifyBackend;
}

async function live(life: StackLife, stackName: string, scene: Scene): Promise<void> {
  for (const step of life.steps) {
    await sleep(scene.clock, step.waitSeconds * 1000);
    if (step.kind === 'destroy') await scene.region.destroy(stackName);
    else await deploy(step, stackName, scene);
  }
}

async function deploy(step: Extract<Step, { kind: 'deploy' }>, stackName: string, scene: Scene): Promise<void> {
  const { history, assembly, region, clock, service } = scene;
  const status = region.stack(stackName)?.status;
  // As the CDK CLI does; what failed otherwise is for people to look at, and for a later `destroy`.
  if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED') await region.destroy(stackName);
  if (region.stack(stackName)?.status?.endsWith('_FAILED')) return;
  if (region.stack(stackName) === undefined) service.grantPermissions(clock.now());
  const { interruption } = step;
  const seconds = interruption?.afterSeconds ?? 0;
  const deployment = region.deployTemplate(
    stackName,
    castStack(assembly, history.pollInterval, step.clones),
    interruption?.kind === 'another resource fails'
      ? { [OTHER_RESOURCE]: { reason: 'Topic limit exceeded', afterSeconds: seconds } }
      : {},
  );
  if (interruption?.kind === 'cancelled') {
    clock.schedule(() => region.stack(stackName)?.cancel(), seconds * 1000);
  }
  await deployment;
}
