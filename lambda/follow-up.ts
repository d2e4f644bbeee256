import { type Cancellation, change, type Entries, type FollowUpEntry } from './ledger';
import { type EntryRef, followUpEntry } from './ledger-entries';

export interface FollowUp extends EntryRef {
  readonly entry: FollowUpEntry;
}

/**
 * Writes the entry of the request, once, and in the same write what `alongside` makes of the other entries.
 * @returns undefined where another delivery of the request clones: that delivery answers
 */
export async function beginFollowUp(
  { requestId, item: found, context }: EntryRef,
  cancellation: Cancellation | undefined,
  alongside: (entries: Entries, begunAt: number) => Entries,
): Promise<FollowUp | undefined> {
  const begunAt = context.clock.now();
  const followUp: FollowUpEntry = { kind: 'follow-up', begunAt, cancellation };
  const item = await change(found, context, (entries) =>
    entries[requestId] === undefined ? { ...alongside(entries, begunAt), [requestId]: followUp } : entries,
  );
  const entry = followUpEntry(item, requestId);
  return entry && { requestId, entry, item, context };
}

/** Later deliveries of the request find that it is complete. `alongside`: as in {@link beginFollowUp}. */
export async function endFollowUp(
  { requestId, item, context }: FollowUp,
  alongside: (entries: Entries) => Entries = (entries) => entries,
): Promise<void> {
  const endedAt = context.clock.now();
  await change(item, context, (entries) => {
    const entry = entries[requestId];
    const isOpen = entry?.kind === 'follow-up' && entry.endedAt === undefined;
    return isOpen ? { ...alongside(entries), [requestId]: { ...entry, endedAt } } : entries;
  });
}
