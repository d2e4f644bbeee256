import { ServiceTrouble, type TroubleCause } from '../../lambda/backend-service';
import { begin, poll } from '../../lambda/clone-lifecycle';
import { byHand } from '../../lambda/errors';
import type { Stage } from '../../lambda/ledger';
import { formatPhysicalId, type Holding } from '../../lambda/physical-id';
import type { CreateRequest, DeleteRequest, UpdateRequest, Wanted } from '../../lambda/request';
import {
  APP,
  cloneEntryOf,
  cloning,
  holdingOf,
  jobOf,
  MINUTE,
  made,
  RESOURCE,
  removingOf,
  resource,
  SECOND,
  START,
  visitEntryOf,
  WorldUnderTest,
  wanted,
} from './world-under-test';

const LAST_ANSWER = 54 * MINUTE;

const holding = holdingOf('create');
const next: Holding = { ...holding, environmentName: 'next', requestId: 'update' };
const ID = formatPhysicalId({ holds: holding, replaces: undefined });
/** Of the update that has replaced `preview` with `next`. */
const NEXT_ID = formatPhysicalId({ holds: next, replaces: holding });
const MADE_UP_ID = 'S-Clone-1A2B3C4D5E6F';

const create: CreateRequest = { type: 'Create', id: 'create', resource, wanted };
const updateOf = (changes: Partial<UpdateRequest> = {}): UpdateRequest => ({
  type: 'Update',
  id: 'update',
  resource,
  physicalId: ID,
  formerPhysicalId: undefined,
  wanted,
  former: wanted,
  ...changes,
});
const deletionOf = (physicalId: string, changes: Partial<DeleteRequest> = {}): DeleteRequest => ({
  type: 'Delete',
  id: 'delete',
  resource,
  physicalId,
  wanted,
  ...changes,
});

const removing = removingOf();

const troubleOf = (reason: TroubleCause): ServiceTrouble => new ServiceTrouble(reason, 'GetBackend', 'its words');
const ledgerTroubleOf = (reason: TroubleCause): ServiceTrouble =>
  new ServiceTrouble(reason, 'GetItem', 'its words', 'dynamodb');

let world: WorldUnderTest;
beforeEach(() => {
  world = new WorldUnderTest();
  world.names = new Set(['dev']);
});

/** The service is in trouble until that time. */
function serviceIn(trouble: ServiceTrouble, until = Number.POSITIVE_INFINITY): void {
  world.onCall = () => {
    if (world.time < until) throw trouble;
  };
}

function ledgerIn(trouble: ServiceTrouble, until = Number.POSITIVE_INFINITY): void {
  world.table.beforeRead = () => {
    if (world.time < until) throw trouble;
  };
}

describe('begin', () => {
  test('names a Create by what it is to make and by its request, each time alike, and begins nothing', async () => {
    const id = `amplify-clone:v1:${APP}/preview;source=dev;request=create`;
    expect(await begin(create, world)).toBe(id);
    expect(await begin(create, world)).toBe(id);
    expect(world.changes).toEqual([]);
    expect(world.table.writes).toBe(0);
  });

  test('says of no Create that it adopts: whether it does is known when it has', async () => {
    expect(await begin({ ...create, wanted: { ...wanted, existing: 'ADOPT' } }, world)).toBe(ID);
  });

  test.each([ID, NEXT_ID, MADE_UP_ID])('leaves the id to a Delete, whatever it is: %s', async (id) => {
    expect(await begin(deletionOf(id), world)).toBe(id);
  });

  test('refuses an Update of a resource that is not ours', async () => {
    await expect(begin(updateOf({ physicalId: MADE_UP_ID }), world)).rejects.toMatchObject({
      name: 'NotOurs',
      message: expect.stringContaining(MADE_UP_ID),
    });
  });

  test.each<[string, Partial<UpdateRequest>]>([
    ['with the same properties', {}],
    ['of the outputs', { wanted: { ...wanted, outputs: [{ category: 'auth', resource: undefined, name: 'x' }] } }],
    ['to another source, which is refused later', { wanted: { ...wanted, sourceName: 'prod' } }],
    ['back from an update to another environment that failed', { former: { ...wanted, targetName: 'next' } }],
    ['of what has replaced another', { physicalId: NEXT_ID, wanted: { ...wanted, targetName: 'next' } }],
  ])('leaves its id to an Update %s', async (_, changes) => {
    const update = updateOf(changes);
    expect(await begin(update, world)).toBe(update.physicalId);
  });

  test.each<[string, Partial<Wanted>, string]>([
    ['target', { targetName: 'next' }, `${APP}/next`],
    ['app', { appId: 'd9' }, 'd9/preview'],
  ])('gives an Update to another %s an id of its own, which says what it replaces', async (_, changes, named) => {
    const update = updateOf({ wanted: { ...wanted, ...changes } });
    expect(await begin(update, world)).toBe(
      `amplify-clone:v1:${named};source=dev;request=update;replaces=${APP}/preview;source=dev;request=create`,
    );
  });

  test('lets an Update to a third environment replace the second one, and forget the first', async () => {
    const update = updateOf({ id: 'third', physicalId: NEXT_ID, wanted: { ...wanted, targetName: 'third' } });
    const third = { ...holding, environmentName: 'third', requestId: 'third' };
    expect(await begin(update, world)).toBe(formatPhysicalId({ holds: third, replaces: next }));
  });

  describe('of an Update back to what was replaced', () => {
    const back = updateOf({ id: 'back', physicalId: NEXT_ID, former: { ...wanted, targetName: 'next' } });
    const returned = formatPhysicalId({ holds: holding, replaces: next });
    const again = formatPhysicalId({ holds: { ...holding, requestId: 'back' }, replaces: next });

    beforeEach(() => {
      world.names = new Set(['dev', 'preview', 'next']);
      world.pageOf({ create: cloneEntryOf(made) });
    });

    test('goes back to that, because it is there', async () => {
      expect(await begin(back, world)).toBe(returned);
    });

    test('does not forget that it was adopted', async () => {
      const adopted = { ...holding, adopted: true };
      const physicalId = formatPhysicalId({ holds: next, replaces: adopted });
      expect(await begin({ ...back, physicalId }, world)).toBe(formatPhysicalId({ holds: adopted, replaces: next }));
    });

    test('goes back to what the ledger does not know', async () => {
      world.pageOf({});
      expect(await begin(back, world)).toBe(returned);
    });

    test('asks the ledger for the page of the resource', async () => {
      const asked: string[] = [];
      world.table.beforeRead = (page) => asked.push(page);
      await begin(back, world);
      expect(asked).toEqual([RESOURCE]);
    });

    test('is for a clone of its own where the ledger says that nothing is left of it, though it is still listed', async () => {
      world.pageOf({ create: cloneEntryOf({ at: 'nothing', failure: undefined }) });
      expect(await begin(back, world)).toBe(again);
    });

    test('is for a clone of its own where it is not listed any more', async () => {
      world.names = new Set(['dev', 'next']);
      expect(await begin(back, world)).toBe(again);
    });

    test('goes back where the app cannot be looked at, since that says nothing of the environment', async () => {
      world.names = 'APP_NOT_FOUND';
      expect(await begin(back, world)).toBe(returned);
    });

    test.each([
      ['the service', () => serviceIn(troubleOf('UNAVAILABLE'))],
      ['the ledger', () => ledgerIn(ledgerTroubleOf('UNAVAILABLE'))],
    ])('goes back where %s cannot be asked, since most often it is a rollback', async (_, arrange) => {
      arrange();
      expect(await begin(back, world)).toBe(returned);
    });

    test('asks again where an answer is lost: no later look can ask that', async () => {
      world.names = new Set(['dev', 'next']);
      serviceIn(troubleOf('UNAVAILABLE'), START + 3 * SECOND);
      expect(await begin(back, world)).toBe(again);
    });

    test('fails where the role may not look', async () => {
      serviceIn(troubleOf('DENIED'));
      await expect(begin(back, world)).rejects.toMatchObject({ name: 'AccessDenied' });
    });

    test.each([
      ['target', { targetName: 'other' }],
      ['app', { appId: 'd9' }],
    ])('is none where the %s is another', async (_, changes) => {
      const update = { ...back, wanted: { ...wanted, ...changes } };
      const holds = {
        ...holding,
        appId: update.wanted.appId,
        environmentName: update.wanted.targetName,
        requestId: 'back',
      };
      expect(await begin(update, world)).toBe(formatPhysicalId({ holds, replaces: next }));
    });
  });
});

describe('poll', () => {
  test('begins the clone of a Create, and has no answer yet', async () => {
    expect(await poll(create, ID, world)).toBeUndefined();
    expect(world.changes).toEqual(['CloneBackend dev preview']);
    expect(world.table.entries).toMatchObject({ create: { stage: { at: 'cloning' } } });
  });

  test('asks the ledger for the page of the resource', async () => {
    const asked: string[] = [];
    world.table.beforeRead = (page) => asked.push(page);
    await poll(create, ID, world);
    expect(new Set(asked)).toEqual(new Set([RESOURCE]));
  });

  test('answers a Create that has made its environment, with the id that it has', async () => {
    world.pageOf({ create: cloneEntryOf(made) });
    expect(await poll(create, ID, world)).toEqual({
      physicalId: ID,
      attributes: { EnvironmentName: 'preview', JobId: 'ours' },
    });
  });

  test('says in the id that an environment was adopted, for people to read', async () => {
    world.names = new Set(['dev', 'preview']);
    world.pageOf({ create: cloneEntryOf({ at: 'adopted' }) });
    expect(await poll({ ...create, wanted: { ...wanted, existing: 'ADOPT' } }, ID, world)).toEqual({
      physicalId: `${ID};adopted`,
      attributes: { EnvironmentName: 'preview', JobId: '' },
    });
  });

  describe('of an Update', () => {
    const toNext = updateOf({ wanted: { ...wanted, targetName: 'next' } });

    beforeEach(() => {
      world.names = new Set(['dev', 'preview']);
      world.pageOf({ create: cloneEntryOf(made, { known: true }) });
    });

    test('to another environment clones that', async () => {
      expect(await poll(toNext, NEXT_ID, world)).toBeUndefined();
      expect(world.changes).toEqual(['CloneBackend dev next']);
    });

    test('to another environment that has made it still says what it replaces', async () => {
      world.pageOf({ update: cloneEntryOf(made, { environmentName: 'next', replaces: 'create' }) });
      expect(await poll(toNext, NEXT_ID, world)).toEqual({
        physicalId: NEXT_ID,
        attributes: { EnvironmentName: 'next', JobId: 'ours' },
      });
    });

    test('that keeps its environment answers with the same id, and makes nothing', async () => {
      expect(await poll(updateOf(), ID, world)).toEqual({
        physicalId: ID,
        attributes: { EnvironmentName: 'preview', JobId: 'ours' },
      });
      expect(world.changes).toEqual([]);
    });

    test('that keeps its environment waits for outputs that do not show yet', async () => {
      const missing = { category: 'auth', resource: 'pool', name: 'UserPoolId' };
      expect(await poll(updateOf({ wanted: { ...wanted, outputs: [missing] } }), ID, world)).toBeUndefined();
    });
  });

  test('deletes what a Delete names, has no answer while that goes on, and then answers with no attributes', async () => {
    world.names = new Set(['dev', 'preview']);
    world.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    world.pageOf({ create: cloneEntryOf(made) });
    world.time = START + 10 * MINUTE;
    expect(await poll(deletionOf(ID), ID, world)).toBeUndefined();
    expect(world.changes).toEqual(['DeleteBackend preview']);
    world.jobs.set('preview', [
      jobOf('ours', 'COMPLETED'),
      jobOf('removal', 'COMPLETED', { operation: 'DeleteBackend', createdAt: world.time }),
    ]);
    world.names = new Set(['dev']);
    expect(await poll(deletionOf(ID), ID, world)).toEqual({ physicalId: ID, attributes: {} });
  });

  test.each<[string, CreateRequest | UpdateRequest]>([
    ['a Create', create],
    ['an Update', updateOf()],
  ])('does nothing for %s whose id begin cannot have given', async (_, request) => {
    await expect(poll(request, MADE_UP_ID, world)).rejects.toThrow(MADE_UP_ID);
    expect(world.changes).toEqual([]);
    expect(world.table.writes).toBe(0);
  });
});

describe('a call that is denied', () => {
  test.each([
    ['the service', serviceIn, troubleOf('DENIED')],
    ['the ledger', ledgerIn, ledgerTroubleOf('DENIED')],
  ])('by %s is made again, every five seconds, for the minute that a new policy takes', async (_, arrange, trouble) => {
    arrange(trouble, START + 65 * SECOND);
    expect(await poll(create, ID, world)).toBeUndefined();
    expect(world.sleeps).toEqual(Array(13).fill(5 * SECOND));
    expect(world.changes).toEqual(['CloneBackend dev preview']);
  });

  test('for longer than that by the service fails, and says who may not do what, and on what', async () => {
    serviceIn(troubleOf('DENIED'));
    await expect(poll(create, ID, world)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        'The role of Lambda function Handler may not call amplifybackend:GetBackend on ' +
          `arn:aws:amplifybackend:eu-west-1:111122223333:/backend/${APP}/*. The service says: "its words"`,
      ),
    });
    expect(world.time - START).toBe(65 * SECOND);
  });

  test('for longer than that by the ledger fails, and names its table', async () => {
    ledgerIn(ledgerTroubleOf('DENIED'));
    await expect(poll(create, ID, world)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        "dynamodb:GetItem on the provider's table in arn:aws:dynamodb:eu-west-1:111122223333.",
      ),
    });
  });

  test('counts from the first look of this invocation, however old the request is', async () => {
    world.pageOf({ create: cloneEntryOf(cloning) });
    world.time = START + 30 * MINUTE;
    serviceIn(troubleOf('DENIED'), world.time + 30 * SECOND);
    expect(await poll(create, ID, world)).toBeUndefined();
    expect(world.sleeps).toHaveLength(6);
  });

  test('in a Delete whose properties say nothing fails for the app that its id names', async () => {
    world.pageOf({ create: cloneEntryOf(made) });
    serviceIn(troubleOf('DENIED'));
    await expect(poll(deletionOf(ID, { wanted: undefined }), ID, world)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`/backend/${APP}/*`),
    });
  });

  test('in a Delete that names no app at all fails alike', async () => {
    ledgerIn(ledgerTroubleOf('DENIED'));
    const deletion = deletionOf(MADE_UP_ID, { wanted: undefined });
    await expect(poll(deletion, MADE_UP_ID, world)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  // CloudFormation does not ask again in the cleanup of a rollback: then the message is all that people have.
  test.each<[string, Partial<DeleteRequest>, string]>([
    ['its id', { physicalId: NEXT_ID }, `--app-id ${APP} --environment-name ${next.environmentName}"`],
    [
      'its properties, where the id says nothing',
      { physicalId: MADE_UP_ID },
      `--environment-name ${wanted.targetName}"`,
    ],
  ])('by the ledger in a Delete fails with what may be left, by %s', async (_, changes, command) => {
    ledgerIn(ledgerTroubleOf('DENIED'));
    const deletion = deletionOf(ID, changes);
    await expect(poll(deletion, deletion.physicalId, world)).rejects.toThrow(command);
  });

  // A rollback that fails is not tried again where the stack is deleted: nothing else names what the failed update has made.
  test('by the ledger in the Update after one that failed fails with what that one may have left', async () => {
    ledgerIn(ledgerTroubleOf('DENIED'));
    const update = updateOf({ former: { ...wanted, targetName: 'next' } });
    await expect(poll(update, ID, world)).rejects.toThrow(`--app-id ${APP} --environment-name next"`);
  });

  test.each<[string, UpdateRequest]>([
    ['keeps its environment', updateOf()],
    ['is to make another one', updateOf({ wanted: { ...wanted, targetName: 'next' } })],
  ])('by the ledger in an Update that %s names nothing that may be left', async (_, update) => {
    ledgerIn(ledgerTroubleOf('DENIED'));
    const outcome = poll(update, ID, world);
    await expect(outcome).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(outcome).rejects.not.toThrow('may remain');
  });

  test('by the ledger in a Delete of what was adopted leaves nothing that is to be deleted', async () => {
    ledgerIn(ledgerTroubleOf('DENIED'));
    const id = formatPhysicalId({ holds: { ...holding, adopted: true }, replaces: undefined });
    const outcome = poll(deletionOf(id), id, world);
    await expect(outcome).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(outcome).rejects.not.toThrow('may remain');
  });
});

describe('a call that is throttled', () => {
  test('by the service is made again after pauses that grow to a bound', async () => {
    serviceIn(troubleOf('THROTTLED'), START + 29 * SECOND);
    expect(await poll(create, ID, world)).toBeUndefined();
    expect(world.sleeps).toEqual([1.5, 2, 3, 5, 6, 6, 6].map((seconds) => seconds * SECOND));
    expect(world.changes).toEqual(['CloneBackend dev preview']);
  });

  test.each([
    [0, 3, [1, 1, 1]],
    [0.75, 5, [1.75, 2.5, 4]],
  ])('comes back at any time of its pause, so that many do not come back at once (%d)', async (drawn, end, seconds) => {
    world.clock.random = () => drawn;
    serviceIn(troubleOf('THROTTLED'), START + end * SECOND);
    await poll(create, ID, world);
    expect(world.sleeps).toEqual(seconds.map((each) => each * SECOND));
  });

  test('is made again as long as the invocation has time for the pause before it', async () => {
    serviceIn(troubleOf('THROTTLED'));
    world.deadline = START + 3500;
    expect(await poll(create, ID, world)).toBeUndefined();
    expect(world.sleeps).toEqual([1500, 2000]);
  });

  test('is left to the next look where the pause would be longer than that', async () => {
    serviceIn(troubleOf('THROTTLED'));
    world.deadline = START + 3499;
    expect(await poll(create, ID, world)).toBeUndefined();
    expect(world.sleeps).toEqual([1500]);
  });

  test('by the ledger is left to the next look, because the framework counts its looks and not the time', async () => {
    ledgerIn(ledgerTroubleOf('THROTTLED'));
    expect(await poll(create, ID, world)).toBeUndefined();
    expect(world.sleeps).toEqual([]);
  });
});

describe('a call that is rejected', () => {
  test('by the ledger fails the request: the table is not there, or is another one', async () => {
    ledgerIn(ledgerTroubleOf('REJECTED'));
    await expect(poll(create, ID, world)).rejects.toMatchObject({
      name: 'LedgerUnusable',
      message: expect.stringContaining('DynamoDB says to GetItem: "its words"'),
    });
    expect(world.changes).toEqual([]);
  });

  test('by the ledger in a Delete fails with what may be left', async () => {
    ledgerIn(ledgerTroubleOf('REJECTED'));
    await expect(poll(deletionOf(ID), ID, world)).rejects.toThrow(`--environment-name ${holding.environmentName}"`);
  });

  test('by the service is left to the next look', async () => {
    serviceIn(troubleOf('REJECTED'));
    expect(await poll(create, ID, world)).toBeUndefined();
    expect(world.sleeps).toEqual([]);
  });
});

test('a call that has to wait for a pending job is left to the next look', async () => {
  serviceIn(troubleOf('BUSY'));
  expect(await poll(create, ID, world)).toBeUndefined();
  expect(world.sleeps).toEqual([]);
});

describe('a call whose host does not exist', () => {
  const elsewhere = { ...resource, stackId: resource.stackId.replace('eu-west-1', 'af-south-1') };

  beforeEach(() => {
    serviceIn(troubleOf('NO_HOST'));
  });

  test.each<[string, CreateRequest | UpdateRequest, string]>([
    ['a Create', { ...create, resource: elsewhere }, ID],
    ['an Update', { ...updateOf({ wanted: { ...wanted, targetName: 'next' } }), resource: elsewhere }, NEXT_ID],
  ])('fails %s at once in a Region without AmplifyBackend, and names those that have it', async (_, request, id) => {
    await expect(poll(request, id, world)).rejects.toMatchObject({
      name: 'RegionNotSupported',
      text: expect.stringMatching(
        /no endpoint in Region af-south-1\. Nothing was changed\. .*: ap-northeast-1, .*us-west-2\.$/,
      ),
    });
    expect(world.sleeps).toEqual([]);
    expect(world.changes).toEqual([]);
  });

  test('is left to the next look in a Region that has one: it is the name server that does not answer', async () => {
    expect(await poll(create, ID, world)).toBeUndefined();
    expect(world.sleeps).toEqual([]);
  });

  test('is left to the next look in a Delete, wherever it is', async () => {
    const others = world.table.others;
    others.set(`${elsewhere.stackId}|${elsewhere.logicalId}`, {
      version: 1,
      text: JSON.stringify({ create: cloneEntryOf(made) }),
    });
    expect(await poll({ ...deletionOf(ID), resource: elsewhere }, ID, world)).toBeUndefined();
    expect(world.sleeps).toEqual([]);
  });
});

test.each([
  ['the service', serviceIn, troubleOf('UNAVAILABLE')],
  ['the ledger', ledgerIn, ledgerTroubleOf('UNAVAILABLE')],
])('a call that %s does not answer is left to the next look', async (_, arrange, trouble) => {
  arrange(trouble);
  expect(await poll(create, ID, world)).toBeUndefined();
  expect(world.sleeps).toEqual([]);
  expect(world.changes).toEqual([]);
});

test('an entry that could not be written is written by the next look, however late it is', async () => {
  world.time = START + 60 * MINUTE;
  world.table.beforeWrite = () => {
    throw new ServiceTrouble('UNAVAILABLE', 'PutItem', 'its words', 'dynamodb');
  };
  expect(await poll(create, ID, world)).toBeUndefined();
  world.table.beforeWrite = () => {};
  await poll(create, ID, world);
  expect(world.table.entries).toMatchObject({ create: { begunAt: START + 60 * MINUTE } });
});

test('each call that brought nothing is logged, with what was asked and what was said', async () => {
  serviceIn(troubleOf('THROTTLED'), START + 3 * SECOND);
  await poll(create, ID, world);
  const line = {
    message: 'the service gave no usable answer',
    details: { operation: 'GetBackend', words: 'its words' },
  };
  expect(world.logged).toEqual([line, line]);
});

test('a bug is no trouble of the service: it fails the request at once', async () => {
  world.onCall = () => {
    throw new TypeError('a bug');
  };
  await expect(poll(create, ID, world)).rejects.toThrow('a bug');
});

describe('a request that gets no usable answer', () => {
  beforeEach(() => {
    world.names = new Set(['dev', 'preview']);
  });

  describe.each<TroubleCause>(['UNAVAILABLE', 'THROTTLED', 'BUSY', 'DENIED', 'REJECTED', 'NO_HOST'])(
    '(%s)',
    (reason) => {
      test('gives up once the last answer to CloudFormation is due', async () => {
        world.pageOf({ create: cloneEntryOf(cloning) });
        world.time = START + LAST_ANSWER + 1;
        serviceIn(troubleOf(reason));
        await expect(poll(create, ID, world)).rejects.toMatchObject({ name: 'ServiceUnavailable' });
        expect(world.sleeps).toEqual([]);
      });
    },
  );

  test('goes on until then', async () => {
    world.pageOf({ create: cloneEntryOf(cloning) });
    world.time = START + LAST_ANSWER;
    serviceIn(troubleOf('UNAVAILABLE'));
    expect(await poll(create, ID, world)).toBeUndefined();
  });

  test('says what was asked, what was said, what may be left, and how to be rid of it', async () => {
    world.pageOf({ create: cloneEntryOf(cloning) });
    world.time = START + LAST_ANSWER + 1;
    serviceIn(troubleOf('UNAVAILABLE'));
    const outcome = poll(create, ID, world);
    await expect(outcome).rejects.toThrow(`no usable answer to GetBackend for app ${APP}`);
    await expect(outcome).rejects.toThrow('The service says: "its words". Environment "preview" may remain');
    await expect(outcome).rejects.toThrow(byHand(APP, 'preview'));
  });

  test('counts a Delete from its own beginning', async () => {
    const begunAt = START + 100 * MINUTE;
    world.pageOf({ create: cloneEntryOf(removing), delete: visitEntryOf({ begunAt }) });
    serviceIn(troubleOf('UNAVAILABLE'));
    world.time = begunAt + LAST_ANSWER;
    expect(await poll(deletionOf(ID), ID, world)).toBeUndefined();
    world.time += 1;
    await expect(poll(deletionOf(ID), ID, world)).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      message: expect.stringContaining('Environment "preview" may remain'),
    });
  });

  test('gives up a Delete that sweeps up after a cancelled Create, and names what that has begun last', async () => {
    world.pageOf({
      old: cloneEntryOf(cloning, { environmentName: 'old' }),
      create: cloneEntryOf(removing, { begunAt: START + 100 * MINUTE }),
      delete: visitEntryOf({ begunAt: START + 100 * MINUTE, sweeps: { replaces: undefined, found: 'create' } }),
    });
    world.time = START + 100 * MINUTE + LAST_ANSWER + 1;
    serviceIn(troubleOf('UNAVAILABLE'));
    const outcome = poll(deletionOf(MADE_UP_ID), MADE_UP_ID, world);
    await expect(outcome).rejects.toThrow('The service says: "its words". Environment "preview" may remain');
  });

  test('names what its own id holds before what a later request has begun', async () => {
    const begunAt = START + 100 * MINUTE;
    world.pageOf({
      create: cloneEntryOf(removing),
      later: cloneEntryOf(cloning, { environmentName: 'later', begunAt }),
      delete: visitEntryOf({ begunAt }),
    });
    world.time = begunAt + LAST_ANSWER + 1;
    serviceIn(troubleOf('UNAVAILABLE'));
    await expect(poll(deletionOf(ID), ID, world)).rejects.toThrow('Environment "preview" may remain');
  });

  const output = { category: 'auth', resource: undefined, name: 'UserPoolId' };

  test.each<[string, Stage, Partial<Wanted>]>([
    ['was there before, and is to be adopted', { at: 'examining' }, { existing: 'ADOPT' }],
    ['was adopted', { at: 'adopted' }, { existing: 'ADOPT', outputs: [output] }],
    ['is made', made, { outputs: [output] }],
  ])('does not advise to delete what %s', async (_, stage, changes) => {
    world.pageOf({ create: cloneEntryOf(stage) });
    world.time = START + LAST_ANSWER + 1;
    world.onCall = (operation) => {
      if (operation !== 'environmentNames') throw troubleOf('UNAVAILABLE');
    };
    const outcome = poll({ ...create, wanted: { ...create.wanted, ...changes } }, ID, world);
    await expect(outcome).rejects.toMatchObject({ name: 'ServiceUnavailable' });
    await expect(outcome).rejects.not.toThrow('may remain');
  });

  test('says why its clone failed, and what may remain, where the removal of the remains gets no answer', async () => {
    const failure = { name: 'CloneFailed', message: 'It failed.' };
    world.pageOf({ create: cloneEntryOf({ ...removing, failure }) });
    world.time = START + LAST_ANSWER;
    serviceIn(troubleOf('UNAVAILABLE'));
    expect(await poll(create, ID, world)).toBeUndefined();
    world.time += 1;
    const outcome = poll(create, ID, world);
    await expect(outcome).rejects.toMatchObject({
      name: 'CloneFailed',
      text: expect.stringMatching(/^It failed\. Environment "preview" may remain.*"its words"/),
    });
    await expect(outcome).rejects.toThrow(byHand(APP, 'preview'));
  });

  test('does not give up for the ledger’s sake before its entry is read: that may say that all is done', async () => {
    world.pageOf({ create: cloneEntryOf(made) });
    world.time = START + LAST_ANSWER + 1;
    ledgerIn(ledgerTroubleOf('UNAVAILABLE'));
    expect(await poll(create, ID, world)).toBeUndefined();
    world.table.beforeRead = () => {};
    expect(await poll(create, ID, world)).toMatchObject({ physicalId: ID });
  });

  test('has what it failed with for its reason, where it has failed before', async () => {
    const failure = { name: 'CloneFailed', message: 'It failed.' };
    world.pageOf({ create: cloneEntryOf({ at: 'nothing', failure }) });
    world.time = START + LAST_ANSWER + 1;
    await expect(poll(create, ID, world)).rejects.toMatchObject({ name: 'CloneFailed', text: 'It failed.' });
  });
});
