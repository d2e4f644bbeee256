import { CLONE, type Job } from './backend-service';
import type { Clone, CloneEntry } from './ledger';
import { isEmpty } from './outputs';
import { CLOCK_SKEW, LONGEST_CALL } from './service-timing';
import type { World } from './world';

/** A clone that was accepted for a request of ours, or may have been. */
export interface OwnedClone extends Clone {
  readonly appId: string;
  readonly environmentName: string;
  readonly sourceName: string;
}

export function ownedClone({ appId, environmentName, sourceName }: CloneEntry, { calledAt, job }: Clone): OwnedClone {
  return { appId, environmentName, sourceName, calledAt, job };
}

/** What has become of the job that made, or was to make, an environment of ours. */
export type CloneState =
  | { readonly kind: 'running' }
  | { readonly kind: 'completed'; readonly job: Job }
  | { readonly kind: 'failed'; readonly job: Job }
  /** Not to be found: not yet, or not any more. */
  | { readonly kind: 'unknown' };

export async function cloneState(clone: OwnedClone, world: World): Promise<CloneState> {
  if (clone.job === undefined) return stateOfCandidates(clone, world);
  const filedUnder = clone.job.filedUnder === 'target' ? clone.environmentName : clone.sourceName;
  const job = await world.service.job(clone.appId, filedUnder, clone.job.id);
  return job === 'NOT_FOUND' ? { kind: 'unknown' } : stateOf(job);
}

function stateOf(job: Job): CloneState {
  switch (job.status) {
    case 'RUNNING':
      return { kind: 'running' };
    case 'COMPLETED':
      return { kind: 'completed', job };
    case 'FAILED':
      return { kind: 'failed', job };
  }
}

/**
 * The answer to CloneBackend was lost, and the clone is filed under its source: it cannot be told from other clones of that
 * source that began in the same minute. Once they have ended, the environment itself says whether ours was completed.
 */
async function stateOfCandidates(clone: OwnedClone, world: World): Promise<CloneState> {
  const own = await cloneOnto(clone, world);
  if (own !== undefined) return stateOf(own);
  const candidates = await clonesOfSource(clone, world);
  if (candidates.some((job) => job.status === 'RUNNING')) return { kind: 'running' };
  const failed = candidates.find((job) => job.status === 'FAILED');
  const completed = candidates.find((job) => job.status === 'COMPLETED');
  if (failed === undefined || completed === undefined) {
    const [only] = candidates;
    return only === undefined ? { kind: 'unknown' } : stateOf(only);
  }
  const config = await world.service.metaConfig(clone.appId, clone.environmentName);
  return stateOf(isEmpty(config) ? failed : completed);
}

/**
 * The clone onto the target that began when CloneBackend was called. Where there are several, only one of them was not
 * refused by failing at once; ours is taken for one of the others, since somebody else's must not be.
 */
export async function cloneOnto(clone: OwnedClone, world: World): Promise<Job | undefined> {
  const jobs = await cloneJobs(clone.appId, clone.environmentName, world);
  const candidates = jobs.filter((job) => beganWith(clone, job));
  return candidates.find((job) => job.status === 'FAILED') ?? candidates[0];
}

export async function clonesOfSource(clone: OwnedClone, world: World): Promise<readonly Job[]> {
  const jobs = await cloneJobs(clone.appId, clone.sourceName, world);
  return jobs.filter((job) => beganWith(clone, job));
}

/** Whether the job began when CloneBackend was called: at the call, give or take the clocks and the call's own time. */
function beganWith(clone: OwnedClone, job: Job): boolean {
  return job.createdAt >= clone.calledAt - CLOCK_SKEW && job.createdAt <= clone.calledAt + LONGEST_CALL + CLOCK_SKEW;
}

export async function cloneJobs(appId: string, filedUnder: string, world: World): Promise<readonly Job[]> {
  const jobs = await world.service.jobs(appId, filedUnder);
  return jobs === 'NOT_FOUND' ? [] : jobs.filter((job) => job.operation === CLONE);
}
