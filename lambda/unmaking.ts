import { cloneJobs } from './clone-evidence';
import { removalFailed } from './errors';
import { type OwnedClone, parsePhysicalId } from './physical-id';
import type { Unmaking } from './progress';
import { type Removal, removeStep } from './removal';
import type { DeleteRequest, Wanted } from './request';
import { CLOCK_SKEW, LAST_ANSWER, LONGEST_BEGIN, READ_LAG, RECENT } from './service-timing';
import type { World } from './world';

type Done = Readonly<Record<string, string>>;

const DONE: Done = {};
const MINUTE = 60_000;
/** A clone that still runs is waited for; after this long, DeleteBackend is tried all the same. */
const PATIENCE = 25 * MINUTE;
/** The last attempt of a removal stays with what it has begun, so it has to begin earlier than the last answer. */
const LAST_ATTEMPT = LAST_ANSWER - 4 * MINUTE;

export async function pollUnmaking(
  request: DeleteRequest,
  progress: Unmaking,
  world: World,
): Promise<Done | undefined> {
  switch (progress.step) {
    case 'nothing':
      return DONE;
    case 'removing': {
      const holds = parsePhysicalId(request.physicalId)?.holds;
      if (holds?.kind !== 'clone') return DONE;
      return (await remove(holds, progress.begunAt, world)) ? DONE : undefined;
    }
    case 'abandoned':
      return request.wanted === undefined ? DONE : pollAbandoned(request.wanted, progress, world);
  }
}

/** @returns whether nothing of ours is left */
async function remove(clone: OwnedClone, begunAt: number, world: World): Promise<boolean> {
  const removal: Removal = { clone, begunAt, patience: PATIENCE, deadline: begunAt + LAST_ATTEMPT };
  const step = await removeStep(removal, world);
  if (step.kind === 'FAILED') throw removalFailed(clone, step.words);
  return step.kind !== 'WAITING';
}

/**
 * CloudFormation cancelled the Create and never saw its physical id (cloudformation-coverage-roadmap 1814, aws-cdk pull
 * 36951). The Create's handler may still be at work and clone after this Delete has come (aws-cdk 26139), so this one
 * watches for as long as that is possible, and acts only on evidence of a clone onto the target in flight.
 */
async function pollAbandoned(
  wanted: Wanted,
  progress: Extract<Unmaking, { step: 'abandoned' }>,
  world: World,
): Promise<Done | undefined> {
  const { begunAt } = progress;
  const sure = world.clock.now() > begunAt + LONGEST_BEGIN + READ_LAG + CLOCK_SKEW;
  const clone = await cloneInFlight(wanted, progress, world);
  if (clone === 'RUNNING_UNDER_THE_SOURCE') return undefined;
  if (clone !== undefined && !(await remove(clone, begunAt, world))) return undefined;
  if (!sure) return undefined;
  if (clone === undefined)
    world.log('there was no clone in flight; nothing was touched', { target: wanted.targetName });
  return DONE;
}

/** The clone that the cancelled Create has begun, as far as can be told. */
async function cloneInFlight(
  wanted: Wanted,
  progress: Extract<Unmaking, { step: 'abandoned' }>,
  world: World,
): Promise<OwnedClone | 'RUNNING_UNDER_THE_SOURCE' | undefined> {
  const since = progress.begunAt - RECENT - CLOCK_SKEW;
  const recent = async (filedUnder: string) =>
    (await cloneJobs(wanted.appId, filedUnder, world))
      .filter((job) => job.status === 'RUNNING' || job.updatedAt > since)
      .sort((a, b) => b.createdAt - a.createdAt);
  const clone = { kind: 'clone', appId: wanted.appId, environmentName: wanted.targetName } as const;
  const [newest] = await recent(wanted.targetName);
  if (newest !== undefined) {
    const job = { id: newest.id, filedUnder: 'target' } as const;
    return { ...clone, sourceName: wanted.sourceName, calledAt: newest.createdAt, job };
  }
  // Filed under the source, a clone does not tell its target. It is ours if it gave a backend to a target that had none.
  if (progress.targetWas !== 'absent' && progress.targetWas !== 'empty') return undefined;
  const ofSource = await recent(wanted.sourceName);
  if (ofSource.some((job) => job.status === 'RUNNING')) return 'RUNNING_UNDER_THE_SOURCE';
  const ended = ofSource.find((job) => job.status === 'COMPLETED') ?? ofSource[0];
  if (ended === undefined) return undefined;
  const job = { id: ended.id, filedUnder: 'source' } as const;
  return { ...clone, sourceName: wanted.sourceName, calledAt: ended.createdAt, job };
}
