import { passOn, recordAdoption } from '../../lambda/adoptions';
import { ServiceTrouble } from '../../lambda/backend-service';
import { type Entry, type Page, readPage, type Stage } from '../../lambda/ledger';
import { cloneEntry } from '../../lambda/ledger-entries';
import {
  APP,
  called,
  cloneEntryOf,
  cloning,
  made,
  nothing,
  RESOURCE,
  removingOf,
  resource,
  SECOND,
  START,
  WorldUnderTest,
} from './world-under-test';

/** What the resource has made that is deleted, and what others adopted. */
const environment = { appId: APP, environmentName: 'preview' };
const RENAMED = `${resource.stackId}|Renamed`;
const MOVED = `${resource.stackId}|Moved`;
const OF_ANOTHER_STACK = `${resource.stackId}-other|Clone`;
const madeWithRootStack: Stage = { at: 'made', ...called, stackId: 'arn:stack/1', reported: false };
const adopted: Stage = { at: 'adopted' };

let world: WorldUnderTest;
beforeEach(() => {
  world = new WorldUnderTest();
});

/** The other resource has adopted the environment with its request `adopt`, and has come so far. */
async function isAdoptedBy(other: string, stage: Stage = adopted, id = 'adopt'): Promise<void> {
  const entries = { [id]: cloneEntryOf(stage, { sourceName: 'other', begunAt: START + SECOND }) };
  world.table.others.set(other, { version: 1, text: JSON.stringify(entries) });
  await recordAdoption(environment, { resource: other, version: 1, entries }, id, world);
}

/** The old resource is deleted. */
const passOnFrom = (entries: Readonly<Record<string, Entry>>): Promise<Page> =>
  passOn('create', world.pageOf(entries), world);

const passOnMade = (): Promise<Page> => passOnFrom({ create: cloneEntryOf(madeWithRootStack) });

async function stageOn(name: string, id: string): Promise<Stage | undefined> {
  return cloneEntry(await readPage(world.ledger, name), id)?.stage;
}

const throwOnce = (): void => {
  world.table.beforeWrite = () => {};
  throw new ServiceTrouble('UNAVAILABLE', 'PutItem', 'its words', 'dynamodb');
};

describe('an environment that another resource of the stack has adopted', () => {
  beforeEach(() => isAdoptedBy(RENAMED));

  test('is passed on to that one, with its source, its job and its root stack', async () => {
    const page = await passOnMade();
    expect((await readPage(world.ledger, RENAMED)).entries).toEqual({
      adopt: cloneEntryOf(madeWithRootStack, { begunAt: START + SECOND }),
    });
    expect(cloneEntry(page, 'create')?.stage).toEqual(adopted);
    expect(await stageOn(RESOURCE, 'create')).toEqual(adopted);
    expect(world.logged).toEqual([{ message: expect.stringContaining('owns it now'), details: { resource: RENAMED } }]);
  });

  test('is passed on once', async () => {
    await passOnMade();
    const writes = world.table.writes;
    await passOn('create', await readPage(world.ledger, RESOURCE), world);
    expect(world.table.writes).toBe(writes);
  });

  test('is given up by its old owner where a first delivery was killed between the two writes', async () => {
    world.table.beforeWrite = () => {
      world.table.beforeWrite = throwOnce;
    };
    await expect(passOnMade()).rejects.toMatchObject({ service: 'dynamodb' });
    expect(await stageOn(RENAMED, 'adopt')).toEqual(madeWithRootStack);
    expect(await stageOn(RESOURCE, 'create')).toEqual(madeWithRootStack);

    const page = await passOnMade();
    expect(cloneEntry(page, 'create')?.stage).toEqual(adopted);
    expect(await stageOn(RENAMED, 'adopt')).toEqual(madeWithRootStack);
  });

  test('is passed on to one of two, and by that one to the other', async () => {
    await isAdoptedBy(MOVED, adopted, 'adopt-too');
    await passOnMade();
    expect(await stageOn(RENAMED, 'adopt')).toEqual(madeWithRootStack);
    expect(await stageOn(MOVED, 'adopt-too')).toEqual(adopted);

    await passOn('adopt', await readPage(world.ledger, RENAMED), world);
    expect(await stageOn(RENAMED, 'adopt')).toEqual(adopted);
    expect(await stageOn(MOVED, 'adopt-too')).toEqual(madeWithRootStack);
  });

  test.each<[string, Stage]>([
    ['adopted', adopted],
    ['made but not yet there', cloning],
    ['to be removed already', removingOf()],
    ['nothing any more', nothing],
  ])('stays with its owner where for that one it is %s', async (_, stage) => {
    const page = await passOnFrom({ create: cloneEntryOf(stage) });
    expect(cloneEntry(page, 'create')?.stage).toEqual(stage);
    expect(await stageOn(RENAMED, 'adopt')).toEqual(adopted);
  });

  test('stays where the request that is asked for is not on the page', async () => {
    expect((await passOnFrom({})).entries).toEqual({});
    expect(await stageOn(RENAMED, 'adopt')).toEqual(adopted);
  });
});

describe('an environment is not passed on', () => {
  const expectNoHeir = async (other: string, stage: Stage): Promise<void> => {
    const writes = world.table.writes;
    const page = await passOnMade();
    expect(cloneEntry(page, 'create')?.stage).toEqual(madeWithRootStack);
    expect(await stageOn(other, 'adopt')).toEqual(stage);
    expect(world.table.writes).toBe(writes);
  };

  test('to a resource of another stack', async () => {
    await isAdoptedBy(OF_ANOTHER_STACK);
    await expectNoHeir(OF_ANOTHER_STACK, adopted);
  });

  test.each<[string, Stage]>([
    ['was undone', nothing],
    ['has not adopted it yet', { at: 'examining' }],
    [
      'made another clone of that name since',
      { at: 'made', ...called, calledAt: START + SECOND, stackId: undefined, reported: false },
    ],
    [
      'made another clone at that time',
      { at: 'made', ...called, job: { id: 'theirs', filedUnder: 'target' }, stackId: undefined, reported: false },
    ],
  ])('to a request that %s', async (_, stage) => {
    await isAdoptedBy(RENAMED, stage);
    await expectNoHeir(RENAMED, stage);
  });

  test('to a resource whose page does not know the request any more', async () => {
    await isAdoptedBy(RENAMED);
    world.table.others.delete(RENAMED);
    expect(cloneEntry(await passOnMade(), 'create')?.stage).toEqual(madeWithRootStack);
    expect(world.table.others.has(RENAMED)).toBe(false);
  });

  test('by a resource to itself', async () => {
    await isAdoptedBy(RESOURCE);
    const page = await passOnFrom({ create: cloneEntryOf(madeWithRootStack), adopt: cloneEntryOf(adopted) });
    expect(cloneEntry(page, 'create')?.stage).toEqual(madeWithRootStack);
    expect(cloneEntry(page, 'adopt')?.stage).toEqual(adopted);
  });

  test('where nobody has adopted it', async () => {
    expect(cloneEntry(await passOnMade(), 'create')?.stage).toEqual(madeWithRootStack);
    expect(world.table.writes).toBe(0);
  });

  test('where only another environment was adopted', async () => {
    await isAdoptedBy(RENAMED);
    await passOnFrom({ create: cloneEntryOf(made, { environmentName: 'other' }) });
    await passOnFrom({ create: cloneEntryOf(made, { appId: 'd9' }) });
    expect(await stageOn(RENAMED, 'adopt')).toEqual(adopted);
  });
});

test('the next adopter inherits where the request of the first was undone', async () => {
  await isAdoptedBy(RENAMED, nothing);
  await isAdoptedBy(MOVED, adopted, 'adopt-too');
  await passOnMade();
  expect(await stageOn(RENAMED, 'adopt')).toEqual(nothing);
  expect(await stageOn(MOVED, 'adopt-too')).toEqual(madeWithRootStack);
});

describe('the record of an adoption', () => {
  const pageOf = (name: string): Page => ({ resource: name, version: 1, entries: {} });
  const record = (name: string, requestId: string): Promise<void> =>
    recordAdoption(environment, pageOf(name), requestId, world);
  const recorded = (): unknown[] => [...world.table.others.values()].map(({ text }) => JSON.parse(text));

  test('is an item for each environment, by the resources that adopted it', async () => {
    await record(RENAMED, 'one');
    await record(MOVED, 'two');
    await recordAdoption({ appId: APP, environmentName: 'other' }, pageOf(RENAMED), 'three', world);
    expect(recorded()).toEqual([{ [RENAMED]: 'one', [MOVED]: 'two' }, { [RENAMED]: 'three' }]);
  });

  test('is written once for the same request, and anew for the next one of the resource', async () => {
    await record(RENAMED, 'one');
    await record(RENAMED, 'one');
    expect(world.table.writes).toBe(1);
    await record(RENAMED, 'two');
    expect(recorded()).toEqual([{ [RENAMED]: 'two' }]);
  });

  test('is made again where another resource is recorded at the same moment: neither is lost', async () => {
    await record(RENAMED, 'one');
    const [key] = world.table.others.keys();
    world.table.beforeWrite = () => {
      world.table.beforeWrite = () => {};
      world.table.others.set(String(key), { version: 2, text: JSON.stringify({ [RENAMED]: 'one', [MOVED]: 'two' }) });
    };
    await record('arn|Third', 'three');
    expect(recorded()).toEqual([{ [RENAMED]: 'one', [MOVED]: 'two', 'arn|Third': 'three' }]);
  });

  test('fails after some tries, since without it ownership would not pass on', async () => {
    world.table.beforeWrite = () => {
      throw new ServiceTrouble('THROTTLED', 'PutItem', 'its words', 'dynamodb');
    };
    await expect(record(RENAMED, 'one')).rejects.toMatchObject({ reason: 'THROTTLED', service: 'dynamodb' });
    expect(world.table.writes).toBe(5);
  });

  test('that the handler did not write is an error', async () => {
    await record(RENAMED, 'one');
    const [key] = world.table.others.keys();
    world.table.others.set(String(key), { version: 1, text: '[]' });
    await expect(passOnMade()).rejects.toThrow('the adopters are not what the handler wrote');
  });
});
