import { CLONE, type Job } from './backend-service';
import type { LifecycleContext } from './context';
import type { Clone, CloneEntry, OwnedClone } from './ledger';
import { contentOf } from './outputs';
import { CLOCK_SKEW, isSettledByService, LONGEST_CALL } from './service-timing';

/** The job that clones an environment. Undefined where the service does not know it: not yet, or not any more. */
export async function cloneJob(clone: OwnedClone, context: LifecycleContext): Promise<Job | undefined> {
  const { id, filedUnder } = clone.job;
  if (id === undefined) return likelyJob(clone, context);
  const job = await context.service.job(clone.appId, filedUnder, id);
  return job === 'NOT_FOUND' ? undefined : job;
}

/**
 * The answer to CloneBackend was lost, and the job is filed under the source: it cannot be told from other clones of that
 * source that began in the same minute. Once they have ended, the environment itself shows whether the clone completed.
 */
async function likelyJob(clone: OwnedClone, context: LifecycleContext): Promise<Job | undefined> {
  const candidates = await clonesOfSource(clone, clone.calledAt, context);
  const running = candidates.find((job) => job.status === 'RUNNING');
  if (running !== undefined) return running;
  const failed = candidates.find((job) => job.status === 'FAILED');
  const completed = candidates.find((job) => job.status === 'COMPLETED');
  if (failed === undefined || completed === undefined) return failed ?? completed;
  const read = await context.service.metaConfig(clone.appId, clone.environmentName);
  // Where it cannot be read, the clone counts as failed: it is not reported as complete.
  return read.kind === 'read' && contentOf(read.config) === 'BACKEND' ? completed : failed;
}

/**
 * Searches for the job of a CloneBackend whose answer was lost. Jobs filed under the source count only once a job filed under
 * the target would be visible.
 */
export async function searchJob(
  entry: CloneEntry,
  calledAt: number,
  context: LifecycleContext,
): Promise<Clone['job'] | 'NOT_YET' | 'NONE'> {
  const onto = await cloneOnto(entry, calledAt, context);
  if (onto !== undefined) return { id: onto.id, filedUnder: entry.environmentName };
  if (!isSettledByService(calledAt + LONGEST_CALL, context.clock.now())) return 'NOT_YET';
  const ofSource = await clonesOfSource(entry, calledAt, context);
  return ofSource.length > 0 ? { id: undefined, filedUnder: entry.sourceName } : 'NONE';
}

type Names = Pick<OwnedClone, 'appId' | 'environmentName' | 'sourceName'>;

/**
 * The clone onto the target that began with the call. Of several, all but one fail, because the name is taken. A failed one is
 * chosen, so that the clone of somebody else is never taken for the resource's own.
 */
async function cloneOnto(
  { appId, environmentName }: Names,
  calledAt: number,
  context: LifecycleContext,
): Promise<Job | undefined> {
  const candidates = (await cloneJobs(appId, environmentName, context)).filter((job) => beganWith(calledAt, job));
  return candidates.find((job) => job.status === 'FAILED') ?? candidates[0];
}

async function clonesOfSource(
  { appId, sourceName }: Names,
  calledAt: number,
  context: LifecycleContext,
): Promise<readonly Job[]> {
  return (await cloneJobs(appId, sourceName, context)).filter((job) => beganWith(calledAt, job));
}

/** Allows for the clocks' difference and the time of the call. */
function beganWith(calledAt: number, { createdAt }: Job): boolean {
  return createdAt >= calledAt - CLOCK_SKEW && createdAt <= calledAt + LONGEST_CALL + CLOCK_SKEW;
}

export async function cloneJobs(appId: string, filedUnder: string, context: LifecycleContext): Promise<readonly Job[]> {
  const jobs = await context.service.jobs(appId, filedUnder);
  return jobs === 'NOT_FOUND' ? [] : jobs.filter((job) => job.operation === CLONE);
}
