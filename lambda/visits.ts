import type { Page } from './ledger';
import { change } from './ledger-entries';
import type { World } from './world';

/** From here on a delivery of the same request finds that all is done. */
export async function endVisit(requestId: string, page: Page, world: World): Promise<void> {
  const endedAt = world.clock.now();
  await change(page, world, (entries) => {
    const visit = entries[requestId];
    return visit?.kind !== 'visit' || visit.endedAt !== undefined
      ? entries
      : { ...entries, [requestId]: { ...visit, endedAt } };
  });
}
