import { REMOVAL } from '../../lambda/backend-service';
import { type CloneEntry, type Entry, readPage, type Stage } from '../../lambda/ledger';
import { visitEntry } from '../../lambda/ledger-entries';
import { sweep } from '../../lambda/sweeping';
import {
  called,
  cloneEntryOf,
  cloning,
  jobOf,
  MINUTE,
  made,
  nothing,
  RESOURCE,
  removingOf,
  START,
  visitEntryOf,
  WorldUnderTest,
} from './world-under-test';

const removing = removingOf();
/** When the visit began that sweeps. */
const VISIT = START + 10 * MINUTE;

let world: WorldUnderTest;
beforeEach(() => {
  world = new WorldUnderTest();
  world.jobs.set('preview', [jobOf('ours', 'RUNNING')]);
});

function ledgerHas(entries: Readonly<Record<string, Entry>>, replaces?: string, found?: string): void {
  world.pageOf({ ...entries, sweeper: visitEntryOf({ begunAt: VISIT, sweeps: { replaces, found } }) });
}

async function lookAfter(milliseconds: number): Promise<boolean> {
  world.time = VISIT + milliseconds;
  const page = await readPage(world.ledger, RESOURCE);
  const entry = visitEntry(page, 'sweeper');
  if (entry === undefined) throw new Error('the visit is not on the page');
  return sweep('sweeper', { entry, page }, world);
}

async function stageOf(id: string): Promise<Stage['at'] | undefined> {
  const entry = (await readPage(world.ledger, RESOURCE)).entries[id];
  return entry?.kind === 'clone' ? entry.stage.at : undefined;
}

test('a visit that comes after no cancelled request sweeps nothing', async () => {
  world.pageOf({ cancelled: cloneEntryOf(cloning), sweeper: visitEntryOf({ begunAt: VISIT }) });
  expect(await lookAfter(0)).toBe(true);
  expect(world.table.writes).toBe(0);
});

describe.each([
  ['a Create', undefined],
  ['an Update', 'before'],
])('after %s that was cancelled', (_request, replaces) => {
  const entryAt = (stage: Stage, changes: Partial<CloneEntry> = {}): CloneEntry =>
    cloneEntryOf(stage, { replaces, ...changes });

  test('is waited for one that has not come, for two minutes', async () => {
    ledgerHas({}, replaces);
    expect(await lookAfter(0)).toBe(false);
    expect(await lookAfter(2 * MINUTE)).toBe(false);
    expect(await lookAfter(2 * MINUTE + 1)).toBe(true);
  });

  test.each<[string, Entry]>([
    ['what CloudFormation knows by its id', entryAt(cloning, { known: true })],
    ['what was to replace another environment', cloneEntryOf(cloning, { replaces: 'other' })],
    ['what came to nothing', entryAt({ at: 'nothing', failure: { name: 'CloneRefused', message: 'No.' } })],
    ['another visit', visitEntryOf()],
  ])('%s is not touched', async (_, entry) => {
    ledgerHas({ other: entry }, replaces);
    expect(await lookAfter(2 * MINUTE)).toBe(false);
    expect(await lookAfter(2 * MINUTE + 1)).toBe(true);
    expect(world.table.writes).toBe(0);
  });

  test('an environment that it has adopted stays, and does not pass on to its resource any more', async () => {
    ledgerHas({ cancelled: entryAt({ at: 'adopted' }) }, replaces);
    expect(await lookAfter(2 * MINUTE)).toBe(false);
    expect(await stageOf('cancelled')).toBe('adopted');
    expect(await lookAfter(2 * MINUTE + 1)).toBe(true);
    expect(await stageOf('cancelled')).toBe('nothing');
    expect(world.changes).toEqual([]);
  });

  test('one that has called nothing yet comes to nothing at once', async () => {
    ledgerHas({ cancelled: entryAt({ at: 'examining' }) }, replaces);
    expect(await lookAfter(0)).toBe(true);
    expect(await stageOf('cancelled')).toBe('nothing');
  });

  test('a clone that was kept is removed: nobody was told of it', async () => {
    const failure = { name: 'OutputsMissing', message: 'It is kept.' };
    ledgerHas({ cancelled: entryAt({ ...called, at: 'kept', stackId: undefined, failure }) }, replaces);
    expect(await lookAfter(0)).toBe(false);
    expect(await stageOf('cancelled')).toBe('removing');
  });

  test('one that was found and removed is not waited for', async () => {
    ledgerHas({ cancelled: entryAt(nothing) }, replaces, 'cancelled');
    expect(await lookAfter(0)).toBe(true);
  });

  test('its clone is marked as found, and removed', async () => {
    ledgerHas({ cancelled: entryAt(cloning) }, replaces);
    expect(await lookAfter(0)).toBe(false);
    expect(await stageOf('cancelled')).toBe('removing');
    expect(world.table.entries['sweeper']).toEqual({
      kind: 'visit',
      begunAt: VISIT,
      sweeps: { replaces, found: 'cancelled' },
    });
    expect(world.changes).toEqual([]);

    world.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    expect(await lookAfter(MINUTE)).toBe(false);
    expect(world.changes).toEqual(['DeleteBackend preview']);

    const removed = { operation: REMOVAL, createdAt: VISIT + MINUTE, updatedAt: VISIT + 2 * MINUTE };
    world.jobs.set('preview', [jobOf('ours', 'COMPLETED'), jobOf('removal', 'COMPLETED', removed)]);
    world.names = new Set(['dev']);
    expect(await lookAfter(2 * MINUTE)).toBe(true);
    expect(await stageOf('cancelled')).toBe('nothing');
  });

  test('a clone that does not end is waited for, 25 minutes from the visit on', async () => {
    world.configs.set('preview', {});
    ledgerHas({ cancelled: entryAt(cloning) }, replaces);
    await lookAfter(25 * MINUTE - 1);
    expect(world.changes).toEqual([]);
    await lookAfter(25 * MINUTE);
    expect(world.changes).toEqual(['DeleteBackend preview']);
  });

  test('what an earlier request could not delete is tried again', async () => {
    world.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    ledgerHas({ cancelled: entryAt({ ...removing, failedDeletions: ['one', 'two'] }) }, replaces);
    expect(await lookAfter(0)).toBe(false);
    expect(world.changes).toEqual(['DeleteBackend preview']);
  });

  test('a visit that could not delete it fails, and does not begin anew', async () => {
    ledgerHas({ cancelled: entryAt({ ...removing, failedDeletions: ['one', 'two'] }) }, replaces, 'cancelled');
    await expect(lookAfter(0)).rejects.toMatchObject({
      name: 'RemovalFailed',
      message: expect.stringContaining('two'),
    });
    expect(world.changes).toEqual([]);
  });

  test('a page that was lost meanwhile is not written again', async () => {
    ledgerHas({ cancelled: entryAt(cloning) }, replaces);
    world.table.beforeWrite = () => {
      world.table.stored = undefined;
    };
    expect(await lookAfter(0)).toBe(true);
    expect(world.table.stored).toBeUndefined();
  });
});

const older = (stage: Stage, replaces?: string): CloneEntry => cloneEntryOf(stage, { replaces });
const newer = (stage: Stage, replaces?: string): CloneEntry =>
  cloneEntryOf(stage, { replaces, begunAt: START + MINUTE });

describe('of several Creates of the resource', () => {
  test.each([
    ['first', { older: older(made), newer: newer(cloning) }],
    ['last', { newer: newer(cloning), older: older(made) }],
  ])(
    'only the last is removed, with the older %s on the page: what that made was to be retained',
    async (_, entries) => {
      ledgerHas(entries);
      await lookAfter(0);
      expect(await stageOf('newer')).toBe('removing');
      expect(await stageOf('older')).toBe('made');
    },
  );

  test('none is removed where the last has come to nothing', async () => {
    ledgerHas({ older: older(made), newer: newer(nothing) });
    expect(await lookAfter(2 * MINUTE + 1)).toBe(true);
    expect(await stageOf('older')).toBe('made');
  });

  test('one that is made is taken for the cancelled one only when no other can come any more', async () => {
    world.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    ledgerHas({ made: older(made) });
    expect(await lookAfter(2 * MINUTE)).toBe(false);
    expect(await stageOf('made')).toBe('made');
    expect(await lookAfter(2 * MINUTE + 1)).toBe(false);
    expect(await stageOf('made')).toBe('removing');
    expect(world.changes).toEqual(['DeleteBackend preview']);
  });

  test('one that still runs is the cancelled one, however late it is seen', async () => {
    ledgerHas({ cancelled: older(cloning) });
    expect(await lookAfter(2 * MINUTE + 1)).toBe(false);
    expect(await stageOf('cancelled')).toBe('removing');
  });
});

describe('of several Updates from the same environment', () => {
  test.each([
    ['first', { older: older(cloning, 'before'), newer: newer(cloning, 'before') }],
    ['last', { newer: newer(cloning, 'before'), older: older(cloning, 'before') }],
  ])('the last is removed, with the older %s on the page', async (_, entries) => {
    ledgerHas(entries, 'before');
    await lookAfter(0);
    expect(await stageOf('newer')).toBe('removing');
    expect(await stageOf('older')).toBe('cloning');
  });

  test('the last that left something is removed, and at once: CloudFormation knows none of them', async () => {
    ledgerHas({ newer: newer(nothing, 'before'), older: older(made, 'before') }, 'before');
    expect(await lookAfter(0)).toBe(false);
    expect(await stageOf('older')).toBe('removing');
  });
});

test('a visit that has found its request turns to no other, even when its end could not be written down', async () => {
  world.pageOf({
    old: older({ ...removing, failedDeletions: ['one', 'two'] }, 'create'),
    cancelled: newer({ at: 'examining' }, 'create'),
    sweeper: visitEntryOf({ begunAt: VISIT, sweeps: { replaces: 'create', found: undefined } }),
  });
  expect(await lookAfter(0)).toBe(true);
  expect(await lookAfter(MINUTE)).toBe(true);
  expect(await stageOf('old')).toBe('removing');
});
