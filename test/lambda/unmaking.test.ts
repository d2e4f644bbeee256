import { recordAdoption } from '../../lambda/adoptions';
import { REMOVAL, ServiceTrouble } from '../../lambda/backend-service';
import { type Entry, readPage, type Stage, type VisitEntry } from '../../lambda/ledger';
import { formatPhysicalId } from '../../lambda/physical-id';
import type { DeleteRequest } from '../../lambda/request';
import { pollUnmaking } from '../../lambda/unmaking';
import {
  called,
  cloneEntryOf,
  cloning,
  holdingOf,
  jobOf,
  MINUTE,
  made,
  RESOURCE,
  removingOf,
  resource,
  START,
  visitEntryOf,
  WorldUnderTest,
} from './world-under-test';

/** When the Delete comes. */
const DELETE = START + 30 * MINUTE;

const ID = formatPhysicalId({ holds: holdingOf('create'), replaces: undefined });
/** What the framework or CloudFormation gives a Create that was cancelled. */
const MADE_UP = 'S-Clone-1ABCDEFGHIJKL';

const deletion = (physicalId: string): DeleteRequest => ({
  type: 'Delete',
  id: 'delete',
  resource,
  physicalId,
  wanted: undefined,
});

let world: WorldUnderTest;
beforeEach(() => {
  world = new WorldUnderTest();
  world.time = DELETE;
  world.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
});

async function look(physicalId = ID): Promise<boolean> {
  return pollUnmaking(deletion(physicalId), await readPage(world.ledger, RESOURCE), world);
}

async function entries(): Promise<Readonly<Record<string, Entry>>> {
  return (await readPage(world.ledger, RESOURCE)).entries;
}

describe('a Delete of an environment that was made', () => {
  test('deletes it, and is done when it is gone', async () => {
    world.pageOf({ create: cloneEntryOf(made, { known: true }) });
    expect(await look()).toBe(false);
    expect(world.changes).toEqual(['DeleteBackend preview']);
    expect((await entries())['delete']).toEqual(visitEntryOf({ begunAt: DELETE }));

    const times = { createdAt: DELETE, updatedAt: DELETE + MINUTE };
    world.time = DELETE + MINUTE;
    world.jobs.set('preview', [jobOf('removal', 'RUNNING', { operation: REMOVAL, ...times })]);
    expect(await look()).toBe(false);
    expect((await entries())['delete']).toEqual(visitEntryOf({ begunAt: DELETE }));

    world.jobs.set('preview', [jobOf('removal', 'COMPLETED', { operation: REMOVAL, ...times })]);
    world.names = new Set(['dev']);
    expect(await look()).toBe(true);
    expect(world.changes).toEqual(['DeleteBackend preview']);
    expect(await entries()).toEqual({
      create: cloneEntryOf({ at: 'nothing', failure: undefined }, { known: true }),
      delete: visitEntryOf({ begunAt: DELETE, endedAt: DELETE + MINUTE }),
    });
  });

  test('leaves it as it is where it was there before', async () => {
    world.pageOf({ create: cloneEntryOf({ at: 'adopted' }) });
    expect(await look()).toBe(true);
    expect(world.changes).toEqual([]);
  });

  test('waits for a clone that still runs, 25 minutes from the Delete on', async () => {
    world.configs.set('preview', {});
    world.jobs.set('preview', [jobOf('ours', 'RUNNING')]);
    world.pageOf({ create: cloneEntryOf(cloning) });
    await look();
    world.time = DELETE + 25 * MINUTE - 1;
    expect(await look()).toBe(false);
    expect(world.changes).toEqual([]);
    world.time += 1;
    expect(await look()).toBe(false);
    expect(world.changes).toEqual(['DeleteBackend preview']);
  });

  test('fails with the service’s words where it could not be deleted, for all its deliveries', async () => {
    const stage: Stage = {
      at: 'removing',
      ...called,
      ended: 'COMPLETED',
      stackId: undefined,
      failure: undefined,
      deletion: undefined,
      failedDeletions: ['a bucket is not empty', 'a bucket is still not empty'],
    };
    world.pageOf({ create: cloneEntryOf(stage), delete: visitEntryOf({ begunAt: DELETE }) });
    for (const _delivery of [1, 2]) {
      await expect(look()).rejects.toMatchObject({
        name: 'RemovalFailed',
        message: expect.stringContaining('a bucket is still not empty'),
      });
    }
    expect(world.changes).toEqual([]);
    expect((await entries())['delete']).toEqual(visitEntryOf({ begunAt: DELETE }));
  });

  test('takes over what another request has entered at the same moment', async () => {
    world.pageOf({ create: cloneEntryOf({ at: 'calling', calledAt: DELETE - MINUTE }) });
    world.table.beforeWrite = () => {
      world.table.beforeWrite = () => {};
      world.table.stored = { version: 2, text: JSON.stringify({ create: cloneEntryOf(cloning) }) };
    };
    await look();
    expect(await entries()).toMatchObject({ create: { stage: { at: 'removing', job: { id: 'ours' } } } });
  });

  test('is done where another of its deliveries has ended it meanwhile, and the first end counts', async () => {
    world.pageOf({ create: cloneEntryOf({ at: 'nothing', failure: undefined }), delete: visitEntryOf() });
    const ended = visitEntryOf({ endedAt: DELETE - MINUTE });
    world.table.beforeWrite = () => {
      world.table.stored = { version: 2, text: JSON.stringify({ delete: ended }) };
    };
    expect(await look()).toBe(true);
    expect((await entries())['delete']).toEqual(ended);
  });

  test('does not write a page again that was lost meanwhile', async () => {
    world.pageOf({ create: cloneEntryOf({ at: 'nothing', failure: undefined }), delete: visitEntryOf() });
    world.table.beforeWrite = () => {
      world.table.stored = undefined;
    };
    expect(await look()).toBe(true);
    expect(world.table.stored).toBeUndefined();
  });
});

describe('a Delete of an environment that another resource of the stack has adopted', () => {
  const renamed = `${resource.stackId}|Renamed`;
  const returned = { by: 'rollback', from: 'update' };
  const ofAdopter = async (): Promise<Entry | undefined> => (await readPage(world.ledger, renamed)).entries['adopt'];
  const notPassedOn = cloneEntryOf({ at: 'adopted' });

  beforeEach(async () => {
    const entries = { adopt: notPassedOn };
    world.table.others.set(renamed, { version: 1, text: JSON.stringify(entries) });
    await recordAdoption(cloneEntryOf(made), { resource: renamed, version: 1, entries }, 'adopt', world);
  });

  test('passes it on, deletes nothing, and is done', async () => {
    world.pageOf({ create: cloneEntryOf(made) });
    expect(await look()).toBe(true);
    expect(world.changes).toEqual([]);
    expect(await entries()).toMatchObject({ create: { stage: { at: 'nothing' } }, delete: { endedAt: DELETE } });
    expect(await ofAdopter()).toEqual(cloneEntryOf(made));
  });

  test('goes on as it began, where it began before that one came', async () => {
    world.pageOf({ create: cloneEntryOf(removingOf()), delete: visitEntryOf({ begunAt: DELETE }) });
    expect(await look()).toBe(false);
    expect(world.changes).toEqual(['DeleteBackend preview']);
    expect(await ofAdopter()).toEqual(notPassedOn);
  });

  test('passes nothing on where it began as one that deletes nothing', async () => {
    world.pageOf({ create: cloneEntryOf(made), delete: visitEntryOf({ begunAt: DELETE }) });
    expect(await look()).toBe(true);
    expect(await ofAdopter()).toEqual(notPassedOn);
  });

  test.each<[string, VisitEntry, string]>([
    ['from before an update back to it', visitEntryOf({ endedAt: START + MINUTE }), ID],
    [
      'that an update back to it was to give',
      visitEntryOf(),
      formatPhysicalId({ holds: holdingOf('create'), replaces: holdingOf('update') }),
    ],
  ])('passes nothing on where it comes with an id %s', async (_, rollback, id) => {
    world.pageOf({ create: cloneEntryOf(made, { returned }), rollback });
    expect(await look(id)).toBe(true);
    expect(world.changes).toEqual([]);
    expect(await ofAdopter()).toEqual(notPassedOn);
  });

  test('begins nothing where the ledger cannot be read', async () => {
    world.pageOf({ create: cloneEntryOf(made) });
    world.table.beforeRead = (name) => {
      if (name !== RESOURCE) throw new ServiceTrouble('UNAVAILABLE', 'GetItem', 'its words', 'dynamodb');
    };
    await expect(look()).rejects.toMatchObject({ service: 'dynamodb' });
    expect(world.changes).toEqual([]);
    expect(await entries()).toEqual({ create: cloneEntryOf(made) });
  });
});

test('where the request that was to make it has not come, a Delete sees to it that it begins nothing', async () => {
  expect(await look()).toBe(true);
  expect(world.changes).toEqual([]);
  expect(await entries()).toEqual({
    create: cloneEntryOf({ at: 'nothing', failure: undefined }, { begunAt: DELETE, known: true }),
    delete: visitEntryOf({ begunAt: DELETE, endedAt: DELETE }),
  });
});

test('a Delete whose request is entered as the making of a clone is left to the delivery that entered it so', async () => {
  world.pageOf({ delete: cloneEntryOf(cloning), create: cloneEntryOf(made) });
  expect(await look()).toBe(false);
  expect(world.table.writes).toBe(0);
});

describe('after an update that went back to the environment', () => {
  const updateId = formatPhysicalId({ holds: holdingOf('create'), replaces: holdingOf('update') });

  test('a Delete with the id from before deletes nothing: the resource holds it under another id', async () => {
    const create = cloneEntryOf(made, { returned: { by: 'rollback', from: 'update' } });
    world.pageOf({ create, rollback: visitEntryOf({ endedAt: START + MINUTE }) });
    expect(await look()).toBe(true);
    expect(world.changes).toEqual([]);
    expect((await entries())['create']).toEqual(create);
  });

  test('a Delete with the id that it gave deletes the environment', async () => {
    world.pageOf({
      create: cloneEntryOf(made, { returned: { by: 'rollback', from: 'update' } }),
      rollback: visitEntryOf({ endedAt: START + MINUTE }),
    });
    expect(await look(updateId)).toBe(false);
    expect(world.changes).toEqual(['DeleteBackend preview']);
  });

  test('a Delete with the id that it was to give retains the environment where the update did not end', async () => {
    world.pageOf({
      create: cloneEntryOf(made, { returned: { by: 'rollback', from: 'update' } }),
      rollback: visitEntryOf(),
    });
    expect(await look(updateId)).toBe(true);
    expect(world.changes).toEqual([]);
    expect(await entries()).toMatchObject({ create: { stage: { at: 'adopted' } } });
  });
});

describe('a Delete with an id that CloudFormation made up', () => {
  test('waits for the cancelled Create, two minutes', async () => {
    expect(await look(MADE_UP)).toBe(false);
    expect(world.table.entries).toEqual({ delete: { kind: 'visit', begunAt: DELETE, sweeps: { found: undefined } } });
    world.time = DELETE + 2 * MINUTE;
    expect(await look(MADE_UP)).toBe(false);
    world.time += 1;
    expect(await look(MADE_UP)).toBe(true);
    expect(await entries()).toMatchObject({ delete: { endedAt: world.time } });
  });

  test('deletes what the cancelled Create has begun', async () => {
    world.pageOf({ create: cloneEntryOf(cloning) });
    expect(await look(MADE_UP)).toBe(false);
    expect(world.changes).toEqual(['DeleteBackend preview']);
  });

  test('does not touch an Update that replaces something', async () => {
    world.pageOf({ update: cloneEntryOf(cloning, { replaces: 'create' }) });
    await look(MADE_UP);
    expect(world.changes).toEqual([]);
  });

  test('does not touch what the next Create makes, though it is delivered again after its end', async () => {
    const sweeps = { replaces: undefined, found: undefined };
    const create = cloneEntryOf(cloning, { begunAt: DELETE + 5 * MINUTE });
    world.pageOf({ create, delete: visitEntryOf({ begunAt: DELETE, endedAt: DELETE + 3 * MINUTE, sweeps }) });
    world.time = DELETE + 6 * MINUTE;
    expect(await look(MADE_UP)).toBe(true);
    expect(world.changes).toEqual([]);
    expect((await entries())['create']).toEqual(create);
  });
});
