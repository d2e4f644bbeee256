import { ServiceError, type ServiceErrorReason } from '../../lambda/backend-service';
import { assignPhysicalId, reconcile } from '../../lambda/clone-lifecycle';
import { byHand } from '../../lambda/errors';
import type { Removing, Stage } from '../../lambda/ledger';
import { formatPhysicalId, type HeldEnvironment } from '../../lambda/physical-id';
import type { CreateRequest, DeleteRequest, Properties, UpdateRequest } from '../../lambda/request';
import {
  APP,
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
  SECOND,
  START,
  TestContext,
} from './test-context';

const LAST_ANSWER = 54 * MINUTE;

const held = heldOf('create');
const next: HeldEnvironment = { ...held, environmentName: 'next', requestId: 'update' };
const ID = formatPhysicalId({ holds: held, replaces: undefined });
/** Of the update that has replaced `preview` with `next`. */
const NEXT_ID = formatPhysicalId({ holds: next, replaces: held });
const MADE_UP_ID = 'S-Clone-1A2B3C4D5E6F';

const create: CreateRequest = { type: 'Create', id: 'create', resource, properties };
const updateOf = (changes: Partial<UpdateRequest> = {}): UpdateRequest => ({
  type: 'Update',
  id: 'update',
  resource,
  physicalId: ID,
  oldPhysicalId: undefined,
  properties,
  oldProperties: properties,
  ...changes,
});
const deletionOf = (physicalId: string, changes: Partial<DeleteRequest> = {}): DeleteRequest => ({
  type: 'Delete',
  id: 'delete',
  resource,
  physicalId,
  properties,
  ...changes,
});

const removing = removingOf();

const serviceErrorOf = (reason: ServiceErrorReason): ServiceError =>
  new ServiceError(reason, 'GetBackend', 'its words');
const ledgerErrorOf = (reason: ServiceErrorReason): ServiceError =>
  new ServiceError(reason, 'GetItem', 'its words', 'dynamodb');

let context: TestContext;
beforeEach(() => {
  context = new TestContext();
  context.names = new Set(['dev']);
});

/** The service is in trouble until that time. */
function serviceIn(serviceError: ServiceError, until = Number.POSITIVE_INFINITY): void {
  context.onCall = () => {
    if (context.time < until) throw serviceError;
  };
}

function ledgerIn(serviceError: ServiceError, until = Number.POSITIVE_INFINITY): void {
  context.table.beforeRead = () => {
    if (context.time < until) throw serviceError;
  };
}

describe('begin', () => {
  test('names a Create by what it is to make and by its request, each time alike, and begins nothing', async () => {
    const id = `amplify-clone:v1:${APP}/preview;source=dev;request=create`;
    expect(await assignPhysicalId(create, context)).toBe(id);
    expect(await assignPhysicalId(create, context)).toBe(id);
    expect(context.changes).toEqual([]);
    expect(context.table.writes).toBe(0);
  });

  test('says of no Create that it adopts: whether it does is known when it has', async () => {
    expect(await assignPhysicalId({ ...create, properties: { ...properties, existing: 'ADOPT' } }, context)).toBe(ID);
  });

  test.each([ID, NEXT_ID, MADE_UP_ID])('leaves the id to a Delete, whatever it is: %s', async (id) => {
    expect(await assignPhysicalId(deletionOf(id), context)).toBe(id);
  });

  test('refuses an Update of a resource that is not ours', async () => {
    await expect(assignPhysicalId(updateOf({ physicalId: MADE_UP_ID }), context)).rejects.toMatchObject({
      name: 'NotOurs',
      message: expect.stringContaining(MADE_UP_ID),
    });
  });

  test.each<[string, Partial<UpdateRequest>]>([
    ['with the same properties', {}],
    [
      'of the outputs',
      { properties: { ...properties, outputs: [{ category: 'auth', resource: undefined, name: 'x' }] } },
    ],
    ['to another source, which is refused later', { properties: { ...properties, sourceName: 'prod' } }],
    [
      'back from an update to another environment that failed',
      { oldProperties: { ...properties, targetName: 'next' } },
    ],
    ['of what has replaced another', { physicalId: NEXT_ID, properties: { ...properties, targetName: 'next' } }],
  ])('leaves its id to an Update %s', async (_, changes) => {
    const update = updateOf(changes);
    expect(await assignPhysicalId(update, context)).toBe(update.physicalId);
  });

  test.each<[string, Partial<Properties>, string]>([
    ['target', { targetName: 'next' }, `${APP}/next`],
    ['app', { appId: 'd9' }, 'd9/preview'],
  ])('gives an Update to another %s an id of its own, which says what it replaces', async (_, changes, named) => {
    const update = updateOf({ properties: { ...properties, ...changes } });
    expect(await assignPhysicalId(update, context)).toBe(
      `amplify-clone:v1:${named};source=dev;request=update;replaces=${APP}/preview;source=dev;request=create`,
    );
  });

  test('lets an Update to a third environment replace the second one, and forget the first', async () => {
    const update = updateOf({ id: 'third', physicalId: NEXT_ID, properties: { ...properties, targetName: 'third' } });
    const third = { ...held, environmentName: 'third', requestId: 'third' };
    expect(await assignPhysicalId(update, context)).toBe(formatPhysicalId({ holds: third, replaces: next }));
  });

  describe('of an Update back to what was replaced', () => {
    const back = updateOf({ id: 'back', physicalId: NEXT_ID, oldProperties: { ...properties, targetName: 'next' } });
    const returned = formatPhysicalId({ holds: held, replaces: next });
    const again = formatPhysicalId({ holds: { ...held, requestId: 'back' }, replaces: next });

    beforeEach(() => {
      context.names = new Set(['dev', 'preview', 'next']);
      context.itemOf({ create: cloneEntryOf(created) });
    });

    test('goes back to that', async () => {
      expect(await assignPhysicalId(back, context)).toBe(returned);
    });

    test('does not forget that it was adopted', async () => {
      const adopted = { ...held, adopted: true };
      const physicalId = formatPhysicalId({ holds: next, replaces: adopted });
      expect(await assignPhysicalId({ ...back, physicalId }, context)).toBe(
        formatPhysicalId({ holds: adopted, replaces: next }),
      );
    });

    test('goes back to what the ledger does not know', async () => {
      context.itemOf({});
      expect(await assignPhysicalId(back, context)).toBe(returned);
    });

    test('asks the ledger for the item of the resource', async () => {
      const asked: string[] = [];
      context.table.beforeRead = (item) => asked.push(item);
      await assignPhysicalId(back, context);
      expect(asked).toEqual([RESOURCE]);
    });

    test('is for a clone of its own where the ledger says that nothing is left of it', async () => {
      context.itemOf({ create: cloneEntryOf({ at: 'nothing', failure: undefined }) });
      expect(await assignPhysicalId(back, context)).toBe(again);
    });

    test.each<[string, Partial<Removing>]>([
      ['a deletion was called', { deletion: { calledAt: START, jobId: 'deletion' } }],
      ['each deletion has failed', { failedDeletions: ['a bucket is not empty', 'a bucket is not empty'] }],
      ['what a failed clone left could not be deleted', { ended: 'FAILED' }],
    ])('is for a clone of its own where %s', async (_, removal) => {
      context.itemOf({ create: cloneEntryOf(removingOf(removal)) });
      expect(await assignPhysicalId(back, context)).toBe(again);
    });

    test('goes back where the ledger cannot be asked, since most often it is a rollback', async () => {
      ledgerIn(ledgerErrorOf('UNAVAILABLE'));
      expect(await assignPhysicalId(back, context)).toBe(returned);
    });

    test('fails where the role may not read the ledger', async () => {
      ledgerIn(ledgerErrorOf('DENIED'));
      await expect(assignPhysicalId(back, context)).rejects.toMatchObject({ name: 'AccessDenied' });
    });

    test('asks nothing of the service', async () => {
      context.onCall = () => {
        throw new Error('a call');
      };
      expect(await assignPhysicalId(back, context)).toBe(returned);
    });

    test.each([
      ['target', { targetName: 'other' }],
      ['app', { appId: 'd9' }],
    ])('is none where the %s is another', async (_, changes) => {
      const update = { ...back, properties: { ...properties, ...changes } };
      const holds = {
        ...held,
        appId: update.properties.appId,
        environmentName: update.properties.targetName,
        requestId: 'back',
      };
      expect(await assignPhysicalId(update, context)).toBe(formatPhysicalId({ holds, replaces: next }));
    });
  });
});

describe('poll', () => {
  test('begins the clone of a Create, and has no answer yet', async () => {
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.changes).toEqual(['CloneBackend dev preview']);
    expect(context.table.entries).toMatchObject({ create: { stage: { at: 'cloning' } } });
  });

  test('asks the ledger for the item of the resource', async () => {
    const asked: string[] = [];
    context.table.beforeRead = (item) => asked.push(item);
    await reconcile(create, ID, context);
    expect(new Set(asked)).toEqual(new Set([RESOURCE]));
  });

  test('answers a Create that has made its environment, with the id that it has', async () => {
    context.itemOf({ create: cloneEntryOf(created) });
    expect(await reconcile(create, ID, context)).toEqual({
      physicalId: ID,
      attributes: { EnvironmentName: 'preview', JobId: 'ours' },
    });
  });

  test('says in the id that an environment was adopted, for people to read', async () => {
    context.names = new Set(['dev', 'preview']);
    context.itemOf({ create: cloneEntryOf({ at: 'adopted' }) });
    expect(await reconcile({ ...create, properties: { ...properties, existing: 'ADOPT' } }, ID, context)).toEqual({
      physicalId: `${ID};adopted`,
      attributes: { EnvironmentName: 'preview', JobId: '' },
    });
  });

  describe('of an Update', () => {
    const toNext = updateOf({ properties: { ...properties, targetName: 'next' } });

    beforeEach(() => {
      context.names = new Set(['dev', 'preview']);
      context.itemOf({ create: cloneEntryOf(created, { confirmed: true }) });
    });

    test('to another environment clones that', async () => {
      expect(await reconcile(toNext, NEXT_ID, context)).toBeUndefined();
      expect(context.changes).toEqual(['CloneBackend dev next']);
    });

    test('to another environment that has made it still says what it replaces', async () => {
      context.itemOf({ update: cloneEntryOf(created, { environmentName: 'next', replaces: 'create' }) });
      expect(await reconcile(toNext, NEXT_ID, context)).toEqual({
        physicalId: NEXT_ID,
        attributes: { EnvironmentName: 'next', JobId: 'ours' },
      });
    });

    test('that keeps its environment answers with the same id, and makes nothing', async () => {
      expect(await reconcile(updateOf(), ID, context)).toEqual({
        physicalId: ID,
        attributes: { EnvironmentName: 'preview', JobId: 'ours' },
      });
      expect(context.changes).toEqual([]);
    });

    test('that keeps its environment waits for outputs that do not show yet', async () => {
      const missing = { category: 'auth', resource: 'pool', name: 'UserPoolId' };
      expect(
        await reconcile(updateOf({ properties: { ...properties, outputs: [missing] } }), ID, context),
      ).toBeUndefined();
    });
  });

  test('deletes what a Delete names, has no answer while that goes on, and then answers with no attributes', async () => {
    context.names = new Set(['dev', 'preview']);
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    context.itemOf({ create: cloneEntryOf(created) });
    context.time = START + 10 * MINUTE;
    expect(await reconcile(deletionOf(ID), ID, context)).toBeUndefined();
    expect(context.changes).toEqual(['DeleteBackend preview']);
    context.jobs.set('preview', [
      jobOf('ours', 'COMPLETED'),
      jobOf('removal', 'COMPLETED', { operation: 'DeleteBackend', createdAt: context.time }),
    ]);
    context.names = new Set(['dev']);
    expect(await reconcile(deletionOf(ID), ID, context)).toEqual({ physicalId: ID, attributes: {} });
  });

  test.each<[string, CreateRequest | UpdateRequest]>([
    ['a Create', create],
    ['an Update', updateOf()],
  ])('does nothing for %s whose id begin cannot have given', async (_, request) => {
    await expect(reconcile(request, MADE_UP_ID, context)).rejects.toThrow(MADE_UP_ID);
    expect(context.changes).toEqual([]);
    expect(context.table.writes).toBe(0);
  });
});

describe('a call that is denied', () => {
  test.each([
    ['the service', serviceIn, serviceErrorOf('DENIED')],
    ['the ledger', ledgerIn, ledgerErrorOf('DENIED')],
  ])(
    'by %s is made again, every five seconds, for the minute that a new policy takes',
    async (_, arrange, serviceError) => {
      arrange(serviceError, START + 65 * SECOND);
      expect(await reconcile(create, ID, context)).toBeUndefined();
      expect(context.sleeps).toEqual(Array(13).fill(5 * SECOND));
      expect(context.changes).toEqual(['CloneBackend dev preview']);
    },
  );

  test('for longer than that by the service fails, and says who may not do what, and on what', async () => {
    serviceIn(serviceErrorOf('DENIED'));
    await expect(reconcile(create, ID, context)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        'The role of Lambda function Handler may not call amplifybackend:GetBackend on ' +
          `arn:aws:amplifybackend:eu-west-1:111122223333:/backend/${APP}/*. The service says: "its words"`,
      ),
    });
    expect(context.time - START).toBe(65 * SECOND);
  });

  test('for longer than that by the ledger fails, and names its table', async () => {
    ledgerIn(ledgerErrorOf('DENIED'));
    await expect(reconcile(create, ID, context)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        "dynamodb:GetItem on the provider's table in arn:aws:dynamodb:eu-west-1:111122223333.",
      ),
    });
  });

  test('counts from the first look of this invocation, however old the request is', async () => {
    context.itemOf({ create: cloneEntryOf(cloning) });
    context.time = START + 30 * MINUTE;
    serviceIn(serviceErrorOf('DENIED'), context.time + 30 * SECOND);
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.sleeps).toHaveLength(6);
  });

  test('in a Delete whose properties say nothing fails for the app that its id names', async () => {
    context.itemOf({ create: cloneEntryOf(created) });
    serviceIn(serviceErrorOf('DENIED'));
    await expect(reconcile(deletionOf(ID, { properties: undefined }), ID, context)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`/backend/${APP}/*`),
    });
  });

  test('in a Delete that names no app at all fails alike', async () => {
    ledgerIn(ledgerErrorOf('DENIED'));
    const deletion = deletionOf(MADE_UP_ID, { properties: undefined });
    await expect(reconcile(deletion, MADE_UP_ID, context)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  // CloudFormation does not ask again in the cleanup of a rollback: then the message is all that people have.
  test.each<[string, Partial<DeleteRequest>, string]>([
    ['its id', { physicalId: NEXT_ID }, `--app-id ${APP} --environment-name ${next.environmentName}"`],
    [
      'its properties, where the id says nothing',
      { physicalId: MADE_UP_ID },
      `--environment-name ${properties.targetName}"`,
    ],
  ])('by the ledger in a Delete fails with what may be left, by %s', async (_, changes, command) => {
    ledgerIn(ledgerErrorOf('DENIED'));
    const deletion = deletionOf(ID, changes);
    await expect(reconcile(deletion, deletion.physicalId, context)).rejects.toThrow(command);
  });

  // A rollback that fails is not tried again where the stack is deleted: nothing else names what the failed update has made.
  test('by the ledger in the Update after one that failed fails with what that one may have left', async () => {
    ledgerIn(ledgerErrorOf('DENIED'));
    const update = updateOf({ oldProperties: { ...properties, targetName: 'next' } });
    await expect(reconcile(update, ID, context)).rejects.toThrow(`--app-id ${APP} --environment-name next"`);
  });

  test.each<[string, UpdateRequest]>([
    ['keeps its environment', updateOf()],
    ['is to make another one', updateOf({ properties: { ...properties, targetName: 'next' } })],
  ])('by the ledger in an Update that %s names nothing that may be left', async (_, update) => {
    ledgerIn(ledgerErrorOf('DENIED'));
    const outcome = reconcile(update, ID, context);
    await expect(outcome).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(outcome).rejects.not.toThrow('may remain');
  });

  test('by the ledger in a Delete of what was adopted leaves nothing that is to be deleted', async () => {
    ledgerIn(ledgerErrorOf('DENIED'));
    const id = formatPhysicalId({ holds: { ...held, adopted: true }, replaces: undefined });
    const outcome = reconcile(deletionOf(id), id, context);
    await expect(outcome).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(outcome).rejects.not.toThrow('may remain');
  });
});

describe('a call that is throttled', () => {
  test('by the service is made again after pauses that grow to a bound', async () => {
    serviceIn(serviceErrorOf('THROTTLED'), START + 29 * SECOND);
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.sleeps).toEqual([1.5, 2, 3, 5, 6, 6, 6].map((seconds) => seconds * SECOND));
    expect(context.changes).toEqual(['CloneBackend dev preview']);
  });

  test.each([
    [0, 3, [1, 1, 1]],
    [0.75, 5, [1.75, 2.5, 4]],
  ])('comes back at any time of its pause, so that many do not come back at once (%d)', async (drawn, end, seconds) => {
    context.clock.random = () => drawn;
    serviceIn(serviceErrorOf('THROTTLED'), START + end * SECOND);
    await reconcile(create, ID, context);
    expect(context.sleeps).toEqual(seconds.map((each) => each * SECOND));
  });

  test('is made again as long as the invocation has time for the pause before it', async () => {
    serviceIn(serviceErrorOf('THROTTLED'));
    context.deadline = START + 3500;
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.sleeps).toEqual([1500, 2000]);
  });

  test('is left to the next look where the pause would be longer than that', async () => {
    serviceIn(serviceErrorOf('THROTTLED'));
    context.deadline = START + 3499;
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.sleeps).toEqual([1500]);
  });
});

describe('a call that is rejected', () => {
  test('by the ledger fails the request: the table is not there, or is another one', async () => {
    ledgerIn(ledgerErrorOf('REJECTED'));
    await expect(reconcile(create, ID, context)).rejects.toMatchObject({
      name: 'LedgerUnusable',
      message: expect.stringContaining('DynamoDB says to GetItem: "its words"'),
    });
    expect(context.changes).toEqual([]);
  });

  test('by the ledger in a Delete fails with what may be left', async () => {
    ledgerIn(ledgerErrorOf('REJECTED'));
    await expect(reconcile(deletionOf(ID), ID, context)).rejects.toThrow(`--environment-name ${held.environmentName}"`);
  });

  test('by the service is left to the next look', async () => {
    serviceIn(serviceErrorOf('REJECTED'));
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.sleeps).toEqual([]);
  });
});

test('a call that has to wait for a pending job is left to the next look', async () => {
  serviceIn(serviceErrorOf('BUSY'));
  expect(await reconcile(create, ID, context)).toBeUndefined();
  expect(context.sleeps).toEqual([]);
});

describe('a call whose host does not exist', () => {
  const elsewhere = { ...resource, stackId: resource.stackId.replace('eu-west-1', 'af-south-1') };

  beforeEach(() => {
    serviceIn(serviceErrorOf('NO_HOST'));
  });

  test.each<[string, CreateRequest | UpdateRequest, string]>([
    ['a Create', { ...create, resource: elsewhere }, ID],
    ['an Update', { ...updateOf({ properties: { ...properties, targetName: 'next' } }), resource: elsewhere }, NEXT_ID],
  ])('fails %s at once in a Region without AmplifyBackend, and names those that have it', async (_, request, id) => {
    await expect(reconcile(request, id, context)).rejects.toMatchObject({
      name: 'RegionNotSupported',
      text: expect.stringMatching(
        /no endpoint in Region af-south-1\. Nothing was changed\. .*: ap-northeast-1, .*us-west-2\.$/,
      ),
    });
    expect(context.sleeps).toEqual([]);
    expect(context.changes).toEqual([]);
  });

  test('is left to the next look in a Region that has one: it is the name server that does not answer', async () => {
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.sleeps).toEqual([]);
  });

  test('is left to the next look in a Delete, wherever it is', async () => {
    const others = context.table.others;
    others.set(`${elsewhere.stackId}|${elsewhere.logicalId}`, {
      version: 1,
      text: JSON.stringify({ create: cloneEntryOf(created) }),
    });
    expect(await reconcile({ ...deletionOf(ID), resource: elsewhere }, ID, context)).toBeUndefined();
    expect(context.sleeps).toEqual([]);
  });
});

test('a call that the service does not answer is left to the next look', async () => {
  serviceIn(serviceErrorOf('UNAVAILABLE'));
  expect(await reconcile(create, ID, context)).toBeUndefined();
  expect(context.sleeps).toEqual([]);
  expect(context.changes).toEqual([]);
});

describe.each(['UNAVAILABLE', 'THROTTLED'] as const)('a ledger that is %s', (reason) => {
  let tries = 0;
  const failsFor = (times: number) => () => {
    tries += 1;
    if (tries <= times) throw ledgerErrorOf(reason);
  };
  beforeEach(() => {
    tries = 0;
  });

  test('is asked again at once, so that a request is not taken for one that never arrived', async () => {
    context.table.beforeRead = failsFor(1);
    await reconcile(create, ID, context);
    expect(context.changes).toEqual(['CloneBackend dev preview']);
  });

  test('is left to the next look after two tries: the framework counts its looks and not the time', async () => {
    context.table.beforeRead = failsFor(Number.POSITIVE_INFINITY);
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(tries).toBe(2);
    expect(context.sleeps).toEqual([]);
  });

  test('is left to the next look where the invocation has no time left', async () => {
    context.deadline = START - 1;
    context.table.beforeRead = failsFor(1);
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(tries).toBe(1);
  });
});

test('an entry that could not be written is written by the next look, however late it is', async () => {
  context.time = START + 60 * MINUTE;
  context.table.beforeWrite = () => {
    throw new ServiceError('UNAVAILABLE', 'PutItem', 'its words', 'dynamodb');
  };
  expect(await reconcile(create, ID, context)).toBeUndefined();
  context.table.beforeWrite = () => {};
  context.time = START + 61 * MINUTE;
  await reconcile(create, ID, context);
  expect(context.table.entries).toMatchObject({ create: { begunAt: START + 61 * MINUTE } });
});

test('each call that brought nothing is logged, with what was asked and what was said', async () => {
  serviceIn(serviceErrorOf('THROTTLED'), START + 3 * SECOND);
  await reconcile(create, ID, context);
  const line = {
    message: 'the service gave no usable answer',
    details: { operation: 'GetBackend', words: 'its words' },
  };
  expect(context.logged).toEqual([line, line]);
});

test('a bug is no trouble of the service: it fails the request at once', async () => {
  context.onCall = () => {
    throw new TypeError('a bug');
  };
  await expect(reconcile(create, ID, context)).rejects.toThrow('a bug');
});

describe('a request that gets no usable answer', () => {
  beforeEach(() => {
    context.names = new Set(['dev', 'preview']);
  });

  describe.each<ServiceErrorReason>(['UNAVAILABLE', 'THROTTLED', 'BUSY', 'DENIED', 'REJECTED', 'NO_HOST'])(
    '(%s)',
    (reason) => {
      test('gives up once the last answer to CloudFormation is due', async () => {
        context.itemOf({ create: cloneEntryOf(cloning) });
        context.time = START + LAST_ANSWER + 1;
        serviceIn(serviceErrorOf(reason));
        await expect(reconcile(create, ID, context)).rejects.toMatchObject({ name: 'ServiceUnavailable' });
        expect(context.sleeps).toEqual([]);
      });
    },
  );

  test('goes on until then', async () => {
    context.itemOf({ create: cloneEntryOf(cloning) });
    context.time = START + LAST_ANSWER;
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    expect(await reconcile(create, ID, context)).toBeUndefined();
  });

  test('says what was asked, what was said, what may be left, and how to be rid of it', async () => {
    context.itemOf({ create: cloneEntryOf(cloning) });
    context.time = START + LAST_ANSWER + 1;
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    const outcome = reconcile(create, ID, context);
    await expect(outcome).rejects.toThrow(`no usable answer to GetBackend for app ${APP}`);
    await expect(outcome).rejects.toThrow('The service says: "its words". Environment "preview" may remain');
    await expect(outcome).rejects.toThrow(byHand(APP, 'preview'));
  });

  test('counts a Delete from its own beginning', async () => {
    const begunAt = START + 100 * MINUTE;
    context.itemOf({ create: cloneEntryOf(removing), delete: followUpEntryOf({ begunAt }) });
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    context.time = begunAt + LAST_ANSWER;
    expect(await reconcile(deletionOf(ID), ID, context)).toBeUndefined();
    context.time += 1;
    await expect(reconcile(deletionOf(ID), ID, context)).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      message: expect.stringContaining('Environment "preview" may remain'),
    });
  });

  test('gives up a Delete that cleans up after a cancelled Create, and names what that has begun last', async () => {
    context.itemOf({
      old: cloneEntryOf(cloning, { environmentName: 'old' }),
      create: cloneEntryOf(removing, { begunAt: START + 100 * MINUTE }),
      delete: followUpEntryOf({
        begunAt: START + 100 * MINUTE,
        cancellation: { replaces: undefined, found: 'create' },
      }),
    });
    context.time = START + 100 * MINUTE + LAST_ANSWER + 1;
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    const outcome = reconcile(deletionOf(MADE_UP_ID), MADE_UP_ID, context);
    await expect(outcome).rejects.toThrow('The service says: "its words". Environment "preview" may remain');
  });

  test('names what its own id holds before what a later request has begun', async () => {
    const begunAt = START + 100 * MINUTE;
    context.itemOf({
      create: cloneEntryOf(removing),
      later: cloneEntryOf(cloning, { environmentName: 'later', begunAt }),
      delete: followUpEntryOf({ begunAt }),
    });
    context.time = begunAt + LAST_ANSWER + 1;
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    await expect(reconcile(deletionOf(ID), ID, context)).rejects.toThrow('Environment "preview" may remain');
  });

  test('names the environment to which an Update returns: CloudFormation does not delete it then', async () => {
    const returned = { by: 'update', from: 'next' };
    context.itemOf({ create: cloneEntryOf(created, { returned }), update: followUpEntryOf({ begunAt: START }) });
    context.time = START + LAST_ANSWER + 1;
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    const back = formatPhysicalId({ holds: held, replaces: next });
    const outcome = reconcile(updateOf({ physicalId: back, oldPhysicalId: NEXT_ID }), back, context);
    await expect(outcome).rejects.toThrow('The service says: "its words". Environment "preview" may remain');
  });

  const output = { category: 'auth', resource: undefined, name: 'UserPoolId' };

  test.each<[string, Stage, Partial<Properties>]>([
    ['was there before, and is to be adopted', { at: 'examining' }, { existing: 'ADOPT' }],
    ['was adopted', { at: 'adopted' }, { existing: 'ADOPT', outputs: [output] }],
    ['is made', created, { outputs: [output] }],
  ])('does not advise to delete what %s', async (_, stage, changes) => {
    context.itemOf({ create: cloneEntryOf(stage) });
    context.time = START + LAST_ANSWER + 1;
    context.onCall = (operation) => {
      if (operation !== 'environmentNames') throw serviceErrorOf('UNAVAILABLE');
    };
    const outcome = reconcile({ ...create, properties: { ...create.properties, ...changes } }, ID, context);
    await expect(outcome).rejects.toMatchObject({ name: 'ServiceUnavailable' });
    await expect(outcome).rejects.not.toThrow('may remain');
  });

  test('says why its clone failed, and what may remain, where the removal of the remains gets no answer', async () => {
    const failure = { name: 'CloneFailed', text: 'It failed.' };
    context.itemOf({ create: cloneEntryOf({ ...removing, failure }) });
    context.time = START + LAST_ANSWER;
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    expect(await reconcile(create, ID, context)).toBeUndefined();
    context.time += 1;
    const outcome = reconcile(create, ID, context);
    await expect(outcome).rejects.toMatchObject({
      name: 'CloneFailed',
      text: expect.stringMatching(/^It failed\. Environment "preview" may remain.*"its words"/),
    });
    await expect(outcome).rejects.toThrow(byHand(APP, 'preview'));
  });

  test('does not give up for the ledger’s sake before its entry is read: that may say that all is done', async () => {
    context.itemOf({ create: cloneEntryOf(created) });
    context.time = START + LAST_ANSWER + 1;
    ledgerIn(ledgerErrorOf('UNAVAILABLE'));
    expect(await reconcile(create, ID, context)).toBeUndefined();
    context.table.beforeRead = () => {};
    expect(await reconcile(create, ID, context)).toMatchObject({ physicalId: ID });
  });

  test('has what it failed with for its reason, where it has failed before', async () => {
    const failure = { name: 'CloneFailed', text: 'It failed.' };
    context.itemOf({ create: cloneEntryOf({ at: 'nothing', failure }) });
    context.time = START + LAST_ANSWER + 1;
    await expect(reconcile(create, ID, context)).rejects.toMatchObject({ name: 'CloneFailed', text: 'It failed.' });
  });
});
