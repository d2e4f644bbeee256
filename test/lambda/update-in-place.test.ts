import { ServiceError } from '../../lambda/backend-service';
import { type Entry, readItem, type Stage } from '../../lambda/ledger';
import type { OutputValues } from '../../lambda/outputs';
import { formatPhysicalId, type HeldEnvironment } from '../../lambda/physical-id';
import type { Properties, UpdateRequest } from '../../lambda/request';
import { reconcileUpdateInPlace } from '../../lambda/update-in-place';
import {
  cloneEntryOf,
  cloning,
  created,
  createdOfLostAnswer,
  followUpEntryOf,
  heldOf,
  jobOf,
  MINUTE,
  properties,
  RESOURCE,
  resource,
  SECOND,
  START,
  TestContext,
} from './test-context';

/** When the Update comes. */
const UPDATE = START + 30 * MINUTE;

const holds = heldOf('create');
const ID = formatPhysicalId({ holds, replaces: undefined });
const pool = { category: 'auth', resource: 'pool', name: 'UserPoolId' };

const updateOf = (changes: Partial<UpdateRequest> = {}): UpdateRequest => ({
  type: 'Update',
  id: 'update',
  resource,
  physicalId: ID,
  oldPhysicalId: ID,
  properties,
  oldProperties: properties,
  ...changes,
});

let context: TestContext;
beforeEach(() => {
  context = new TestContext();
  context.time = UPDATE;
  context.itemOf({ create: cloneEntryOf(created) });
});

async function look(request = updateOf()): Promise<OutputValues | undefined> {
  return reconcileUpdateInPlace(
    request,
    { holds, replaces: undefined },
    await readItem(context.ledger, RESOURCE),
    context,
  );
}

async function entries(): Promise<Readonly<Record<string, Entry>>> {
  return (await readItem(context.ledger, RESOURCE)).entries;
}

/** Outputs and lists may lag by a minute. */
async function expectFailureOnceReadsHaveSettled(request: UpdateRequest, name: string, at = 'created'): Promise<void> {
  expect(await look(request)).toBeUndefined();
  context.time = UPDATE + 65 * SECOND;
  expect(await look(request)).toBeUndefined();
  context.time += 1;
  await expect(look(request)).rejects.toMatchObject({ name });
  expect(context.changes).toEqual([]);
  expect(await entries()).toMatchObject({ create: { stage: { at } } });
  expect((await entries())['update']).not.toHaveProperty('endedAt');
}

describe('an Update that keeps the environment', () => {
  test('answers with what there is, and enters that CloudFormation knows it', async () => {
    expect(await look()).toEqual({ EnvironmentName: 'preview', JobId: 'ours' });
    expect(await entries()).toEqual({
      create: cloneEntryOf(created, { confirmed: true }),
      update: followUpEntryOf({ begunAt: UPDATE, endedAt: UPDATE }),
    });
  });

  test('asks nothing of the service where no outputs are asked for', async () => {
    context.onCall = () => {
      throw new ServiceError('UNAVAILABLE', 'any', 'a 500');
    };
    expect(await look()).toBeDefined();
  });

  test.each<[string, Record<string, Entry>]>([
    [
      'the answer to CloneBackend was lost',
      {
        create: cloneEntryOf(createdOfLostAnswer),
      },
    ],
    ['the environment was adopted', { create: cloneEntryOf({ at: 'adopted' }) }],
    ['the environment is not made yet', { create: cloneEntryOf(cloning) }],
    ['the ledger has lost the item', {}],
  ])('names no job where %s', async (_, item) => {
    context.itemOf(item);
    expect(await look()).toEqual({ EnvironmentName: 'preview', JobId: '' });
  });

  test('reads the outputs again', async () => {
    context.configs.set('preview', { auth: { pool: { output: { UserPoolId: 'eu-west-1_new' } } } });
    expect(await look(updateOf({ properties: { ...properties, outputs: [pool] } }))).toEqual({
      EnvironmentName: 'preview',
      JobId: 'ours',
      'auth.pool.UserPoolId': 'eu-west-1_new',
    });
  });

  test('that asks for an output that is missing fails once reads have settled, and leaves the clone as it is', async () => {
    await expectFailureOnceReadsHaveSettled(
      updateOf({ properties: { ...properties, outputs: [pool] } }),
      'OutputsMissing',
    );
  });

  test('to another source fails at once: a clone cannot be made again in its place', async () => {
    await expect(look(updateOf({ properties: { ...properties, sourceName: 'prod' } }))).rejects.toMatchObject({
      name: 'SourceChanged',
    });
    expect(await entries()).toMatchObject({ create: { stage: { at: 'created' } }, update: { kind: 'follow-up' } });
  });

  test('that is all there is of the resource in the ledger knows its source from the id', async () => {
    context.itemOf({});
    await expect(look(updateOf({ properties: { ...properties, sourceName: 'prod' } }))).rejects.toMatchObject({
      name: 'SourceChanged',
    });
  });

  test('which was adopted may name another source: it is a clone of neither', async () => {
    context.itemOf({ create: cloneEntryOf({ at: 'adopted' }) });
    expect(await look(updateOf({ properties: { ...properties, sourceName: 'prod' } }))).toBeDefined();
  });

  test('answers the same when it is delivered again, and writes nothing', async () => {
    const answer = await look();
    const { writes } = context.table;
    context.time += MINUTE;
    expect(await look()).toEqual(answer);
    expect(context.table.writes).toBe(writes);
  });

  test('waits where another of its deliveries makes a clone: that one answers', async () => {
    context.itemOf({ create: cloneEntryOf(created), update: cloneEntryOf(cloning) });
    expect(await look()).toBeUndefined();
    expect(context.table.writes).toBe(0);
  });

  test('waits where another of its deliveries begins a clone at the same moment', async () => {
    const item = { create: cloneEntryOf(created), update: cloneEntryOf(cloning) };
    context.table.beforeWrite = () => {
      context.table.stored = { version: 2, text: JSON.stringify(item) };
    };
    expect(await look()).toBeUndefined();
    expect(await entries()).toEqual(item);
  });
});

describe('an Update that comes back from another environment', () => {
  const elsewhere: [string, Properties][] = [
    ['target', { ...properties, targetName: 'next' }],
    ['app', { ...properties, appId: 'd7f6e5c4b3a2d1' }],
  ];

  test.each(elsewhere)('removes first what the Update to another %s has begun', async (_, oldProperties) => {
    const { appId, targetName } = oldProperties;
    const stage: Stage = { at: 'cloning', calledAt: START, job: { id: 'ours', filedUnder: targetName } };
    const begun = cloneEntryOf(stage, { appId, environmentName: targetName, replaces: 'create' });
    context.itemOf({ create: cloneEntryOf(created), cancelled: begun });
    context.names = new Set(['dev', 'preview', 'next']);
    context.jobs.set(targetName, [jobOf('ours', 'COMPLETED')]);
    expect(await look(updateOf({ oldProperties }))).toBeUndefined();
    context.time = UPDATE + 4 * MINUTE + 1;
    expect(await look(updateOf({ oldProperties }))).toBeUndefined();
    expect(context.changes).toEqual([`DeleteBackend ${targetName}`]);
    expect(await entries()).toMatchObject({
      create: { stage: { at: 'created' }, confirmed: true },
      cancelled: { stage: { at: 'removing' }, confirmed: false },
      update: { cancellation: { replaces: 'create', found: 'cancelled' } },
    });
    expect((await entries())['update']).not.toHaveProperty('endedAt');
  });

  test.each(elsewhere)(
    'waits four minutes for the Update to another %s, which may come late',
    async (_, oldProperties) => {
      expect(await look(updateOf({ oldProperties }))).toBeUndefined();
      context.time = UPDATE + 4 * MINUTE;
      expect(await look(updateOf({ oldProperties }))).toBeUndefined();
      context.time += 1;
      expect(await look(updateOf({ oldProperties }))).toEqual({ EnvironmentName: 'preview', JobId: 'ours' });
    },
  );

  test('does not touch what the next Update begins, though it is delivered again after its end', async () => {
    const cancellation = { replaces: 'create', found: undefined };
    const next = cloneEntryOf(cloning, { begunAt: UPDATE + 5 * MINUTE, replaces: 'create' });
    context.itemOf({
      create: cloneEntryOf(created),
      update: followUpEntryOf({ begunAt: UPDATE, endedAt: UPDATE + 3 * MINUTE, cancellation }),
      next,
    });
    context.time = UPDATE + 6 * MINUTE;
    expect(await look(updateOf({ oldProperties: { ...properties, targetName: 'next' } }))).toBeDefined();
    expect((await entries())['next']).toEqual(next);
  });
});

test.each([
  ['are the same', properties],
  ['are such that nothing can have come of them', undefined],
])('an Update whose old properties %s removes nothing', async (_, oldProperties) => {
  const begun = cloneEntryOf(cloning, { replaces: 'create' });
  context.itemOf({ create: cloneEntryOf(created), begun });
  expect(await look(updateOf({ oldProperties }))).toBeDefined();
  expect((await entries())['begun']).toEqual(begun);
});

test.each([
  ['with no id from before', undefined],
  ['with an id that is not ours', 'S-Clone-1ABCDEFGHIJKL'],
])('an Update %s returns from nowhere', async (_, oldPhysicalId) => {
  expect(await look(updateOf({ oldPhysicalId }))).toBeDefined();
  expect((await entries())['create']).toEqual(cloneEntryOf(created, { confirmed: true }));
});

describe('an Update that returns to the environment which was replaced', () => {
  const replacement: HeldEnvironment = { ...holds, environmentName: 'next', requestId: 'replacement' };
  const request = updateOf({
    physicalId: formatPhysicalId({ holds, replaces: replacement }),
    oldPhysicalId: formatPhysicalId({ holds: replacement, replaces: holds }),
    oldProperties: { ...properties, targetName: 'next' },
  });
  const replacing = cloneEntryOf(created, { environmentName: 'next', replaces: 'create' });
  beforeEach(() => {
    context.itemOf({ create: cloneEntryOf(created), replacement: replacing });
  });

  test('answers at once, and leaves what it comes from to the Delete that follows', async () => {
    expect(await look(request)).toEqual({ EnvironmentName: 'preview', JobId: 'ours' });
    expect(context.changes).toEqual([]);
    expect(await entries()).toEqual({
      create: cloneEntryOf(created, { confirmed: true, returned: { by: 'update', from: 'replacement' } }),
      replacement: { ...replacing, confirmed: true },
      update: followUpEntryOf({ begunAt: UPDATE, endedAt: UPDATE }),
    });
  });

  test('fails where the environment is not listed once reads have settled, and the next update to its name clones it', async () => {
    context.names = new Set(['dev', 'next']);
    await expectFailureOnceReadsHaveSettled(request, 'EnvironmentGone', 'nothing');
  });

  test('waits as long while its outputs cannot be read, and then names the environment', async () => {
    const wantsOutput = { ...request, properties: { ...properties, outputs: [pool] } };
    context.unreadable.set('preview', 'Endpoint request timed out');
    expect(await look(wantsOutput)).toBeUndefined();
    context.time = UPDATE + 54 * MINUTE;
    expect(await look(wantsOutput)).toBeUndefined();
    context.time += 1;
    await expect(look(wantsOutput)).rejects.toMatchObject({
      name: 'ConfigurationUnreadable',
      message: expect.stringContaining('--environment-name preview"'),
    });
  });

  test('fails where an output is missing once reads have settled, and names the environment', async () => {
    const wantsOutput = { ...request, properties: { ...properties, outputs: [pool] } };
    await expectFailureOnceReadsHaveSettled(wantsOutput, 'OutputsMissing');
    await expect(look(wantsOutput)).rejects.toThrow('--environment-name preview"');
  });

  test('waits while Amplify Studio is off for as long as CloudFormation does, and then names the environment', async () => {
    context.names = 'APP_NOT_FOUND';
    expect(await look(request)).toBeUndefined();
    context.time = UPDATE + 54 * MINUTE;
    expect(await look(request)).toBeUndefined();
    context.time += 1;
    await expect(look(request)).rejects.toMatchObject({
      name: 'AppNotFound',
      message: expect.stringContaining('--environment-name preview"'),
    });
    context.names = new Set(['dev', 'next', 'preview']);
    expect(await look(request)).toMatchObject({ EnvironmentName: 'preview' });
  });
});
