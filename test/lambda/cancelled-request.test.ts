import { recordAdoption } from '../../lambda/adoptions';
import { REMOVAL } from '../../lambda/backend-service';
import { removeCancelled } from '../../lambda/cancelled-request';
import { type CloneEntry, type Entry, readItem, type Stage } from '../../lambda/ledger';
import { followUpEntry } from '../../lambda/ledger-entries';
import {
  called,
  cloneEntryOf,
  cloning,
  created,
  followUpEntryOf,
  jobOf,
  MINUTE,
  nothing,
  properties,
  RESOURCE,
  removingOf,
  resource,
  START,
  TestContext,
} from './test-context';

const removing = removingOf();
/** When the request began that removes what the cancelled one has begun. */
const BEGUN = START + 10 * MINUTE;
/** After the request began: a cancelled one must have arrived by now. */
const LATE = 4 * MINUTE + 1;

let context: TestContext;
beforeEach(() => {
  context = new TestContext();
  context.jobs.set('preview', [jobOf('ours', 'RUNNING')]);
});

function ledgerHas(entries: Readonly<Record<string, Entry>>, replaces?: string, found?: string): void {
  context.itemOf({ ...entries, remover: followUpEntryOf({ begunAt: BEGUN, cancellation: { replaces, found } }) });
}

async function lookAfter(milliseconds: number): Promise<boolean> {
  context.time = BEGUN + milliseconds;
  const item = await readItem(context.ledger, RESOURCE);
  const entry = followUpEntry(item, 'remover');
  if (entry === undefined) throw new Error('the request is not in the ledger');
  return removeCancelled({ requestId: 'remover', entry, item, context }, properties);
}

async function stageOf(id: string): Promise<Stage['at'] | undefined> {
  const entry = (await readItem(context.ledger, RESOURCE)).entries[id];
  return entry?.kind === 'clone' ? entry.stage.at : undefined;
}

test('a request without a cancellation removes nothing', async () => {
  context.itemOf({ cancelled: cloneEntryOf(cloning), remover: followUpEntryOf({ begunAt: BEGUN }) });
  expect(await lookAfter(0)).toBe(true);
  expect(context.table.writes).toBe(0);
});

describe.each([
  ['a Create', undefined],
  ['an Update', 'before'],
])('the request that follows %s that was cancelled', (_request, replaces) => {
  const entryAt = (stage: Stage, changes: Partial<CloneEntry> = {}): CloneEntry =>
    cloneEntryOf(stage, { replaces, ...changes });

  test('waits four minutes for a cancelled request that may still arrive', async () => {
    ledgerHas({}, replaces);
    expect(await lookAfter(0)).toBe(false);
    expect(await lookAfter(4 * MINUTE)).toBe(false);
    expect(await lookAfter(LATE)).toBe(true);
  });

  test.each<[string, Entry]>([
    ['a clone whose physical ID CloudFormation has sent', entryAt(cloning, { confirmed: true })],
    ['a request that replaces another environment', cloneEntryOf(cloning, { replaces: 'other' })],
    ['a request that has failed', entryAt({ at: 'nothing', failure: { name: 'CloneRefused', text: 'No.' } })],
    ['another follow-up', followUpEntryOf()],
  ])('does not change %s', async (_, entry) => {
    ledgerHas({ other: entry }, replaces);
    expect(await lookAfter(4 * MINUTE)).toBe(false);
    expect(await lookAfter(LATE)).toBe(true);
    expect(context.table.entries['other']).toEqual(entry);
  });

  test('retains an adopted environment, whose ownership cannot pass to the resource any more', async () => {
    ledgerHas({ cancelled: entryAt({ at: 'adopted' }) }, replaces);
    expect(await lookAfter(4 * MINUTE)).toBe(false);
    expect(await stageOf('cancelled')).toBe('adopted');
    expect(await lookAfter(LATE)).toBe(true);
    expect(await stageOf('cancelled')).toBe('nothing');
    expect(context.changes).toEqual([]);
  });

  test('ends a request that has called nothing', async () => {
    ledgerHas({ cancelled: entryAt({ at: 'examining' }) }, replaces);
    expect(await lookAfter(LATE)).toBe(true);
    expect(await stageOf('cancelled')).toBe('nothing');
  });

  test.each<[string, Stage]>([
    ['has called nothing', { at: 'examining' }],
    ['is cloning', cloning],
    ['has cloned', created],
  ])('removes a request that %s only once no other can arrive, since it may be an earlier one', async (_, stage) => {
    ledgerHas({ earlier: entryAt(stage) }, replaces);
    expect(await lookAfter(4 * MINUTE)).toBe(false);
    expect(await stageOf('earlier')).toBe(stage.at);
    expect(context.table.writes).toBe(0);
    await lookAfter(LATE);
    expect(await stageOf('earlier')).not.toBe(stage.at);
  });

  test('removes a clone that was kept without its outputs, since no failure has named it', async () => {
    const failure = { name: 'OutputsMissing', text: 'It is kept.' };
    ledgerHas({ cancelled: entryAt({ at: 'created', ...called, answer: failure }) }, replaces);
    expect(await lookAfter(LATE)).toBe(false);
    expect(await stageOf('cancelled')).toBe('removing');
  });

  test('passes the ownership to a resource of the stack that has adopted the environment, and deletes nothing', async () => {
    const heir = `${resource.stackId}|Heir`;
    const adopted = { adopt: cloneEntryOf({ at: 'adopted' }) };
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    context.table.others.set(heir, { version: 1, text: JSON.stringify(adopted) });
    const adoption = { requestId: 'adopt', item: { resource: heir, version: 1, entries: adopted }, context };
    await recordAdoption(adoption, cloneEntryOf(created));
    ledgerHas({ cancelled: entryAt(created) }, replaces);
    expect(await lookAfter(4 * MINUTE)).toBe(false);
    expect(await stageOf('cancelled')).toBe('created');
    expect(await lookAfter(LATE)).toBe(true);
    expect(context.changes).toEqual([]);
    expect((await readItem(context.ledger, heir)).entries).toEqual({ adopt: cloneEntryOf(created) });
  });

  test('does not wait if the cancelled request was found and removed', async () => {
    ledgerHas({ cancelled: entryAt(nothing) }, replaces, 'cancelled');
    expect(await lookAfter(0)).toBe(true);
  });

  test('records the cancelled request as found, and removes its clone', async () => {
    ledgerHas({ cancelled: entryAt(cloning) }, replaces);
    expect(await lookAfter(LATE)).toBe(false);
    expect(await stageOf('cancelled')).toBe('removing');
    expect(context.table.entries['remover']).toEqual({
      kind: 'follow-up',
      begunAt: BEGUN,
      cancellation: { replaces, found: 'cancelled' },
    });
    expect(context.changes).toEqual([]);

    context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    expect(await lookAfter(5 * MINUTE)).toBe(false);
    expect(context.changes).toEqual(['DeleteBackend preview']);

    const removed = { operation: REMOVAL, createdAt: BEGUN + 5 * MINUTE, updatedAt: BEGUN + 6 * MINUTE };
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED'), jobOf('removal', 'COMPLETED', removed)]);
    context.names = new Set(['dev']);
    expect(await lookAfter(6 * MINUTE)).toBe(true);
    expect(await stageOf('cancelled')).toBe('nothing');
  });

  test('waits 25 minutes from its own start for a clone that does not end', async () => {
    context.configs.set('preview', {});
    ledgerHas({ cancelled: entryAt(cloning) }, replaces);
    await lookAfter(25 * MINUTE - 1);
    expect(context.changes).toEqual([]);
    await lookAfter(25 * MINUTE);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('retries the deletion of what an earlier request could not delete', async () => {
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    ledgerHas({ cancelled: entryAt({ ...removing, failedDeletions: ['one', 'two'] }) }, replaces);
    expect(await lookAfter(LATE)).toBe(false);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('fails after two failed deletions, and does not start again', async () => {
    ledgerHas({ cancelled: entryAt({ ...removing, failedDeletions: ['one', 'two'] }) }, replaces, 'cancelled');
    await expect(lookAfter(0)).rejects.toMatchObject({
      name: 'RemovalFailed',
      message: expect.stringContaining('two'),
    });
    expect(context.changes).toEqual([]);
  });

  test('does not write an item that was deleted meanwhile', async () => {
    ledgerHas({ cancelled: entryAt(cloning) }, replaces);
    context.table.beforeWrite = () => {
      context.table.stored = undefined;
    };
    expect(await lookAfter(LATE)).toBe(true);
    expect(context.table.stored).toBeUndefined();
  });
});

const older = (stage: Stage, replaces?: string): CloneEntry => cloneEntryOf(stage, { replaces });
const newer = (stage: Stage, replaces?: string): CloneEntry =>
  cloneEntryOf(stage, { replaces, begunAt: START + MINUTE });

describe('after several Creates of a resource', () => {
  test.each([
    ['first', { older: older(created), newer: newer(cloning) }],
    ['last', { newer: newer(cloning), older: older(created) }],
  ])(
    'only the last one is removed, with the older one %s in the item, since that may have been retained',
    async (_, entries) => {
      ledgerHas(entries);
      await lookAfter(LATE);
      expect(await stageOf('newer')).toBe('removing');
      expect(await stageOf('older')).toBe('created');
    },
  );

  test('none is removed if the last one has failed', async () => {
    ledgerHas({ older: older(created), newer: newer(nothing) });
    expect(await lookAfter(LATE)).toBe(true);
    expect(await stageOf('older')).toBe('created');
  });

  test.each([
    ['for another name', { environmentName: 'retained' }],
    ['for another app', { appId: 'd7f6e5c4b3a2d1' }],
  ])('one %s is not the cancelled one, and may have been retained', async (_, names) => {
    ledgerHas({ retained: { ...older(created), ...names } });
    expect(await lookAfter(LATE)).toBe(true);
    expect(await stageOf('retained')).toBe('created');
  });

  test('none is removed if CloudFormation has the physical ID of the last one', async () => {
    ledgerHas({ older: older(created), newer: { ...newer(created), confirmed: true } });
    expect(await lookAfter(LATE)).toBe(true);
    expect(await stageOf('older')).toBe('created');
    expect(await stageOf('newer')).toBe('created');
  });
});

describe('after several Updates from the same environment', () => {
  test.each([
    ['first', { older: older(cloning, 'before'), newer: newer(cloning, 'before') }],
    ['last', { newer: newer(cloning, 'before'), older: older(cloning, 'before') }],
  ])('the last one is removed, with the older one %s in the item', async (_, entries) => {
    ledgerHas(entries, 'before');
    await lookAfter(LATE);
    expect(await stageOf('newer')).toBe('removing');
    expect(await stageOf('older')).toBe('cloning');
  });

  test('none is removed if the last one has failed, since an earlier one may have been retained', async () => {
    ledgerHas({ newer: newer(nothing, 'before'), older: older(created, 'before') }, 'before');
    expect(await lookAfter(LATE)).toBe(true);
    expect(await stageOf('older')).toBe('created');
  });
});

test('a follow-up that has found its request selects no other, even if its end was not recorded', async () => {
  context.itemOf({
    old: older({ ...removing, failedDeletions: ['one', 'two'] }, 'create'),
    cancelled: newer({ at: 'examining' }, 'create'),
    remover: followUpEntryOf({ begunAt: BEGUN, cancellation: { replaces: 'create', found: undefined } }),
  });
  expect(await lookAfter(LATE)).toBe(true);
  expect(await lookAfter(5 * MINUTE)).toBe(true);
  expect(await stageOf('old')).toBe('removing');
});
