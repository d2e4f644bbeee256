import type { FollowUp } from './follow-up';
import { change, type LedgerItem } from './ledger';
import { cancelledToRemoving, followUpEntry, withStage } from './ledger-entries';
import { remove } from './removal';
import type { Properties } from './request';
import { LATEST_DELIVERY } from './service-timing';

/*
 * CloudFormation cancels a Create when another resource fails, and then sends a Delete with a physical ID that it generated
 * (cloudformation-coverage-roadmap 1814, aws-cdk pull 36951). It cancels an Update likewise, and then sends an Update to the
 * old properties. The handler of the cancelled request may still run, or may not have started (aws-cdk 26139). The request
 * that follows waits until it must have arrived, and looks into the ledger.
 */

/**
 * Removes what a cancelled request has created.
 * @param properties those of the cancelled request
 * @returns whether that is complete, and the cancelled request can create nothing more
 * @throws DeploymentError when the service does not delete the environment
 */
export async function removeCancelled(
  { requestId: followUpId, entry: followUp, item, context }: FollowUp,
  properties: Properties | undefined,
): Promise<boolean> {
  const { begunAt, cancellation } = followUp;
  if (cancellation === undefined) return true;
  if (cancellation.found !== undefined) return remove({ requestId: cancellation.found, begunAt, item, context });
  if (context.clock.now() <= begunAt + LATEST_DELIVERY) return false;
  const { replaces } = cancellation;
  const cancelled = properties && lastRequest(item, replaces, properties);
  if (cancelled === undefined) return true;
  const taken = await change(item, context, (entries) => {
    const own = entries[followUpId];
    // Another delivery may have found it.
    if (own?.kind !== 'follow-up' || own.cancellation?.found !== undefined) return entries;
    const marked = { ...entries, [followUpId]: { ...own, cancellation: { replaces, found: cancelled } } };
    return withStage(marked, cancelled, cancelledToRemoving);
  });
  const found = followUpEntry(taken, followUpId)?.cancellation?.found;
  return found === undefined || remove({ requestId: found, begunAt, item: taken, context });
}

/**
 * The last request that replaces the same, where CloudFormation does not have its physical ID. Earlier ones, and those for
 * another environment, were not cancelled, and may have created one that was retained.
 */
function lastRequest(
  item: LedgerItem,
  replaces: string | undefined,
  { appId, targetName }: Properties,
): string | undefined {
  const [last] = Object.entries(item.entries)
    .flatMap(([id, entry]) => (entry.kind === 'clone' && entry.replaces === replaces ? [{ id, entry }] : []))
    .filter(({ entry }) => entry.appId === appId && entry.environmentName === targetName)
    .sort((one, other) => other.entry.begunAt - one.entry.begunAt);
  return last?.entry.confirmed === false ? last.id : undefined;
}
