import { removeCancelled } from './cancelled-request';
import { beginFollowUp, endFollowUp } from './follow-up';
import type { Entries } from './ledger';
import { type EntryRef, isCurrent, NOTHING, newCloneEntry, toRemoving, withStage } from './ledger-entries';
import { type PhysicalId, parsePhysicalId } from './physical-id';
import { remove } from './removal';
import type { DeleteRequest } from './request';

/**
 * A physical ID that CloudFormation generated belongs to a cancelled Create: the properties have the name of its environment.
 * @returns whether the removal is complete
 * @throws DeploymentError when the service does not delete the environment
 */
export async function reconcileDelete(request: DeleteRequest, ref: EntryRef): Promise<boolean> {
  const parsedId = parsePhysicalId(request.physicalId);
  const cancellation = parsedId === undefined ? {} : undefined;
  const begun = await beginFollowUp(ref, cancellation, (entries, begunAt) =>
    parsedId === undefined ? entries : withoutRequest(entries, parsedId, begunAt),
  );
  if (begun === undefined) return false;
  const { item, entry: followUp, context } = begun;
  if (followUp.endedAt !== undefined) return true;
  const done =
    parsedId === undefined
      ? await removeCancelled(begun, request.properties)
      : await remove({ requestId: parsedId.holds.requestId, begunAt: followUp.begunAt, item, context });
  if (done) await endFollowUp(begun);
  return done;
}

/** A request without an entry gets one that keeps it from cloning, should it arrive late. */
function withoutRequest(entries: Entries, parsedId: PhysicalId, begunAt: number): Entries {
  const { requestId } = parsedId.holds;
  if (!isCurrent(entries, parsedId.holds)) return entries;
  if (entries[requestId] !== undefined) return withStage(entries, requestId, toRemoving);
  const entry = newCloneEntry(parsedId.holds, { begunAt, stage: NOTHING });
  return { ...entries, [requestId]: entry };
}
