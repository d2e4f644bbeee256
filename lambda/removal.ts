import { passOn } from './adoptions';
import { CLONE, type ConfigRead, type Job, REMOVAL, ServiceError } from './backend-service';
import { cloneJob, cloneJobs, searchJob } from './clone-job';
import type { LifecycleContext } from './context';
import { errorOf, type RemovalEnd, reasonOf } from './errors';
import type { Deletion, Ended, OwnedClone, Removing } from './ledger';
import { changeStage, cloneEntry, type EntryRef, NOTHING, ownedClone, putStage } from './ledger-entries';
import { contentOf, rootStackId } from './outputs';
import type { Named } from './physical-id';
import { CLOCK_SKEW, isSettled, isSettledByService, JOBS_SHOWN, LAST_ANSWER, LONGEST_CALL } from './service-timing';

/** The entry is that of the request that created the environment. It has the stage `removing`. */
export interface Removal extends EntryRef {
  /** When the request began that removes it. */
  readonly begunAt: number;
}

export type RemovalStep =
  | 'WAITING'
  | RemovalEnd
  /** The service does not delete it, or it must not be deleted: why, in sentences. */
  | { readonly because: string };

/** How long the removal waits for a clone that still runs. After that, it calls DeleteBackend all the same. */
const CLONE_WAIT = 25 * 60_000;
/** How long the removal waits for a configuration that cannot be read. After that, jobs and the list decide. */
const CONFIGURATION_WAIT = 5 * 60_000;
/** A failed deletion is tried once more. */
const MOST_DELETIONS = 2;

/** {@link removeStep} for a request that does nothing else. @returns whether the removal is complete */
export async function remove(removal: Removal): Promise<boolean> {
  const { requestId, item, context } = removal;
  const entry = cloneEntry(item, requestId);
  if (entry?.stage.at !== 'removing') return true;
  const step = await removeStep(removal);
  if (typeof step === 'object') throw errorOf('RemovalFailed', entry, step.because);
  if (step === 'WAITING') return false;
  context.log('the removal is complete', { ...nameOf(entry), end: step });
  await changeStage(removal, () => NOTHING);
  return true;
}

/**
 * One step of the removal of a clone. All calls of DeleteBackend are made here, and only for an environment that
 * {@link ownership} finds to be the resource's own. The ledger has each call before it is made, so that none is made twice: by
 * then, the name may belong to an environment of somebody else.
 */
export async function removeStep(removal: Removal): Promise<RemovalStep> {
  const { requestId, item, context } = removal;
  const entry = cloneEntry(item, requestId);
  if (entry?.stage.at !== 'removing') return 'NOTHING_KNOWN';
  const { stage } = entry;
  // The request has failed with this, so another delivery of it fails likewise, and deletes nothing.
  const because = stage.failedDeletions[MOST_DELETIONS - 1];
  if (because !== undefined) return { because };
  const { calledAt } = stage;
  const job = stage.job ?? (await searchJob(entry, calledAt, context));
  if (job === 'NOT_YET') return 'WAITING';
  // The service never accepted the request.
  if (job === 'NONE') return 'NOTHING_KNOWN';
  const ongoing: Ongoing = { ...removal, clone: ownedClone(entry, { calledAt, job }), stage };
  if (stage.job === undefined) return removeStep(await become({ ...stage, job }, ongoing));
  return stage.deletion === undefined ? judge(ongoing) : follow(stage.deletion, ongoing);
}

interface Ongoing extends Removal {
  readonly clone: OwnedClone;
  readonly stage: Removing;
}

/** DeleteBackend was called. A COMPLETED deletion counts once the app does not list the environment. */
async function follow(deletion: Deletion, ongoing: Ongoing): Promise<RemovalStep> {
  const { stage, context } = ongoing;
  const next = async (changes: Partial<Removing>): Promise<RemovalStep> =>
    removeStep(await become({ ...stage, ...changes }, ongoing));
  const { calledAt, jobId: id } = deletion;
  const now = context.clock.now();
  const job = await deletionJob(deletion, ongoing);
  // The service may forget it. Then it must not look like one that was never accepted.
  if (job !== undefined && id === undefined) return next({ deletion: { calledAt, jobId: job.id } });
  const isVisible = isSettledByService(calledAt + LONGEST_CALL, now);
  const mayRun = job === undefined ? !isVisible : job.status === 'RUNNING';
  if (mayRun) return orGiveUp(ongoing, 'Its deletion is still running.');
  if (job?.status === 'FAILED') {
    const failedDeletions = [...stage.failedDeletions, reasonOf(job.error, context.role)];
    return next({ deletion: undefined, failedDeletions });
  }
  if (job !== undefined) {
    const because = `The job ${job.id} that deletes it is COMPLETED, but the app still lists the environment.`;
    return confirm(job, because, ongoing);
  }
  // The service did not accept the call.
  if (id === undefined && now <= calledAt + JOBS_SHOWN) return next({ deletion: undefined });
  // The service has forgotten the deletion. An environment that is listed long after it may be somebody else's.
  const forgotten = { createdAt: calledAt + CLOCK_SKEW, updatedAt: calledAt };
  const confirmed = await confirm(forgotten, FORGOTTEN, ongoing);
  return typeof confirmed === 'object' ? orGiveUp(ongoing, confirmed.because) : confirmed;
}

const FORGOTTEN =
  'The service does not know the job that deletes it any more, and the app still lists the environment.';

/** DeleteBackend was not called yet, or can be called again. */
async function judge(ongoing: Ongoing): Promise<RemovalStep> {
  const { clone, stage, context } = ongoing;
  const { service, clock } = context;
  const now = clock.now();
  const own = await cloneJob(clone, context);
  const isRunning = own?.status === 'RUNNING';
  const ended = isRunning ? stage.ended : (own?.status ?? stage.ended);
  const isUnknown = own === undefined && ended !== 'COMPLETED';
  // The job may not be visible yet. An environment that is listed may be of somebody else who was quicker.
  if (isUnknown && !isSettledByService(clone.calledAt + LONGEST_CALL, now)) return 'WAITING';
  if (isRunning && now - ongoing.begunAt < CLONE_WAIT) return 'WAITING';
  const names = await service.environmentNames(clone.appId);
  const listed = names !== 'APP_NOT_FOUND' && names.has(clone.environmentName);
  const jobs = await service.jobs(clone.appId, clone.environmentName);
  const history = jobs ?? [];
  if (names !== 'APP_NOT_FOUND' && !listed && !isRunning) {
    if (!isSettledByService(lastChange(clone, own), now)) return 'WAITING';
    // A clone that a deletion interrupted is not listed. The deletion has to end all the same.
    const isEnding = history.some((job) => job.operation === REMOVAL && job.status === 'RUNNING');
    return isEnding ? orGiveUp(ongoing, 'Its deletion is still running.') : 'GONE';
  }
  // While Amplify Studio is off, jobs can be read and environments cannot. Without the app, jobs cannot either.
  if (names === 'APP_NOT_FOUND' && jobs === undefined && own === undefined) return 'NOTHING_KNOWN';
  const whose = ownership(clone, own, ended, history, now);
  if (whose === 'NOT_OURS') return 'NOT_OURS';
  if (whose === 'UNDECIDED') return orGiveUp(ongoing, 'A job on it is still running.');
  const isOurs = whose === 'OURS';
  // A clone of the source had begun, and the service has forgotten it. It may have been of somebody else.
  const mayBeOfOthers = isUnknown && clone.job.id === undefined && ended === undefined;
  if (!isOurs && !listed) return mayBeOfOthers ? 'NOTHING_KNOWN' : orGiveUp(ongoing, NOT_LISTED);
  const read = await service.metaConfig(clone.appId, clone.environmentName);
  const mayBeReadYet = now - Math.max(ongoing.begunAt, lastChange(clone, own)) <= CONFIGURATION_WAIT;
  if (read.kind === 'unreadable' && mayBeReadYet) return 'WAITING';
  if (isAnother(stage, read)) return 'NOT_OURS';
  const content = read.kind === 'read' ? contentOf(read.config) : undefined;
  // A failed clone leaves no backend. A stale read can show an environment that had the name before.
  if (ended === 'FAILED' && content === 'BACKEND')
    return isSettled(clone.calledAt + LONGEST_CALL, now) ? 'NOT_OURS' : 'WAITING';
  // A deletion that failed may have left no root stack. One that another clone fills has none yet.
  const hasLostItsStack = stage.stackId !== undefined && read.kind === 'read' && rootStackId(read) === undefined;
  if ((!isOurs || hasLostItsStack) && (await mayLookEmpty(clone, own, context))) return orGiveUp(ongoing, BEING_FILLED);
  // Another clone onto the name may not be visible. A clone that still runs has no backend yet.
  if (isOurs && isRunning && listed && content === 'BACKEND') return orGiveUp(ongoing, RUNNING_WITH_BACKEND);
  if (isOurs || content === 'NOTHING') return callOnce(ended, ongoing);
  if (mayBeOfOthers) return 'NOTHING_KNOWN';
  if (ended === undefined) return { because: NOT_SEEN_TO_END };
  // Where it cannot be read, jobs and list decide: the only clone onto the name is the one that failed.
  if (content === undefined) return wasTaken(clone, own, history) ? 'NOT_OURS' : callOnce(ended, ongoing);
  return 'MAY_BE_BEING_CREATED';
}

const NOT_LISTED = 'The app does not exist any more, or its Amplify Studio is off.';
const BEING_FILLED = 'Another clone may be filling it.';
const RUNNING_WITH_BACKEND = 'Its clone is still running, and it has a backend, which may be of somebody else.';
const NOT_SEEN_TO_END = "The service does not know any more how its clone ended, so it may be somebody else's.";

type Ownership =
  | 'OURS'
  /** The clone failed, or nobody saw how it ended. What is there is what it left, or somebody else's. */
  | 'OURS_IF_EMPTY'
  | 'NOT_OURS'
  | 'UNDECIDED';

/** Whose the environment of that name is, by the jobs on the name since the clone began. */
export function ownership(
  clone: OwnedClone,
  own: Job | undefined,
  ended: Ended | undefined,
  jobs: readonly Job[],
  now: number,
): Ownership {
  const begun = own?.createdAt ?? clone.calledAt + CLOCK_SKEW;
  const ownId = own?.id ?? clone.job.id;
  const removed = jobs.filter((job) => job.operation === REMOVAL && job.createdAt > begun);
  // A clone that began earlier and ended later has the name, so the resource's own fails.
  const created = jobs.filter(
    (job) => job.id !== ownId && isCreation(job, clone) && (job.status === 'RUNNING' || job.updatedAt > begun),
  );
  if ([...removed, ...created].some((job) => job.status === 'RUNNING')) return 'UNDECIDED';
  if (created.some((job) => job.status === 'COMPLETED')) return 'NOT_OURS';
  const gone = removed.find((job) => job.status === 'COMPLETED');
  if (gone !== undefined) return isSettledByService(gone.updatedAt, now) ? 'NOT_OURS' : 'UNDECIDED';
  const isOurs = ended === 'COMPLETED' || (ended === undefined && own?.status === 'RUNNING');
  return isOurs ? 'OURS' : 'OURS_IF_EMPTY';
}

/** Another clone fills the environment, or has just filled it. A job that is filed under the source does not name its target. */
async function mayLookEmpty(clone: OwnedClone, own: Job | undefined, context: LifecycleContext): Promise<boolean> {
  const now = context.clock.now();
  const isRecent = (job: Job): boolean => job.status === 'RUNNING' || !isSettledByService(job.updatedAt, now);
  if (own !== undefined && isRecent(own)) return true;
  const jobs = await cloneJobs(clone.appId, clone.job.filedUnder, context);
  return jobs.some((job) => job.id !== clone.job.id && job.status !== 'FAILED' && isRecent(job));
}

/** An environment had the name when the clone began, and a stale list had not shown it. */
function wasTaken(clone: OwnedClone, own: Job | undefined, jobs: readonly Job[]): boolean {
  const begun = own?.createdAt ?? clone.calledAt;
  const [last] = jobs
    .filter((job) => job.status === 'COMPLETED' && job.updatedAt <= begun)
    .filter((job) => job.operation === REMOVAL || isCreation(job, clone))
    .sort((one, other) => other.updatedAt - one.updatedAt);
  return last !== undefined && last.operation !== REMOVAL && !isSettled(last.updatedAt + LONGEST_CALL, begun);
}

/** Whether the job creates an environment of the clone's name. */
function isCreation({ operation }: Job, clone: OwnedClone): boolean {
  // Where jobs are filed under the source, those filed under the name are clones of that environment.
  return operation === 'CreateBackend' || (operation === CLONE && clone.job.filedUnder === clone.environmentName);
}

/** The Amplify CLI deletes and creates environments without a job, so the jobs alone cannot tell. */
function isAnother({ stackId }: Removing, read: ConfigRead): boolean {
  const found = rootStackId(read);
  return stackId !== undefined && found !== undefined && found !== stackId;
}

type Deleted = Pick<Job, 'createdAt' | 'updatedAt'>;

async function confirm(deletion: Deleted, because: string, ongoing: Ongoing): Promise<RemovalStep> {
  const { clone, stage, context } = ongoing;
  const { service, clock } = context;
  const { appId, environmentName } = clone;
  const names = await service.environmentNames(appId);
  if (names === 'APP_NOT_FOUND') return 'NOTHING_KNOWN';
  if (!names.has(environmentName)) return 'GONE';
  if (!isSettledByService(deletion.updatedAt, clock.now())) return 'WAITING';
  const jobs = await service.jobs(appId, environmentName);
  const isCreatedAnew = jobs?.some(
    (job) => isCreation(job, clone) && job.status !== 'FAILED' && job.updatedAt > deletion.createdAt,
  );
  if (isCreatedAnew || isAnother(stage, await service.metaConfig(appId, environmentName))) return 'NOT_OURS';
  return { because };
}

/** Only the delivery that wrote the deletion into the ledger calls DeleteBackend. */
async function callOnce(ended: Ended | undefined, ongoing: Ongoing): Promise<RemovalStep> {
  const { requestId, clone, stage, context } = ongoing;
  if (ended === 'COMPLETED' && (await passOn(clone, stage.stackId, ongoing))) return 'NOT_OURS';
  const deletion: Deletion = { calledAt: context.clock.now() };
  const calling: Removing = { ...stage, ended, deletion };
  const called = await become(calling, ongoing);
  if (cloneEntry(called.item, requestId)?.stage !== calling) return removeStep(called);
  // Only this delivery knows the answer, whatever others have written meanwhile.
  const answered = (known: Deletion | undefined): Promise<unknown> =>
    changeStage(called, (found) =>
      found.at === 'removing' && found.deletion?.calledAt === deletion.calledAt ? { ...found, deletion: known } : found,
    );
  context.log('deleting the environment', nameOf(clone));
  let jobId: string | undefined;
  try {
    jobId = await context.service.startRemoval(clone.appId, clone.environmentName);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const isLost = error.reason === 'UNAVAILABLE';
    if (!isLost) await answered(undefined);
    if (!isLost && error.reason !== 'REJECTED') throw error;
    const what = isLost ? 'the answer to the deletion was lost' : 'the service refused to delete the environment';
    context.log(what, { ...nameOf(clone), words: error.words });
    return orGiveUp(ongoing, reasonOf(error.words, context.role));
  }
  await answered({ ...deletion, jobId });
  return 'WAITING';
}

/** Where the answer was lost, the deletion that began with the call. Undefined where none is visible. */
async function deletionJob({ calledAt, jobId }: Deletion, { clone, context }: Ongoing): Promise<Job | undefined> {
  const { appId, environmentName } = clone;
  if (jobId !== undefined) return context.service.job(appId, environmentName, jobId);
  const jobs = (await context.service.jobs(appId, environmentName)) ?? [];
  return jobs
    .filter((job) => job.operation === REMOVAL && job.createdAt >= calledAt - CLOCK_SKEW)
    .sort((one, other) => other.createdAt - one.createdAt)[0];
}

/** Where another delivery has changed the item meanwhile, the next step follows from that instead. */
async function become(stage: Removing, ongoing: Ongoing): Promise<Ongoing> {
  return { ...ongoing, stage, item: await putStage(ongoing, stage) };
}

function orGiveUp({ begunAt, context }: Ongoing, because: string): RemovalStep {
  return context.clock.now() > begunAt + LAST_ANSWER ? { because } : 'WAITING';
}

function lastChange(clone: OwnedClone, own: Job | undefined): number {
  return own === undefined || own.status === 'RUNNING' ? clone.calledAt : own.updatedAt;
}

function nameOf({ appId, environmentName }: Named): Named {
  return { appId, environmentName };
}
