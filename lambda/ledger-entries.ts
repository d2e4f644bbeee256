import { ServiceError } from './backend-service';
import type { LifecycleContext } from './context';
import type { Clone, CloneEntry, Entries, FollowUpEntry, LedgerItem, OwnedClone, Removing, Stage } from './ledger';
import { change } from './ledger';
import type { OutputValues } from './outputs';
import type { HeldEnvironment } from './physical-id';

/** The entry of a request, in the item as it was read. */
export interface EntryRef {
  readonly requestId: string;
  readonly item: LedgerItem;
  readonly context: LifecycleContext;
}

export function cloneEntry(item: LedgerItem, requestId: string): CloneEntry | undefined {
  const entry = item.entries[requestId];
  return entry?.kind === 'clone' ? entry : undefined;
}

export function followUpEntry(item: LedgerItem, requestId: string): FollowUpEntry | undefined {
  const entry = item.entries[requestId];
  return entry?.kind === 'follow-up' ? entry : undefined;
}

type Begun = Pick<CloneEntry, 'begunAt' | 'replaces' | 'stage'>;

export function newCloneEntry({ appId, environmentName, sourceName }: HeldEnvironment, begun: Begun): CloneEntry {
  return { kind: 'clone', appId, environmentName, sourceName, confirmed: false, ...begun };
}

export function ownedClone({ appId, environmentName, sourceName }: CloneEntry, { calledAt, job }: Clone): OwnedClone {
  return { appId, environmentName, sourceName, calledAt, job };
}

/** Writes over the version that was read. Where another delivery was quicker, it gives the item of that one. */
export function writeOver(item: LedgerItem, entries: Entries, context: LifecycleContext): Promise<LedgerItem> {
  return change(item, context, (found) => (found === item.entries ? entries : found));
}

export function putStage({ requestId, item, context }: EntryRef, stage: Stage): Promise<LedgerItem> {
  const entries = withStage(item.entries, requestId, () => stage);
  return writeOver(item, entries, context);
}

/** Writes what only this invocation knows: if it were lost, it would have to be searched for. */
export function changeStage(ref: EntryRef, how: (stage: Stage) => Stage): Promise<LedgerItem> {
  const { requestId, item, context } = ref;
  return retry(() => change(item, context, (entries) => withStage(entries, requestId, how)), context);
}

export function withStage(entries: Entries, requestId: string, how: (stage: Stage) => Stage): Entries {
  const entry = entries[requestId];
  if (entry?.kind !== 'clone') return entries;
  const stage = how(entry.stage);
  return stage === entry.stage ? entries : { ...entries, [requestId]: { ...entry, stage } };
}

/** CloudFormation has the physical ID of that request, so it decides what becomes of the environment. */
export function withConfirmed(entries: Entries, requestId: string): Entries {
  const entry = entries[requestId];
  return entry?.kind !== 'clone' || entry.confirmed
    ? entries
    : { ...entries, [requestId]: { ...entry, confirmed: true } };
}

/** An update has completed with that physical ID, and with these attributes. */
export function withCurrent(entries: Entries, held: HeldEnvironment, attributes: OutputValues): Entries {
  const { requestId, returnedBy } = held;
  const entry = entries[requestId];
  if (entry?.kind !== 'clone') return entries;
  return { ...entries, [requestId]: { ...entry, returnedBy, attributes: { ...entry.attributes, ...attributes } } };
}

/**
 * Whether the resource holds the environment under the physical ID with that update. An update that returns to an environment
 * gives it a new one. Until it is complete, CloudFormation may delete the new one, and that retains the environment.
 */
export function isCurrent(entries: Entries, { requestId, returnedBy }: HeldEnvironment): boolean {
  const entry = entries[requestId];
  return entry?.kind !== 'clone' || entry.returnedBy === returnedBy;
}

/** The request has created nothing, or what it has created is deleted, or is being deleted. */
export function isRemoved(entries: Entries, { requestId }: HeldEnvironment): boolean {
  const entry = entries[requestId];
  return entry?.kind === 'clone' && (entry.stage.at === 'nothing' || entry.stage.at === 'removing');
}

/** The environment is retained, whatever becomes of the resource. */
export function withoutClaim(entries: Entries, requestId: string): Entries {
  return withStage(entries, requestId, (stage) => (stage.at === 'created' ? { at: 'adopted' } : stage));
}

/** Another request takes over, and removes what the entry's request has created. */
export function toRemoving(stage: Stage): Stage {
  switch (stage.at) {
    case 'examining':
    case 'adopted':
      return NOTHING;
    case 'cloning':
      return removing(stage, {});
    case 'created':
      return isKept(stage) ? NOTHING : cancelledToRemoving(stage);
    case 'removing':
      return { ...stage, failure: undefined, failedDeletions: [] };
    case 'nothing':
      return stage;
  }
}

/** No failure told anybody that the clone is kept, where its request was cancelled. So it is removed. */
export function cancelledToRemoving(stage: Stage): Stage {
  return stage.at === 'created' ? removing(stage, { ended: 'COMPLETED', stackId: stage.stackId }) : toRemoving(stage);
}

/** The clone is complete, and its Create has failed for lack of an output, with a message that says that it is kept. */
function isKept(stage: Stage): boolean {
  return stage.at === 'created' && typeof stage.answer === 'object';
}

export const EXAMINING: Stage = { at: 'examining' };
export const NOTHING: Stage = { at: 'nothing' };

export function removing(
  { calledAt, job }: Pick<Removing, 'calledAt' | 'job'>,
  known: Pick<Removing, 'ended' | 'failure' | 'stackId'>,
): Removing {
  return { at: 'removing', calledAt, job, failedDeletions: [], ...known };
}

const PAUSE = 1000;
const MOST_TRIES = 5;

export async function retry<T>(call: () => Promise<T>, context: LifecycleContext): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ServiceError) || attempt === MOST_TRIES) throw error;
      await context.clock.sleep(PAUSE);
    }
  }
}
