import { passOn, recordAdoption } from '../../lambda/adoptions';
import { ServiceError } from '../../lambda/backend-service';
import { type Entry, type LedgerItem, readItem, type Stage } from '../../lambda/ledger';
import { cloneEntry } from '../../lambda/ledger-entries';
import {
  APP,
  called,
  cloneEntryOf,
  cloning,
  created,
  nothing,
  RESOURCE,
  removingOf,
  resource,
  SECOND,
  START,
  TestContext,
} from './test-context';

/** What the resource has made that is deleted, and what others adopted. */
const environment = { appId: APP, environmentName: 'preview' };
const RENAMED = `${resource.stackId}|Renamed`;
const MOVED = `${resource.stackId}|Moved`;
const OF_ANOTHER_STACK = `${resource.stackId}-other|Clone`;
const createdWithRootStack: Stage = { at: 'created', ...called, stackId: 'arn:stack/1' };
const adopted: Stage = { at: 'adopted' };

let context: TestContext;
beforeEach(() => {
  context = new TestContext();
});

/** The other resource has adopted the environment with its request `adopt`, and has come so far. */
async function isAdoptedBy(other: string, stage: Stage = adopted, id = 'adopt'): Promise<void> {
  const entries = { [id]: cloneEntryOf(stage, { sourceName: 'other', begunAt: START + SECOND }) };
  context.table.others.set(other, { version: 1, text: JSON.stringify(entries) });
  await recordAdoption({ requestId: id, item: { resource: other, version: 1, entries }, context }, environment);
}

/** The old resource is deleted. */
const passOnFrom = (entries: Readonly<Record<string, Entry>>): Promise<LedgerItem> =>
  passOn('create', context.itemOf(entries), context);

const passOnMade = (): Promise<LedgerItem> => passOnFrom({ create: cloneEntryOf(createdWithRootStack) });

async function stageOn(name: string, id: string): Promise<Stage | undefined> {
  return cloneEntry(await readItem(context.ledger, name), id)?.stage;
}

const throwOnce = (): void => {
  context.table.beforeWrite = () => {};
  throw new ServiceError('UNAVAILABLE', 'PutItem', 'its words', 'dynamodb');
};

describe('the ownership of an environment that another resource of the stack has adopted', () => {
  beforeEach(() => isAdoptedBy(RENAMED));

  test('passes to that resource, with the source, the job and the root stack', async () => {
    const item = await passOnMade();
    expect((await readItem(context.ledger, RENAMED)).entries).toEqual({
      adopt: cloneEntryOf(createdWithRootStack, { begunAt: START + SECOND }),
    });
    expect(cloneEntry(item, 'create')?.stage).toEqual(adopted);
    expect(await stageOn(RESOURCE, 'create')).toEqual(adopted);
    expect(context.logged).toEqual([
      { message: expect.stringContaining('owns it now'), details: { resource: RENAMED } },
    ]);
  });

  test('passes once', async () => {
    await passOnMade();
    const writes = context.table.writes;
    await passOn('create', await readItem(context.ledger, RESOURCE), context);
    expect(context.table.writes).toBe(writes);
  });

  test('ends at the old resource if an earlier delivery was killed between the two writes', async () => {
    context.table.beforeWrite = () => {
      context.table.beforeWrite = throwOnce;
    };
    await expect(passOnMade()).rejects.toMatchObject({ service: 'dynamodb' });
    expect(await stageOn(RENAMED, 'adopt')).toEqual(createdWithRootStack);
    expect(await stageOn(RESOURCE, 'create')).toEqual(createdWithRootStack);

    const item = await passOnMade();
    expect(cloneEntry(item, 'create')?.stage).toEqual(adopted);
    expect(await stageOn(RENAMED, 'adopt')).toEqual(createdWithRootStack);
  });

  test('passes to one of two adopting resources, and from that one to the other', async () => {
    await isAdoptedBy(MOVED, adopted, 'adopt-too');
    await passOnMade();
    expect(await stageOn(RENAMED, 'adopt')).toEqual(createdWithRootStack);
    expect(await stageOn(MOVED, 'adopt-too')).toEqual(adopted);

    await passOn('adopt', await readItem(context.ledger, RENAMED), context);
    expect(await stageOn(RENAMED, 'adopt')).toEqual(adopted);
    expect(await stageOn(MOVED, 'adopt-too')).toEqual(createdWithRootStack);
  });

  test.each<[string, Stage]>([
    ['adopted', adopted],
    ['being cloned', cloning],
    ['being removed', removingOf()],
    ['removed', nothing],
  ])('does not pass if the environment of the old resource is %s', async (_, stage) => {
    const item = await passOnFrom({ create: cloneEntryOf(stage) });
    expect(cloneEntry(item, 'create')?.stage).toEqual(stage);
    expect(await stageOn(RENAMED, 'adopt')).toEqual(adopted);
  });

  test('does not pass if the item does not have the request', async () => {
    expect((await passOnFrom({})).entries).toEqual({});
    expect(await stageOn(RENAMED, 'adopt')).toEqual(adopted);
  });
});

describe('ownership does not pass', () => {
  const expectNoHeir = async (other: string, stage: Stage): Promise<void> => {
    const writes = context.table.writes;
    const item = await passOnMade();
    expect(cloneEntry(item, 'create')?.stage).toEqual(createdWithRootStack);
    expect(await stageOn(other, 'adopt')).toEqual(stage);
    expect(context.table.writes).toBe(writes);
  };

  test('to a resource of another stack', async () => {
    await isAdoptedBy(OF_ANOTHER_STACK);
    await expectNoHeir(OF_ANOTHER_STACK, adopted);
  });

  test.each<[string, Stage]>([
    ['was rolled back', nothing],
    ['has not adopted it yet', { at: 'examining' }],
    [
      'has created a later clone with the name',
      { at: 'created', ...called, calledAt: START + SECOND, stackId: undefined },
    ],
    [
      'has created another clone at the same time',
      { at: 'created', ...called, job: { id: 'theirs', filedUnder: 'preview' }, stackId: undefined },
    ],
  ])('to a request that %s', async (_, stage) => {
    await isAdoptedBy(RENAMED, stage);
    await expectNoHeir(RENAMED, stage);
  });

  test('to a resource whose item does not have the request any more', async () => {
    await isAdoptedBy(RENAMED);
    context.table.others.delete(RENAMED);
    expect(cloneEntry(await passOnMade(), 'create')?.stage).toEqual(createdWithRootStack);
    expect(context.table.others.has(RENAMED)).toBe(false);
  });

  test('from a resource to itself', async () => {
    await isAdoptedBy(RESOURCE);
    const item = await passOnFrom({ create: cloneEntryOf(createdWithRootStack), adopt: cloneEntryOf(adopted) });
    expect(cloneEntry(item, 'create')?.stage).toEqual(createdWithRootStack);
    expect(cloneEntry(item, 'adopt')?.stage).toEqual(adopted);
  });

  test('if no resource has adopted the environment', async () => {
    expect(cloneEntry(await passOnMade(), 'create')?.stage).toEqual(createdWithRootStack);
    expect(context.table.writes).toBe(0);
  });

  test('if a resource has adopted another environment', async () => {
    await isAdoptedBy(RENAMED);
    await passOnFrom({ create: cloneEntryOf(created, { environmentName: 'other' }) });
    await passOnFrom({ create: cloneEntryOf(created, { appId: 'd9' }) });
    expect(await stageOn(RENAMED, 'adopt')).toEqual(adopted);
  });
});

test('ownership passes to the next adopting resource if the first one was rolled back', async () => {
  await isAdoptedBy(RENAMED, nothing);
  await isAdoptedBy(MOVED, adopted, 'adopt-too');
  await passOnMade();
  expect(await stageOn(RENAMED, 'adopt')).toEqual(nothing);
  expect(await stageOn(MOVED, 'adopt-too')).toEqual(createdWithRootStack);
});

describe('the record of an adoption', () => {
  const itemOf = (name: string): LedgerItem => ({ resource: name, version: 1, entries: {} });
  const record = (name: string, requestId: string): Promise<void> =>
    recordAdoption({ requestId, item: itemOf(name), context }, environment);
  const adoption = (requestId: string): Entry => ({ kind: 'adoption', begunAt: START, requestId });
  const recorded = (): unknown[] => [...context.table.others.values()].map(({ text }) => JSON.parse(text));

  test('is one item per environment, with the resources that have adopted it', async () => {
    await record(RENAMED, 'one');
    await record(MOVED, 'two');
    const other = { appId: APP, environmentName: 'other' };
    await recordAdoption({ requestId: 'three', item: itemOf(RENAMED), context }, other);
    expect(recorded()).toEqual([
      { [RENAMED]: adoption('one'), [MOVED]: adoption('two') },
      { [RENAMED]: adoption('three') },
    ]);
  });

  test('has the last request of each resource', async () => {
    await record(RENAMED, 'one');
    await record(RENAMED, 'two');
    expect(recorded()).toEqual([{ [RENAMED]: adoption('two') }]);
  });

  test('is written again if another resource writes at the same moment, so that neither is lost', async () => {
    await record(RENAMED, 'one');
    const [key] = context.table.others.keys();
    context.table.beforeWrite = () => {
      context.table.beforeWrite = () => {};
      context.table.others.set(String(key), {
        version: 2,
        text: JSON.stringify({ [RENAMED]: adoption('one'), [MOVED]: adoption('two') }),
      });
    };
    await record('arn|Third', 'three');
    expect(recorded()).toEqual([
      { [RENAMED]: adoption('one'), [MOVED]: adoption('two'), 'arn|Third': adoption('three') },
    ]);
  });

  test('fails if it cannot be written, since ownership cannot pass without it', async () => {
    context.table.beforeWrite = () => {
      throw new ServiceError('THROTTLED', 'PutItem', 'its words', 'dynamodb');
    };
    await expect(record(RENAMED, 'one')).rejects.toMatchObject({ reason: 'THROTTLED', service: 'dynamodb' });
  });

  test('is an error if the handler did not write it', async () => {
    await record(RENAMED, 'one');
    const [key] = context.table.others.keys();
    context.table.others.set(String(key), { version: 1, text: '{"a":1}' });
    await expect(passOnMade()).rejects.toThrow('does not write: a: ');
  });
});
