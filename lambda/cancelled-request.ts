import type { LifecycleContext } from './context';
import type { FollowUp } from './follow-up';
import type { CloneEntry, LedgerItem } from './ledger';
import { cancelledToRemoving, change, followUpEntry, withFollowUp, withStage } from './ledger-entries';
import { remove } from './removal';
import { LATEST_DELIVERY } from './service-timing';

/*
 * CloudFormation cancels a Create when another resource fails, and then sends a Delete with a physical ID that it generated
 * (cloudformation-coverage-roadmap 1814, aws-cdk pull 36951). It cancels an Update likewise, and then sends an Update to the
 * old properties, with the old physical ID. Neither says what the cancelled request has done; its handler may still run, or
 * may not have started (aws-cdk 26139). The ledger knows. A cancelled request that arrives late finds the entry of the request
 * that removes it, and clones nothing.
 */

/**
 * Removes what a cancelled request has created.
 * @returns whether that is complete, and the cancelled request can create nothing more
 * @throws DeploymentError when the service does not delete the environment
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

/** The cancelled request, where it has created something or may have. */
function cancelledRequest(item: LedgerItem, replaces: string | undefined, isLate: boolean): string | undefined {
  const unknown = Object.entries(item.entries)
    .flatMap(([id, entry]) =>
      entry.kind === 'clone' && entry.replaces === replaces && !entry.confirmed ? [{ id, entry }] : [],
    )
    .sort((one, other) => other.entry.begunAt - one.entry.begunAt);
  // An environment that a cancelled request has adopted stays, but its ownership must not pass to that resource later.
  const adopted = isLate ? unknown.find(({ entry }) => entry.stage.at === 'adopted')?.id : undefined;
  if (replaces !== undefined) return unknown.find(({ entry }) => isAlive(entry))?.id ?? adopted;
  // An earlier Create of the resource may have created an environment that was retained. Only the last Create can be the
  // cancelled one, and the last may not have arrived yet.
  const [last] = unknown;
  if (last === undefined || !isAlive(last.entry)) return last?.id === adopted ? adopted : undefined;
  return last.entry.stage.at === 'created' && !isLate ? undefined : last.id;
}

function isAlive({ stage }: CloneEntry): boolean {
  return stage.at !== 'nothing' && stage.at !== 'adopted';
}
