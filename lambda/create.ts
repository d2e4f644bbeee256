import { NEW_ENVIRONMENT_NAME } from '../lib/name-patterns';
import { recordAdoption } from './adoptions';
import { type BackendService, CLONE, type Job, REMOVAL, ServiceError, type StartedClone } from './backend-service';
import { cloneJob, searchJob } from './clone-job';
import type { LifecycleContext } from './context';
import { DeploymentError, errorOf, keptWithoutOutputs, left, notSuitable, remainsAfter, withRemains } from './errors';
import type { Clone, CloneEntry, Entries, Failure, LedgerItem, OwnedClone, Removing, Stage } from './ledger';
import {
  changeStage,
  cloneEntry,
  type EntryRef,
  EXAMINING,
  NOTHING,
  newCloneEntry,
  ownedClone,
  putStage,
  removing,
  writeOver,
} from './ledger-entries';
import { type OutputsRead, type OutputValues, readOutputs, rootStackId } from './outputs';
import type { PhysicalId } from './physical-id';
import { removeStep } from './removal';
import type { CreateOrUpdateRequest, Properties } from './request';
import { isSettled, isSettledByService, LATEST_DELIVERY, LONGEST_CALL, READ_LAG } from './service-timing';

/* A Create, or an Update to another environment (a replacement). The ledger has each stage before its step is taken. */

export interface Created {
  readonly adopted: boolean;
  readonly attributes: OutputValues;
}

/** An answer, or the newest item, from which the next step follows: another delivery may have changed it meanwhile. */
type Step = LedgerItem | 'WAITING' | Created;

interface Creation extends EntryRef {
  readonly request: CreateOrUpdateRequest;
  readonly entry: CloneEntry;
}

/** @throws DeploymentError when the request has failed */
export async function reconcileCreate(
  request: CreateOrUpdateRequest,
  parsedId: PhysicalId,
  ref: EntryRef,
): Promise<Created | undefined> {
  let { item } = ref;
  for (;;) {
    const entry = cloneEntry(item, request.id);
    const step =
      entry === undefined ? await register({ ...ref, item }, parsedId) : await take({ ...ref, item, request, entry });
    if (step === 'WAITING') return undefined;
    if ('attributes' in step) return step;
    item = step;
  }
}

/** Where another delivery of the request has entered it as an update in place, that delivery answers, and this one waits. */
async function register({ requestId, item, context }: EntryRef, { holds, replaces }: PhysicalId): Promise<Step> {
  if (item.entries[requestId] !== undefined) return 'WAITING';
  const begun = { begunAt: context.clock.now(), replaces: replaces?.requestId, stage: EXAMINING };
  return writeOver(item, { ...item.entries, [requestId]: newCloneEntry(holds, begun) }, context);
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
      return reportAdopted(creation, stage);
    case 'removing':
      return removeRemains(creation, stage);
    case 'nothing':
      throw stage.failure === undefined
        ? errorOf('Cancelled', creation.request.properties)
        : new DeploymentError(stage.failure.name, stage.failure.text);
  }
}

/**
 * Checks that the source exists and the target does not. A negative result counts only once reads are consistent: the source
 * may be a clone that completed seconds ago, and the target may have been deleted seconds ago.
 */
async function examine(creation: Creation): Promise<Step> {
  const { request, entry, item, context } = creation;
  const { properties } = request;
  let verdict: Verdict;
  try {
    verdict = await judge(properties, context.service);
  } catch (error) {
    if (!(error instanceof ServiceError) || !isOverdue(creation)) throw error;
    return fail(errorOf('CloneNotStarted', properties, error), creation);
  }
  if (verdict !== 'FREE' && !isSettled(entry.begunAt, context.clock.now())) return 'WAITING';
  if (verdict instanceof DeploymentError) return fail(verdict, creation);
  // An environment that is being cloned or deleted is not adopted.
  const isAdoption = verdict === 'TO_BE_ADOPTED';
  if (isAdoption && (await isChanging(properties, context.service)) && !isOverdue(creation)) return 'WAITING';
  if (isCancelled(item.entries, entry.replaces, context.clock.now())) return putStage(creation, NOTHING);
  if (!isAdoption) return callOnce(creation);
  await recordAdoption(creation, entry);
  return putStage(creation, { at: 'adopted' });
}

/** CloudFormation has cancelled the request. The one that follows it waits for it so long. */
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

type Verdict = 'FREE' | 'TO_BE_ADOPTED' | DeploymentError;

async function judge(properties: Properties, service: BackendService): Promise<Verdict> {
  const { appId, sourceName, targetName, outputs } = properties;
  const names = await service.environmentNames(appId);
  if (names === 'APP_NOT_FOUND') return notSuitable(properties, errorOf('AppNotFound', properties));
  if (names.has(targetName))
    return properties.existing === 'ADOPT' ? 'TO_BE_ADOPTED' : errorOf('TargetExists', properties);
  if (!NEW_ENVIRONMENT_NAME.test(targetName)) return errorOf('NameNotAllowed', properties);
  if (!names.has(sourceName)) return errorOf('SourceNotFound', properties, names);
  if (outputs.length === 0) return 'FREE';
  // A clone has the outputs of its source, so a mistyped output is found before anything is cloned.
  const read = readOutputs(sourceName, outputs, await service.metaConfig(appId, sourceName));
  return read.kind === 'there' ? 'FREE' : notSuitable(properties, read.error);
}

/** Only the delivery that wrote the stage `cloning` calls CloneBackend, so one request calls it once. */
async function callOnce(creation: Creation): Promise<Step> {
  const { request, context } = creation;
  const { properties } = request;
  const { appId, sourceName, targetName } = properties;
  const calledAt = context.clock.now();
  const calling: Stage = { at: 'cloning', calledAt };
  const item = await putStage(creation, calling);
  if (cloneEntry(item, request.id)?.stage !== calling) return item;
  // Only this delivery knows the answer. Another delivery, or a request that removes the clone, may have written meanwhile.
  const answered = (how: (stage: Extract<Stage, { at: 'cloning' | 'removing' }>) => Stage): Promise<LedgerItem> =>
    changeStage({ ...creation, item }, (stage) => {
      const isCalled = (stage.at === 'cloning' || stage.at === 'removing') && stage.calledAt === calledAt;
      return isCalled && stage.job === undefined ? how(stage) : stage;
    });
  let job: StartedClone;
  try {
    job = await context.service.startClone(appId, sourceName, targetName);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.reason === 'UNAVAILABLE') {
      context.log('the answer to CloneBackend was lost; its job will be looked for', { targetName });
      return 'WAITING';
    }
    const refused = error.reason === 'REJECTED' && errorOf('CloneRefused', properties, error.words);
    const failure = refused || (isOverdue(creation) && errorOf('CloneNotStarted', properties, error));
    if (failure) return answered(() => ({ at: 'nothing', failure: failureOf(failure) }));
    await answered((stage) => (stage.at === 'cloning' ? EXAMINING : NOTHING));
    throw error;
  }
  return answered((stage) => ({ ...stage, job }));
}

/** Its answer was lost, or is not in the ledger yet. CloneBackend is called again only once its clone would be visible. */
async function searchClone(creation: Creation, calledAt: number): Promise<Step> {
  const { request, entry, context } = creation;
  if (context.clock.now() < calledAt + LONGEST_CALL) return 'WAITING';
  const job = await searchJob(entry, calledAt, context);
  if (job === 'NOT_YET') return 'WAITING';
  if (job !== 'NONE') return putStage(creation, { at: 'cloning', calledAt, job });
  if (isOverdue(creation)) return fail(errorOf('CloneNotStarted', request.properties, undefined), creation);
  return putStage(creation, EXAMINING);
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
        return putStage(creation, { at: 'created', ...found, stackId });
      }
      // While Amplify Studio is off, GetBackend does not list the app's environments.
      const isUnlisted = names !== 'APP_NOT_FOUND' && isSettledByService(job.updatedAt, now);
      if (clone.job.id === undefined && isUnlisted) return fail(errorOf('AnswerLost', clone), creation);
      seen = 'its job is completed, but the app does not list the environment';
      break;
    }
    case 'FAILED': {
      const cause = await context.failureCause(clone);
      const failure = failureOf(errorOf('CloneFailed', clone, job, cause, context.role));
      return putStage(creation, removing(found, { ended: 'FAILED', failure }));
    }
    case undefined:
      if (clone.job.id === undefined && isSettledByService(clone.calledAt + LONGEST_CALL, now)) {
        return fail(errorOf('AnswerLost', clone), creation);
      }
      seen = 'the service does not know its job';
      break;
  }
  // CloudFormation sends a Delete next. It removes the clone, and has an hour of its own.
  if (isOverdue(creation)) throw errorOf('CloneTimedOut', clone, properties.timeoutMilliseconds, seen);
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
  const mayShowYet = stackId === undefined && !isSettledByService(job.updatedAt, now);
  const hasTime = now + READ_LAG < entry.begunAt + request.properties.timeoutMilliseconds;
  return mayShowYet && hasTime ? 'NOT_YET' : stackId;
}

/** Removes what a failed clone has left, then fails the request with the cause. */
async function removeRemains(creation: Creation, { failure }: Removing): Promise<Step> {
  const { request, entry, item, context } = creation;
  if (failure === undefined) throw errorOf('Cancelled', request.properties);
  const step = await removeStep({ requestId: request.id, begunAt: entry.begunAt, item, context });
  if (step === 'WAITING') return step;
  if (typeof step === 'object') throw withRemains(failure, left(entry, step.because));
  return fail(withRemains(failure, remainsAfter[step](entry)), creation);
}

/**
 * Where an output is missing, the Create fails and the environment is kept. Of two deliveries of one Create, the first write
 * decides: once one of them has reported the environment, the other cannot keep it from a later Delete.
 */
async function reportCreated(creation: Creation, stage: Extract<Stage, { at: 'created' }>): Promise<Step> {
  const { request, entry, context } = creation;
  const { job, answer } = stage;
  if (typeof answer === 'object') throw new DeploymentError(answer.name, answer.text);
  const read = await readReport(request.properties, context);
  if (read.kind === 'there') {
    const created = { adopted: false, attributes: attributesOf(entry.environmentName, job.id ?? '', read.values) };
    return request.properties.outputs.length > 0 ? succeed(created, stage, creation) : created;
  }
  if (!isOverdue(creation)) return 'WAITING';
  // CloudFormation rolls an update back to the previous environment, and deletes the clone.
  if (answer === 'SUCCESS' || request.type === 'Update') throw read.error;
  return putStage(creation, { ...stage, answer: failureOf(keptWithoutOutputs(entry, read.error)) });
}

/** After a failed adoption, ownership must not pass to this resource later. So here, too, the first answer decides. */
async function reportAdopted(creation: Creation, stage: Extract<Stage, { at: 'adopted' }>): Promise<Step> {
  const { request, entry, context } = creation;
  const failWith = async (error: DeploymentError): Promise<Step> => {
    if (stage.answer === undefined) return fail(error, creation);
    if (isOverdue(creation)) throw error;
    return 'WAITING';
  };
  const names = await context.service.environmentNames(entry.appId);
  if (names === 'APP_NOT_FOUND' || !names.has(entry.environmentName))
    return failWith(errorOf('EnvironmentGone', entry));
  const read = await readReport(request.properties, context);
  if (read.kind !== 'there') return isSettled(entry.begunAt, context.clock.now()) ? failWith(read.error) : 'WAITING';
  return succeed({ adopted: true, attributes: attributesOf(entry.environmentName, '', read.values) }, stage, creation);
}

/** Records that the request succeeds, before it answers. */
async function succeed(
  created: Created,
  stage: Extract<Stage, { at: 'created' | 'adopted' }>,
  { request, entry, item, context }: Creation,
): Promise<Step> {
  if (stage.answer === 'SUCCESS') return created;
  const answered: CloneEntry = { ...entry, attributes: created.attributes, stage: { ...stage, answer: 'SUCCESS' } };
  const next = await writeOver(item, { ...item.entries, [request.id]: answered }, context);
  return cloneEntry(next, request.id) === answered ? created : next;
}

export function attributesOf(environmentName: string, jobId: string, values: OutputValues): OutputValues {
  return { EnvironmentName: environmentName, JobId: jobId, ...values };
}

export async function readReport(properties: Properties, context: LifecycleContext): Promise<OutputsRead> {
  const { appId, targetName, outputs } = properties;
  if (outputs.length === 0) return { kind: 'there', values: {} };
  return readOutputs(targetName, outputs, await context.service.metaConfig(appId, targetName));
}

/** The request fails, and nothing of it remains. */
function fail(error: DeploymentError, creation: Creation): Promise<Step> {
  return putStage(creation, { at: 'nothing', failure: failureOf(error) });
}

function failureOf({ name, text }: DeploymentError): Failure {
  return { name, text };
}

function isOverdue({ request, entry, context }: Creation): boolean {
  return context.clock.now() > entry.begunAt + request.properties.timeoutMilliseconds;
}
