import { ServiceError, type ServiceErrorReason } from '../lambda/backend-service';
import { cloneJobs, cloneStatus } from '../lambda/clone-status';
import type { LifecycleContext } from '../lambda/context';
import { type CloneEntry, type LedgerItem, readItem, type Stage } from '../lambda/ledger';
import { change, changeStage, cloneEntry, ownedClone, toRemoving, withStage } from '../lambda/ledger-entries';
import { rootStackId } from '../lambda/outputs';
import { type RemovalStep, removeStep } from '../lambda/removal';
import { CLOCK_SKEW, LAST_ANSWER, NEW_PERMISSIONS } from '../lambda/service-timing';
import { PAGE, type RecordStore, readRecord } from './record';

/*
 * Deletes what the record names, with the handler's own code: whatever it takes for its own it deletes, and nothing else.
 */

/** What was not deleted, or what has taken its place. */
export interface Left {
  readonly environmentName: string;
  /** In sentences. */
  readonly because: string;
  /** Whether it may be the survey's, so that somebody has to look at it. */
  readonly isOurs: boolean;
}

const PAUSE = 5000;

/** CloneBackend onto the environment that was there already. */
export const ONTO_WATCHED = 'ontoWatched';

export interface CleanUpProps {
  readonly world: LifecycleContext;
  readonly store: RecordStore;
  say(line: string): void;
  /** One entry of the record. @default - all */
  readonly only?: string;
}

/** @returns what is left, once all else is gone */
export async function cleanUp({ world, store, say, only }: CleanUpProps): Promise<readonly Left[]> {
  const begunAt = world.clock.now();
  const left = new Map<string, Left>();
  const open = (page: LedgerItem): [string, CloneEntry][] =>
    removals(page).filter(([id]) => !left.has(id) && (only === undefined || id === only));
  let page = await change(await readItem(world.ledger, PAGE), world, (entries) =>
    Object.keys(entries)
      .filter((id) => only === undefined || id === only)
      .reduce((marked, id) => withStage(marked, id, toRemoving), entries),
  );
  while (open(page).length > 0) {
    for (const [id, { environmentName }] of open(page)) {
      const found = await step(id, begunAt, page, world, store);
      if (found !== 'WAITING' && found !== 'GONE') left.set(id, { environmentName, ...found });
      if (found === 'GONE') say(`Nothing of the survey remains under the name ${environmentName}.`);
      page = await readItem(world.ledger, PAGE);
    }
    if (open(page).length > 0) await world.clock.sleep(PAUSE);
  }
  return [...left.values()];
}

function removals(page: LedgerItem): [string, CloneEntry][] {
  return Object.keys(page.entries).flatMap((id): [string, CloneEntry][] => {
    const entry = cloneEntry(page, id);
    return entry?.stage.at === 'removing' ? [[id, entry]] : [];
  });
}

type Found = 'WAITING' | 'GONE' | Pick<Left, 'because' | 'isOurs'>;

const NOTHING: Stage = { at: 'nothing', failure: undefined };

async function step(
  id: string,
  begunAt: number,
  page: LedgerItem,
  world: LifecycleContext,
  store: RecordStore,
): Promise<Found> {
  try {
    if (id === ONTO_WATCHED && (await hasFailed(id, page, world))) {
      // It was onto an environment that was there, which has an entry of its own: it has left nothing.
      await changeStage(page, id, world, () => NOTHING);
      return 'GONE';
    }
    if (await mayBeAnother(id, page, world, store)) return { because: MAY_BE_ANOTHER, isOurs: true };
    const taken = await removeStep({ requestId: id, begunAt }, page, world);
    if (taken.kind === 'GONE' || taken.kind === 'NOT_OURS') {
      await changeStage(await readItem(world.ledger, PAGE), id, world, () => NOTHING);
    }
    return foundIn(taken, id);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (world.clock.now() < begunAt + patienceWith(error.reason)) return 'WAITING';
    return {
      because: `The service refused to delete it: ${error.operation}: ${error.words}`,
      isOurs: true,
    };
  }
}

const MAY_BE_ANOTHER =
  'Another clone of the same source has started since, and the service does not say with which target. So the survey cannot tell ' +
  'whether this is still its own environment. If nobody else created one of this name, delete it by hand.';

/**
 * Stricter than the handler, whose users give each name to one stack: where clones are filed under their source, a later one
 * may be onto this name, after somebody has deleted what the survey made. Only the root stack tells the two apart.
 */
async function mayBeAnother(
  id: string,
  page: LedgerItem,
  world: LifecycleContext,
  store: RecordStore,
): Promise<boolean> {
  const entry = cloneEntry(page, id);
  if (entry?.stage.at !== 'removing' || entry.stage.deletion !== undefined) return false;
  const { appId, environmentName, sourceName, stage } = entry;
  if (stage.job?.filedUnder !== 'source') return false;
  const names = await world.service.environmentNames(appId);
  if (names === 'APP_NOT_FOUND' || !names.has(environmentName)) return false;
  const own = (await readRecord(store))?.cloneJobs ?? [];
  const others = (await cloneJobs(appId, sourceName, world)).filter(
    (job) => !own.includes(job.id) && job.status !== 'FAILED' && job.updatedAt > stage.calledAt - CLOCK_SKEW,
  );
  if (others.length === 0) return false;
  if (stage.stackId === undefined) return true;
  return rootStackId(await world.service.metaConfig(appId, environmentName)) === undefined;
}

async function hasFailed(id: string, page: LedgerItem, world: LifecycleContext): Promise<boolean> {
  const entry = cloneEntry(page, id);
  if (entry?.stage.at !== 'removing' || entry.stage.job === undefined) return false;
  const { calledAt, job } = entry.stage;
  return (await cloneStatus(ownedClone(entry, { calledAt, job }), world)).kind === 'failed';
}

function foundIn(taken: RemovalStep, id: string): Found {
  switch (taken.kind) {
    case 'WAITING':
    case 'GONE':
      return taken.kind;
    case 'NOT_OURS':
      // The existing environment is usually the survey's, and its own entry deletes it.
      return id === ONTO_WATCHED
        ? 'GONE'
        : {
            because: 'Somebody else created the environment that has this name now. The survey does not change it.',
            isOurs: false,
          };
    case 'FAILED':
      return { because: taken.because, isOurs: true };
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
