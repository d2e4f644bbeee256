import { passOn, recordAdoption } from '../../lambda/adoptions';
import { ServiceError } from '../../lambda/backend-service';
import { type Entry, type LedgerItem, type OwnedClone, readItem, type Stage } from '../../lambda/ledger';
import { cloneEntry } from '../../lambda/ledger-entries';
import {
  APP,
  called,
  cloneEntryOf,
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
const ROOT_STACK = 'arn:stack/1';
const createdWithRootStack: Stage = { at: 'created', ...called, stackId: ROOT_STACK };
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

/** Of the old resource, which is deleted. */
const clone = { ...environment, ...called, sourceName: 'dev' };

const passOnFrom = (name: string, found: OwnedClone = clone): Promise<boolean> =>
  passOn(found, ROOT_STACK, { requestId: 'create', item: { resource: name, version: 1, entries: {} }, context });

const passOnMade = (): Promise<boolean> => passOnFrom(RESOURCE);

async function stageOn(name: string, id: string): Promise<Stage | undefined> {
  return cloneEntry(await readItem(context.ledger, name), id)?.stage;
}

describe('the ownership of an environment that another resource of the stack has adopted', () => {
  beforeEach(() => isAdoptedBy(RENAMED));

  test('passes to that resource, with the source, the job and the root stack', async () => {
    expect(await passOnMade()).toBe(true);
    expect((await readItem(context.ledger, RENAMED)).entries).toEqual({
      adopt: cloneEntryOf(createdWithRootStack, { begunAt: START + SECOND }),
    });
    expect(context.logged).toEqual([
      { message: expect.stringContaining('owns it now'), details: { resource: RENAMED } },
    ]);
  });

  test('passes with what the request was answered, which decides in later deliveries', async () => {
    await isAdoptedBy(RENAMED, { at: 'adopted', answer: 'SUCCESS' });
    await passOnMade();
    expect(await stageOn(RENAMED, 'adopt')).toEqual({ ...createdWithRootStack, answer: 'SUCCESS' });
  });

  test('passes once, and has passed for a later delivery', async () => {
    await passOnMade();
    const writes = context.table.writes;
    expect(await passOnMade()).toBe(true);
    expect(context.table.writes).toBe(writes);
  });

  test('passes to one of two adopting resources, and from that one to the other', async () => {
    await isAdoptedBy(MOVED, adopted, 'adopt-too');
    await passOnMade();
    expect(await stageOn(RENAMED, 'adopt')).toEqual(createdWithRootStack);
    expect(await stageOn(MOVED, 'adopt-too')).toEqual(adopted);

    expect(await passOnFrom(RENAMED)).toBe(true);
    expect(await stageOn(MOVED, 'adopt-too')).toEqual(createdWithRootStack);
  });
});

describe('ownership does not pass', () => {
  const expectNoHeir = async (other: string, stage: Stage): Promise<void> => {
    const writes = context.table.writes;
    expect(await passOnMade()).toBe(false);
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

  test('to a resource that had adopted an earlier environment of that name', async () => {
    await isAdoptedBy(RENAMED);
    expect(await passOnFrom(RESOURCE, { ...clone, calledAt: START + 1 })).toBe(false);
    expect(await stageOn(RENAMED, 'adopt')).toEqual(adopted);
  });

  test('to a resource whose item does not have the request any more', async () => {
    await isAdoptedBy(RENAMED);
    context.table.others.delete(RENAMED);
    expect(await passOnMade()).toBe(false);
    expect(context.table.others.has(RENAMED)).toBe(false);
  });

  test('from a resource to itself', async () => {
    await isAdoptedBy(RESOURCE);
    context.itemOf({ create: cloneEntryOf(removingOf()), adopt: cloneEntryOf(adopted) });
    expect(await passOnMade()).toBe(false);
    expect(await stageOn(RESOURCE, 'adopt')).toEqual(adopted);
  });

  test('if no resource has adopted the environment', async () => {
    expect(await passOnMade()).toBe(false);
    expect(context.table.writes).toBe(0);
  });

  test('if a resource has adopted another environment', async () => {
    await isAdoptedBy(RENAMED);
    expect(await passOnFrom(RESOURCE, { ...clone, environmentName: 'other' })).toBe(false);
    expect(await passOnFrom(RESOURCE, { ...clone, appId: 'd9' })).toBe(false);
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
