import { recordAdoption } from '../../lambda/adoptions';
import { REMOVAL } from '../../lambda/backend-service';
import { reconcileDelete } from '../../lambda/delete';
import { type Entry, readItem } from '../../lambda/ledger';
import { formatPhysicalId } from '../../lambda/physical-id';
import type { DeleteRequest } from '../../lambda/request';
import {
  cloneEntryOf,
  cloning,
  created,
  followUpEntryOf,
  heldOf,
  jobOf,
  MINUTE,
  properties,
  RESOURCE,
  removingOf,
  resource,
  START,
  TestContext,
} from './test-context';

/** When the Delete comes. */
const DELETE = START + 30 * MINUTE;

const ID = formatPhysicalId({ holds: heldOf('create'), replaces: undefined });
const RETURNED_ID = formatPhysicalId({
  holds: { ...heldOf('create'), returnedBy: 'rollback' },
  replaces: heldOf('update'),
});
/** What the framework or CloudFormation gives a Create that was cancelled. */
const MADE_UP = 'S-Clone-1ABCDEFGHIJKL';

const deletion = (physicalId: string): DeleteRequest => ({
  type: 'Delete',
  id: 'delete',
  resource,
  physicalId,
  // The handler needs them to find a cancelled Create.
  properties: physicalId === MADE_UP ? properties : undefined,
});

let context: TestContext;
beforeEach(() => {
  context = new TestContext();
  context.time = DELETE;
  context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
});

async function look(physicalId = ID): Promise<boolean> {
  const request = deletion(physicalId);
  const item = await readItem(context.ledger, RESOURCE);
  return reconcileDelete(request, { requestId: request.id, item, context });
}

async function entries(): Promise<Readonly<Record<string, Entry>>> {
  return (await readItem(context.ledger, RESOURCE)).entries;
}

describe('a Delete of a complete clone', () => {
  test('deletes it, and is complete once it does not exist', async () => {
    context.itemOf({ create: cloneEntryOf(created, { confirmed: true }) });
    expect(await look()).toBe(false);
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect((await entries())['delete']).toEqual(followUpEntryOf({ begunAt: DELETE }));

    const times = { createdAt: DELETE, updatedAt: DELETE + MINUTE };
    context.time = DELETE + MINUTE;
    context.jobs.set('preview', [jobOf('removal', 'RUNNING', { operation: REMOVAL, ...times })]);
    expect(await look()).toBe(false);
    expect((await entries())['delete']).toEqual(followUpEntryOf({ begunAt: DELETE }));

    context.jobs.set('preview', [jobOf('removal', 'COMPLETED', { operation: REMOVAL, ...times })]);
    context.names = new Set(['dev']);
    expect(await look()).toBe(true);
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect(await entries()).toEqual({
      create: cloneEntryOf({ at: 'nothing', failure: undefined }, { confirmed: true }),
      delete: followUpEntryOf({ begunAt: DELETE, endedAt: DELETE + MINUTE }),
    });
  });

  test('leaves an adopted environment unchanged', async () => {
    context.itemOf({ create: cloneEntryOf({ at: 'adopted' }) });
    expect(await look()).toBe(true);
    expect(context.changes).toEqual([]);
  });

  test('waits at most 25 minutes for a running clone', async () => {
    context.configs.set('preview', {});
    context.jobs.set('preview', [jobOf('ours', 'RUNNING')]);
    context.itemOf({ create: cloneEntryOf(cloning) });
    await look();
    context.time = DELETE + 25 * MINUTE - 1;
    expect(await look()).toBe(false);
    expect(context.changes).toEqual([]);
    context.time += 1;
    expect(await look()).toBe(false);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('fails with the service’s words in each delivery if it could not be deleted', async () => {
    const stage = removingOf({ failedDeletions: ['a bucket is not empty', 'a bucket is still not empty'] });
    context.itemOf({ create: cloneEntryOf(stage), delete: followUpEntryOf({ begunAt: DELETE }) });
    for (const _delivery of [1, 2]) {
      await expect(look()).rejects.toMatchObject({
        name: 'RemovalFailed',
        message: expect.stringContaining('a bucket is still not empty'),
      });
    }
    expect(context.changes).toEqual([]);
    expect((await entries())['delete']).toEqual(followUpEntryOf({ begunAt: DELETE }));
  });

  test('removes the clone that another request records at the same moment', async () => {
    context.itemOf({ create: cloneEntryOf({ at: 'cloning', calledAt: DELETE - MINUTE }) });
    context.table.beforeWrite = () => {
      context.table.beforeWrite = () => {};
      context.table.stored = { version: 2, text: JSON.stringify({ create: cloneEntryOf(cloning) }) };
    };
    await look();
    expect(await entries()).toMatchObject({ create: { stage: { at: 'removing', job: { id: 'ours' } } } });
  });

  test('is complete if another of its deliveries has ended it, and keeps the first end', async () => {
    context.itemOf({ create: cloneEntryOf({ at: 'nothing', failure: undefined }), delete: followUpEntryOf() });
    const ended = followUpEntryOf({ endedAt: DELETE - MINUTE });
    context.table.beforeWrite = () => {
      context.table.stored = { version: 2, text: JSON.stringify({ delete: ended }) };
    };
    expect(await look()).toBe(true);
    expect((await entries())['delete']).toEqual(ended);
  });

  test('does not write an item that was deleted meanwhile', async () => {
    context.itemOf({ create: cloneEntryOf({ at: 'nothing', failure: undefined }), delete: followUpEntryOf() });
    context.table.beforeWrite = () => {
      context.table.stored = undefined;
    };
    expect(await look()).toBe(true);
    expect(context.table.stored).toBeUndefined();
  });
});

describe('a Delete of an environment that another resource of the stack has adopted', () => {
  const renamed = `${resource.stackId}|Renamed`;
  const ofAdopter = async (): Promise<Entry | undefined> => (await readItem(context.ledger, renamed)).entries['adopt'];
  const notPassedOn = cloneEntryOf({ at: 'adopted' });

  beforeEach(async () => {
    const entries = { adopt: notPassedOn };
    context.table.others.set(renamed, { version: 1, text: JSON.stringify(entries) });
    await recordAdoption(
      { requestId: 'adopt', item: { resource: renamed, version: 1, entries }, context },
      cloneEntryOf(created),
    );
  });

  test('passes the ownership, deletes nothing, and is complete', async () => {
    context.itemOf({ create: cloneEntryOf(created) });
    expect(await look()).toBe(true);
    expect(context.changes).toEqual([]);
    expect(await entries()).toMatchObject({ create: { stage: { at: 'nothing' } }, delete: { endedAt: DELETE } });
    expect(await ofAdopter()).toEqual(cloneEntryOf(created));
  });

  test('passes no ownership if it deletes nothing', async () => {
    context.itemOf({ create: cloneEntryOf(created), delete: followUpEntryOf({ begunAt: DELETE }) });
    expect(await look()).toBe(true);
    expect(await ofAdopter()).toEqual(notPassedOn);
  });

  test.each<[string, string | undefined, string]>([
    ['from before an update back to the environment', 'rollback', ID],
    ['of an update back to the environment that has not completed', undefined, RETURNED_ID],
  ])('passes no ownership if it has a physical ID %s', async (_, returnedBy, id) => {
    context.itemOf({ create: cloneEntryOf(created, { returnedBy }) });
    expect(await look(id)).toBe(true);
    expect(context.changes).toEqual([]);
    expect(await ofAdopter()).toEqual(notPassedOn);
  });
});

test('a Delete that arrives before its Create keeps the Create from cloning', async () => {
  expect(await look()).toBe(true);
  expect(context.changes).toEqual([]);
  expect(await entries()).toEqual({
    create: cloneEntryOf({ at: 'nothing', failure: undefined }, { begunAt: DELETE }),
    delete: followUpEntryOf({ begunAt: DELETE, endedAt: DELETE }),
  });
});

test('a Delete whose request has the entry of a clone changes nothing', async () => {
  context.itemOf({ delete: cloneEntryOf(cloning), create: cloneEntryOf(created) });
  expect(await look()).toBe(false);
  expect(context.table.writes).toBe(0);
});

describe('after an update back to the environment', () => {
  test('a Delete with the former physical ID deletes nothing, since the resource has another one', async () => {
    const create = cloneEntryOf(created, { returnedBy: 'rollback' });
    context.itemOf({ create });
    expect(await look()).toBe(true);
    expect(context.changes).toEqual([]);
    expect((await entries())['create']).toEqual(create);
  });

  test('a Delete with the current physical ID deletes the environment', async () => {
    context.itemOf({ create: cloneEntryOf(created, { returnedBy: 'rollback' }) });
    expect(await look(RETURNED_ID)).toBe(false);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('a Delete with the new physical ID retains the environment if the update has not completed', async () => {
    const create = cloneEntryOf(created);
    context.itemOf({ create, rollback: followUpEntryOf() });
    expect(await look(RETURNED_ID)).toBe(true);
    expect(context.changes).toEqual([]);
    expect((await entries())['create']).toEqual(create);
  });
});

describe('a Delete with a physical ID that CloudFormation generated', () => {
  test('waits four minutes for the cancelled Create', async () => {
    expect(await look(MADE_UP)).toBe(false);
    expect(context.table.entries).toEqual({
      delete: { kind: 'follow-up', begunAt: DELETE, cancellation: { found: undefined } },
    });
    context.time = DELETE + 4 * MINUTE;
    expect(await look(MADE_UP)).toBe(false);
    context.time += 1;
    expect(await look(MADE_UP)).toBe(true);
    expect(await entries()).toMatchObject({ delete: { endedAt: context.time } });
  });

  test('deletes the clone of the cancelled Create', async () => {
    context.itemOf({ create: cloneEntryOf(cloning) });
    expect(await look(MADE_UP)).toBe(false);
    expect(context.changes).toEqual([]);
    context.time = DELETE + 4 * MINUTE + 1;
    expect(await look(MADE_UP)).toBe(false);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('does not change the clone of an Update', async () => {
    const update = cloneEntryOf(cloning, { replaces: 'create' });
    context.itemOf({ update });
    expect(await look(MADE_UP)).toBe(false);
    context.time = DELETE + 4 * MINUTE + 1;
    expect(await look(MADE_UP)).toBe(true);
    expect(context.changes).toEqual([]);
    expect((await entries())['update']).toEqual(update);
  });

  test('does not change the clone of the next Create when it is delivered again', async () => {
    const cancellation = { replaces: undefined, found: undefined };
    const create = cloneEntryOf(cloning, { begunAt: DELETE + 5 * MINUTE });
    context.itemOf({
      create,
      delete: followUpEntryOf({ begunAt: DELETE, endedAt: DELETE + 3 * MINUTE, cancellation }),
    });
    context.time = DELETE + 6 * MINUTE;
    expect(await look(MADE_UP)).toBe(true);
    expect(context.changes).toEqual([]);
    expect((await entries())['create']).toEqual(create);
  });
});
