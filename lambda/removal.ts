import { type Job, type MetaConfig, REMOVAL, ServiceTrouble } from './backend-service';
import { type CloneState, cloneJobs, cloneState } from './clone-evidence';
import { removalFailed } from './errors';
import type { OwnedClone } from './physical-id';
import { CLOCK_SKEW, isSettledByService, LAST_ANSWER, LOOK_EVERY, READ_LAG } from './service-timing';
import type { World } from './world';

export interface Removal {
  readonly clone: OwnedClone;
  readonly begunAt: number;
  /** How long to wait for a clone that still runs before DeleteBackend is tried all the same, from `begunAt`. */
  readonly patience: number;
  /** When to stop trying, by the handler's clock. */
  readonly deadline: number;
}

export type RemovalStep =
  /** Nothing of ours is there any more, or ever was. */
  | { readonly kind: 'GONE' }
  /** There is an environment of that name, but it is not ours. */
  | { readonly kind: 'NOT_OURS' }
  | { readonly kind: 'WAITING' }
  /** The service will not delete it. */
  | { readonly kind: 'FAILED'; readonly words: string };

const GONE: RemovalStep = { kind: 'GONE' };
const NOT_OURS: RemovalStep = { kind: 'NOT_OURS' };
const WAITING: RemovalStep = { kind: 'WAITING' };

/** A clone that still runs is waited for; after this long, DeleteBackend is tried all the same. */
const PATIENCE = 25 * 60_000;
/** The last attempt of a removal stays with what it has begun, so it has to begin earlier than the last answer. */
const LAST_ATTEMPT = LAST_ANSWER - 4 * 60_000;

/**
 * One step of a removal that is a request's only purpose.
 * @returns whether nothing of ours is left
 * @throws DeploymentError when the service will not delete it
 */
export async function remove(clone: OwnedClone, begunAt: number, world: World): Promise<boolean> {
  const step = await removeStep({ clone, begunAt, patience: PATIENCE, deadline: begunAt + LAST_ATTEMPT }, world);
  if (step.kind === 'FAILED') throw removalFailed(clone, step.words);
  return step.kind !== 'WAITING';
}

/**
 * One step towards the removal of a clone, decided from what the service says now. Every deletion in this project is
 * this one, and it deletes only what {@link standing} finds to be ours.
 */
export async function removeStep(removal: Removal, world: World): Promise<RemovalStep> {
  const { clone } = removal;
  const { service, clock, log } = world;
  const now = clock.now();
  const state = await cloneState(clone, world);
  if (state.kind === 'unknown' && clone.job === undefined && now - clone.calledAt < LOST_FOR_GOOD) {
    // The answer was lost, and no job has come up that could be ours: the service never took the request.
    return isSettledByService(clone.calledAt, now) ? GONE : WAITING;
  }
  if (state.kind === 'running' && now - removal.begunAt < removal.patience) return WAITING;
  const names = await service.environmentNames(clone.appId);
  const listed = names !== 'APP_NOT_FOUND' && names.has(clone.environmentName);
  if (names !== 'APP_NOT_FOUND' && !listed) {
    if (state.kind === 'running') return startRemoval(removal, 'UNLISTED', world);
    if (!isSettledByService(lastChange(clone, state), now)) return WAITING;
    // A clone that a deletion has cut short is not listed; the deletion has to come to its end all the same.
    const ending = state.kind === 'failed' && (await removalRuns(clone, world));
    return ending ? orGiveUp(removal, 'its deletion is still running', now) : GONE;
  }
  const jobs = await service.jobs(clone.appId, clone.environmentName);
  // With Amplify Studio switched off the app cannot be looked at, but its jobs can; without an app there are none.
  if (names === 'APP_NOT_FOUND' && jobs === 'NOT_FOUND') return GONE;
  const history = jobs === 'NOT_FOUND' ? [] : jobs;
  switch (standing(clone, state, history, now)) {
    case 'NOT_OURS':
      log('nothing of ours is there any more; what is there now is left as it is', nameOf(clone));
      return NOT_OURS;
    case 'UNDECIDED':
      return orGiveUp(removal, 'a job on it is still running', now);
    case 'REMAINS_OF_A_FAILED_CLONE':
      if (!listed) return orGiveUp(removal, 'it cannot be looked at while Amplify Studio is switched off', now);
      if (await mayLookEmpty(clone, state, world)) return orGiveUp(removal, 'another clone may be filling it', now);
      if (!isEmpty(await service.metaConfig(clone.appId, clone.environmentName))) {
        log('the clone failed, but the environment has a backend: it is not ours and is left as it is', nameOf(clone));
        return NOT_OURS;
      }
      break;
    case 'OURS':
      break;
  }
  const [last, before] = failedRemovals(history, removal.begunAt);
  if (last !== undefined && before !== undefined) {
    return { kind: 'FAILED', words: last.error ?? 'the deletion failed twice, and the service gives no reason' };
  }
  return startRemoval(removal, listed ? 'LISTED' : 'UNLISTED', world);
}

/** A claim without a job is looked up by time; after this long its job may have been forgotten. */
const LOST_FOR_GOOD = 2 * 60 * 60 * 1000;

type Standing = 'OURS' | 'REMAINS_OF_A_FAILED_CLONE' | 'NOT_OURS' | 'UNDECIDED';

/** Whose the environment of that name is, now that there is one, judged by what has happened to it since our clone. */
export function standing(clone: OwnedClone, state: CloneState, jobs: readonly Job[], now: number): Standing {
  const begun = 'job' in state ? state.job.createdAt : clone.calledAt;
  const tolerance = 'job' in state ? 0 : CLOCK_SKEW;
  const own = 'job' in state ? state.job.id : clone.job?.id;
  const since = jobs.filter((job) => job.id !== own && job.createdAt > begun + tolerance);
  const removed = since.filter((job) => job.operation === REMOVAL);
  // Filed under their source, the clones that are listed here were made of this environment, not onto it.
  const making = clone.job?.filedUnder === 'source' ? /^CreateBackend$/ : /^(Clone|Create)Backend$/;
  const made = since.filter((job) => making.test(job.operation));
  if (since.some((job) => job.status === 'RUNNING' && (removed.includes(job) || made.includes(job))))
    return 'UNDECIDED';
  if (made.some((job) => job.status === 'COMPLETED')) return 'NOT_OURS';
  const gone = removed.find((job) => job.status === 'COMPLETED');
  if (gone !== undefined) return isSettledByService(gone.updatedAt, now) ? 'NOT_OURS' : 'UNDECIDED';
  return state.kind === 'failed' ? 'REMAINS_OF_A_FAILED_CLONE' : 'OURS';
}

/** What a failed clone leaves behind is an environment without a backend (amplify-hosting 3022, amplify-studio 507). */
export function isEmpty(config: MetaConfig): boolean {
  return config === 'NOT_FOUND' || Object.keys(config).every((category) => category === 'providers');
}

/**
 * Whether an environment that looks empty may be one that another clone fills, or has just filled: onto the same name, or,
 * where clones are filed under their source, perhaps onto the same name.
 */
async function mayLookEmpty(clone: OwnedClone, state: CloneState, world: World): Promise<boolean> {
  const now = world.clock.now();
  const isRecent = (job: Job): boolean => job.status === 'RUNNING' || !isSettledByService(job.updatedAt, now);
  if ('job' in state && isRecent(state.job)) return true;
  const filedUnder = clone.job?.filedUnder === 'target' ? clone.environmentName : clone.sourceName;
  const jobs = await cloneJobs(clone.appId, filedUnder, world);
  return jobs.some((job) => job.id !== clone.job?.id && job.status !== 'FAILED' && isRecent(job));
}

async function removalRuns(clone: OwnedClone, world: World): Promise<boolean> {
  const jobs = await world.service.jobs(clone.appId, clone.environmentName);
  return jobs !== 'NOT_FOUND' && jobs.some((job) => job.operation === REMOVAL && job.status === 'RUNNING');
}

function failedRemovals(jobs: readonly Job[], since: number): readonly Job[] {
  return jobs
    .filter((job) => job.operation === REMOVAL && job.status === 'FAILED' && job.createdAt > since - CLOCK_SKEW)
    .sort((a, b) => b.createdAt - a.createdAt);
}

async function startRemoval(removal: Removal, target: 'LISTED' | 'UNLISTED', world: World): Promise<RemovalStep> {
  const { clone } = removal;
  world.log('deleting the environment', nameOf(clone));
  try {
    const answer = await world.service.startRemoval(clone.appId, clone.environmentName);
    if (answer !== 'STARTED') {
      world.log('the service refused to delete the environment', { ...nameOf(clone), words: answer.words });
      return orGiveUp(removal, answer.words, world.clock.now());
    }
  } catch (error) {
    if (!(error instanceof ServiceTrouble) || error.reason !== 'UNAVAILABLE') throw error;
    world.log('the answer to the deletion was lost', { ...nameOf(clone), words: error.words });
  }
  return stayWithRemoval(clone, target, world);
}

/**
 * The next step must see what this one did, or it would delete a second time, and by then the name may be somebody
 * else's. So this one stays until the environment is gone, or for as long as reads may lie behind.
 */
async function stayWithRemoval(clone: OwnedClone, target: 'LISTED' | 'UNLISTED', world: World): Promise<RemovalStep> {
  const { clock } = world;
  const until = Math.min(clock.now() + READ_LAG, world.deadline);
  while (clock.now() < until) {
    await clock.sleep(LOOK_EVERY);
    if (target === 'LISTED' && (await isGone(clone, world))) return GONE;
  }
  return WAITING;
}

async function isGone(clone: OwnedClone, world: World): Promise<boolean> {
  try {
    const names = await world.service.environmentNames(clone.appId);
    return names !== 'APP_NOT_FOUND' && !names.has(clone.environmentName);
  } catch (error) {
    if (error instanceof ServiceTrouble) return false;
    throw error;
  }
}

function orGiveUp(removal: Removal, words: string, now: number): RemovalStep {
  return now > removal.deadline ? { kind: 'FAILED', words } : WAITING;
}

function lastChange(clone: OwnedClone, state: CloneState): number {
  return 'job' in state ? Math.max(state.job.updatedAt, clone.calledAt) : clone.calledAt;
}

function nameOf(clone: OwnedClone): { appId: string; environmentName: string } {
  return { appId: clone.appId, environmentName: clone.environmentName };
}
