import { ServiceTrouble } from '../../lambda/backend-service';
import { pollKeeping } from '../../lambda/keeping';
import { type Entry, readPage } from '../../lambda/ledger';
import type { OutputValues } from '../../lambda/outputs';
import { formatPhysicalId, type Holding } from '../../lambda/physical-id';
import type { UpdateRequest, Wanted } from '../../lambda/request';
import {
  cloneEntryOf,
  cloning,
  holdingOf,
  jobOf,
  MINUTE,
  made,
  madeOfLostAnswer,
  RESOURCE,
  resource,
  SECOND,
  START,
  visitEntryOf,
  WorldUnderTest,
  wanted,
} from './world-under-test';

/** When the Update comes. */
const UPDATE = START + 30 * MINUTE;

const holds = holdingOf('create');
const ID = formatPhysicalId({ holds, replaces: undefined });
const pool = { category: 'auth', resource: 'pool', name: 'UserPoolId' };

const updateOf = (changes: Partial<UpdateRequest> = {}): UpdateRequest => ({
  type: 'Update',
  id: 'update',
  resource,
  physicalId: ID,
  formerPhysicalId: ID,
  wanted,
  former: wanted,
  ...changes,
});

let world: WorldUnderTest;
beforeEach(() => {
  world = new WorldUnderTest();
  world.time = UPDATE;
  world.pageOf({ create: cloneEntryOf(made) });
});

async function look(request = updateOf()): Promise<OutputValues | undefined> {
  return pollKeeping(request, { holds, replaces: undefined }, await readPage(world.ledger, RESOURCE), world);
}

async function entries(): Promise<Readonly<Record<string, Entry>>> {
  return (await readPage(world.ledger, RESOURCE)).entries;
}

/** Outputs and lists may lag by a minute. */
async function expectFailureOnceReadsHaveSettled(request: UpdateRequest, name: string): Promise<void> {
  expect(await look(request)).toBeUndefined();
  world.time = UPDATE + 65 * SECOND;
  expect(await look(request)).toBeUndefined();
  world.time += 1;
  await expect(look(request)).rejects.toMatchObject({ name });
  expect(world.changes).toEqual([]);
  expect(await entries()).toMatchObject({ create: { stage: { at: 'made' } } });
  expect((await entries())['update']).toMatchObject({ endedAt: undefined });
}

describe('an Update that keeps the environment', () => {
  test('answers with what there is, and enters that CloudFormation knows it', async () => {
    expect(await look()).toEqual({ EnvironmentName: 'preview', JobId: 'ours' });
    expect(await entries()).toEqual({
      create: cloneEntryOf(made, { known: true }),
      update: visitEntryOf({ begunAt: UPDATE, endedAt: UPDATE }),
    });
  });

  test('asks nothing of the service where no outputs are asked for', async () => {
    world.onCall = () => {
      throw new ServiceTrouble('UNAVAILABLE', 'any', 'a 500');
    };
    expect(await look()).toBeDefined();
  });

  test.each<[string, Record<string, Entry>]>([
    [
      'the answer to CloneBackend was lost',
      {
        create: cloneEntryOf(madeOfLostAnswer),
      },
    ],
    ['the environment was adopted', { create: cloneEntryOf({ at: 'adopted' }) }],
    ['the environment is not made yet', { create: cloneEntryOf(cloning) }],
    ['the ledger has lost the page', {}],
  ])('names no job where %s', async (_, page) => {
    world.pageOf(page);
    expect(await look()).toEqual({ EnvironmentName: 'preview', JobId: '' });
  });

  test('reads the outputs again', async () => {
    world.configs.set('preview', { auth: { pool: { output: { UserPoolId: 'eu-west-1_new' } } } });
    expect(await look(updateOf({ wanted: { ...wanted, outputs: [pool] } }))).toEqual({
      EnvironmentName: 'preview',
      JobId: 'ours',
      'auth.pool.UserPoolId': 'eu-west-1_new',
    });
  });

  test('that asks for an output that is missing fails once reads have settled, and leaves the clone as it is', async () => {
    await expectFailureOnceReadsHaveSettled(updateOf({ wanted: { ...wanted, outputs: [pool] } }), 'OutputsMissing');
  });

  test('to another source fails at once: a clone cannot be made again in its place', async () => {
    await expect(look(updateOf({ wanted: { ...wanted, sourceName: 'prod' } }))).rejects.toMatchObject({
      name: 'SourceChanged',
    });
    expect(await entries()).toMatchObject({ create: { stage: { at: 'made' } }, update: { kind: 'visit' } });
  });

  test('that is all there is of the resource in the ledger knows its source from the id', async () => {
    world.pageOf({});
    await expect(look(updateOf({ wanted: { ...wanted, sourceName: 'prod' } }))).rejects.toMatchObject({
      name: 'SourceChanged',
    });
  });

  test('which was adopted may name another source: it is a clone of neither', async () => {
    world.pageOf({ create: cloneEntryOf({ at: 'adopted' }) });
    expect(await look(updateOf({ wanted: { ...wanted, sourceName: 'prod' } }))).toBeDefined();
  });

  test('answers the same when it is delivered again, and writes nothing', async () => {
    const answer = await look();
    const { writes } = world.table;
    world.time += MINUTE;
    expect(await look()).toEqual(answer);
    expect(world.table.writes).toBe(writes);
  });

  test('waits where another of its deliveries makes a clone: that one answers', async () => {
    world.pageOf({ create: cloneEntryOf(made), update: cloneEntryOf(cloning) });
    expect(await look()).toBeUndefined();
    expect(world.table.writes).toBe(0);
  });

  test('waits where another of its deliveries begins a clone at the same moment', async () => {
    const page = { create: cloneEntryOf(made), update: cloneEntryOf(cloning) };
    world.table.beforeWrite = () => {
      world.table.stored = { version: 2, text: JSON.stringify(page) };
    };
    expect(await look()).toBeUndefined();
    expect(await entries()).toEqual(page);
  });
});

describe('an Update that comes back from another environment', () => {
  const elsewhere: [string, Wanted][] = [
    ['target', { ...wanted, targetName: 'next' }],
    ['app', { ...wanted, appId: 'd7f6e5c4b3a2d1' }],
  ];

  test.each(elsewhere)('removes first what the Update to another %s has begun', async (_, former) => {
    const begun = cloneEntryOf(cloning, { environmentName: 'next', replaces: 'create' });
    world.pageOf({ create: cloneEntryOf(made), cancelled: begun });
    world.names = new Set(['dev', 'preview', 'next']);
    world.jobs.set('next', [jobOf('ours', 'COMPLETED')]);
    expect(await look(updateOf({ former }))).toBeUndefined();
    expect(world.changes).toEqual(['DeleteBackend next']);
    expect(await entries()).toMatchObject({
      create: { stage: { at: 'made' }, known: true },
      cancelled: { stage: { at: 'removing' }, known: false },
      update: { endedAt: undefined, sweeps: { replaces: 'create', found: 'cancelled' } },
    });
  });

  test.each(elsewhere)('waits two minutes for the Update to another %s, which may come late', async (_, former) => {
    expect(await look(updateOf({ former }))).toBeUndefined();
    world.time = UPDATE + 2 * MINUTE;
    expect(await look(updateOf({ former }))).toBeUndefined();
    world.time += 1;
    expect(await look(updateOf({ former }))).toEqual({ EnvironmentName: 'preview', JobId: 'ours' });
  });

  test('does not touch what the next Update begins, though it is delivered again after its end', async () => {
    const sweeps = { replaces: 'create', found: undefined };
    const next = cloneEntryOf(cloning, { begunAt: UPDATE + 5 * MINUTE, replaces: 'create' });
    world.pageOf({
      create: cloneEntryOf(made),
      update: visitEntryOf({ begunAt: UPDATE, endedAt: UPDATE + 3 * MINUTE, sweeps }),
      next,
    });
    world.time = UPDATE + 6 * MINUTE;
    expect(await look(updateOf({ former: { ...wanted, targetName: 'next' } }))).toBeDefined();
    expect((await entries())['next']).toEqual(next);
  });
});

test.each([
  ['are the same', wanted],
  ['are such that nothing can have come of them', undefined],
])('an Update whose old properties %s removes nothing', async (_, former) => {
  const begun = cloneEntryOf(cloning, { replaces: 'create' });
  world.pageOf({ create: cloneEntryOf(made), begun });
  expect(await look(updateOf({ former }))).toBeDefined();
  expect((await entries())['begun']).toEqual(begun);
});

test.each([
  ['with no id from before', undefined],
  ['with an id that is not ours', 'S-Clone-1ABCDEFGHIJKL'],
])('an Update %s returns from nowhere', async (_, formerPhysicalId) => {
  expect(await look(updateOf({ formerPhysicalId }))).toBeDefined();
  expect((await entries())['create']).toEqual(cloneEntryOf(made, { known: true }));
});

describe('an Update that returns to the environment which was replaced', () => {
  const replacement: Holding = { ...holds, environmentName: 'next', requestId: 'replacement' };
  const request = updateOf({
    physicalId: formatPhysicalId({ holds, replaces: replacement }),
    formerPhysicalId: formatPhysicalId({ holds: replacement, replaces: holds }),
    former: { ...wanted, targetName: 'next' },
  });
  const replacing = cloneEntryOf(made, { environmentName: 'next', replaces: 'create' });
  beforeEach(() => {
    world.pageOf({ create: cloneEntryOf(made), replacement: replacing });
  });

  test('answers at once, and leaves what it comes from to the Delete that follows', async () => {
    expect(await look(request)).toEqual({ EnvironmentName: 'preview', JobId: 'ours' });
    expect(world.changes).toEqual([]);
    expect(await entries()).toEqual({
      create: cloneEntryOf(made, { known: true, returned: { by: 'update', from: 'replacement' } }),
      replacement: { ...replacing, known: true },
      update: visitEntryOf({ begunAt: UPDATE, endedAt: UPDATE }),
    });
  });

  test('fails where the environment is not listed once reads have settled', async () => {
    world.names = new Set(['dev', 'next']);
    await expectFailureOnceReadsHaveSettled(request, 'EnvironmentGone');
  });

  test('waits while Amplify Studio is off for as long as CloudFormation does, and then names the environment', async () => {
    world.names = 'APP_NOT_FOUND';
    expect(await look(request)).toBeUndefined();
    world.time = UPDATE + 54 * MINUTE;
    expect(await look(request)).toBeUndefined();
    world.time += 1;
    await expect(look(request)).rejects.toMatchObject({
      name: 'AppNotFound',
      message: expect.stringContaining('--environment-name preview"'),
    });
    world.names = new Set(['dev', 'next', 'preview']);
    expect(await look(request)).toMatchObject({ EnvironmentName: 'preview' });
  });
});
