import { CLONE, type Job } from './backend-service';
import type { OwnedClone } from './physical-id';
import { CLOCK_SKEW, QUIET } from './service-timing';
import type { World } from './world';

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
 * The answer to CloneBackend was lost. Filed under the target, our job is the newest clone onto it. Filed under the source
 * it cannot be told from other clones of that source that began in the same half minute, so the worst of them counts.
 */
async function stateOfCandidates(clone: OwnedClone, world: World): Promise<CloneState> {
  const ofTarget = await cloneJobs(clone.appId, clone.environmentName, world);
  const newest = ofTarget.filter((job) => beganWith(clone, job)).sort((a, b) => b.createdAt - a.createdAt)[0];
  if (newest !== undefined) return stateOf(newest);
  const candidates = (await cloneJobs(clone.appId, clone.sourceName, world)).filter((job) => beganWith(clone, job));
  const worst =
    candidates.find((job) => job.status === 'RUNNING') ??
    candidates.find((job) => job.status === 'FAILED') ??
    candidates[0];
  return worst === undefined ? { kind: 'unknown' } : stateOf(worst);
}

/** Whether the job began when our CloneBackend was called: at the call, give or take the clocks and the call's own time. */
function beganWith(clone: OwnedClone, job: Job): boolean {
  return job.createdAt >= clone.calledAt - CLOCK_SKEW && job.createdAt <= clone.calledAt + 2 * CLOCK_SKEW;
}

/**
 * Whether a clone onto the target runs, or ran just now: then another delivery of the same request may be at work, and
 * its answer has to come first. A clone that is filed under the source may be one onto any name.
 */
export async function cloneMayBeInFlight(
  appId: string,
  environmentNames: readonly string[],
  exceptJobId: string | undefined,
  world: World,
): Promise<boolean> {
  const since = world.clock.now() - QUIET;
  for (const name of environmentNames) {
    const jobs = await cloneJobs(appId, name, world);
    const others = jobs.filter((job) => job.id !== exceptJobId);
    if (others.some((job) => job.status === 'RUNNING' || job.updatedAt > since)) return true;
  }
  return false;
}

export async function cloneJobs(appId: string, filedUnder: string, world: World): Promise<readonly Job[]> {
  const jobs = await world.service.jobs(appId, filedUnder);
  return jobs === 'NOT_FOUND' ? [] : jobs.filter((job) => job.operation === CLONE);
}
