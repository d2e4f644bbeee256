import { Faults } from '../amplify-backend/faults';
import type { JournalEvent } from '../amplify-backend/journal';
import { AmplifyBackend } from '../amplify-backend/model';
import { answer } from '../amplify-backend/request-handler';
import { parseCall, type WireRequest } from '../amplify-backend/wire';
import { sleep, VirtualClock } from '../clock';
import type { CloudAssembly } from '../cloudformation/cloud-assembly';
import type { CustomResourceAnswer, CustomResourceRequest } from '../cloudformation/custom-resource-protocol';
import { faultyDelivery } from '../cloudformation/delivery';
import { type AroundCall, Region } from '../cloudformation/region';
import type { StackEvent } from '../cloudformation/stack-event';
import { FAULTS as LEDGER_FAULTS, replyWithFault } from '../dynamodb/faults';
import { operationOf } from '../dynamodb/wire';
import type { Invocation, NetworkReply } from '../lambda/lambda-function';
import { seededRandom } from '../random';
import { GuaranteeChecker } from './checker/guarantee-checker';
import type { ExceptionName, Violation } from './checker/guarantees';
import { keyOf } from './checker/identities';
import { APP_IDS, type History, type OtherAction, SOURCES, type StackLife, type Step } from './history';
import { OTHER_RESOURCE, stackOf } from './history-stacks';
import { Moments, type Subject } from './moments';
import { callerOf, senderOf, targetOf } from './sender';

export interface HistoryRun {
  readonly violations: readonly Violation[];
  /** How often what no handler can prevent has happened. */
  readonly exceptions: readonly (readonly [ExceptionName, number])[];
  readonly virtualSeconds: number;
  readonly calls: number;
}

/** Is told of all that happens, in the order in which it does. */
export interface Observer {
  stackEvent?(event: StackEvent): void;
  serviceEvent?(event: JournalEvent): void;
  request?(at: number, request: CustomResourceRequest): void;
  answer?(at: number, request: CustomResourceRequest, answer: CustomResourceAnswer): void;
  /** Other people do something. */
  otherAction?(at: number, otherAction: OtherAction, subject: Subject): void;
  call?(at: number, request: WireRequest, invocation: Invocation, reply: NetworkReply): void;
  log?(at: number, message: string): void;
}

/** After the last thing that was planned: longer than any request, and any job that is not stuck, can take. */
const UNTIL_QUIET = 3 * 60 * 60 * 1000;

/** Somebody makes an environment with the Amplify CLI: `init`, some questions, `push`. */
const MADE_BY_CLI_IN = 10 * 60 * 1000;

/** A kill comes alone: of the request that cleans up after one, too, nothing would be left. */
const BETWEEN_KILLS = 60 * 60 * 1000;

/** More than any invocation makes that comes to its end. One that goes on is kept waiting until its time is over. */
const MOST_CALLS = 1000;

/** Runs one history from beginning to end, on a clock of its own. */
export async function runHistory(
  history: History,
  assembly: CloudAssembly,
  observer: Observer = {},
): Promise<HistoryRun> {
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const random = seededRandom(history.seed);
  const ledgerRandom = seededRandom(history.seed + 3);
  const { lambda } = history;
  const moments = new Moments(clock);
  const service = createService(history, clock, moments);
  const callsOf = new Map<Invocation, number>();
  let calls = 0;
  let noKillBefore = 0;

  const checker: GuaranteeChecker = new GuaranteeChecker({
    now: () => clock.now(),
    blindMilliseconds: blindnessOf(history),
    jobsShownMilliseconds:
      history.variants.oldJobs === 'kept'
        ? Number.POSITIVE_INFINITY
        : history.variants.oldJobs.forgottenAfterMilliseconds,
    answersGetLost: losesAnswers(history),
    filedUnderSource: history.variants.cloneJobFiledUnder === 'source',
    isHidden: (appId) => service.isHidden(appId) || mayFailToShowDetails(history),
    environments: () =>
      APP_IDS.flatMap((appId) => service.environments(appId).map((environment) => ({ appId, ...environment }))),
    runningClones: () =>
      APP_IDS.flatMap((appId) =>
        service
          .jobs(appId)
          .filter((job) => job.status === 'RUNNING' && job.operation === 'CloneBackend')
          .map(({ jobId, caller, environment }) => ({ jobId, caller, environment: keyOf(appId, environment) })),
      ),
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
    observer.serviceEvent?.(event);
    checker.serviceDid(event);
    if (event.kind === 'clone-accepted')
      moments.happens('CloneBackend is accepted', { appId: event.appId, environment: event.target }, event.at);
    if (event.kind === 'delete-accepted') moments.happens('DeleteBackend is accepted', event, event.at);
  });

  const network = (request: WireRequest, invocation: Invocation): Promise<NetworkReply> => {
    const call = parseCall(request);
    const operation = call.kind === 'answered' ? call.answer.operation : undefined;
    const { cloneAnswerLost, deletionAnswerLost } = history.service;
    if (operation === 'CloneBackend' && random.chance(cloneAnswerLost)) loseAnswer(operation);
    if (operation === 'DeleteBackend' && random.chance(deletionAnswerLost)) loseAnswer(operation);
    const role = stackNameOf(invocation);
    return answer(service, request, callerOf(invocation), { callerRights: history.service.callerRights, role });
  };
  const loseAnswer = (operation: 'CloneBackend' | 'DeleteBackend'): void => {
    service.faults.next(operation, random.pick(LOST_ANSWERS));
  };
  const aroundCall: AroundCall = async (request, invocation, proceed) => {
    calls += 1;
    const made = (callsOf.get(invocation) ?? 0) + 1;
    callsOf.set(invocation, made);
    if (made > MOST_CALLS) return never();
    const ledgerOperation = operationOf(request);
    const changes = ledgerOperation === undefined ? isChange(request) : ledgerOperation === 'PutItem';
    const reply = await disturb(changes, async () => {
      if (ledgerOperation === undefined) return proceed();
      const answered = await callLedger(request, invocation, proceed);
      if (ledgerOperation === 'PutItem' && isDone(answered))
        moments.happens('the ledger is written', targetOf(invocation));
      return answered;
    });
    observer.call?.(clock.now(), request, invocation, reply);
    return reply;
  };
  const disturb = async (changes: boolean, proceed: () => Promise<NetworkReply>): Promise<NetworkReply> => {
    const isAroundChange = changes ? lambda.killedAroundChange / 2 : 0;
    if (isKilled(lambda.killedBeforeCall + isAroundChange)) return kill();
    const hangs = random.chance(lambda.callHangs);
    if (hangs && random.chance(0.5)) return never();
    await onItsWay();
    const reply = await proceed();
    if (hangs) return never();
    if (isKilled(lambda.killedAfterCall + isAroundChange)) return kill();
    await onItsWay();
    return reply;
  };
  const onItsWay = async (): Promise<void> => {
    const { longestWayMilliseconds } = lambda;
    if (longestWayMilliseconds > 0) await sleep(clock, random.integer(0, longestWayMilliseconds));
  };
  const isKilled = (probability: number): boolean => clock.now() >= noKillBefore && random.chance(probability);
  const callLedger = async (
    request: WireRequest,
    invocation: Invocation,
    proceed: () => Promise<NetworkReply>,
  ): Promise<NetworkReply> => {
    // IAM is one system: what it does not know yet of the role it does not know for any service.
    if (service.isAccessDenied(stackNameOf(invocation))) return region.dynamoDb.denyAccess(request);
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
      observer.request?.(clock.now(), request);
      checker.requestSent(request);
      moments.happens('a request is sent', subjectOf(request), clock.now());
    },
    onAnswered: (request, reply, reception) => {
      observer.answer?.(clock.now(), request, reply);
      checker.answered(request, reply, reception);
      moments.happens('a request is answered', subjectOf(request), clock.now());
    },
    onEvent: (event) => {
      observer.stackEvent?.(event);
      checker.stackDid(event);
    },
    log: (entry) => observer.log?.(entry.at, entry.message),
  });

  const lives = history.stacks.map((life, index) =>
    live(life, nameOf(index), { history, assembly, region, clock, service, moments }),
  );
  for (const otherAction of history.otherActions) {
    moments.plan(otherAction.when, (concerned) => {
      const subject = subjectOfAction(otherAction, concerned);
      if (subject === undefined) return;
      observer.otherAction?.(clock.now(), otherAction, subject);
      doAction(otherAction, subject, service, clock);
    });
  }
  await clock.runUntil(Promise.all(lives));
  await clock.advance(UNTIL_QUIET);
  checker.allIsQuiet();
  return {
    violations: checker.violations,
    exceptions: [...checker.exceptions],
    virtualSeconds: (clock.now() - startedAt) / 1000,
    calls,
  };
}

/** Between the look at an environment and its deletion there are no more than these calls, of which each may take its time. */
function blindnessOf({ variants, lambda }: History): number {
  const longestCall = lambda.callHangs > 0 ? HANGING_CALL : 2 * lambda.longestWayMilliseconds;
  return variants.readLag.maxMilliseconds + 8 * longestCall;
}

/** What GetBackend says of an environment cannot be read, be it now and then: nothing tells it from another one then. */
function mayFailToShowDetails({ variants, service: { faults } }: History): boolean {
  return variants.environmentDetails !== 'work' || faults.probabilities !== undefined;
}

/** The handler may not get the answer to CloneBackend, or may not be able to write it into the ledger. */
function losesAnswers({ service, lambda, ledger, variants }: History): boolean {
  const { cloneAnswerLost, faults } = service;
  const { killedBeforeCall, killedAfterCall, killedAroundChange, callHangs } = lambda;
  const isDisturbed = faults.probabilities !== undefined || faults.bursts !== undefined;
  const isDenied = variants.firstMinute === 'AccessDeniedException now and then';
  const chances = [cloneAnswerLost, killedBeforeCall, killedAfterCall, killedAroundChange, callHangs];
  return isDisturbed || isDenied || [...chances, ...Object.values(ledger)].some((chance) => chance > 0);
}

/** The handler gives a call up after this long. */
const HANGING_CALL = 10_000;

function nameOf(index: number): string {
  return `Stack${index + 1}`;
}

const LOST_ANSWERS = [
  '500 before acceptance',
  '504 after acceptance',
  '504 after acceptance',
  'reset before acceptance',
  'reset after acceptance',
  'reset after acceptance',
  'HTML body',
] as const;

/** Each stack has a provider, and so a role, of its own. */
function stackNameOf(invocation: Invocation): string {
  return senderOf(callerOf(invocation))?.stackName ?? '';
}

function isChange({ path }: WireRequest): boolean {
  return path.endsWith('/clone') || path.endsWith('/remove');
}

function isDone(reply: NetworkReply): boolean {
  return reply.kind === 'response' && reply.statusCode === 200;
}

function subjectOf({ ResourceProperties: properties }: CustomResourceRequest): Subject {
  return { appId: String(properties['AppId']), environment: String(properties['TargetEnvironmentName']) };
}

function never(): Promise<NetworkReply> {
  return new Promise(() => {});
}

function createService(history: History, clock: VirtualClock, moments: Moments): AmplifyBackend {
  const random = seededRandom(history.seed + 2);
  const { longestCloneMinutes, longestDeletionSeconds, cloneFails, cloneIsStuck, deletionFails } = history.service;
  const service = new AmplifyBackend({
    clock,
    random,
    variants: history.variants,
    faults: new Faults(random, history.service.faults),
    jobDuration: (operation, drawn, appId, environment) => {
      const isClone = operation === 'CloneBackend';
      const duration = isClone
        ? drawn.integer(5000, longestCloneMinutes * 60_000)
        : drawn.integer(1000, longestDeletionSeconds * 1000);
      moments.happens(isClone ? 'a clone ends' : 'a deletion ends', { appId, environment }, clock.now() + duration);
      return duration;
    },
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

function subjectOfAction({ appId, environment }: OtherAction, concerned: Subject | undefined): Subject | undefined {
  return environment === undefined ? concerned : { appId, environment };
}

function doAction(
  { kind }: OtherAction,
  { appId, environment }: Subject,
  service: AmplifyBackend,
  clock: VirtualClock,
): void {
  switch (kind) {
    case 'makes':
      service.addEnvironment(appId, environment);
      break;
    case 'begins to make':
      service.addEnvironment(appId, environment, { madeInMilliseconds: MADE_BY_CLI_IN });
      break;
    case 'removes':
      service.removeEnvironment(appId, environment);
      break;
    case 'makes anew':
      if (service.removeEnvironment(appId, environment)) service.addEnvironment(appId, environment);
      break;
    case 'clones onto':
      service.otherCloneStarts(appId, SOURCES[0], environment);
      break;
    case 'deletes':
      service.otherDeletionStarts(appId, environment);
      break;
    case 'clones':
      service.otherCloneStarts(appId, SOURCES[0], NOBODYS);
      break;
    case 'switches Amplify Studio off for ten minutes':
      service.addApp(appId, { studio: false });
      void sleep(clock, 10 * 60_000).then(() => service.addApp(appId, { studio: true }));
      break;
  }
}

/** A name that no stack uses. */
const NOBODYS = 'zz';

/** What a stack's life is played with. */
interface Scene {
  readonly history: History;
  readonly assembly: CloudAssembly;
  readonly region: Region;
  readonly clock: VirtualClock;
  readonly service: AmplifyBackend;
  readonly moments: Moments;
}

async function live(life: StackLife, stackName: string, scene: Scene): Promise<void> {
  for (const step of life.steps) {
    await sleep(scene.clock, step.waitSeconds * 1000);
    if (step.kind === 'destroy') await scene.region.destroy(stackName);
    else await deploy(step, stackName, scene);
  }
}

async function deploy(step: Extract<Step, { kind: 'deploy' }>, stackName: string, scene: Scene): Promise<void> {
  const { history, assembly, region, clock, service, moments } = scene;
  const status = region.stack(stackName)?.status;
  // As the CDK CLI does; what failed otherwise is for people to look at, and for a later `destroy`.
  if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED') await region.destroy(stackName);
  if (region.stack(stackName)?.status?.endsWith('_FAILED')) return;
  if (region.stack(stackName) === undefined) service.grantPermissions(clock.now(), stackName);
  const { interruption } = step;
  const deployment = region.deployTemplate(
    stackName,
    stackOf(assembly, history.pollInterval, step.clones),
    interruption?.kind === 'another resource fails'
      ? { [OTHER_RESOURCE]: { reason: 'Topic limit exceeded', afterSeconds: interruption.afterSeconds } }
      : {},
  );
  if (interruption?.kind === 'cancelled') moments.plan(interruption.when, () => region.stack(stackName)?.cancel());
  await deployment;
}
