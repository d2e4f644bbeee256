import { ServiceTrouble, type StartedClone } from './backend-service';
import { cloneJobs, cloneMayBeInFlight } from './clone-evidence';
import {
  accessDenied,
  appNotFound,
  cloneNotStarted,
  cloneRefused,
  type DeploymentError,
  sourceNotFound,
  targetExists,
} from './errors';
import { readOutputs } from './outputs';
import { canBeKept, type OwnedClone } from './physical-id';
import type { ResourceReference, Wanted } from './request';
import { CLOCK_SKEW, isSettled, LOOK_EVERY, NEW_PERMISSIONS } from './service-timing';
import type { World } from './world';

export type Start =
  | { readonly kind: 'STARTED'; readonly clone: OwnedClone }
  /** No clone of ours; to be said once no other delivery of this request can be at work. */
  | { readonly kind: 'REFUSED'; readonly reason: DeploymentError }
  /** The target is there, and is to be taken as it is. */
  | { readonly kind: 'EXISTS' };

/** One request to clone, and what it is done with. */
interface Undertaking {
  readonly wanted: Wanted;
  readonly resource: ResourceReference;
  readonly begunAt: number;
  readonly world: World;
}

/** After the answer to CloneBackend is lost, and nothing came of it, there must be time for another call and its answer. */
const TIME_FOR_A_CALL = 15_000;

/**
 * Has the environment cloned, by one accepted CloneBackend at the most.
 * @throws DeploymentError when nothing was cloned and nothing can be
 */
export async function startClone(wanted: Wanted, resource: ResourceReference, world: World): Promise<Start> {
  const undertaking: Undertaking = { wanted, resource, begunAt: world.clock.now(), world };
  const target = await examine(undertaking);
  if (target === 'THERE') {
    if (wanted.existing === 'ADOPT') return { kind: 'EXISTS' };
    const inFlight = await patiently(() => inFlightOnto(wanted, world), undertaking);
    if (!inFlight) throw targetExists(wanted);
    return { kind: 'REFUSED', reason: targetExists(wanted) };
  }
  for (let attempt = 0; ; attempt += 1) {
    const calledAt = world.clock.now();
    try {
      const answer = await world.service.startClone(wanted.appId, wanted.sourceName, wanted.targetName);
      if (answer.kind === 'refused') return { kind: 'REFUSED', reason: cloneRefused(wanted, answer.words) };
      return { kind: 'STARTED', clone: owned(wanted, calledAt, answer, world) };
    } catch (error) {
      if (!(error instanceof ServiceTrouble)) throw error;
      if (error.reason === 'UNAVAILABLE') {
        const traces = await searchTraces(wanted, calledAt, world);
        if (traces === 'OF_A_CLONE') return { kind: 'STARTED', clone: claim(wanted, calledAt) };
      }
      await waitToRepeat(error, attempt, undertaking);
    }
  }
}

/**
 * Whether there is something to clone and room for it. What speaks against a clone is believed only when it is still so
 * after all that happened before this request must show: the source may be a clone that is seconds old, and the target
 * one that was deleted seconds ago.
 */
async function examine(undertaking: Undertaking): Promise<'FREE' | 'THERE'> {
  const { wanted, begunAt, world } = undertaking;
  const { service, clock } = world;
  for (;;) {
    const names = await patiently(() => service.environmentNames(wanted.appId), undertaking);
    if (names === 'APP_NOT_FOUND') throw appNotFound(wanted);
    const missing = names.has(wanted.sourceName) ? await missingOutputs(undertaking) : undefined;
    const free = !names.has(wanted.targetName);
    if (names.has(wanted.sourceName) && missing === undefined && free) return 'FREE';
    if (isSettled(begunAt, clock.now())) {
      if (!free) return 'THERE';
      if (!names.has(wanted.sourceName)) throw sourceNotFound(wanted, names);
      if (missing !== undefined) throw missing;
    }
    await clock.sleep(LOOK_EVERY);
  }
}

/**
 * A clone has the definition of its source, and so its outputs. What the source does not have is said before anything is
 * cloned, so that a mistyped output does not cost a clone.
 */
async function missingOutputs(undertaking: Undertaking): Promise<DeploymentError | undefined> {
  const { wanted, world } = undertaking;
  if (wanted.outputs.length === 0) return undefined;
  const ask = () => world.service.metaConfig(wanted.appId, wanted.sourceName);
  const config = await patiently(ask, undertaking);
  const read = readOutputs(wanted.sourceName, wanted.outputs, config);
  return read.kind === 'missing' ? read.error : undefined;
}

async function inFlightOnto(wanted: Wanted, world: World): Promise<boolean> {
  return cloneMayBeInFlight(wanted.appId, [wanted.targetName, wanted.sourceName], undefined, world);
}

function owned(wanted: Wanted, calledAt: number, answer: StartedClone, world: World): OwnedClone {
  if (!canBeKept(answer.jobId)) {
    world.log('the id of the clone job cannot be kept in a physical id', { jobId: answer.jobId });
    return claim(wanted, calledAt);
  }
  const filedUnder = answer.filedUnder === wanted.targetName ? 'target' : 'source';
  return { ...claim(wanted, calledAt), job: { id: answer.jobId, filedUnder } };
}

/** A clone that the service may have begun, but whose job is not known. */
function claim(wanted: Wanted, calledAt: number): OwnedClone {
  const { appId, sourceName, targetName } = wanted;
  return { kind: 'clone', appId, environmentName: targetName, sourceName, calledAt, job: undefined };
}

/**
 * The answer to CloneBackend was lost: looks whether the service began a clone all the same. `NONE` is certain; it is
 * given only when a clone that began with the call would have to show.
 */
async function searchTraces(wanted: Wanted, calledAt: number, world: World): Promise<'OF_A_CLONE' | 'NONE'> {
  const { clock } = world;
  world.log('the answer to CloneBackend was lost; looking for its job', { targetName: wanted.targetName });
  for (;;) {
    const settled = isSettled(calledAt, clock.now() - TIME_FOR_A_CALL);
    try {
      const ofTarget = await cloneJobs(wanted.appId, wanted.targetName, world);
      if (ofTarget.some((job) => job.createdAt > calledAt - CLOCK_SKEW && job.status === 'RUNNING'))
        return 'OF_A_CLONE';
      if (settled) {
        const ofSource = await cloneJobs(wanted.appId, wanted.sourceName, world);
        const began = [...ofTarget, ...ofSource].some((job) => job.createdAt > calledAt - CLOCK_SKEW);
        return began ? 'OF_A_CLONE' : 'NONE';
      }
    } catch (error) {
      if (!(error instanceof ServiceTrouble)) throw error;
    }
    // Out of time without certainty: a claim is kept, and `poll` goes on looking.
    if (clock.now() + LOOK_EVERY > world.deadline) return 'OF_A_CLONE';
    await clock.sleep(LOOK_EVERY);
  }
}

/** Asks again, for as long as this invocation may, when a read brings no answer. */
async function patiently<T>(read: () => Promise<T>, undertaking: Undertaking): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ServiceTrouble)) throw error;
      await waitToRepeat(error, attempt, undertaking);
    }
  }
}

/** @throws DeploymentError when there is no use, or no time, in calling again */
async function waitToRepeat(trouble: ServiceTrouble, attempt: number, undertaking: Undertaking): Promise<void> {
  const { wanted, resource, begunAt, world } = undertaking;
  const { clock } = world;
  if (trouble.reason === 'DENIED' && clock.now() - begunAt > NEW_PERMISSIONS) {
    throw accessDenied(trouble, wanted.appId, resource, world.roleHint);
  }
  // The whole of a doubling span is drawn from, so that many clones that start at once do not come back at once.
  const pause = 1000 + clock.random() * Math.min(10_000, 1000 * 2 ** attempt);
  if (clock.now() + pause + TIME_FOR_A_CALL > world.deadline) {
    throw trouble.reason === 'DENIED'
      ? accessDenied(trouble, wanted.appId, resource, world.roleHint)
      : cloneNotStarted(wanted, trouble);
  }
  await clock.sleep(pause);
}
