import { CLONE, type Job } from './backend-service';
import type { LifecycleContext } from './context';
import type { Clone, CloneEntry, OwnedClone } from './ledger';
import { contentOf } from './outputs';
import { CLOCK_SKEW, isSettledByService, LONGEST_CALL } from './service-timing';

/** The job that clones an environment. Undefined where the service does not know it: not yet, or not any more. */
export async function cloneJob(clone: OwnedClone, context: LifecycleContext): Promise<Job | undefined> {
  const { id, filedUnder } = clone.job;
  return id === undefined ? likelyJob(clone, context) : context.service.job(clone.appId, filedUnder, id);
}

/**
 * The answer to CloneBackend was lost, and the job is filed under the source: it cannot be told from other clones of that
 * source that began in the same minute. Once they have ended, the environment itself shows whether the clone completed.
 */
async function likelyJob(clone: OwnedClone, context: LifecycleContext): Promise<Job | undefined> {
  const candidates = await clonesBegun(clone.calledAt, clone.appId, clone.sourceName, context);
  const running = candidates.find((job) => job.status === 'RUNNING');
  if (running !== undefined) return running;
  const failed = candidates.find((job) => job.status === 'FAILED');
  const completed = candidates.find((job) => job.status === 'COMPLETED');
  if (failed === undefined || completed === undefined) return failed ?? completed;
  const read = await context.service.metaConfig(clone.appId, clone.environmentName);
  // Where it cannot be read, the clone counts as failed: it is not reported as complete.
  return read.kind === 'read' && contentOf(read.config) === 'BACKEND' ? completed : failed;
}

/** Jobs filed under the source count only once a job filed under the target would be visible. */
export async function searchJob(
  { appId, environmentName, sourceName }: CloneEntry,
  calledAt: number,
  context: LifecycleContext,
): Promise<Clone['job'] | 'NOT_YET' | 'NONE'> {
  const onto = await clonesBegun(calledAt, appId, environmentName, context);
  // Of several, all but one fail, because the name is taken. A failed one is chosen, so that the clone of somebody else is
  // never taken for the resource's own.
  const own = onto.find((job) => job.status === 'FAILED') ?? onto[0];
  if (own !== undefined) return { id: own.id, filedUnder: environmentName };
  if (!isSettledByService(calledAt + LONGEST_CALL, context.clock.now())) return 'NOT_YET';
  const ofSource = await clonesBegun(calledAt, appId, sourceName, context);
  return ofSource.length > 0 ? { id: undefined, filedUnder: sourceName } : 'NONE';
}

/** The clones that can have begun with the call. Allows for the clocks' difference and the time of the call. */
async function clonesBegun(
  calledAt: number,
  appId: string,
  filedUnder: string,
  context: LifecycleContext,
): Promise<readonly Job[]> {
  const [earliest, latest] = [calledAt - CLOCK_SKEW, calledAt + LONGEST_CALL + CLOCK_SKEW];
  const jobs = await cloneJobs(appId, filedUnder, context);
  return jobs.filter(({ createdAt }) => createdAt >= earliest && createdAt <= latest);
}

export async function cloneJobs(appId: string, filedUnder: string, context: LifecycleContext): Promise<readonly Job[]> {
  const jobs = (await context.service.jobs(appId, filedUnder)) ?? [];
  return jobs.filter((job) => job.operation === CLONE);
}
