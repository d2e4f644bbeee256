import { environmentGone, sourceChanged } from './errors';
import type { Page, VisitEntry } from './ledger';
import { change, cloneEntry, visitEntry, withKnown, withReturn } from './ledger-entries';
import { attributesOf, readReport } from './making';
import type { OutputValues } from './outputs';
import { type Holding, type Holdings, parsePhysicalId } from './physical-id';
import type { UpdateRequest, Wanted } from './request';
import { isSettled } from './service-timing';
import { sweep } from './sweeping';
import { endVisit } from './visits';
import type { World } from './world';

/*
 * An Update that makes nothing: it keeps the environment that the resource holds, or, in a rollback, returns to the one
 * that was replaced.
 */

/** @throws DeploymentError when the environment is not there, or cannot be what is wanted */
export async function pollKeeping(
  request: UpdateRequest,
  { holds }: Holdings,
  found: Page,
  world: World,
): Promise<OutputValues | undefined> {
  const { wanted } = request;
  const page = await register(request, holds, found, world);
  const visit = visitEntry(page, request.id);
  if (visit === undefined) throw new Error(`the ledger does not have the request ${request.id}`);
  if (visit.endedAt === undefined && !(await sweep(request.id, page, world))) return undefined;
  const stage = cloneEntry(page, holds.requestId)?.stage;
  const isSettledNow = isSettled(visit.begunAt, world.clock.now());
  if (stage?.at !== 'adopted' && holds.sourceName !== wanted.sourceName) throw sourceChanged(holds, wanted);
  if (isReturn(request, holds)) {
    const names = await world.service.environmentNames(holds.appId);
    if (names === 'APP_NOT_FOUND' || !names.has(holds.environmentName)) {
      if (!isSettledNow) return undefined;
      throw environmentGone(holds);
    }
  }
  const read = await readReport(wanted, world);
  if (read.kind === 'missing') {
    if (!isSettledNow) return undefined;
    throw read.error;
  }
  await endVisit(request.id, page, world);
  const jobId = stage?.at === 'made' ? (stage.job?.id ?? '') : '';
  return attributesOf(holds.environmentName, jobId, read.values);
}

/** To what the resource held before: it comes with the id of what it holds now. */
function isReturn({ formerPhysicalId }: UpdateRequest, holds: Holding): boolean {
  const former = formerPhysicalId === undefined ? undefined : parsePhysicalId(formerPhysicalId);
  return former !== undefined && former.holds.requestId !== holds.requestId;
}

/**
 * What the old properties name is what CloudFormation comes back from. Where that is not the environment that the resource
 * holds, it was an update to another one, which has failed or was cancelled.
 */
function register(request: UpdateRequest, holds: Holding, page: Page, world: World): Promise<Page> {
  const { id, former, formerPhysicalId = '' } = request;
  const comesBack = !isReturn(request, holds) && former !== undefined && !isNamed(holds, former);
  const visit: VisitEntry = {
    kind: 'visit',
    begunAt: world.clock.now(),
    endedAt: undefined,
    sweeps: comesBack ? { replaces: holds.requestId, found: false } : undefined,
  };
  const from = parsePhysicalId(formerPhysicalId)?.holds.requestId ?? holds.requestId;
  return change(page, world, (entries) => {
    if (entries[id] !== undefined) return entries;
    const known = withKnown(withKnown(entries, holds.requestId), from);
    return { ...(from === holds.requestId ? known : withReturn(known, from, holds.requestId, id)), [id]: visit };
  });
}

export function isNamed(holding: Holding, wanted: Wanted): boolean {
  return holding.appId === wanted.appId && holding.environmentName === wanted.targetName;
}
