import { ServiceError, type ServiceErrorReason } from '../lambda/backend-service';
import { cloneJob, cloneJobs } from '../lambda/clone-job';
import type { LifecycleContext } from '../lambda/context';
import { type CloneEntry, change, type LedgerItem, readItem } from '../lambda/ledger';
import { changeStage, cloneEntry, NOTHING, ownedClone, toRemoving, withStage } from '../lambda/ledger-entries';
import { rootStackId } from '../lambda/outputs';
import { type RemovalStep, removeStep } from '../lambda/removal';
import { CLOCK_SKEW, LAST_ANSWER, NEW_PERMISSIONS } from '../lambda/service-timing';
import { ITEM_KEY, type RecordStore, readRecord } from './record';

/*
 * Deletes the environments in the record, with the handler's own code: the same rules decide what the survey owns.
 */

/** An environment that was not deleted, or the one that has replaced it. */
export interface Left {
  readonly environmentName: string;
  /** In sentences. */
  readonly because: string;
  /** Whether the survey may have created it, so that a person has to check it. */
  readonly isOwn: boolean;
}

const PAUSE = 5000;

/** The entry of the CloneBackend call whose target exists already. */
export const ONTO_WATCHED = 'ontoWatched';

export interface CleanUpProps {
  readonly context: LifecycleContext;
  readonly store: RecordStore;
  say(line: string): void;
  /** The entry to delete. @default - all */
  readonly only?: string;
}

/** @returns what was not deleted */
export async function cleanUp({ context, store, say, only }: CleanUpProps): Promise<readonly Left[]> {
  const begunAt = context.clock.now();
  const left = new Map<string, Left>();
  const open = (item: LedgerItem): [string, CloneEntry][] =>
    removals(item).filter(([id]) => !left.has(id) && (only === undefined || id === only));
  let item = await change(await readItem(context.ledger, ITEM_KEY), context, (entries) =>
    Object.keys(entries)
      .filter((id) => only === undefined || id === only)
      .reduce((marked, id) => withStage(marked, id, toRemoving), entries),
  );
  while (open(item).length > 0) {
    for (const [id, { environmentName }] of open(item)) {
      const found = await step(id, begunAt, item, context, store);
      if (found !== 'WAITING' && found !== 'GONE') left.set(id, { environmentName, ...found });
      if (found === 'GONE') say(`Nothing of the survey remains under the name ${environmentName}.`);
      item = await readItem(context.ledger, ITEM_KEY);
    }
    if (open(item).length > 0) await context.clock.sleep(PAUSE);
  }
  return [...left.values()];
}

function removals(item: LedgerItem): [string, CloneEntry][] {
  return Object.keys(item.entries).flatMap((id): [string, CloneEntry][] => {
    const entry = cloneEntry(item, id);
    return entry?.stage.at === 'removing' ? [[id, entry]] : [];
  });
}

type Found = 'WAITING' | 'GONE' | Pick<Left, 'because' | 'isOwn'>;

async function step(
  id: string,
  begunAt: number,
  item: LedgerItem,
  context: LifecycleContext,
  store: RecordStore,
): Promise<Found> {
  try {
    if (id === ONTO_WATCHED && (await hasFailed(id, item, context))) {
      // Its target existed already, and has an entry of its own, so this clone has created nothing.
      await changeStage({ requestId: id, item, context }, () => NOTHING);
      return 'GONE';
    }
    if (await mayBeAnother(id, item, context, store)) return { because: MAY_BE_ANOTHER, isOwn: true };
    const taken = await removeStep({ requestId: id, begunAt, item, context });
    if (typeof taken === 'string' && taken !== 'WAITING') {
      const newest = await readItem(context.ledger, ITEM_KEY);
      await changeStage({ requestId: id, item: newest, context }, () => NOTHING);
    }
    return foundIn(taken, id);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (context.clock.now() < begunAt + patienceWith(error.reason)) return 'WAITING';
    return {
      because: `The service refused to delete it: ${error.operation}: ${error.words}`,
      isOwn: true,
    };
  }
}

const MAY_BE_ANOTHER =
  'Another clone of the same source has started since, and the service does not say with which target. So the survey cannot tell ' +
  'whether this is still its own environment. If nobody else created one of this name, delete it by hand.';

/**
 * Stricter than the handler, whose users give each name to one stack. If the service files clones under their source, a later
 * clone may have the same target, after somebody deleted the survey's environment. Only the root stack distinguishes the two.
 */
async function mayBeAnother(
  id: string,
  item: LedgerItem,
  context: LifecycleContext,
  store: RecordStore,
): Promise<boolean> {
  const entry = cloneEntry(item, id);
  if (entry?.stage.at !== 'removing' || entry.stage.deletion !== undefined) return false;
  const { appId, environmentName, sourceName, stage } = entry;
  if (stage.job?.filedUnder !== sourceName) return false;
  const names = await context.service.environmentNames(appId);
  if (names === 'APP_NOT_FOUND' || !names.has(environmentName)) return false;
  const own = (await readRecord(store))?.cloneJobs ?? [];
  const others = (await cloneJobs(appId, sourceName, context)).filter(
    (job) => !own.includes(job.id) && job.status !== 'FAILED' && job.updatedAt > stage.calledAt - CLOCK_SKEW,
  );
  if (others.length === 0) return false;
  if (stage.stackId === undefined) return true;
  return rootStackId(await context.service.metaConfig(appId, environmentName)) === undefined;
}

async function hasFailed(id: string, item: LedgerItem, context: LifecycleContext): Promise<boolean> {
  const entry = cloneEntry(item, id);
  if (entry?.stage.at !== 'removing' || entry.stage.job === undefined) return false;
  const { calledAt, job } = entry.stage;
  return (await cloneJob(ownedClone(entry, { calledAt, job }), context))?.status === 'FAILED';
}

function foundIn(taken: RemovalStep, id: string): Found {
  switch (taken) {
    case 'WAITING':
    case 'GONE':
      return taken;
    case 'NOTHING_KNOWN':
      return 'GONE';
    case 'NOT_OURS':
    case 'MAY_BE_BEING_CREATED':
      // The existing environment is usually the survey's, and its own entry deletes it.
      return id === ONTO_WATCHED
        ? 'GONE'
        : {
            because: 'Another owner created the environment that has this name now. The survey does not change it.',
            isOwn: false,
          };
    default:
      return { because: taken.because, isOwn: true };
  }
}

function patienceWith(cause: ServiceErrorReason): number {
  switch (cause) {
    case 'NO_HOST':
    case 'REJECTED':
      return 0;
    case 'DENIED':
      return 2 * NEW_PERMISSIONS;
    case 'THROTTLED':
    case 'BUSY':
    case 'UNAVAILABLE':
      return LAST_ANSWER + CLOCK_SKEW;
  }
}
