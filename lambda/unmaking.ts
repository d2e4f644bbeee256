import { passOn } from './adoptions';
import type { Page } from './ledger';
import { type Entries, kindOfId, newCloneEntry, toBeRemoved, withoutClaim, withStage } from './ledger-entries';
import { type Holdings, parsePhysicalId } from './physical-id';
import { remove } from './removal';
import type { DeleteRequest } from './request';
import { sweep } from './sweeping';
import { beginVisit, endVisit } from './visits';
import type { World } from './world';

/**
 * A Delete. It acts on the physical id and on what the ledger has of it, and never on the properties. An id that
 * CloudFormation made up stands for a Create that it cancelled.
 * @returns whether nothing of ours is left
 * @throws DeploymentError when the service will not delete it
 */
export async function pollUnmaking(request: DeleteRequest, found: Page, world: World): Promise<boolean> {
  const holdings = parsePhysicalId(request.physicalId);
  const present = holdings === undefined ? found : await withPassedOn(request, holdings, found, world);
  const sweeps = holdings === undefined ? { replaces: undefined, found: undefined } : undefined;
  const begun = await beginVisit(request.id, sweeps, present, world, (entries, begunAt) =>
    holdings === undefined ? entries : withoutRequest(entries, holdings, begunAt),
  );
  if (begun === undefined) return false;
  const { page, entry: visit } = begun;
  if (visit.endedAt !== undefined) return true;
  const done =
    holdings === undefined
      ? await sweep(request.id, begun, world)
      : await remove(holdings.holds.requestId, visit.begunAt, page, world);
  if (done) await endVisit(request.id, page, world);
  return done;
}

/** A Delete that has begun goes on as it began. */
async function withPassedOn({ id }: DeleteRequest, holdings: Holdings, page: Page, world: World): Promise<Page> {
  if (page.entries[id] !== undefined || kindOfId(page.entries, holdings) !== 'CURRENT') return page;
  return passOn(holdings.holds.requestId, page, world);
}

/** Of a request that has not come yet, or was killed before its first entry, nothing may come any more. */
function withoutRequest(entries: Entries, holdings: Holdings, begunAt: number): Entries {
  const { requestId } = holdings.holds;
  const kind = kindOfId(entries, holdings);
  // The update failed on its way back to what CloudFormation had let go of: that was there before, and stays.
  if (kind === 'TO_BE_RETURNED_TO') return withoutClaim(entries, requestId);
  // The resource holds it under another id by now.
  if (kind === 'FORMER') return entries;
  if (entries[requestId] !== undefined) return withStage(entries, requestId, toBeRemoved);
  const stage = { at: 'nothing', failure: undefined } as const;
  const entry = newCloneEntry(holdings.holds, { begunAt, replaces: undefined, known: true, stage });
  return { ...entries, [requestId]: entry };
}
