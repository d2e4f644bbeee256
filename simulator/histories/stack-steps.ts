import type { AmplifyBackend } from '../amplify-backend/model';
import { sleep, type VirtualClock } from '../clock';
import type { CloudAssembly } from '../cloudformation/cloud-assembly';
import type { Region } from '../cloudformation/region';
import type { PollInterval, StackPlan, Step } from './history';
import { OTHER_RESOURCE, stackOf } from './history-stacks';
import type { Moments } from './moments';

interface Surroundings {
  readonly assembly: CloudAssembly;
  readonly pollInterval: PollInterval;
  readonly region: Region;
  readonly clock: VirtualClock;
  readonly service: AmplifyBackend;
  readonly moments: Moments;
}

/** Deploys and destroys one stack, step by step. */
export async function takeSteps({ steps }: StackPlan, stackName: string, surroundings: Surroundings): Promise<void> {
  for (const step of steps) {
    await sleep(surroundings.clock, step.waitSeconds * 1000);
    if (step.kind === 'destroy') await surroundings.region.destroy(stackName);
    else await deploy(step, stackName, surroundings);
  }
}

async function deploy(
  { clones, interruption }: Extract<Step, { kind: 'deploy' }>,
  stackName: string,
  { assembly, pollInterval, region, clock, service, moments }: Surroundings,
): Promise<void> {
  const status = region.stack(stackName)?.status;
  // As the CDK CLI does. Other failed stacks wait for people, or for a later `destroy`.
  if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED') await region.destroy(stackName);
  if (region.stack(stackName)?.status?.endsWith('_FAILED')) return;
  if (region.stack(stackName) === undefined) service.permissions.grant(clock.now(), stackName);
  const failing =
    interruption?.kind === 'another resource fails'
      ? { [OTHER_RESOURCE]: { reason: 'Topic limit exceeded', afterSeconds: interruption.afterSeconds } }
      : {};
  const deployment = region.deployTemplate(stackName, stackOf(assembly, pollInterval, clones), failing);
  if (interruption?.kind === 'cancelled') moments.plan(interruption.when, () => region.stack(stackName)?.cancel());
  await deployment;
}
