import { removeCancelled } from './cancelled-request';
import { attributesOf, readReport } from './create';
import { errorOf, returnFailed } from './errors';
import { beginFollowUp, endFollowUp } from './follow-up';
import type { Cancellation } from './ledger';
import type { EntryRef } from './ledger-entries';
import { changeStage, cloneEntry, NOTHING, withConfirmed, withCurrent, withoutClaim } from './ledger-entries';
import { type OutputValues, orKnown } from './outputs';
import { type HeldEnvironment, type PhysicalId, parsePhysicalId } from './physical-id';
import type { Properties, UpdateRequest } from './request';
import { isSettled } from './service-timing';

/* An Update that clones nothing: it keeps the environment or, in a rollback, returns to the one that was replaced. */

/** @throws DeploymentError when the environment does not exist, or does not have the properties */
export async function reconcileUpdateInPlace(
  request: UpdateRequest,
  { holds }: PhysicalId,
  ref: EntryRef,
): Promise<OutputValues | undefined> {
  const { properties } = request;
  const { context } = ref;
  // An update that returns has the physical ID of the environment that it leaves.
  const old = parsePhysicalId(request.oldPhysicalId ?? '')?.holds;
  const from = old?.requestId === holds.requestId ? undefined : old;
  const cancellation = from === undefined ? cancellationBefore(request, holds) : undefined;
  const begun = await beginFollowUp(ref, cancellation, (entries) => {
    const known = withConfirmed(entries, holds.requestId);
    if (from === undefined) return known;
    const left = withConfirmed(known, from.requestId);
    // CloudFormation had retained what an update has returned to, and it is retained again.
    return from.returnedBy === undefined ? left : withoutClaim(left, from.requestId);
  });
  if (begun === undefined) return undefined;
  const { item, entry: followUp } = begun;
  const isDone = followUp.endedAt !== undefined || (await removeCancelled(begun, request.oldProperties));
  if (!isDone) return undefined;
  const entry = cloneEntry(item, holds.requestId);
  const stage = entry?.stage;
  const isSettledNow = isSettled(followUp.begunAt, context.clock.now());
  if (stage?.at !== 'adopted' && holds.sourceName !== properties.sourceName)
    throw errorOf('SourceChanged', holds, properties);
  if (from !== undefined) {
    const names = await context.service.environmentNames(holds.appId);
    // While Amplify Studio is off, environments cannot be seen, and the ledger decides.
    if (names !== 'APP_NOT_FOUND' && !names.has(holds.environmentName)) {
      if (!isSettledNow) return undefined;
      // The next update to that name clones it again.
      await changeStage({ requestId: holds.requestId, item, context }, () => NOTHING);
      throw returnFailed(errorOf('EnvironmentGone', holds), from);
    }
  }
  const found = await readReport(properties, context);
  if (found.kind !== 'there' && !isSettledNow) return undefined;
  const read = orKnown(found, properties.outputs, entry?.attributes);
  if (read.kind !== 'there') throw from === undefined ? read.error : returnFailed(read.error, holds, from);
  const jobId = stage?.at === 'created' ? (stage.job.id ?? '') : '';
  const attributes = attributesOf(holds.environmentName, jobId, read.values);
  await endFollowUp(begun, (entries) => withCurrent(entries, holds, attributes));
  return attributes;
}

/**
 * In a rollback, the old properties are those of the update that is undone. Where they name another environment than the
 * physical ID, that update was a replacement that failed or was cancelled.
 */
export function cancellationBefore({ oldProperties }: UpdateRequest, holds: HeldEnvironment): Cancellation | undefined {
  return oldProperties === undefined || isNamed(holds, oldProperties) ? undefined : { replaces: holds.requestId };
}

export function isNamed(held: HeldEnvironment, properties: Properties): boolean {
  return held.appId === properties.appId && held.environmentName === properties.targetName;
}
