import { type Job, ServiceTrouble } from './backend-service';
import { cloneJobs } from './clone-evidence';
import { mayComeLater } from './errors';
import type { OwnedClone } from './physical-id';
import type { TargetState } from './progress';
import { isEmpty, remove } from './removal';
import type { Wanted } from './request';
import { CLOCK_SKEW, EVIDENCE, LAST_ANSWER, LONGEST_BEGIN, LOOK_EVERY, READ_LAG } from './service-timing';
import type { World } from './world';

/*
 * CloudFormation cancels a Create when another resource fails, and then sends a Delete with an id that it made up
 * (cloudformation-coverage-roadmap 1814, aws-cdk pull 36951). It cancels an Update alike, and then sends one back to the
 * old properties, with the old id. Neither says what the handler had begun; and the handler may still be at work, and
 * clone after that (aws-cdk 26139). So the target is watched for as long as that is possible, and a clone is removed
 * only on evidence that it was in flight.
 */

export interface Watch {
  readonly step: 'abandoned' | 'restoring';
  readonly begunAt: number;
  readonly targetWas: TargetState;
}

/** How the target looks when the watch begins: what has a backend then was not begun by what was cancelled. */
export async function targetState(wanted: Wanted, world: World): Promise<TargetState> {
  const { service, clock, deadline } = world;
  for (;;) {
    try {
      const names = await service.environmentNames(wanted.appId);
      if (names === 'APP_NOT_FOUND' || !names.has(wanted.targetName)) return 'absent';
      return isEmpty(await service.metaConfig(wanted.appId, wanted.targetName)) ? 'empty' : 'populated';
    } catch (error) {
      if (!(error instanceof ServiceTrouble)) throw error;
      if (clock.now() + LOOK_EVERY > deadline) return 'unknown';
      await clock.sleep(LOOK_EVERY);
    }
  }
}

/**
 * @returns whether nothing of the cancelled request is left, and nothing can come any more
 * @throws DeploymentError when what is left cannot be deleted
 */
export async function pollAbandoned(wanted: Wanted, watch: Watch, world: World): Promise<boolean> {
  const { begunAt } = watch;
  const sure = world.clock.now() > begunAt + LONGEST_BEGIN + READ_LAG + CLOCK_SKEW;
  const clone = await cloneInFlight(wanted, watch, world);
  if (clone === 'RUNNING_UNDER_THE_SOURCE') {
    if (world.clock.now() > begunAt + LAST_ANSWER) throw mayComeLater(wanted);
    return false;
  }
  if (clone !== undefined && !(await remove(clone, begunAt, world))) return false;
  if (sure && clone === undefined) {
    world.log('there was no clone in flight; nothing was touched', { targetName: wanted.targetName });
  }
  return sure;
}

/** The clone that the cancelled request has begun, as far as can be told. */
async function cloneInFlight(
  wanted: Wanted,
  { step, begunAt, targetWas }: Watch,
  world: World,
): Promise<OwnedClone | 'RUNNING_UNDER_THE_SOURCE' | undefined> {
  // A backend that is there may be somebody else's, and a leftover costs less than a deletion.
  const since = begunAt - (targetWas === 'populated' ? EVIDENCE.restoring : EVIDENCE[step]);
  const recent = async (filedUnder: string) =>
    (await cloneJobs(wanted.appId, filedUnder, world))
      .filter((job) =>
        // A request is not older than CloudFormation's hour, and neither is its clone.
        job.status === 'RUNNING' ? job.createdAt > begunAt - LAST_ANSWER : job.updatedAt > since,
      )
      .sort(bestEvidenceFirst);
  const { appId, targetName: environmentName, sourceName } = wanted;
  const [best] = await recent(environmentName);
  // To be adopted, a target with a backend would have been taken as it is: its clone is somebody else's.
  if (best !== undefined && !(wanted.existing === 'ADOPT' && targetWas === 'populated')) {
    const job = { id: best.id, filedUnder: 'target' } as const;
    return { kind: 'clone', appId, environmentName, sourceName, calledAt: best.createdAt, job };
  }
  // Filed under the source, a clone does not tell its target. It is ours if it gave a backend to a target that had none.
  if (targetWas !== 'absent' && targetWas !== 'empty') return undefined;
  const ofSource = await recent(sourceName);
  if (ofSource.some((job) => job.status === 'RUNNING')) return 'RUNNING_UNDER_THE_SOURCE';
  const [ended] = ofSource;
  if (ended === undefined) return undefined;
  const job = { id: ended.id, filedUnder: 'source' } as const;
  return { kind: 'clone', appId, environmentName, sourceName, calledAt: ended.createdAt, job };
}

/** A clone that failed may be one that was accepted onto a name that another one, which runs or is completed, has taken. */
function bestEvidenceFirst(one: Job, other: Job): number {
  const rank = ['RUNNING', 'COMPLETED', 'FAILED'];
  return rank.indexOf(one.status) - rank.indexOf(other.status) || other.createdAt - one.createdAt;
}
