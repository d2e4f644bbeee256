import { ServiceError } from './backend-service';
import type { LifecycleContext } from './context';
import {
  type Clone,
  type CloneEntry,
  change,
  type Entries,
  type Entry,
  type FollowUpEntry,
  type LedgerItem,
  type OwnedClone,
  type Removing,
  type Stage,
} from './ledger';
import type { HeldEnvironment, PhysicalId } from './physical-id';

/** The entry of a request, in the item as it was read. */
export interface EntryRef {
  readonly requestId: string;
  readonly item: LedgerItem;
  readonly context: LifecycleContext;
}

export function cloneEntry(item: LedgerItem, requestId: string): CloneEntry | undefined {
  const entry: Entry | undefined = item.entries[requestId];
  return entry?.kind === 'clone' ? entry : undefined;
}

export function followUpEntry(item: LedgerItem, requestId: string): FollowUpEntry | undefined {
  const entry: Entry | undefined = item.entries[requestId];
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

/**
 * An update goes from one environment back to the previous one. Where an earlier update had returned to the environment that
 * is left now, CloudFormation had retained that one before, and it is retained again.
 */
export function withReturn(entries: Entries, from: string, to: string, followUpId: string): Entries {
  const [left, reached] = [entries[from], entries[to]];
  const wasReturnedTo = left?.kind === 'clone' && left.returned !== undefined;
  // An update had gone this way before. So another one has gone back since, and was killed before it recorded that.
  const isRepeated = reached?.kind === 'clone' && reached.returned?.from === from && hasReturned(reached, entries);
  const released = wasReturnedTo || isRepeated ? withoutClaim(entries, from) : entries;
  // This update undoes one that failed to return: the resource has kept its environment and physical ID throughout.
  const isUndoing = isRepeated || (wasReturnedTo && !hasReturned(left, entries));
  if (isUndoing || reached?.kind !== 'clone') return released;
  return { ...released, [to]: { ...reached, returned: { by: followUpId, from } } };
}

/** The resource holds that environment, so each update that went back from it to another one was cancelled or has failed. */
export function withoutReturnsFrom(entries: Entries, from: string): Entries {
  const isFailed = (entry: Entry): boolean => entry.kind === 'clone' && entry.returned?.from === from;
  const kept = Object.entries(entries).map(([id, entry]) => [
    id,
    isFailed(entry) ? { ...entry, returned: undefined } : entry,
  ]);
  return Object.fromEntries(kept);
}

/**
 * Which physical ID of an environment a Delete has. An update that returns to an environment gives it a new physical ID, which
 * names the environment that the update left. That can be the same ID as at first.
 */
export function kindOfId(
  entries: Entries,
  { holds, replaces }: PhysicalId,
): 'CURRENT' | 'TO_BE_RETURNED_TO' | 'FORMER' {
  const entry = entries[holds.requestId];
  if (entry?.kind !== 'clone') return 'CURRENT';
  const isBack = hasReturned(entry, entries);
  // Whichever ID: until that update is complete, the environment is the one that it returns to. Where it undoes an update that
  // failed, CloudFormation has held the environment throughout.
  if (entry.returned !== undefined && !isBack) {
    const from = entries[entry.returned.from];
    return from?.kind === 'clone' && from.stage.at === 'nothing' ? 'CURRENT' : 'TO_BE_RETURNED_TO';
  }
  if (replaces?.requestId === entry.replaces) {
    return isBack && entry.returned?.from !== entry.replaces ? 'FORMER' : 'CURRENT';
  }
  return isBack ? 'CURRENT' : 'TO_BE_RETURNED_TO';
}

function hasReturned({ returned }: CloneEntry, entries: Entries): boolean {
  if (returned === undefined) return false;
  const followUp = entries[returned.by];
  return followUp?.kind !== 'follow-up' || followUp.endedAt !== undefined;
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
export function isKept(stage: Stage): boolean {
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
