import type { LifecycleContext } from './context';
import type { FollowUp } from './follow-up';
import type { CloneEntry, LedgerItem } from './ledger';
import { cancelledToRemoving, change, followUpEntry, withFollowUp, withStage } from './ledger-entries';
import { remove } from './removal';
import { LATEST_DELIVERY } from './service-timing';

/*
 * CloudFormation cancels a Create when another resource fails, and then sends a Delete with an id that it made up
 * (cloudformation-coverage-roadmap 1814, aws-cdk pull 36951). It cancels an Update alike, and then sends one back to the
 * old properties, with the old id. Neither says what the handler had begun; and the handler may still be at work, or may
 * not even have begun (aws-cdk 26139). The ledger says what it did, and a request that comes later than the one which
 * cleans up after it finds that there, and begins nothing.
 */

/**
 * @returns whether nothing of the cancelled request is left, and nothing can come of it any more
 * @throws DeploymentError when what is left cannot be deleted
 */
export async function removeCancelled(
  followUpId: string,
  { entry: followUp, item }: FollowUp,
  context: LifecycleContext,
): Promise<boolean> {
  const { begunAt, cancellation } = followUp;
  if (cancellation === undefined) return true;
  if (cancellation.found !== undefined) return remove(cancellation.found, begunAt, item, context);
  const { replaces } = cancellation;
  const isLate = context.clock.now() > begunAt + LATEST_DELIVERY;
  const cancelled = cancelledRequest(item, replaces, isLate);
  if (cancelled === undefined) return isLate;
  const taken = await change(item, context, (entries) => {
    const marked = withFollowUp(entries, followUpId, (own) =>
      own.cancellation?.found === undefined ? { ...own, cancellation: { replaces, found: cancelled } } : own,
    );
    return marked === entries ? entries : withStage(marked, cancelled, cancelledToRemoving);
  });
  const found = followUpEntry(taken, followUpId)?.cancellation?.found;
  return found === undefined || remove(found, begunAt, taken, context);
}

/** The request of which something is there, or may be. */
function cancelledRequest(item: LedgerItem, replaces: string | undefined, isLate: boolean): string | undefined {
  const unknown = Object.entries(item.entries)
    .flatMap(([id, entry]) =>
      entry.kind === 'clone' && entry.replaces === replaces && !entry.confirmed ? [{ id, entry }] : [],
    )
    .sort((one, other) => other.entry.begunAt - one.entry.begunAt);
  // What a cancelled request has adopted stays, but must not pass on to its resource later.
  const adopted = isLate ? unknown.find(({ entry }) => entry.stage.at === 'adopted')?.id : undefined;
  if (replaces !== undefined) return unknown.find(({ entry }) => isAlive(entry))?.id ?? adopted;
  // An earlier Create of the same resource may have made what was to be retained: only the last can be the cancelled one,
  // and the last may be still to come.
  const [last] = unknown;
  if (last === undefined || !isAlive(last.entry)) return last?.id === adopted ? adopted : undefined;
  return last.entry.stage.at === 'created' && !isLate ? undefined : last.id;
}

function isAlive({ stage }: CloneEntry): boolean {
  return stage.at !== 'nothing' && stage.at !== 'adopted';
}
