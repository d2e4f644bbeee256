import { ServiceError } from '../../lambda/backend-service';
import { type Entry, readItem, type Stage } from '../../lambda/ledger';
import type { OutputValues } from '../../lambda/outputs';
import { formatPhysicalId, type HeldEnvironment, parsePhysicalId } from '../../lambda/physical-id';
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
const attributes = { EnvironmentName: 'preview', JobId: 'ours' };
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
  const parsedId = parsePhysicalId(request.physicalId);
  if (parsedId === undefined) throw new Error('onEvent gives each Update a physical ID of the handler');
  const item = await readItem(context.ledger, RESOURCE);
  return reconcileUpdateInPlace(request, parsedId, { requestId: request.id, item, context });
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

describe('an Update of the same environment', () => {
  test('returns the attributes, and confirms the physical ID', async () => {
    expect(await look()).toEqual(attributes);
    expect(await entries()).toEqual({
      create: cloneEntryOf(created, { confirmed: true, attributes }),
      update: followUpEntryOf({ begunAt: UPDATE, endedAt: UPDATE }),
    });
  });

  test('does not call the service if no outputs are requested', async () => {
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
    ['the environment is not complete yet', { create: cloneEntryOf(cloning) }],
    ['the ledger does not have the item', {}],
  ])('returns no job if %s', async (_, item) => {
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

  test.each([
    ['OutputsMissing', () => context.configs.set('preview', {})],
    ['ConfigurationUnreadable', () => context.unreadable.set('preview', 'Endpoint request timed out')],
  ])('fails with %s once reads are consistent, and leaves the clone unchanged', async (name, happens) => {
    happens();
    await expectFailureOnceReadsHaveSettled(updateOf({ properties: { ...properties, outputs: [pool] } }), name);
  });

  describe('whose configuration cannot be read', () => {
    const known = { 'auth.pool.UserPoolId': 'eu-west-1_known' };
    const wantsPool = updateOf({ properties: { ...properties, outputs: [pool] } });
    beforeEach(() => context.unreadable.set('preview', 'Endpoint request timed out'));

    test('returns the outputs that an earlier request read, once reads are consistent', async () => {
      context.itemOf({ create: cloneEntryOf(created, { attributes: known }) });
      context.time = UPDATE;
      expect(await look(wantsPool)).toBeUndefined();
      context.time += 65 * SECOND + 1;
      expect(await look(wantsPool)).toEqual({ EnvironmentName: 'preview', JobId: 'ours', ...known });
    });

    test('fails if it requests more than was read', async () => {
      context.itemOf({ create: cloneEntryOf(created, { attributes: known }) });
      const outputs = [pool, { ...pool, name: 'UserPoolName' }];
      const wantsMore = updateOf({ properties: { ...properties, outputs } });
      await expectFailureOnceReadsHaveSettled(wantsMore, 'ConfigurationUnreadable');
    });
  });

  test('fails if it does not have the outputs any more, whatever an earlier request read', async () => {
    context.configs.set('preview', {});
    context.itemOf({ create: cloneEntryOf(created, { attributes: { 'auth.pool.UserPoolId': 'old' } }) });
    const wantsPool = updateOf({ properties: { ...properties, outputs: [pool] } });
    await expectFailureOnceReadsHaveSettled(wantsPool, 'OutputsMissing');
  });

  test('fails at once with SourceChanged if the source differs', async () => {
    await expect(look(updateOf({ properties: { ...properties, sourceName: 'prod' } }))).rejects.toMatchObject({
      name: 'SourceChanged',
    });
    expect(await entries()).toMatchObject({ create: { stage: { at: 'created' } }, update: { kind: 'follow-up' } });
  });

  test('knows the source from the physical ID if the ledger does not have the resource', async () => {
    context.itemOf({});
    await expect(look(updateOf({ properties: { ...properties, sourceName: 'prod' } }))).rejects.toMatchObject({
      name: 'SourceChanged',
    });
  });

  test('can have another source if the environment was adopted', async () => {
    context.itemOf({ create: cloneEntryOf({ at: 'adopted' }) });
    expect(await look(updateOf({ properties: { ...properties, sourceName: 'prod' } }))).toBeDefined();
  });

  test('returns the same when it is delivered again, and writes nothing', async () => {
    const answer = await look();
    const { writes } = context.table;
    context.time += MINUTE;
    expect(await look()).toEqual(answer);
    expect(context.table.writes).toBe(writes);
  });

  test('waits if another of its deliveries clones, since that one answers', async () => {
    context.itemOf({ create: cloneEntryOf(created), update: cloneEntryOf(cloning) });
    expect(await look()).toBeUndefined();
    expect(context.table.writes).toBe(0);
  });

  test('waits if another of its deliveries starts a clone at the same moment', async () => {
    const item = { create: cloneEntryOf(created), update: cloneEntryOf(cloning) };
    context.table.beforeWrite = () => {
      context.table.stored = { version: 2, text: JSON.stringify(item) };
    };
    expect(await look()).toBeUndefined();
    expect(await entries()).toEqual(item);
  });
});

describe('an Update after a cancelled or failed Update to another environment', () => {
  const elsewhere: [string, Properties][] = [
    ['target', { ...properties, targetName: 'next' }],
    ['app', { ...properties, appId: 'd7f6e5c4b3a2d1' }],
  ];

  test.each(elsewhere)('first removes the clone of the Update to another %s', async (_, oldProperties) => {
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
    'waits four minutes for the Update to another %s, which may arrive late',
    async (_, oldProperties) => {
      expect(await look(updateOf({ oldProperties }))).toBeUndefined();
      context.time = UPDATE + 4 * MINUTE;
      expect(await look(updateOf({ oldProperties }))).toBeUndefined();
      context.time += 1;
      expect(await look(updateOf({ oldProperties }))).toEqual({ EnvironmentName: 'preview', JobId: 'ours' });
    },
  );

  test('does not change the clone of the next Update when it is delivered again', async () => {
    const cancellation = { replaces: 'create', found: undefined };
    const begun = { environmentName: 'next', begunAt: UPDATE + 5 * MINUTE, replaces: 'create' };
    const next = cloneEntryOf(cloning, begun);
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
  ['are invalid', undefined],
])('an Update whose old properties %s removes nothing', async (_, oldProperties) => {
  const begun = cloneEntryOf(cloning, { replaces: 'create' });
  context.itemOf({ create: cloneEntryOf(created), begun });
  expect(await look(updateOf({ oldProperties }))).toBeDefined();
  expect((await entries())['begun']).toEqual(begun);
});

test.each([
  ['without an old physical ID', undefined],
  ['with an old physical ID of another handler', 'S-Clone-1ABCDEFGHIJKL'],
])('an Update %s is not an update back', async (_, oldPhysicalId) => {
  expect(await look(updateOf({ oldPhysicalId }))).toBeDefined();
  expect((await entries())['create']).toEqual(cloneEntryOf(created, { confirmed: true, attributes }));
});

describe('an Update back to the replaced environment', () => {
  const replacement: HeldEnvironment = { ...holds, environmentName: 'next', requestId: 'replacement' };
  const request = updateOf({
    physicalId: formatPhysicalId({ holds: { ...holds, returnedBy: 'update' }, replaces: replacement }),
    oldPhysicalId: formatPhysicalId({ holds: replacement, replaces: holds }),
    oldProperties: { ...properties, targetName: 'next' },
  });
  const replacing = cloneEntryOf(created, { environmentName: 'next', replaces: 'create' });
  beforeEach(() => {
    context.itemOf({ create: cloneEntryOf(created), replacement: replacing });
  });

  test('completes at once, and leaves the other environment to the Delete that follows', async () => {
    expect(await look(request)).toEqual({ EnvironmentName: 'preview', JobId: 'ours' });
    expect(context.changes).toEqual([]);
    expect(await entries()).toEqual({
      create: cloneEntryOf(created, { confirmed: true, returnedBy: 'update', attributes }),
      replacement: { ...replacing, confirmed: true },
      update: followUpEntryOf({ begunAt: UPDATE, endedAt: UPDATE }),
    });
  });

  test('is recorded only when it is complete, since its physical ID is not the current one until then', async () => {
    context.names = new Set(['dev', 'next']);
    expect(await look(request)).toBeUndefined();
    expect((await entries())['create']).toEqual(cloneEntryOf(created, { confirmed: true }));
  });

  test('gives the environment no new physical ID if it undoes an update that has not replaced it', async () => {
    const physicalId = formatPhysicalId({ holds, replaces: replacement });
    expect(await look({ ...request, physicalId })).toBeDefined();
    expect((await entries())['create']).toEqual(cloneEntryOf(created, { confirmed: true, attributes }));
  });

  test('retains the environment that it leaves if an earlier update went back to that, since CloudFormation had', async () => {
    const left = { ...replacement, returnedBy: 'earlier' };
    const oldPhysicalId = formatPhysicalId({ holds: left, replaces: holds });
    context.itemOf({ create: cloneEntryOf(created), replacement: { ...replacing, returnedBy: 'earlier' } });
    await look({ ...request, oldPhysicalId });
    expect(await entries()).toMatchObject({
      create: { returnedBy: 'update' },
      replacement: { stage: { at: 'adopted' }, returnedBy: 'earlier' },
    });
  });

  test('fails with EnvironmentGone if the environment is not listed once reads are consistent, and the next Update to its name clones', async () => {
    context.names = new Set(['dev', 'next']);
    await expectFailureOnceReadsHaveSettled(request, 'EnvironmentGone', 'nothing');
    await expect(look(request)).rejects.toThrow(
      'Environment "next" may remain. CloudFormation may not delete it with the stack. To delete it by hand',
    );
  });

  test('fails with OutputsMissing once reads are consistent, with both environments and how to delete them', async () => {
    const wantsOutput = { ...request, properties: { ...properties, outputs: [pool] } };
    await expectFailureOnceReadsHaveSettled(wantsOutput, 'OutputsMissing');
    await expect(look(wantsOutput)).rejects.toThrow('--environment-name preview"');
    await expect(look(wantsOutput)).rejects.toThrow('--environment-name next"');
  });

  test('relies on the ledger while Amplify Studio is off, since no read shows the environment', async () => {
    context.names = 'APP_NOT_FOUND';
    expect(await look(request)).toMatchObject({ EnvironmentName: 'preview' });
  });
});
