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
  nothing,
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
const STEPS_BY_HAND = byHand({ appId: APP, environmentName: 'preview' }).replace('To delete it by hand, ', '');

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

describe('assignPhysicalId', () => {
  test('gives a Create an ID of its environment and request, the same each time, and starts nothing', async () => {
    const id = `amplify-clone:v1:${APP}/preview;source=dev;request=create`;
    expect(await assignPhysicalId(create, context)).toBe(id);
    expect(await assignPhysicalId(create, context)).toBe(id);
    expect(context.changes).toEqual([]);
    expect(context.table.writes).toBe(0);
  });

  test('does not mark a Create with ADOPT as adopted, since that is not known yet', async () => {
    expect(await assignPhysicalId({ ...create, properties: { ...properties, existing: 'ADOPT' } }, context)).toBe(ID);
  });

  test.each([ID, NEXT_ID, MADE_UP_ID])('returns the ID of a Delete unchanged: %s', async (id) => {
    expect(await assignPhysicalId(deletionOf(id), context)).toBe(id);
  });

  test('fails with NotOurs for an Update of a physical ID of another handler', async () => {
    await expect(assignPhysicalId(updateOf({ physicalId: MADE_UP_ID }), context)).rejects.toMatchObject({
      name: 'NotOurs',
      message: expect.stringContaining(MADE_UP_ID),
    });
  });

  test.each<[string, Partial<UpdateRequest>]>([
    ['with the same properties', {}],
    [
      'of its outputs',
      { properties: { ...properties, outputs: [{ category: 'auth', resource: undefined, name: 'x' }] } },
    ],
    ['to another source, which is refused later', { properties: { ...properties, sourceName: 'prod' } }],
    ['back from a failed update to another environment', { oldProperties: { ...properties, targetName: 'next' } }],
    [
      'of an environment that has replaced another one',
      { physicalId: NEXT_ID, properties: { ...properties, targetName: 'next' } },
    ],
  ])('returns the ID of an Update unchanged %s', async (_, changes) => {
    const update = updateOf(changes);
    expect(await assignPhysicalId(update, context)).toBe(update.physicalId);
  });

  test.each<[string, Partial<Properties>, string]>([
    ['target', { targetName: 'next' }, `${APP}/next`],
    ['app', { appId: 'd9' }, 'd9/preview'],
  ])('gives an Update to another %s a new ID, with the environment that it replaces', async (_, changes, named) => {
    const update = updateOf({ properties: { ...properties, ...changes } });
    expect(await assignPhysicalId(update, context)).toBe(
      `amplify-clone:v1:${named};source=dev;request=update;replaces=${APP}/preview;source=dev;request=create`,
    );
  });

  test('gives an Update to a third environment an ID that replaces the second one only', async () => {
    const update = updateOf({ id: 'third', physicalId: NEXT_ID, properties: { ...properties, targetName: 'third' } });
    const third = { ...held, environmentName: 'third', requestId: 'third' };
    expect(await assignPhysicalId(update, context)).toBe(formatPhysicalId({ holds: third, replaces: next }));
  });

  describe('for an Update back to the replaced environment', () => {
    const back = updateOf({ id: 'back', physicalId: NEXT_ID, oldProperties: { ...properties, targetName: 'next' } });
    const returned = formatPhysicalId({ holds: { ...held, returnedBy: 'back' }, replaces: next });
    const again = formatPhysicalId({ holds: { ...held, requestId: 'back' }, replaces: next });

    beforeEach(() => {
      context.names = new Set(['dev', 'preview', 'next']);
      context.itemOf({ create: cloneEntryOf(created) });
    });

    test('returns to that environment', async () => {
      expect(await assignPhysicalId(back, context)).toBe(returned);
    });

    test('keeps the mark that it was adopted', async () => {
      const adopted = { ...held, adopted: true };
      const physicalId = formatPhysicalId({ holds: next, replaces: adopted });
      expect(await assignPhysicalId({ ...back, physicalId }, context)).toBe(
        formatPhysicalId({ holds: { ...adopted, returnedBy: 'back' }, replaces: next }),
      );
    });

    test('replaces the ID of an earlier update back to that environment', async () => {
      const physicalId = formatPhysicalId({ holds: next, replaces: { ...held, returnedBy: 'earlier' } });
      expect(await assignPhysicalId({ ...back, physicalId }, context)).toBe(returned);
    });

    test.each<[string, Stage, Partial<HeldEnvironment>]>([
      ['has created nothing', nothing, {}],
      ['removes what it has created', removing, {}],
      ['went back to an environment, and has not completed', created, { returnedBy: 'undone' }],
    ])(
      'has its former ID if the update that it undoes %s, since the resource has kept it',
      async (_, stage, undone) => {
        const former = { ...held, returnedBy: 'earlier' };
        const left = { ...next, ...undone };
        context.itemOf({
          create: cloneEntryOf(created, { returnedBy: 'earlier' }),
          update: cloneEntryOf(stage, { environmentName: 'next', replaces: 'create' }),
        });
        const physicalId = formatPhysicalId({ holds: left, replaces: former });
        expect(await assignPhysicalId({ ...back, physicalId }, context)).toBe(
          formatPhysicalId({ holds: former, replaces: left }),
        );
      },
    );

    test('returns to an environment that the ledger does not have', async () => {
      context.itemOf({});
      expect(await assignPhysicalId(back, context)).toBe(returned);
    });

    test('reads the item of the resource', async () => {
      const asked: string[] = [];
      context.table.beforeRead = (item) => asked.push(item);
      await assignPhysicalId(back, context);
      expect(asked).toEqual([RESOURCE]);
    });

    test('creates a new clone if the environment was removed, according to the ledger', async () => {
      context.itemOf({ create: cloneEntryOf({ at: 'nothing', failure: undefined }) });
      expect(await assignPhysicalId(back, context)).toBe(again);
    });

    test.each<[string, Partial<Removing>]>([
      ['DeleteBackend was called', { deletion: { calledAt: START, jobId: 'deletion' } }],
      ['each deletion failed', { failedDeletions: ['a bucket is not empty', 'a bucket is not empty'] }],
      ['the remains of a failed clone were not deleted', { ended: 'FAILED' }],
    ])('creates a new clone if %s', async (_, removal) => {
      context.itemOf({ create: cloneEntryOf(removingOf(removal)) });
      expect(await assignPhysicalId(back, context)).toBe(again);
    });

    test('returns to the environment if the ledger does not answer, since the Update is most often a rollback', async () => {
      ledgerIn(ledgerErrorOf('UNAVAILABLE'));
      expect(await assignPhysicalId(back, context)).toBe(returned);
    });

    test('fails with AccessDenied if the role may not read the ledger', async () => {
      ledgerIn(ledgerErrorOf('DENIED'));
      await expect(assignPhysicalId(back, context)).rejects.toMatchObject({ name: 'AccessDenied' });
    });

    test('does not call the service', async () => {
      context.onCall = () => {
        throw new Error('a call');
      };
      expect(await assignPhysicalId(back, context)).toBe(returned);
    });

    test.each([
      ['target', { targetName: 'other' }],
      ['app', { appId: 'd9' }],
    ])('is a replacement if the %s differs', async (_, changes) => {
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

describe('reconcile', () => {
  test('starts the clone of a Create, which is not complete yet', async () => {
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.changes).toEqual(['CloneBackend dev preview']);
    expect(context.table.entries).toMatchObject({ create: { stage: { at: 'cloning' } } });
  });

  test('reads the item of the resource', async () => {
    const asked: string[] = [];
    context.table.beforeRead = (item) => asked.push(item);
    await reconcile(create, ID, context);
    expect(new Set(asked)).toEqual(new Set([RESOURCE]));
  });

  test('completes a Create whose clone is complete, with its physical ID', async () => {
    context.itemOf({ create: cloneEntryOf(created) });
    expect(await reconcile(create, ID, context)).toEqual({
      physicalId: ID,
      attributes: { EnvironmentName: 'preview', JobId: 'ours' },
    });
  });

  test('marks an adopted environment in the physical ID', async () => {
    context.names = new Set(['dev', 'preview']);
    context.itemOf({ create: cloneEntryOf({ at: 'adopted' }) });
    expect(await reconcile({ ...create, properties: { ...properties, existing: 'ADOPT' } }, ID, context)).toEqual({
      physicalId: `${ID};adopted`,
      attributes: { EnvironmentName: 'preview', JobId: '' },
    });
  });

  describe('for an Update', () => {
    const toNext = updateOf({ properties: { ...properties, targetName: 'next' } });

    beforeEach(() => {
      context.names = new Set(['dev', 'preview']);
      context.itemOf({ create: cloneEntryOf(created, { confirmed: true }) });
    });

    test('to another environment starts a clone', async () => {
      expect(await reconcile(toNext, NEXT_ID, context)).toBeUndefined();
      expect(context.changes).toEqual(['CloneBackend dev next']);
    });

    test('to another environment whose clone is complete returns the ID with the replaced environment', async () => {
      context.itemOf({ update: cloneEntryOf(created, { environmentName: 'next', replaces: 'create' }) });
      expect(await reconcile(toNext, NEXT_ID, context)).toEqual({
        physicalId: NEXT_ID,
        attributes: { EnvironmentName: 'next', JobId: 'ours' },
      });
    });

    test('of the same environment returns the same ID, and creates nothing', async () => {
      expect(await reconcile(updateOf(), ID, context)).toEqual({
        physicalId: ID,
        attributes: { EnvironmentName: 'preview', JobId: 'ours' },
      });
      expect(context.changes).toEqual([]);
    });

    test('of the same environment waits for outputs that are not visible yet', async () => {
      const missing = { category: 'auth', resource: 'pool', name: 'UserPoolId' };
      expect(
        await reconcile(updateOf({ properties: { ...properties, outputs: [missing] } }), ID, context),
      ).toBeUndefined();
    });
  });

  test('deletes the environment of a Delete, is incomplete until then, and returns no attributes', async () => {
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
  ])('does nothing for %s with a physical ID that assignPhysicalId cannot have returned', async (_, request) => {
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
    'by %s is retried every five seconds for one minute, since a new policy may not be effective yet',
    async (_, arrange, serviceError) => {
      arrange(serviceError, START + 65 * SECOND);
      expect(await reconcile(create, ID, context)).toBeUndefined();
      expect(context.sleeps).toEqual(Array(13).fill(5 * SECOND));
      expect(context.changes).toEqual(['CloneBackend dev preview']);
    },
  );

  test('by the service for more than a minute fails with AccessDenied, and names role and action', async () => {
    serviceIn(serviceErrorOf('DENIED'));
    await expect(reconcile(create, ID, context)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        'The role of Lambda function Handler may not call amplifybackend:GetBackend. The service says: "its words"',
      ),
    });
    expect(context.time - START).toBe(65 * SECOND);
  });

  test('by the ledger for more than a minute fails with AccessDenied, and names the action', async () => {
    ledgerIn(ledgerErrorOf('DENIED'));
    await expect(reconcile(create, ID, context)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('may not call dynamodb:GetItem.'),
    });
  });

  test('is retried for a minute from the start of the invocation, however old the request is', async () => {
    context.itemOf({ create: cloneEntryOf(cloning) });
    context.time = START + 30 * MINUTE;
    serviceIn(serviceErrorOf('DENIED'), context.time + 30 * SECOND);
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.sleeps).toHaveLength(6);
  });

  test('in a Delete without any app fails, too', async () => {
    ledgerIn(ledgerErrorOf('DENIED'));
    const deletion = deletionOf(MADE_UP_ID, { properties: undefined });
    await expect(reconcile(deletion, MADE_UP_ID, context)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  // CloudFormation does not ask again in the cleanup of a rollback: then the message is all that people have.
  test.each<[string, Partial<DeleteRequest>, string]>([
    ['the physical ID', { physicalId: NEXT_ID }, `--app-id ${APP} --environment-name ${next.environmentName}"`],
    [
      'the properties, if CloudFormation generated the physical ID',
      { physicalId: MADE_UP_ID },
      `--environment-name ${properties.targetName}"`,
    ],
  ])('by the ledger in a Delete fails with the environment that may remain, from %s', async (_, changes, command) => {
    ledgerIn(ledgerErrorOf('DENIED'));
    const deletion = deletionOf(ID, changes);
    await expect(reconcile(deletion, deletion.physicalId, context)).rejects.toThrow(command);
  });

  // A rollback that fails is not tried again where the stack is deleted: nothing else names what the failed update has made.
  test('by the ledger in a rollback fails with the environment that the failed Update may have left', async () => {
    ledgerIn(ledgerErrorOf('DENIED'));
    const update = updateOf({ oldProperties: { ...properties, targetName: 'next' } });
    await expect(reconcile(update, ID, context)).rejects.toThrow(`--app-id ${APP} --environment-name next"`);
  });

  test.each<[string, UpdateRequest]>([
    ['keeps its environment', updateOf()],
    ['replaces its environment', updateOf({ properties: { ...properties, targetName: 'next' } })],
  ])('by the ledger in an Update that %s names no environment that may remain', async (_, update) => {
    ledgerIn(ledgerErrorOf('DENIED'));
    const outcome = reconcile(update, ID, context);
    await expect(outcome).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(outcome).rejects.not.toThrow('may remain');
  });

  test('by the ledger in a Delete of an adopted environment names no environment that may remain', async () => {
    ledgerIn(ledgerErrorOf('DENIED'));
    const id = formatPhysicalId({ holds: { ...held, adopted: true }, replaces: undefined });
    const outcome = reconcile(deletionOf(id), id, context);
    await expect(outcome).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(outcome).rejects.not.toThrow('may remain');
  });
});

describe('a call that is throttled', () => {
  test('by the service is retried after pauses that grow up to a limit', async () => {
    serviceIn(serviceErrorOf('THROTTLED'), START + 29 * SECOND);
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.sleeps).toEqual([1.5, 2, 3, 5, 6, 6, 6].map((seconds) => seconds * SECOND));
    expect(context.changes).toEqual(['CloneBackend dev preview']);
  });

  test.each([
    [0, 3, [1, 1, 1]],
    [0.75, 5, [1.75, 2.5, 4]],
  ])(
    'is retried at a random time within its pause, so that handlers do not retry at once (%d)',
    async (drawn, end, seconds) => {
      context.clock.random = () => drawn;
      serviceIn(serviceErrorOf('THROTTLED'), START + end * SECOND);
      await reconcile(create, ID, context);
      expect(context.sleeps).toEqual(seconds.map((each) => each * SECOND));
    },
  );

  test('is retried as long as the invocation has time for the pause', async () => {
    serviceIn(serviceErrorOf('THROTTLED'));
    context.deadline = START + 3500;
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.sleeps).toEqual([1500, 2000]);
  });

  test('is left to the next poll if the pause is longer than the remaining time', async () => {
    serviceIn(serviceErrorOf('THROTTLED'));
    context.deadline = START + 3499;
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.sleeps).toEqual([1500]);
  });
});

describe('a call that is rejected', () => {
  test('by the ledger fails with LedgerUnusable: the table does not exist, or is another one', async () => {
    ledgerIn(ledgerErrorOf('REJECTED'));
    await expect(reconcile(create, ID, context)).rejects.toMatchObject({
      name: 'LedgerUnusable',
      message: expect.stringContaining('DynamoDB says to GetItem: "its words"'),
    });
    expect(context.changes).toEqual([]);
  });

  test('by the ledger in a Delete fails with the environment that may remain', async () => {
    ledgerIn(ledgerErrorOf('REJECTED'));
    await expect(reconcile(deletionOf(ID), ID, context)).rejects.toThrow(`--environment-name ${held.environmentName}"`);
  });

  test('by the service is left to the next poll', async () => {
    serviceIn(serviceErrorOf('REJECTED'));
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.sleeps).toEqual([]);
  });
});

test('a call that a pending job prevents is left to the next poll', async () => {
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
  ])(
    'fails %s at once in a Region without AmplifyBackend, and lists the Regions that have it',
    async (_, request, id) => {
      await expect(reconcile(request, id, context)).rejects.toMatchObject({
        name: 'RegionNotSupported',
        text: expect.stringMatching(
          /no endpoint in Region af-south-1\. Nothing was changed\. .*: ap-northeast-1, .*us-west-2\.$/,
        ),
      });
      expect(context.sleeps).toEqual([]);
      expect(context.changes).toEqual([]);
    },
  );

  test('is left to the next poll in a Region with AmplifyBackend, since the name server fails', async () => {
    expect(await reconcile(create, ID, context)).toBeUndefined();
    expect(context.sleeps).toEqual([]);
  });

  test('is left to the next poll in a Delete, in any Region', async () => {
    const others = context.table.others;
    others.set(`${elsewhere.stackId}|${elsewhere.logicalId}`, {
      version: 1,
      text: JSON.stringify({ create: cloneEntryOf(created) }),
    });
    expect(await reconcile({ ...deletionOf(ID), resource: elsewhere }, ID, context)).toBeUndefined();
    expect(context.sleeps).toEqual([]);
  });
});

test('a call that the service does not answer is left to the next poll', async () => {
  serviceIn(serviceErrorOf('UNAVAILABLE'));
  expect(await reconcile(create, ID, context)).toBeUndefined();
  expect(context.sleeps).toEqual([]);
  expect(context.changes).toEqual([]);
});

test('a ledger that does not answer is left to the next poll, since the framework limits the number of polls', async () => {
  ledgerIn(ledgerErrorOf('UNAVAILABLE'));
  expect(await reconcile(create, ID, context)).toBeUndefined();
  expect(context.sleeps).toEqual([]);
});

test('the next poll writes an entry that could not be written, however late it is', async () => {
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

test('each call without a usable answer is logged, with the operation and the service’s words', async () => {
  serviceIn(serviceErrorOf('THROTTLED'), START + 3 * SECOND);
  await reconcile(create, ID, context);
  const line = {
    message: 'the service gave no usable answer',
    details: { operation: 'GetBackend', words: 'its words' },
  };
  expect(context.logged).toEqual([line, line]);
});

test('a bug in the handler fails the request at once', async () => {
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
      test('fails once the last answer to CloudFormation is due', async () => {
        context.itemOf({ create: cloneEntryOf(cloning) });
        context.time = START + LAST_ANSWER + 1;
        serviceIn(serviceErrorOf(reason));
        await expect(reconcile(create, ID, context)).rejects.toMatchObject({ name: 'ServiceUnavailable' });
        expect(context.sleeps).toEqual([]);
      });
    },
  );

  test('continues until then', async () => {
    context.itemOf({ create: cloneEntryOf(cloning) });
    context.time = START + LAST_ANSWER;
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    expect(await reconcile(create, ID, context)).toBeUndefined();
  });

  test('fails with the operation, the service’s words, the environment that may remain, and how to delete it', async () => {
    context.itemOf({ create: cloneEntryOf(cloning) });
    context.time = START + LAST_ANSWER + 1;
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    const outcome = reconcile(create, ID, context);
    await expect(outcome).rejects.toThrow('no usable answer to GetBackend for as long');
    await expect(outcome).rejects.toThrow(
      `The service says: "its words". Environment "preview" of app ${APP} may remain. If this resource created it`,
    );
    await expect(outcome).rejects.toThrow(STEPS_BY_HAND);
  });

  test('is timed from the start of the Delete, if it is one', async () => {
    const begunAt = START + 100 * MINUTE;
    context.itemOf({ create: cloneEntryOf(removing), delete: followUpEntryOf({ begunAt }) });
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    context.time = begunAt + LAST_ANSWER;
    expect(await reconcile(deletionOf(ID), ID, context)).toBeUndefined();
    context.time += 1;
    await expect(reconcile(deletionOf(ID), ID, context)).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      message: expect.stringContaining(`Environment "preview" of app ${APP} may remain`),
    });
  });

  test('names the environment of the cancelled Create, if it is the Delete that follows', async () => {
    context.itemOf({
      create: cloneEntryOf(removing, { begunAt: START + 100 * MINUTE }),
      delete: followUpEntryOf({
        begunAt: START + 100 * MINUTE,
        cancellation: { replaces: undefined, found: 'create' },
      }),
    });
    context.time = START + 100 * MINUTE + LAST_ANSWER + 1;
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    const outcome = reconcile(deletionOf(MADE_UP_ID), MADE_UP_ID, context);
    await expect(outcome).rejects.toThrow(
      `The service says: "its words". Environment "preview" of app ${APP} may remain. If this resource created it`,
    );
  });

  test('names the environment of its own physical ID, not that of a later request', async () => {
    const begunAt = START + 100 * MINUTE;
    context.itemOf({
      create: cloneEntryOf(removing),
      later: cloneEntryOf(cloning, { environmentName: 'later', begunAt }),
      delete: followUpEntryOf({ begunAt }),
    });
    context.time = begunAt + LAST_ANSWER + 1;
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    await expect(reconcile(deletionOf(ID), ID, context)).rejects.toThrow(
      `Environment "preview" of app ${APP} may remain`,
    );
  });

  test('names the environment that an Update returns to, since CloudFormation does not delete it', async () => {
    context.itemOf({ create: cloneEntryOf(created), update: followUpEntryOf({ begunAt: START }) });
    context.time = START + LAST_ANSWER + 1;
    serviceIn(serviceErrorOf('UNAVAILABLE'));
    const back = formatPhysicalId({ holds: { ...held, returnedBy: 'update' }, replaces: next });
    const outcome = reconcile(updateOf({ physicalId: back, oldPhysicalId: NEXT_ID }), back, context);
    await expect(outcome).rejects.toThrow(
      `The service says: "its words". Environment "preview" of app ${APP} may remain. If this resource created it`,
    );
  });

  const output = { category: 'auth', resource: undefined, name: 'UserPoolId' };

  test.each<[string, Stage, Partial<Properties>]>([
    ['existed before, and can be adopted', { at: 'examining' }, { existing: 'ADOPT' }],
    ['was adopted', { at: 'adopted' }, { existing: 'ADOPT', outputs: [output] }],
    ['is complete', created, { outputs: [output] }],
  ])('does not advise to delete an environment that %s', async (_, stage, changes) => {
    context.itemOf({ create: cloneEntryOf(stage) });
    context.time = START + LAST_ANSWER + 1;
    context.onCall = (operation) => {
      if (operation !== 'environmentNames') throw serviceErrorOf('UNAVAILABLE');
    };
    const outcome = reconcile({ ...create, properties: { ...create.properties, ...changes } }, ID, context);
    await expect(outcome).rejects.toMatchObject({ name: 'ServiceUnavailable' });
    await expect(outcome).rejects.not.toThrow('may remain');
  });

  test('fails with the reason of its failed clone, and with the environment that may remain', async () => {
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
    await expect(outcome).rejects.toThrow(byHand({ appId: APP, environmentName: 'preview' }));
  });

  test('does not fail while the ledger cannot be read, since its entry may be complete', async () => {
    context.itemOf({ create: cloneEntryOf(created) });
    context.time = START + LAST_ANSWER + 1;
    ledgerIn(ledgerErrorOf('UNAVAILABLE'));
    expect(await reconcile(create, ID, context)).toBeUndefined();
    context.table.beforeRead = () => {};
    expect(await reconcile(create, ID, context)).toMatchObject({ physicalId: ID });
  });

  test('fails with the recorded reason if it has failed before', async () => {
    const failure = { name: 'CloneFailed', text: 'It failed.' };
    context.itemOf({ create: cloneEntryOf({ at: 'nothing', failure }) });
    context.time = START + LAST_ANSWER + 1;
    await expect(reconcile(create, ID, context)).rejects.toMatchObject({ name: 'CloneFailed', text: 'It failed.' });
  });
});
