import { environmentGone, returnNotSeen, sourceChanged } from './errors';
import type { Page, Sweep } from './ledger';
import { cloneEntry, withKnown, withReturn } from './ledger-entries';
import { attributesOf, readReport } from './making';
import type { OutputValues } from './outputs';
import { type Holding, type Holdings, parsePhysicalId } from './physical-id';
import type { UpdateRequest, Wanted } from './request';
import { isSettled, LAST_ANSWER } from './service-timing';
import { sweep } from './sweeping';
import { beginVisit, endVisit } from './visits';
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
  // An update that returns comes with the id of what it holds now, and not of what it held before.
  const from = parsePhysicalId(request.formerPhysicalId ?? '')?.holds.requestId ?? holds.requestId;
  const isReturn = from !== holds.requestId;
  const sweeps = isReturn ? undefined : sweepAfter(request, holds);
  const begun = await beginVisit(request.id, sweeps, found, world, (entries) => {
    const known = withKnown(withKnown(entries, holds.requestId), from);
    return isReturn ? withReturn(known, from, holds.requestId, request.id) : known;
  });
  if (begun === undefined) return undefined;
  const { page, entry: visit } = begun;
  if (visit.endedAt === undefined && !(await sweep(request.id, begun, world))) return undefined;
  const stage = cloneEntry(page, holds.requestId)?.stage;
  const isSettledNow = isSettled(visit.begunAt, world.clock.now());
  if (stage?.at !== 'adopted' && holds.sourceName !== wanted.sourceName) throw sourceChanged(holds, wanted);
  if (isReturn) {
    const names = await world.service.environmentNames(holds.appId);
    if (names === 'APP_NOT_FOUND') {
      // With Amplify Studio switched off nothing is known of the environment, and a rollback is worth waiting for.
      if (world.clock.now() <= visit.begunAt + LAST_ANSWER) return undefined;
      throw returnNotSeen(holds);
    }
    if (!names.has(holds.environmentName)) {
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
  const jobId = stage?.at === 'made' ? (stage.job.id ?? '') : '';
  return attributesOf(holds.environmentName, jobId, read.values);
}

/**
 * What the old properties name is what CloudFormation comes back from. Where that is not the environment that the resource
 * holds, it was an update to another one, which has failed or was cancelled.
 */
export function sweepAfter({ former }: UpdateRequest, holds: Holding): Sweep | undefined {
  return former === undefined || isNamed(holds, former) ? undefined : { replaces: holds.requestId, found: undefined };
}

export function isNamed(holding: Holding, wanted: Wanted): boolean {
  return holding.appId === wanted.appId && holding.environmentName === wanted.targetName;
}
