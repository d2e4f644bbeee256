import type { Page, Sweep, VisitEntry } from './ledger';
import { change, type Entries, visitEntry, withVisit } from './ledger-entries';
import type { World } from './world';

export interface Visit {
  readonly page: Page;
  readonly entry: VisitEntry;
}

/**
 * Enters the request, once, and with it what `alongside` makes of the other entries.
 * @returns undefined where another delivery of the request makes a clone: that one answers
 */
export async function beginVisit(
  requestId: string,
  sweeps: Sweep | undefined,
  found: Page,
  world: World,
  alongside: (entries: Entries, begunAt: number) => Entries,
): Promise<Visit | undefined> {
  const begunAt = world.clock.now();
  const visit: VisitEntry = { kind: 'visit', begunAt, endedAt: undefined, sweeps };
  const page = await change(found, world, (entries) =>
    entries[requestId] === undefined ? { ...alongside(entries, begunAt), [requestId]: visit } : entries,
  );
  const entry = visitEntry(page, requestId);
  return entry && { page, entry };
}

/** From here on a delivery of the same request finds that all is done. */
export async function endVisit(requestId: string, page: Page, world: World): Promise<void> {
  const endedAt = world.clock.now();
  await change(page, world, (entries) =>
    withVisit(entries, requestId, (visit) => (visit.endedAt === undefined ? { ...visit, endedAt } : visit)),
  );
}
