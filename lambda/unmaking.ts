import type { CloneEntry, Page, VisitEntry } from './ledger';
import { change, type Entries, kindOfId, toBeRemoved, visitEntry, withoutClaim, withStage } from './ledger-entries';
import { type Holdings, parsePhysicalId } from './physical-id';
import { remove } from './removal';
import type { DeleteRequest } from './request';
import { sweep } from './sweeping';
import { endVisit } from './visits';
import type { World } from './world';

/**
 * A Delete. It acts on the physical id and on what the ledger has of it, and never on the properties. An id that
 * CloudFormation made up stands for a Create that it cancelled.
 * @returns whether nothing of ours is left
 * @throws DeploymentError when the service will not delete it
 */
export async function pollUnmaking(request: DeleteRequest, found: Page, world: World): Promise<boolean> {
  const holdings = parsePhysicalId(request.physicalId);
  const holds = holdings?.holds;
  const page = await register(request.id, holdings, found, world);
  const visit = visitEntry(page, request.id);
  if (visit === undefined) throw new Error(`the ledger does not have the request ${request.id}`);
  if (visit.endedAt !== undefined) return true;
  const done =
    holds === undefined
      ? await sweep(request.id, page, world)
      : await remove(holds.requestId, visit.begunAt, page, world);
  if (done) await endVisit(request.id, page, world);
  return done;
}

function register(requestId: string, holdings: Holdings | undefined, page: Page, world: World): Promise<Page> {
  const begunAt = world.clock.now();
  const sweeps = holdings === undefined ? { replaces: undefined, found: false } : undefined;
  const visit: VisitEntry = { kind: 'visit', begunAt, endedAt: undefined, sweeps };
  return change(page, world, (entries) => {
    if (entries[requestId] !== undefined) return entries;
    return { ...(holdings === undefined ? entries : withoutRequest(entries, holdings, begunAt)), [requestId]: visit };
  });
}

/** Of a request that has not come yet, or was killed before its first entry, nothing may come any more. */
function withoutRequest(entries: Entries, holdings: Holdings, begunAt: number): Entries {
  const { appId, environmentName, sourceName, requestId } = holdings.holds;
  switch (kindOfId(entries, holdings)) {
    case 'TO_BE_RETURNED_TO':
      // The update failed on its way back to what CloudFormation had let go of: that was there before, and stays.
      return withoutClaim(entries, requestId);
    case 'FORMER':
      // The resource holds it under another id by now.
      return entries;
    case 'CURRENT':
      break;
  }
  if (entries[requestId] !== undefined) return withStage(entries, requestId, toBeRemoved);
  const entry: CloneEntry = {
    kind: 'clone',
    begunAt,
    appId,
    environmentName,
    sourceName,
    replaces: undefined,
    known: true,
    returnedBy: undefined,
    stage: { at: 'nothing', failure: undefined },
  };
  return { ...entries, [requestId]: entry };
}
