import { pollAbandoned } from './abandoned-clone';
import { cloneMayBeInFlight, cloneState } from './clone-evidence';
import { answerLost, cloneFailed, cloneTimedOut, DeploymentError, environmentGone, left } from './errors';
import { readOutputs } from './outputs';
import { type Holding, type OwnedClone, parsePhysicalId } from './physical-id';
import type { Making } from './progress';
import { removeStep } from './removal';
import type { MakeRequest, Wanted } from './request';
import { isSettled, isSettledByService, LAST_ANSWER } from './service-timing';
import type { World } from './world';

type Attributes = Readonly<Record<string, string>>;

export async function pollMaking(
  request: MakeRequest,
  physicalId: string,
  progress: Making,
  world: World,
): Promise<Attributes | undefined> {
  const { wanted } = request;
  const { begunAt } = progress;
  if (progress.step === 'refusing') {
    if (await othersMayBeAtWork(wanted, begunAt, world)) return undefined;
    throw new DeploymentError('Refused', progress.reason);
  }
  const holds = parsePhysicalId(physicalId)?.holds;
  if (holds === undefined) throw new Error(`isComplete was called with the physical id ${physicalId}`);
  switch (progress.step) {
    case 'cloning':
      if (holds.kind !== 'clone') throw new Error('an adopted environment is not being cloned');
      return pollClone(request, holds, begunAt, world);
    case 'adopting':
      if (await othersMayBeAtWork(wanted, begunAt, world)) return undefined;
      return reportIfThere(wanted, holds, begunAt, world);
    case 'returning':
      if (!isSettled(begunAt, world.clock.now())) return undefined;
      return reportIfThere(wanted, holds, begunAt, world);
    case 'restoring': {
      const abandoned = request.type === 'Update' ? request.former : undefined;
      if (abandoned !== undefined && !(await pollAbandoned(abandoned, progress, world))) return undefined;
      return report(wanted, holds, begunAt, world);
    }
    case 'reporting':
      return report(wanted, holds, begunAt, world);
  }
}

async function pollClone(
  request: MakeRequest,
  clone: OwnedClone,
  begunAt: number,
  world: World,
): Promise<Attributes | undefined> {
  const { wanted } = request;
  const now = world.clock.now();
  const overdue = now > begunAt + wanted.timeoutMilliseconds;
  const state = await cloneState(clone, world);
  let seen = 'its job is still running';
  switch (state.kind) {
    case 'running':
      break;
    case 'completed': {
      seen = 'its job is completed, but the app does not list the environment';
      const names = await world.service.environmentNames(clone.appId);
      if (names !== 'APP_NOT_FOUND' && names.has(clone.environmentName)) {
        const reported = await readReport(wanted, clone, world);
        if (reported.kind === 'there' && !overdue) return reported.attributes;
        seen = reported.kind === 'there' ? 'it was completed too late' : reported.error.message;
      } else if (clone.job === undefined && isSettledByService(state.job.updatedAt, now)) {
        throw answerLost(clone);
      }
      break;
    }
    case 'failed':
      // What is overdue may have been ended by our own deletion of it.
      if (!overdue) return remove(clone, begunAt, (remains) => cloneFailed(clone, state.job, remains), world);
      seen = `its job failed: ${state.job.error ?? 'no reason given'}`;
      break;
    case 'unknown':
      if (clone.job === undefined && isSettledByService(clone.calledAt, now)) throw answerLost(clone);
      seen = 'the service does not know its job';
      break;
  }
  if (!overdue) return undefined;
  const error = (remains: string) => cloneTimedOut(clone, wanted.timeoutMilliseconds, seen, remains);
  // After a Create that failed CloudFormation sends a Delete. After an update that failed it may not (aws-cdk 17040).
  if (request.type === 'Create') throw error('It is deleted when the creation is rolled back.');
  return remove(clone, begunAt, error, world);
}

/** Removes what there is of a clone that came to nothing, and then says why it did. */
async function remove(
  clone: OwnedClone,
  begunAt: number,
  error: (remains: string) => DeploymentError,
  world: World,
): Promise<undefined> {
  const deadline = begunAt + LAST_ANSWER;
  const step = await removeStep({ clone, begunAt, patience: 0, deadline }, world);
  switch (step.kind) {
    case 'WAITING':
      return undefined;
    case 'GONE':
      throw error('Nothing is left of it.');
    case 'NOT_OURS': {
      // It may be the environment that another delivery of this request made; then that one's answer comes first.
      const { appId, environmentName, sourceName, job } = clone;
      if (
        world.clock.now() < deadline &&
        (await cloneMayBeInFlight(appId, [environmentName, sourceName], job?.id, world))
      ) {
        return undefined;
      }
      throw error('An environment of that name is there which this resource did not make; it was left untouched.');
    }
    case 'FAILED':
      throw error(left(clone, step.words));
  }
}

/** Whether another delivery of this request may still make the clone that this one was refused. */
async function othersMayBeAtWork(wanted: Wanted, begunAt: number, world: World): Promise<boolean> {
  const now = world.clock.now();
  if (!isSettled(begunAt, now)) return true;
  if (now > begunAt + LAST_ANSWER) return false;
  return cloneMayBeInFlight(wanted.appId, [wanted.targetName, wanted.sourceName], undefined, world);
}

async function reportIfThere(
  wanted: Wanted,
  holds: Holding,
  begunAt: number,
  world: World,
): Promise<Attributes | undefined> {
  const names = await world.service.environmentNames(wanted.appId);
  if (names === 'APP_NOT_FOUND' || !names.has(holds.environmentName)) throw environmentGone(holds);
  return report(wanted, holds, begunAt, world);
}

/** @throws DeploymentError when an output is not there, once what happened before the request would have to show */
async function report(wanted: Wanted, holds: Holding, begunAt: number, world: World): Promise<Attributes | undefined> {
  const read = await readReport(wanted, holds, world);
  if (read.kind === 'there') return read.attributes;
  if (isSettled(begunAt, world.clock.now())) throw read.error;
  return undefined;
}

type Report =
  | { readonly kind: 'there'; readonly attributes: Attributes }
  | { readonly kind: 'missing'; readonly error: DeploymentError };

async function readReport(wanted: Wanted, holds: Holding, world: World): Promise<Report> {
  const jobId = holds.kind === 'clone' ? (holds.job?.id ?? '') : '';
  const attributes = { EnvironmentName: holds.environmentName, JobId: jobId };
  if (wanted.outputs.length === 0) return { kind: 'there', attributes };
  const config = await world.service.metaConfig(holds.appId, holds.environmentName);
  const read = readOutputs(holds.environmentName, wanted.outputs, config);
  return read.kind === 'missing' ? read : { kind: 'there', attributes: { ...attributes, ...read.values } };
}
