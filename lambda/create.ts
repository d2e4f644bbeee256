import { NEW_ENVIRONMENT_NAME } from '../lib/name-patterns';
import { recordAdoption } from './adoptions';
import { type BackendService, CLONE, type Job, REMOVAL, ServiceError, type StartedClone } from './backend-service';
import { cloneJob, searchJob } from './clone-job';
import type { LifecycleContext } from './context';
import {
  answerLost,
  appNotFound,
  cancelled,
  cloneFailed,
  cloneFailedWith,
  cloneNotStarted,
  cloneRefused,
  cloneTimedOut,
  DeploymentError,
  environmentGone,
  keptWithoutOutputs,
  left,
  nameNotAllowed,
  notSuitable,
  remainsAfter,
  sourceNotFound,
  targetExists,
} from './errors';
import {
  type Clone,
  type CloneEntry,
  change,
  type Entries,
  type Failure,
  type LedgerItem,
  type OwnedClone,
  type Removing,
  type Stage,
} from './ledger';
import {
  changeStage,
  cloneEntry,
  NOTHING,
  newCloneEntry,
  ownedClone,
  removing,
  retry,
  withRepeatedClone,
  withStage,
} from './ledger-entries';
import { type OutputsRead, type OutputValues, readOutputs, rootStackId } from './outputs';
import type { PhysicalId } from './physical-id';
import { removeStep } from './removal';
import type { CreateOrUpdateRequest, Properties } from './request';
import { isSettled, isSettledByService, LATEST_DELIVERY, LONGEST_CALL, READ_LAG } from './service-timing';

/*
 * A Create, or an Update to another environment (a replacement). Each step takes the entry from one stage to the next. The
 * ledger has the stage before the step is taken.
 */

export interface Created {
  readonly adopted: boolean;
  readonly attributes: OutputValues;
}

/** A step that is taken gives the item as it is then. The next step follows from that. */
type Step = LedgerItem | 'WAITING' | Created;

interface Creation {
  readonly request: CreateOrUpdateRequest;
  readonly entry: CloneEntry;
  readonly item: LedgerItem;
  readonly context: LifecycleContext;
}

/** @throws DeploymentError when the request has failed */
export async function reconcileCreate(
  request: CreateOrUpdateRequest,
  parsedId: PhysicalId,
  found: LedgerItem,
  context: LifecycleContext,
): Promise<Created | undefined> {
  let item = found;
  for (;;) {
    const entry = cloneEntry(item, request.id);
    const step =
      entry === undefined
        ? await register(request, parsedId, item, context)
        : await take({ request, entry, item, context });
    if (step === 'WAITING') return undefined;
    if ('attributes' in step) return step;
    item = step;
  }
}

/**
 * Writes the entry of the request. Where another delivery of the request has entered it as an update in place, that delivery
 * answers, and this one waits.
 */
async function register(
  request: CreateOrUpdateRequest,
  { holds, replaces }: PhysicalId,
  item: LedgerItem,
  context: LifecycleContext,
): Promise<Step> {
  const stage = { at: 'examining' } as const;
  const begun = { begunAt: context.clock.now(), replaces: replaces?.requestId, stage };
  const next = await change(item, context, (entries) => {
    if (entries[request.id] !== undefined) return entries;
    const others = replaces === undefined ? entries : withRepeatedClone(entries, holds, replaces.requestId);
    return { ...others, [request.id]: newCloneEntry(holds, begun) };
  });
  return cloneEntry(next, request.id) === undefined ? 'WAITING' : next;
}

function take(creation: Creation): Promise<Step> {
  const { stage } = creation.entry;
  switch (stage.at) {
    case 'examining':
      return examine(creation);
    case 'cloning': {
      const { calledAt, job } = stage;
      return job === undefined ? searchClone(creation, calledAt) : awaitClone(creation, { calledAt, job });
    }
    case 'created':
      return reportCreated(creation, stage);
    case 'adopted':
      return reportAdopted(creation, stage.answer);
    case 'removing':
      return removeRemains(creation, stage);
    case 'nothing':
      throw stage.failure === undefined ? cancelled(creation.request.properties) : errorOf(stage.failure);
  }
}

type Verdict =
  | { readonly kind: 'FREE' }
  | { readonly kind: 'TO_BE_ADOPTED' }
  | { readonly kind: 'FAILED'; readonly error: DeploymentError; readonly isFinal: boolean };

/**
 * Checks that the source exists and the target does not. A negative result counts only once reads are consistent: the source
 * may be a clone that completed seconds ago, and the target may have been deleted seconds ago.
 */
async function examine(creation: Creation): Promise<Step> {
  const { request, entry, context } = creation;
  const { properties } = request;
  let verdict: Verdict;
  try {
    verdict = await judge(properties, context.service);
  } catch (error) {
    if (!(error instanceof ServiceError) || !isOverdue(creation)) throw error;
    return fail(cloneNotStarted(properties, error), creation);
  }
  if (verdict.kind === 'FREE') return callOnce(creation);
  const isSure = isSettled(entry.begunAt, context.clock.now());
  if (verdict.kind === 'FAILED') return isSure || verdict.isFinal ? fail(verdict.error, creation) : 'WAITING';
  if (!isSure) return 'WAITING';
  // An environment that is being cloned or deleted is not adopted.
  if ((await isChanging(properties, context.service)) && !isOverdue(creation)) return 'WAITING';
  await recordAdoption(entry, creation.item, request.id, context);
  const adopt = () => leaveExamining(() => ({ at: 'adopted' }), creation);
  return retry(adopt, context);
}

/**
 * A request that CloudFormation has cancelled goes no further: it gets the stage `nothing`.
 * @param to of the time at which it is written, also where that takes several tries
 */
function leaveExamining(to: (now: number) => Stage, { request, entry, item, context }: Creation): Promise<LedgerItem> {
  return change(item, context, (entries) => {
    const now = context.clock.now();
    return withStage(entries, request.id, (stage) => {
      if (stage.at !== 'examining') return stage;
      return isCancelled(entries, entry.replaces, now) ? NOTHING : to(now);
    });
  });
}

/** The request that follows a cancelled one waits for it so long. */
function isCancelled(entries: Entries, replaces: string | undefined, now: number): boolean {
  return Object.values(entries).some(
    (entry) =>
      entry.kind === 'follow-up' &&
      entry.cancellation !== undefined &&
      entry.cancellation.replaces === replaces &&
      now <= entry.begunAt + LATEST_DELIVERY,
  );
}

/** The service may file the clone onto the target under its source. */
async function isChanging({ appId, targetName, sourceName }: Properties, service: BackendService): Promise<boolean> {
  const found = await Promise.all([targetName, sourceName].map((name) => service.jobs(appId, name)));
  return found
    .flatMap((jobs) => jobs ?? [])
    .some(({ operation, status }) => status === 'RUNNING' && (operation === CLONE || operation === REMOVAL));
}

async function judge(properties: Properties, service: BackendService): Promise<Verdict> {
  const { appId, sourceName, targetName } = properties;
  const failed = (error: DeploymentError, isFinal = false): Verdict => ({ kind: 'FAILED', error, isFinal });
  const names = await service.environmentNames(appId);
  if (names === 'APP_NOT_FOUND') return failed(notSuitable(properties, appNotFound(properties)), true);
  if (names.has(targetName))
    return properties.existing === 'ADOPT' ? { kind: 'TO_BE_ADOPTED' } : failed(targetExists(properties));
  if (!NEW_ENVIRONMENT_NAME.test(targetName)) return failed(nameNotAllowed(properties));
  if (!names.has(sourceName)) return failed(sourceNotFound(properties, names));
  if (properties.outputs.length > 0) {
    // A clone has the outputs of its source, so a mistyped output is found before anything is cloned.
    const read = readOutputs(sourceName, properties.outputs, await service.metaConfig(appId, sourceName));
    if (read.kind !== 'there') return failed(notSuitable(properties, read.error));
  }
  return { kind: 'FREE' };
}

/** Only the delivery that wrote the stage `cloning` calls CloneBackend, so one request calls it once. */
async function callOnce(creation: Creation): Promise<Step> {
  const { request, context } = creation;
  const { appId, sourceName, targetName } = request.properties;
  let calling: Stage | undefined;
  const item = await leaveExamining((calledAt) => {
    calling = { at: 'cloning', calledAt };
    return calling;
  }, creation);
  const written = cloneEntry(item, request.id);
  if (written?.stage.at !== 'cloning' || written.stage !== calling) return item;
  const { calledAt } = written.stage;
  const called = { ...creation, entry: written, item };
  let job: StartedClone;
  try {
    job = await context.service.startClone(appId, sourceName, targetName);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.reason === 'UNAVAILABLE') {
      context.log('the answer to CloneBackend was lost; its job will be looked for', { targetName });
      return 'WAITING';
    }
    if (error.reason === 'REJECTED') return fail(cloneRefused(request.properties, error.words), called);
    if (isOverdue(called)) return fail(cloneNotStarted(request.properties, error), called);
    await transition(called, notTaken(calledAt));
    throw error;
  }
  return transition(called, accepted(job));
}

/** CloneBackend may be called again, unless another delivery already does. */
function notTaken(calledAt: number): (stage: Stage) => Stage {
  return (stage) => (callOf(stage) === calledAt ? { at: 'examining' } : stage);
}

/** When CloneBackend was called, where the ledger has no answer yet. */
function callOf(stage: Stage): number | undefined {
  return stage.at === 'cloning' && stage.job === undefined ? stage.calledAt : undefined;
}

/** A request that removes the clone may have taken over while CloneBackend was called. */
function accepted(job: Clone['job']): (stage: Stage) => Stage {
  return (stage) =>
    (stage.at === 'cloning' || stage.at === 'removing') && stage.job === undefined ? { ...stage, job } : stage;
}

/**
 * CloneBackend was called, and its answer was lost or is not in the ledger yet. It is called again only once a clone that the
 * first call began would be visible.
 */
async function searchClone(creation: Creation, calledAt: number): Promise<Step> {
  const { entry, context } = creation;
  if (context.clock.now() < calledAt + LONGEST_CALL) return 'WAITING';
  const job = await searchJob(entry, calledAt, context);
  if (job === 'NOT_YET') return 'WAITING';
  if (job !== 'NONE') return transition(creation, accepted(job));
  if (isOverdue(creation)) return fail(cloneNotStarted(creation.request.properties, undefined), creation);
  return transition(creation, notTaken(calledAt));
}

async function awaitClone(creation: Creation, found: Clone): Promise<Step> {
  const { request, entry, context } = creation;
  const { properties } = request;
  const clone = ownedClone(entry, found);
  const job = await cloneJob(clone, context);
  const now = context.clock.now();
  let seen = 'its job is still running';
  switch (job?.status) {
    case 'RUNNING':
      break;
    case 'COMPLETED': {
      const names = await context.service.environmentNames(clone.appId);
      if (names !== 'APP_NOT_FOUND' && names.has(clone.environmentName)) {
        const stackId = await seenStackId(creation, clone, job);
        if (stackId === 'NOT_YET') return 'WAITING';
        return transition(creation, (stage) => (stage.at === 'cloning' ? { at: 'created', ...found, stackId } : stage));
      }
      // While Amplify Studio is off, GetBackend does not list the app's environments.
      const isUnlisted = names !== 'APP_NOT_FOUND' && isSettledByService(job.updatedAt, now);
      if (clone.job.id === undefined && isUnlisted) return fail(answerLost(clone), creation);
      seen = 'its job is completed, but the app does not list the environment';
      break;
    }
    case 'FAILED': {
      const cause = await context.failureCause(clone);
      const failure = failureOf(cloneFailed(clone, job, cause, context.role));
      return transition(creation, (stage) =>
        stage.at === 'cloning' ? removing(found, { ended: 'FAILED', failure }) : stage,
      );
    }
    case undefined:
      if (clone.job.id === undefined && isSettledByService(clone.calledAt + LONGEST_CALL, now)) {
        return fail(answerLost(clone), creation);
      }
      seen = 'the service does not know its job';
      break;
  }
  // CloudFormation sends a Delete next. It removes the clone, and has an hour of its own.
  if (isOverdue(creation)) throw cloneTimedOut(clone, properties.timeoutMilliseconds, seen);
  return 'WAITING';
}

/**
 * The ID of the root stack tells the environment from one that somebody creates under that name later. It is optional: where
 * it cannot be read in time, the ledger does not have it.
 */
async function seenStackId(
  { request, entry, context }: Creation,
  { appId, environmentName, calledAt }: OwnedClone,
  job: Job,
): Promise<string | 'NOT_YET' | undefined> {
  const now = context.clock.now();
  // A stale read could show an environment that had the name before.
  const isTrusted = isSettled(calledAt, now);
  const stackId = isTrusted ? rootStackId(await context.service.metaConfig(appId, environmentName)) : undefined;
  if (stackId !== undefined) return stackId;
  const mayShowYet = !isTrusted || !isSettledByService(job.updatedAt, now);
  const hasTime = now + READ_LAG < entry.begunAt + request.properties.timeoutMilliseconds;
  return mayShowYet && hasTime ? 'NOT_YET' : undefined;
}

/** Removes what a failed clone has left, then fails the request with the cause. */
async function removeRemains(creation: Creation, { failure }: Removing): Promise<Step> {
  const { request, entry, item, context } = creation;
  if (failure === undefined) throw cancelled(request.properties);
  const step = await removeStep({ requestId: request.id, begunAt: entry.begunAt, item, context });
  if (step === 'WAITING') return step;
  if (typeof step === 'object') throw cloneFailedWith(failure, left(entry, step.because));
  return fail(cloneFailedWith(failure, remainsAfter(step, entry)), creation);
}

/**
 * Where an output is missing, the Create fails and the environment is kept. Of two deliveries of one Create, the first write
 * decides: once one of them has reported the environment, the other cannot keep it from a later Delete.
 */
async function reportCreated(creation: Creation, { job, answer }: Extract<Stage, { at: 'created' }>): Promise<Step> {
  const { request, entry, context } = creation;
  if (typeof answer === 'object') throw errorOf(answer);
  const read = await readReport(request.properties, context);
  if (read.kind === 'there') {
    const attributes = attributesOf(entry.environmentName, job.id ?? '', read.values);
    const created = { adopted: false, attributes };
    return answer === undefined && request.properties.outputs.length > 0 ? succeed(created, creation) : created;
  }
  if (!isOverdue(creation)) return 'WAITING';
  // CloudFormation rolls an update back to the previous environment, and deletes the clone.
  if (answer === 'SUCCESS' || request.type === 'Update') throw read.error;
  return transition(creation, withAnswer(failureOf(keptWithoutOutputs(entry, read.error))));
}

function withAnswer(answer: 'SUCCESS' | Failure): (stage: Stage) => Stage {
  return (stage) => {
    if (stage.at === 'created' && stage.answer === undefined) return { ...stage, answer };
    return stage.at === 'adopted' && answer === 'SUCCESS' ? { ...stage, answer } : stage;
  };
}

/** After a failed adoption, ownership must not pass to this resource later. So here, too, the first answer decides. */
async function reportAdopted(creation: Creation, answer: 'SUCCESS' | undefined): Promise<Step> {
  const { request, entry, context } = creation;
  const failWith = async (error: DeploymentError): Promise<Step> => {
    if (answer === undefined) return fail(error, creation);
    if (isOverdue(creation)) throw error;
    return 'WAITING';
  };
  const names = await context.service.environmentNames(entry.appId);
  if (names === 'APP_NOT_FOUND' || !names.has(entry.environmentName)) return failWith(environmentGone(entry));
  const read = await readReport(request.properties, context);
  if (read.kind !== 'there') return isSettled(entry.begunAt, context.clock.now()) ? failWith(read.error) : 'WAITING';
  const attributes = attributesOf(entry.environmentName, '', read.values);
  const adopted = { adopted: true, attributes };
  return answer === undefined ? succeed(adopted, creation) : adopted;
}

/** Records that the request succeeds. Where another delivery has changed the stage meanwhile, the next step follows from it. */
async function succeed(created: Created, creation: Creation): Promise<Step> {
  const next = await transition(creation, withAnswer('SUCCESS'));
  const stage = cloneEntry(next, creation.request.id)?.stage;
  return stage !== undefined && 'answer' in stage && stage.answer === 'SUCCESS' ? created : next;
}

export function attributesOf(environmentName: string, jobId: string, values: OutputValues): OutputValues {
  return { EnvironmentName: environmentName, JobId: jobId, ...values };
}

export async function readReport(properties: Properties, context: LifecycleContext): Promise<OutputsRead> {
  const { appId, targetName, outputs } = properties;
  if (outputs.length === 0) return { kind: 'there', values: {} };
  return readOutputs(targetName, outputs, await context.service.metaConfig(appId, targetName));
}

/** Writes what only this delivery knows. */
function transition({ request, item, context }: Creation, how: (stage: Stage) => Stage): Promise<LedgerItem> {
  return retry(() => changeStage(item, request.id, context, how), context);
}

/**
 * Fails the request, of which nothing remains. Where another delivery has changed the stage meanwhile, the next step follows
 * from that stage instead. Where another request removes the clone, that request deals with what remains.
 */
async function fail(error: DeploymentError, creation: Creation): Promise<Step> {
  const { request, entry } = creation;
  const failed: Stage = { at: 'nothing', failure: failureOf(error) };
  const next = await transition(creation, (stage) => {
    const isAsJudged = stage.at === entry.stage.at && callOf(stage) === callOf(entry.stage);
    const isReported = stage.at === 'adopted' && stage.answer === 'SUCCESS';
    return isAsJudged && !isReported && !isTakenOver(stage) ? failed : stage;
  });
  const stage = cloneEntry(next, request.id)?.stage;
  if (stage === undefined || stage === failed || isTakenOver(stage)) throw error;
  return next;
}

function isTakenOver(stage: Stage): boolean {
  return stage.at === 'removing' && stage.failure === undefined;
}

function failureOf({ name, text: message }: DeploymentError): Failure {
  return { name, message };
}

function errorOf({ name, message }: Failure): DeploymentError {
  return new DeploymentError(name, message);
}

function isOverdue({ request, entry, context }: Creation): boolean {
  return context.clock.now() > entry.begunAt + request.properties.timeoutMilliseconds;
}
