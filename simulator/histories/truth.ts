import type { AmplifyBackend } from '../amplify-backend/model';
import type { VirtualClock } from '../clock';
import type { Region } from '../cloudformation/region';
import { keyOf } from './checker/identities';
import type { Truth } from './checker/observed';
import { APP_IDS, type History } from './history';
import { stackNames } from './history-stacks';

/** After this time, the handler gives a call up. */
const LONGEST_CALL = 10_000;

/** What the checker compares with what CloudFormation was told. */
export function truthOf(
  history: History,
  {
    clock,
    service,
    region,
  }: { readonly clock: VirtualClock; readonly service: AmplifyBackend; readonly region: Region },
): Truth {
  const { oldJobs, cloneJobFiledUnder } = history.variants;
  return {
    now: () => clock.now(),
    blindMilliseconds: blindnessOf(history),
    jobsShownMilliseconds: oldJobs === 'kept' ? Number.POSITIVE_INFINITY : oldJobs.forgottenAfterMilliseconds,
    answersGetLost: losesAnswers(history),
    filedUnderSource: cloneJobFiledUnder === 'source',
    isHidden: (appId) => service.isHidden(appId) || mayFailToShowDetails(history),
    environments: () =>
      APP_IDS.flatMap((appId) => service.environments(appId).map((environment) => ({ appId, ...environment }))),
    runningClones: () =>
      APP_IDS.flatMap((appId) =>
        service
          .jobs(appId)
          .filter((job) => job.status === 'RUNNING' && job.operation === 'CloneBackend')
          .map(({ jobId, caller, environment }) => ({ jobId, caller, environment: keyOf(appId, environment) })),
      ),
    unfinishedStacks: () => stackNames(history).filter((name) => region.stack(name)?.status?.endsWith('_FAILED')),
    resources: () =>
      stackNames(history).flatMap((stackName) =>
        [...(region.stack(stackName)?.resources ?? [])].map(([logicalId, { physicalId }]) => ({
          stackName,
          logicalId,
          physicalId,
        })),
      ),
  };
}

/** Between the look at an environment and its deletion, the handler makes at most eight calls, and reads can be stale. */
function blindnessOf({ variants, lambda }: History): number {
  const longestCall = lambda.callHangs > 0 ? LONGEST_CALL : 2 * lambda.longestWayMilliseconds;
  return variants.readLag.maxMilliseconds + 8 * longestCall;
}

/** GetBackend may fail for an environment. Then nothing distinguishes it from another one of that name. */
function mayFailToShowDetails({ variants, service: { faults } }: History): boolean {
  return variants.environmentDetails !== 'work' || faults.probabilities !== undefined;
}

/** Calls of the service or of the ledger may fail, so that their answers do not reach the handler, or the handler the ledger. */
function losesAnswers({ service, lambda, ledger, variants }: History): boolean {
  const { cloneAnswerLost, faults } = service;
  const { killedBeforeCall, killedAfterCall, killedAroundChange, callHangs } = lambda;
  const isDisturbed = faults.probabilities !== undefined || faults.bursts !== undefined;
  const isDenied = variants.firstMinute === 'AccessDeniedException now and then';
  const chances = [cloneAnswerLost, killedBeforeCall, killedAfterCall, killedAroundChange, callHangs];
  return isDisturbed || isDenied || [...chances, ...Object.values(ledger)].some((chance) => chance > 0);
}
