import {
  type BackendService,
  type EnvironmentNames,
  type MetaConfig,
  REMOVAL,
  ServiceError,
  type ServiceErrorReason,
} from '../../lambda/backend-service';
import { attributesOf, type Created, readReport, reconcileCreate } from '../../lambda/create';
import { byHand, DeploymentError } from '../../lambda/errors';
import {
  type Clone,
  type CloneEntry,
  type Entry,
  type Failure,
  type Removing,
  readItem,
  type Stage,
} from '../../lambda/ledger';
import { cloneEntry } from '../../lambda/ledger-entries';
import type { PhysicalId } from '../../lambda/physical-id';
import type { CreateRequest, Properties } from '../../lambda/request';
import {
  APP,
  called as clone,
  cloneEntryOf,
  cloning,
  followUpEntryOf,
  heldOf,
  jobOf,
  MINUTE,
  properties,
  RESOURCE,
  refusal,
  removingOf,
  resource,
  SECOND,
  START,
  TestContext,
} from './test-context';

const TIMEOUT = properties.timeoutMilliseconds;
const request: CreateRequest = { type: 'Create', id: 'this', resource, properties };
const holds = heldOf('this');
const create: PhysicalId = { holds, replaces: undefined };
const update: PhysicalId = { holds, replaces: { ...holds, environmentName: 'before', requestId: 'former' } };

const withUserPool: Partial<Properties> = {
  outputs: [{ category: 'auth', resource: undefined, name: 'UserPoolId' }],
};
const userPool: MetaConfig = { auth: { pool: { output: { UserPoolId: 'eu-west-1_pool' } } } };
const toAdopt: Partial<Properties> = { existing: 'ADOPT' };

const examining: Stage = { at: 'examining' };
const calling: Stage = { at: 'cloning', calledAt: START };
const cloneOfLostAnswer: Clone = { calledAt: START, job: { id: undefined, filedUnder: 'dev' } };
const cloningOfLostAnswer: Stage = { at: 'cloning', ...cloneOfLostAnswer };
/** By a request that came after this one. */
const takenOver = removingOf({ job: undefined, ended: undefined });
/** By this request, whose clone has failed. */
const removing: Removing = { ...takenOver, ...clone, failure: { name: 'CloneFailed', text: 'It failed.' } };

const nothingThere = new Set(['dev']);

let context: TestContext;
beforeEach(() => {
  context = new TestContext();
});

const look = (
  entries: Readonly<Record<string, Entry>>,
  changes: Partial<Properties> = {},
  parsedId = create,
): Promise<Created | undefined> =>
  reconcileCreate({ ...request, properties: { ...properties, ...changes } }, parsedId, {
    requestId: request.id,
    item: context.itemOf(entries),
    context,
  });

const lookAt = (stage: Stage, changes: Partial<Properties> = {}): Promise<Created | undefined> =>
  look({ this: cloneEntryOf(stage) }, changes);

async function entryNow(): Promise<CloneEntry | undefined> {
  return cloneEntry(await readItem(context.ledger, RESOURCE), 'this');
}

async function stageNow(): Promise<Stage | undefined> {
  return (await entryNow())?.stage;
}

async function failureOf(looked: Promise<Created | undefined>): Promise<DeploymentError> {
  try {
    await looked;
  } catch (error) {
    if (error instanceof DeploymentError) return error;
    throw error;
  }
  throw new Error('the request has not failed');
}

/** The ledger has it as well, so that every other delivery fails alike. */
async function expectFailureForGood(looked: Promise<Created | undefined>, name: string, words: string): Promise<void> {
  const { name: found, text } = await failureOf(looked);
  expect(found).toBe(name);
  expect(text).toContain(words);
  expect(await stageNow()).toEqual({ at: 'nothing', failure: { name, text } });
}

function when(operation: keyof BackendService, action: () => void): void {
  context.onCall = (called) => {
    if (called === operation) action();
  };
}

function serviceError(
  reason: ServiceErrorReason,
  service: 'amplifybackend' | 'dynamodb' = 'amplifybackend',
): ServiceError {
  return new ServiceError(reason, 'Operation', `what it said when ${reason}`, service);
}

function fails(operation: keyof BackendService, error: Error): void {
  when(operation, () => {
    throw error;
  });
}

/** Another delivery, or another request, has written the ledger. */
function othersWrite(entry: Entry): void {
  const version = (context.table.stored?.version ?? 0) + 1;
  context.table.stored = { version, text: JSON.stringify({ this: entry }) };
}

function beforeTheNextWrite(action: () => void): void {
  context.table.beforeWrite = () => {
    context.table.beforeWrite = () => {};
    action();
  };
}

describe('the first delivery of a request', () => {
  beforeEach(() => {
    context.time = START + MINUTE;
    fails('environmentNames', serviceError('UNAVAILABLE'));
  });

  test.each([
    ['a Create', create, undefined],
    ['an Update, with the environment that it replaces', update, 'former'],
  ])('is recorded before any call: %s', async (_, parsedId, replaces) => {
    await expect(look({}, {}, parsedId)).rejects.toThrow('UNAVAILABLE');
    expect(await entryNow()).toEqual(cloneEntryOf(examining, { begunAt: START + MINUTE, replaces }));
  });

  test('is recorded beside the entries of other requests', async () => {
    const earlier = followUpEntryOf({ endedAt: START });
    await expect(look({ earlier })).rejects.toThrow('UNAVAILABLE');
    expect(context.table.entries).toMatchObject({ earlier: { kind: 'follow-up' }, this: { kind: 'clone' } });
  });

  test('continues from the entry that another delivery has written meanwhile', async () => {
    context.onCall = () => {};
    beforeTheNextWrite(() => othersWrite(cloneEntryOf({ at: 'created', ...clone, stackId: undefined })));
    expect(await look({})).toMatchObject({ attributes: { JobId: 'ours' } });
    expect(context.table.writes).toBe(1);
  });

  test('is left to another delivery that returns to the replaced environment', async () => {
    context.onCall = () => {};
    expect(await look({ this: followUpEntryOf() }, {}, update)).toBeUndefined();
    expect(context.table.writes).toBe(0);
    expect(context.changes).toEqual([]);
  });
});

describe('a request that was cancelled before its arrival', () => {
  const cancellation = { replaces: undefined, found: undefined };
  const ended = { cancellation, endedAt: START + 4 * MINUTE + 1 };

  test.each<[string, PhysicalId, Entry, number]>([
    ['is being removed', create, followUpEntryOf({ cancellation }), MINUTE],
    ['arrives as late as possible', create, followUpEntryOf({ cancellation }), 4 * MINUTE],
    [
      'replaces the same environment as the removed one',
      update,
      followUpEntryOf({ cancellation: { replaces: 'former', found: undefined } }),
      MINUTE,
    ],
  ])('starts nothing if it %s', async (_, parsedId, remover, after) => {
    context.names = nothingThere;
    context.time = START + after;
    const failure = await failureOf(look({ remover, other: followUpEntryOf() }, {}, parsedId));
    expect(failure.name).toBe('Cancelled');
    expect(await stageNow()).toEqual({ at: 'nothing', failure: undefined });
    expect(context.changes).toEqual([]);
  });

  test.each<[string, PhysicalId, Entry, number]>([
    ['the other request removes nothing', create, followUpEntryOf(), MINUTE],
    ['the removed request is a replacement, and this one is a Create', create, removerOf('former'), MINUTE],
    ['the removed request is a Create, and this one is an Update', update, followUpEntryOf({ cancellation }), MINUTE],
    ['the removed request replaces another environment', update, removerOf('other'), MINUTE],
    ['it arrives after the removal', create, followUpEntryOf(ended), 4 * MINUTE + 1],
    ['the removal of an earlier request has failed', create, followUpEntryOf({ cancellation }), 4 * MINUTE + 1],
    ['another request has a clone', create, cloneEntryOf(cloning), MINUTE],
  ])('is not the cancelled one, and clones, if %s', async (_, parsedId, other, after) => {
    context.names = nothingThere;
    context.time = START + after;
    expect(await look({ other }, {}, parsedId)).toBeUndefined();
    expect(context.changes).toEqual(['CloneBackend dev preview']);
  });

  function removerOf(replaces: string): Entry {
    return followUpEntryOf({ cancellation: { replaces, found: undefined } });
  }
});

describe('the checks before a clone', () => {
  const settled = START + 65 * SECOND + 1;

  describe.each<[string, EnvironmentNames, Partial<Properties>, string, string]>([
    ['a missing app', 'APP_NOT_FOUND', {}, 'AppNotFound', APP],
    ['an existing target', new Set(['dev', 'preview']), {}, 'TargetExists', '"preview" already'],
    ['a missing source', new Set(['main']), {}, 'SourceNotFound', '"dev" does not exist'],
    [
      'an output that the source lacks',
      nothingThere,
      withUserPool,
      'OutputsMissing',
      '"dev" does not have the requested',
    ],
    [
      'a missing target with a name of the old kind, with ADOPT,',
      nothingThere,
      { ...toAdopt, targetName: 'NONE' },
      'NameNotAllowed',
      '"NONE" does not exist, and a new environment cannot have this name',
    ],
  ])('%s', (_, names, changes, name, words) => {
    beforeEach(() => {
      context.names = names;
    });

    test('does not fail the request within 65 s, since reads can be stale', async () => {
      context.time = START + 65 * SECOND;
      expect(await lookAt(examining, changes)).toBeUndefined();
      expect(await stageNow()).toEqual(examining);
    });

    test('fails the request after 65 s', async () => {
      context.time = settled;
      await expectFailureForGood(lookAt(examining, changes), name, words);
      expect(context.changes).toEqual([]);
    });
  });

  test('pass at once for a source with the requested outputs', async () => {
    context.names = nothingThere;
    context.configs.set('dev', userPool);
    expect(await lookAt(examining, withUserPool)).toBeUndefined();
    expect(context.changes).toEqual(['CloneBackend dev preview']);
  });

  test('do not read the source’s outputs if none is requested', async () => {
    context.names = nothingThere;
    fails('metaConfig', serviceError('DENIED'));
    await lookAt(examining);
    expect(context.changes).toEqual(['CloneBackend dev preview']);
  });

  describe('a source whose configuration cannot be read', () => {
    beforeEach(() => {
      context.names = nothingThere;
      context.unreadable.set('dev', 'Endpoint request timed out');
    });

    test('fails the request after 65 s, before anything is cloned', async () => {
      context.time = START + 65 * SECOND;
      expect(await lookAt(examining, withUserPool)).toBeUndefined();
      expect(await stageNow()).toEqual(examining);
      context.time = settled;
      const words =
        'cannot be read, because GetBackend fails for it. The service says: "Endpoint request timed out". Nothing was changed.';
      await expectFailureForGood(lookAt(examining, withUserPool), 'ConfigurationUnreadable', words);
      expect(context.changes).toEqual([]);
    });

    test('is cloned at once if no output is requested', async () => {
      expect(await lookAt(examining)).toBeUndefined();
      expect(context.changes).toEqual(['CloneBackend dev preview']);
    });
  });

  describe('an existing target, with ADOPT,', () => {
    test('is not adopted within 65 s, since it may be deleted already', async () => {
      context.time = START + 65 * SECOND;
      expect(await lookAt(examining, toAdopt)).toBeUndefined();
      expect(await stageNow()).toEqual(examining);
    });

    test.each([
      ['no job is known', []],
      ['a clone is COMPLETED', [jobOf('a', 'COMPLETED')]],
      ['another operation runs', [jobOf('a', 'RUNNING', { operation: 'UpdateBackendAPI' })]],
    ])('is adopted and reported after 65 s if %s', async (_, jobs) => {
      context.time = settled;
      context.jobs.set('preview', jobs);
      expect(await lookAt(examining, toAdopt)).toMatchObject({ adopted: true });
      expect(await stageNow()).toEqual({ at: 'adopted', answer: 'SUCCESS' });
      expect(context.changes).toEqual([]);
    });

    test.each([
      ['a clone to it', 'preview', {}],
      ['its deletion', 'preview', { operation: REMOVAL }],
      ['a clone of its source, which may be one to it,', 'dev', {}],
    ])('is not adopted while %s runs, until the timeout', async (_, filedUnder, changes) => {
      context.jobs.set(filedUnder, [jobOf('a', 'COMPLETED'), jobOf('b', 'RUNNING', changes)]);
      context.time = START + TIMEOUT;
      expect(await lookAt(examining, toAdopt)).toBeUndefined();
      expect(await stageNow()).toEqual(examining);
      context.time += 1;
      expect(await lookAt(examining, toAdopt)).toMatchObject({ adopted: true });
    });

    test('can have a name of the old kind, which a new environment cannot have', async () => {
      context.time = settled;
      context.names = new Set(['dev', 'NONE']);
      const entry = cloneEntryOf(examining, { environmentName: 'NONE' });
      expect(await look({ this: entry }, { ...toAdopt, targetName: 'NONE' })).toMatchObject({ adopted: true });
    });

    test('is recorded as adopted before the request continues', async () => {
      context.time = settled;
      let before: unknown;
      beforeTheNextWrite(() => {
        beforeTheNextWrite(() => {
          before = [...context.table.others.values()].map(({ text }) => JSON.parse(text));
        });
      });
      await lookAt(examining, toAdopt);
      expect(before).toMatchObject([{ [RESOURCE]: { requestId: 'this' } }]);
    });

    test('is not adopted by a request that was cancelled meanwhile', async () => {
      context.time = settled;
      when('jobs', () => othersWrite(cloneEntryOf({ at: 'nothing', failure: undefined })));
      expect(await failureOf(lookAt(examining, toAdopt))).toMatchObject({ name: 'Cancelled' });
      expect(await stageNow()).toEqual({ at: 'nothing', failure: undefined });
    });

    test('is cloned if it does not exist', async () => {
      context.names = nothingThere;
      await lookAt(examining, toAdopt);
      expect(context.changes).toEqual(['CloneBackend dev preview']);
    });
  });

  test('call an unavailable service again until the timeout, and then fail with its words', async () => {
    fails('environmentNames', serviceError('THROTTLED'));
    context.time = START + TIMEOUT;
    await expect(lookAt(examining)).rejects.toBeInstanceOf(ServiceError);
    expect(await stageNow()).toEqual(examining);
    context.time += 1;
    await expectFailureForGood(lookAt(examining), 'CloneNotStarted', 'what it said when THROTTLED');
  });

  test('do not mistake a bug for a failure of the service, even after the timeout', async () => {
    fails('environmentNames', new TypeError('a bug'));
    context.time = START + TIMEOUT + 1;
    await expect(lookAt(examining)).rejects.toThrow(new TypeError('a bug'));
    expect(await stageNow()).toEqual(examining);
  });
});

describe('a CloneBackend call', () => {
  beforeEach(() => {
    context.names = nothingThere;
    context.time = START + MINUTE;
  });
  const calledNow: Stage = { at: 'cloning', calledAt: START + MINUTE };

  test('is recorded before it is made', async () => {
    let before: unknown;
    when('startClone', () => {
      before = context.table.entries['this'];
    });
    await lookAt(examining);
    expect(before).toMatchObject({ stage: calledNow });
  });

  test.each([['preview'], ['dev']])('has a job filed under %s, which is recorded', async (filedUnder) => {
    context.cloneAnswer = { id: 'job', filedUnder };
    expect(await lookAt(examining)).toBeUndefined();
    expect(await stageNow()).toEqual({ at: 'cloning', calledAt: START + MINUTE, job: { id: 'job', filedUnder } });
  });

  test.each([['preview'], ['dev']])('has a job filed under %s, which may be FAILED already', async (name) => {
    context.cloneAnswer = { id: 'job', filedUnder: name };
    context.jobs.set(name, [jobOf('job', 'FAILED')]);
    expect(await lookAt(examining)).toBeUndefined();
    expect(await stageNow()).toMatchObject({ at: 'removing', ended: 'FAILED', failure: { name: 'CloneFailed' } });
  });

  test('is left to the delivery that recorded it first', async () => {
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(calledNow)));
    expect(await lookAt(examining)).toBeUndefined();
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toEqual(calledNow);
  });

  test('is recorded with the time of the successful write, which the search for its job uses', async () => {
    beforeTheNextWrite(() => {
      othersWrite(cloneEntryOf(examining));
      context.time += 20 * SECOND;
    });
    await lookAt(examining);
    expect(await stageNow()).toMatchObject({ at: 'cloning', calledAt: START + MINUTE + 20 * SECOND });
  });

  test('is not made for a request that was cancelled meanwhile', async () => {
    beforeTheNextWrite(() => othersWrite(cloneEntryOf({ at: 'nothing', failure: undefined })));
    expect(await failureOf(lookAt(examining))).toMatchObject({ name: 'Cancelled' });
    expect(context.changes).toEqual([]);
  });

  test('fails the request with the service’s words if it is refused', async () => {
    context.cloneAnswer = refusal('the limit is reached');
    await expectFailureForGood(lookAt(examining), 'CloneRefused', 'the limit is reached');
  });

  test.each<[ServiceErrorReason]>([['THROTTLED'], ['BUSY'], ['DENIED'], ['NO_HOST']])(
    'is made again until the timeout if the service did not accept it: %s',
    async (reason) => {
      fails('startClone', serviceError(reason));
      context.time = START + TIMEOUT;
      await expect(lookAt(examining)).rejects.toMatchObject({ reason });
      expect(await stageNow()).toEqual(examining);
      context.time += 1;
      await expectFailureForGood(lookAt(examining), 'CloneNotStarted', `what it said when ${reason}`);
    },
  );

  test('fails the request after the timeout if another job does not end, with the command that lists it', async () => {
    fails('startClone', new ServiceError('BUSY', 'CloneBackend', 'There is already a pending job'));
    context.time = START + TIMEOUT + 1;
    await expectFailureForGood(
      lookAt(examining),
      'CloneNotStarted',
      'It says to CloneBackend: "There is already a pending job". To see the pending job, run: ' +
        `aws amplifybackend list-backend-jobs --app-id ${APP} --backend-environment-name dev.`,
    );
  });

  test('is not made again if its answer was lost, since the service may have accepted it', async () => {
    fails('startClone', serviceError('UNAVAILABLE'));
    context.time = START + TIMEOUT + 1;
    expect(await lookAt(examining)).toBeUndefined();
    expect(await stageNow()).toEqual({ at: 'cloning', calledAt: context.time });
    expect(context.logged).toEqual([
      { message: expect.stringContaining('was lost'), details: { targetName: 'preview' } },
    ]);
  });

  test('is not made again after an error that says nothing about the call', async () => {
    fails('startClone', new TypeError('a bug'));
    await expect(lookAt(examining)).rejects.toThrow(new TypeError('a bug'));
    expect(await stageNow()).toEqual(calledNow);
  });

  test('is recorded with its job in up to five attempts, since only this delivery knows the job', async () => {
    failsToWriteAfterTheCall(4, serviceError('UNAVAILABLE', 'dynamodb'));
    expect(await lookAt(examining)).toBeUndefined();
    expect(context.sleeps).toHaveLength(4);
    expect(await stageNow()).toMatchObject({ at: 'cloning', job: { id: 'ours' } });
  });

  test.each<[ServiceErrorReason]>([['DENIED'], ['UNAVAILABLE']])(
    'is not made again if only the write to the ledger failed: %s',
    async (reason) => {
      failsToWriteAfterTheCall(5, serviceError(reason, 'dynamodb'));
      await expect(lookAt(examining)).rejects.toMatchObject({ reason, service: 'dynamodb' });
      expect(await stageNow()).toEqual(calledNow);
      expect(context.changes).toEqual(['CloneBackend dev preview']);
    },
  );

  function failsToWriteAfterTheCall(times: number, error: Error): void {
    let left = times;
    when('startClone', () => {
      context.table.beforeWrite = () => {
        left -= 1;
        if (left >= 0) throw error;
      };
    });
  }

  describe('while another request takes over to remove the clone', () => {
    beforeEach(() => {
      when('startClone', () => othersWrite(cloneEntryOf({ ...takenOver, calledAt: START + MINUTE })));
    });

    test('records the job for that request', async () => {
      expect(await failureOf(lookAt(examining))).toMatchObject({ name: 'Cancelled' });
      expect(await stageNow()).toEqual({ ...takenOver, calledAt: START + MINUTE, job: clone.job });
    });

    test('leaves that request nothing to remove if it was refused', async () => {
      context.cloneAnswer = refusal('no');
      expect(await failureOf(lookAt(examining))).toMatchObject({ name: 'CloneRefused' });
      expect(await stageNow()).toMatchObject({ at: 'nothing', failure: { name: 'CloneRefused' } });
    });

    test('leaves that request nothing to remove if the service did not accept it', async () => {
      when('startClone', () => {
        othersWrite(cloneEntryOf({ ...takenOver, calledAt: START + MINUTE }));
        throw serviceError('THROTTLED');
      });
      await expect(lookAt(examining)).rejects.toMatchObject({ reason: 'THROTTLED' });
      expect(await stageNow()).toMatchObject({ at: 'nothing' });
    });

    test('is not made again if the service did not accept it', async () => {
      when('startClone', () => {
        othersWrite(cloneEntryOf(takenOver));
        throw serviceError('THROTTLED');
      });
      await expect(lookAt(examining)).rejects.toMatchObject({ reason: 'THROTTLED' });
      expect(await stageNow()).toEqual(takenOver);
    });
  });

  describe('while another request writes its entry', () => {
    const writesMeanwhile = (error?: Error): void =>
      when('startClone', () => {
        const { stored } = context.table;
        const entries = { ...context.table.entries, other: followUpEntryOf() };
        context.table.stored = { version: (stored?.version ?? 0) + 1, text: JSON.stringify(entries) };
        if (error !== undefined) throw error;
      });

    test('is recorded as refused, so that no other clone is taken for its own', async () => {
      writesMeanwhile(serviceError('REJECTED'));
      expect(await failureOf(lookAt(examining))).toMatchObject({ name: 'CloneRefused' });
      expect(await stageNow()).toMatchObject({ at: 'nothing', failure: { name: 'CloneRefused' } });
    });

    test('can be made again if the service did not accept it', async () => {
      writesMeanwhile(serviceError('THROTTLED'));
      await expect(lookAt(examining)).rejects.toMatchObject({ reason: 'THROTTLED' });
      expect(await stageNow()).toEqual(examining);
    });
  });

  test('changes nothing if the request has ended before the answer', async () => {
    let theirs: unknown;
    when('startClone', () => {
      othersWrite(cloneEntryOf({ at: 'nothing', failure: undefined }));
      theirs = context.table.stored;
    });
    expect(await failureOf(lookAt(examining))).toMatchObject({ name: 'Cancelled' });
    expect(context.table.stored).toEqual(theirs);
  });
});

describe('a CloneBackend call without a known answer', () => {
  const afterTheCall = 15 * SECOND;
  /** A read that lags behind, the clocks, and the call itself. */
  const certain = START + 111 * SECOND + 1;

  beforeEach(() => {
    context.names = nothingThere;
  });

  test('is not examined for 15 s, since the delivery that made it may still get the answer', async () => {
    context.jobs.set('preview', [jobOf('found', 'RUNNING')]);
    context.time = START + afterTheCall - 1;
    expect(await lookAt(calling)).toBeUndefined();
    expect(await stageNow()).toEqual(calling);
  });

  test('belongs to the clone to the target that began with it', async () => {
    context.jobs.set('preview', [jobOf('found', 'RUNNING')]);
    context.time = START + afterTheCall;
    expect(await lookAt(calling)).toBeUndefined();
    expect(await stageNow()).toEqual({
      at: 'cloning',
      calledAt: START,
      job: { id: 'found', filedUnder: 'preview' },
    });
  });

  test('can belong to a clone that is complete already', async () => {
    context.jobs.set('preview', [jobOf('found', 'COMPLETED')]);
    context.names = new Set(['dev', 'preview']);
    context.time = START + 10 * MINUTE;
    expect(await lookAt(calling)).toMatchObject({ attributes: { JobId: 'found' } });
  });

  test('does not belong to a job that began long before it', async () => {
    context.jobs.set('preview', [jobOf('old', 'RUNNING', { createdAt: START - 10 * MINUTE })]);
    context.time = START + afterTheCall;
    expect(await lookAt(calling)).toBeUndefined();
    expect(await stageNow()).toEqual(calling);
  });

  test.each([
    ['a clone of the source is visible', [jobOf('candidate', 'RUNNING')]],
    ['no job is visible', []],
  ])('is not decided until reads are consistent, even if %s', async (_, jobs) => {
    context.jobs.set('dev', jobs);
    context.time = certain - 1;
    expect(await lookAt(calling)).toBeUndefined();
    expect(await stageNow()).toEqual(calling);
    expect(context.changes).toEqual([]);
  });

  test('can belong to any of several clones of the source', async () => {
    context.jobs.set('dev', [jobOf('one', 'RUNNING'), jobOf('other', 'RUNNING')]);
    context.time = certain;
    expect(await lookAt(calling)).toBeUndefined();
    expect(await stageNow()).toEqual(cloningOfLostAnswer);
    expect(context.changes).toEqual([]);
  });

  test.each<[string, Stage]>([
    ['the clone', cloning],
    ['the removal of another request', { ...takenOver, job: clone.job }],
  ])('does not overwrite %s whose job became known meanwhile', async (_, stage) => {
    context.jobs.set('dev', [jobOf('one', 'RUNNING')]);
    context.time = certain;
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(stage)));
    await lookAt(calling).catch(() => {});
    expect(await stageNow()).toEqual(stage);
  });

  test('is made again until the timeout if no clone began with it', async () => {
    context.time = START + TIMEOUT;
    expect(await lookAt(calling)).toBeUndefined();
    expect(context.changes).toEqual(['CloneBackend dev preview']);
    expect(await stageNow()).toEqual({ at: 'cloning', calledAt: context.time, job: clone.job });
  });

  test('is made again as soon as reads are consistent', async () => {
    context.time = certain;
    await lookAt(calling);
    expect(context.changes).toEqual(['CloneBackend dev preview']);
  });

  test('fails the request after the timeout if no clone began with it', async () => {
    context.time = START + TIMEOUT + 1;
    await expectFailureForGood(lookAt(calling), 'CloneNotStarted', 'answers to CloneBackend were lost');
    expect(context.changes).toEqual([]);
  });

  test('is not made again if another request has taken over', async () => {
    context.time = certain;
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(takenOver)));
    expect(await failureOf(lookAt(calling))).toMatchObject({ name: 'Cancelled' });
    expect(await stageNow()).toEqual(takenOver);
    expect(context.changes).toEqual([]);
  });
});

describe('a running clone', () => {
  const late = START + TIMEOUT + 1;

  test('is complete once its job is COMPLETED and the app lists the environment', async () => {
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    context.time = START + TIMEOUT;
    expect(await lookAt(cloning)).toEqual({
      adopted: false,
      attributes: { EnvironmentName: 'preview', JobId: 'ours' },
    });
    expect(await stageNow()).toEqual({ at: 'created', ...clone, stackId: undefined });
  });

  test('is complete if its answer was lost, and a job of the source is COMPLETED', async () => {
    context.jobs.set('dev', [jobOf('candidate', 'COMPLETED')]);
    context.time = START + 10 * MINUTE;
    expect(await lookAt(cloningOfLostAnswer)).toMatchObject({ attributes: { JobId: '' } });
    expect(await stageNow()).toEqual({ at: 'created', ...cloneOfLostAnswer, stackId: undefined });
  });

  describe('that completes', () => {
    const seen = { providers: { awscloudformation: { StackId: 'arn:stack/1' } }, auth: { pool: {} } };
    beforeEach(() => {
      context.configs.set('preview', seen);
    });
    const stageAfter = async (milliseconds: number, changes: Partial<Properties> = {}): Promise<unknown> => {
      context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
      context.time = START + milliseconds;
      await lookAt(cloning, changes);
      return stageNow();
    };

    test('has its root stack recorded, which distinguishes it from a later environment', async () => {
      expect(await stageAfter(66 * SECOND)).toEqual({
        at: 'created',
        ...clone,
        stackId: 'arn:stack/1',
      });
    });

    describe('within 65 s of the call, when reads may show an earlier environment with the name,', () => {
      test.each<[string, number, Stage]>([
        ['is read again', 130 * SECOND + 1, cloning],
        [
          'is reported without a root stack if the timeout is too close',
          130 * SECOND,
          { at: 'created', ...clone, stackId: undefined },
        ],
      ])('%s', async (_, timeoutMilliseconds, expected) => {
        expect(await stageAfter(65 * SECOND, { timeoutMilliseconds })).toEqual(expected);
      });
    });

    describe.each<[string, () => void]>([
      ['has no root stack', () => context.configs.set('preview', { auth: {} })],
      ['cannot be read', () => context.unreadable.set('preview', 'Endpoint request timed out')],
    ])('and %s', (_, arrange) => {
      /** By when reads show what there was at the end of its job. */
      const shown = MINUTE + 96 * SECOND;
      const without: Stage = { at: 'created', ...clone, stackId: undefined };
      beforeEach(arrange);

      test.each<[string, number, number, Stage]>([
        ['is read again for 96 s', shown, TIMEOUT, cloning],
        ['is reported without a root stack after that', shown + 1, TIMEOUT, without],
        ['is read again while the timeout allows it', shown, shown + 65 * SECOND + 1, cloning],
        ['is reported without a root stack if the timeout is close', shown, shown + 65 * SECOND, without],
      ])('%s', async (_name, milliseconds, timeoutMilliseconds, expected) => {
        expect(await stageAfter(milliseconds, { timeoutMilliseconds })).toEqual(expected);
      });
    });
  });

  test('fails with Cancelled if another request has taken over', async () => {
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    context.time = START + 10 * MINUTE;
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(takenOver)));
    expect(await failureOf(lookAt(cloning))).toMatchObject({ name: 'Cancelled' });
    expect(await stageNow()).toEqual(takenOver);
  });

  describe.each<[string, () => void, string]>([
    ['its job runs', () => context.jobs.set('preview', [jobOf('ours', 'RUNNING')]), 'its job is still running'],
    ['its job is unknown', () => {}, 'the service does not know its job'],
    [
      'its job is COMPLETED, and the app does not list it',
      () => {
        context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
        context.names = nothingThere;
      },
      'its job is completed, but the app does not list the environment',
    ],
    [
      'its job is COMPLETED, and the app is not found',
      () => {
        context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
        context.names = 'APP_NOT_FOUND';
      },
      'its job is completed, but the app does not list the environment',
    ],
  ])('while %s', (_, arrange, seen) => {
    test('is waited for until the timeout', async () => {
      arrange();
      context.time = START + TIMEOUT;
      expect(await lookAt(cloning)).toBeUndefined();
      expect(await stageNow()).toEqual(cloning);
    });

    test('fails with CloneTimedOut after that, and leaves the removal to the next request', async () => {
      arrange();
      context.time = late;
      const { name, message } = await failureOf(lookAt(cloning));
      expect(name).toBe('CloneTimedOut');
      expect(message).toContain(`not complete after 45 minutes (job ours): ${seen}.`);
      expect(await stageNow()).toEqual(cloning);
      expect(context.changes).toEqual([]);
    });
  });

  test('is complete even if that is seen after the timeout', async () => {
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    context.time = late;
    expect(await lookAt(cloning)).toMatchObject({ attributes: { JobId: 'ours' } });
    expect(await stageNow()).toEqual({ at: 'created', ...clone, stackId: undefined });
  });

  describe('whose answer was lost', () => {
    const certain = START + 111 * SECOND + 1;

    test('is waited for while its job may not be visible yet', async () => {
      context.time = certain - 1;
      expect(await lookAt(cloningOfLostAnswer)).toBeUndefined();
      expect(await stageNow()).toEqual(cloningOfLostAnswer);
    });

    test('has not started if no job is visible after that', async () => {
      context.time = certain;
      await expectFailureForGood(lookAt(cloningOfLostAnswer), 'AnswerLost', 'the app lists no new environment');
    });

    test('is none of the source’s COMPLETED clones if the app does not list it 96 s later', async () => {
      const endedAt = START + 10 * MINUTE;
      context.jobs.set('dev', [jobOf('candidate', 'COMPLETED', { updatedAt: endedAt })]);
      context.names = nothingThere;
      context.time = endedAt + 96 * SECOND;
      expect(await lookAt(cloningOfLostAnswer)).toBeUndefined();
      context.time += 1;
      await expectFailureForGood(lookAt(cloningOfLostAnswer), 'AnswerLost', 'the app lists no new environment');
    });
  });

  test('without a known job is waited for until the timeout while Amplify Studio is off', async () => {
    context.jobs.set('dev', [jobOf('candidate', 'COMPLETED')]);
    context.names = 'APP_NOT_FOUND';
    context.time = START + TIMEOUT;
    expect(await lookAt(cloningOfLostAnswer)).toBeUndefined();
    expect(await stageNow()).toEqual(cloningOfLostAnswer);
  });

  describe.each<[string, () => void, string, string]>([
    [
      'that lacks an output of its source',
      () => context.configs.set('preview', {}),
      'OutputsMissing',
      'auth.UserPoolId does not exist',
    ],
    [
      'whose configuration cannot be read',
      () => context.unreadable.set('preview', 'Endpoint request timed out'),
      'ConfigurationUnreadable',
      'cannot be read, because GetBackend fails for it. The service says: "Endpoint request timed out".',
    ],
  ])('%s', (_, arrange, name, words) => {
    const createdNow: Stage = { at: 'created', ...clone, stackId: undefined };
    const reportedNow: Stage = { ...createdNow, answer: 'SUCCESS' };
    const keptFor = (answer: Failure): Stage => ({ ...createdNow, answer });
    beforeEach(() => {
      context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
      context.configs.set('dev', userPool);
      arrange();
    });

    test('is complete, and is read again until the timeout', async () => {
      context.time = START + TIMEOUT;
      expect(await lookAt(cloning, withUserPool)).toBeUndefined();
      expect(await stageNow()).toEqual(createdNow);
      context.unreadable.clear();
      context.configs.set('preview', userPool);
      expect(await lookAt(createdNow, withUserPool)).toMatchObject({
        attributes: { 'auth..UserPoolId': 'eu-west-1_pool' },
      });
      expect(await stageNow()).toEqual(reportedNow);
    });

    test('stays owned if another delivery has reported it, so that a later Delete finds it', async () => {
      context.time = START + TIMEOUT;
      expect(await lookAt(reportedNow, withUserPool)).toBeUndefined();
      context.time = late;
      expect(await failureOf(lookAt(reportedNow, withUserPool))).toMatchObject({ name });
      expect(await stageNow()).toEqual(reportedNow);
    });

    test('stays owned if another delivery reports it at the same moment', async () => {
      context.time = late;
      beforeTheNextWrite(() => othersWrite(cloneEntryOf(reportedNow)));
      expect(await failureOf(lookAt(createdNow, withUserPool))).toMatchObject({ name });
      expect(await stageNow()).toEqual(reportedNow);
    });

    test('fails if another delivery records that failure at the same moment', async () => {
      const text = 'The clone is complete, and is kept.';
      context.unreadable.clear();
      context.configs.set('preview', userPool);
      beforeTheNextWrite(() => othersWrite(cloneEntryOf(keptFor({ name, text }))));
      expect(await failureOf(lookAt(createdNow, withUserPool))).toMatchObject({ name, text });
    });

    test.each([
      ['as soon as its job is COMPLETED', cloning],
      ['after earlier polls', createdNow],
    ])('fails after the timeout %s, and is kept', async (_name, stage) => {
      context.time = late;
      const { name: found, text } = await failureOf(lookAt(stage, withUserPool));
      expect(found).toBe(name);
      expect(text).toContain(words);
      expect(text).toContain('The clone is complete, and is kept.');
      expect(await stageNow()).toEqual(keptFor({ name, text }));
      expect(context.changes).toEqual([]);
    });

    test('fails after the timeout with the same words in each delivery', async () => {
      context.time = late;
      const { text } = await failureOf(lookAt(createdNow, withUserPool));
      context.unreadable.clear();
      context.configs.set('preview', userPool);
      expect(await failureOf(lookAt(keptFor({ name, text }), withUserPool))).toMatchObject({ name, text });
    });

    test('fails with Cancelled if another request already removes it', async () => {
      context.time = late;
      beforeTheNextWrite(() => othersWrite(cloneEntryOf(takenOver)));
      expect(await failureOf(lookAt(createdNow, withUserPool))).toMatchObject({ name: 'Cancelled' });
      expect(await stageNow()).toEqual(takenOver);
    });
  });

  describe('that failed', () => {
    beforeEach(() => {
      context.jobs.set('preview', [jobOf('ours', 'FAILED', { error: 'the stack rolled back' })]);
      context.names = nothingThere;
      context.time = START + MINUTE;
    });

    test('is removed, and its reason is recorded', async () => {
      expect(await lookAt(cloning)).toBeUndefined();
      expect(await stageNow()).toEqual({
        ...removing,
        ended: 'FAILED',
        failure: { name: 'CloneFailed', text: expect.stringContaining('the stack rolled back') },
      });
    });

    test('is left to another request that already removes it', async () => {
      beforeTheNextWrite(() => othersWrite(cloneEntryOf(takenOver)));
      expect(await failureOf(lookAt(cloning))).toMatchObject({ name: 'Cancelled' });
      expect(await stageNow()).toEqual(takenOver);
    });
  });
});

describe('the removal of a failed clone', () => {
  const deletion = { calledAt: START + MINUTE, jobId: 'removal' };
  const removalJob = (status: 'RUNNING' | 'COMPLETED') =>
    jobOf('removal', status, { operation: 'DeleteBackend', createdAt: START + MINUTE });

  beforeEach(() => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED')]);
    context.configs.set('preview', {});
    context.time = START + 10 * MINUTE;
  });

  test('starts with DeleteBackend', async () => {
    expect(await lookAt(removing)).toBeUndefined();
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect(await stageNow()).toMatchObject({ at: 'removing', deletion: { jobId: 'removal' } });
  });

  test('ends with the reason once the app does not list the environment', async () => {
    context.names = nothingThere;
    await expectFailureForGood(lookAt(removing), 'CloneFailed', 'It failed. The app does not list "preview" any more.');
  });

  test('ends with only the reason if the app is not found', async () => {
    context.jobs.clear();
    context.names = 'APP_NOT_FOUND';
    const { text } = await failureOf(lookAt(removing));
    expect(text).toBe('It failed.');
    expect(context.changes).toEqual([]);
  });

  test('leaves another owner’s environment unchanged, and the message says so', async () => {
    context.configs.set('preview', userPool);
    await expectFailureForGood(
      lookAt(removing),
      'CloneFailed',
      'It failed. An environment "preview" exists that this resource did not create. It was not touched.',
    );
    expect(context.changes).toEqual([]);
  });

  test('leaves an environment that the Amplify CLI may be creating, and the message says so', async () => {
    context.configs.set('preview', { providers: { awscloudformation: {} } });
    await expectFailureForGood(
      lookAt(removing),
      'CloneFailed',
      'It failed. An environment "preview" exists that has a root stack and no categories.',
    );
    expect(context.changes).toEqual([]);
  });

  test('fails after 54 minutes, with the environment that may remain, and how to delete it', async () => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED'), removalJob('RUNNING')]);
    context.time = START + 54 * MINUTE;
    expect(await lookAt({ ...removing, deletion })).toBeUndefined();
    context.time += 1;
    const { name, text } = await failureOf(lookAt({ ...removing, deletion }));
    expect(name).toBe('CloneFailed');
    expect(text).toMatch(/^It failed\. Environment "preview" may remain.*its deletion is still running/i);
    expect(text).toContain(byHand({ appId: APP, environmentName: 'preview' }));
    expect(await stageNow()).toMatchObject({ at: 'removing' });
  });

  test('leaves the rest to another request that has taken over', async () => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED'), removalJob('COMPLETED')]);
    context.names = nothingThere;
    const over = { ...takenOver, ...clone, deletion };
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(over)));
    expect(await failureOf(lookAt({ ...removing, deletion }))).toMatchObject({ name: 'Cancelled' });
    expect(await stageNow()).toEqual(over);
  });

  test('fails with Cancelled if another request has taken over', async () => {
    expect(await failureOf(lookAt({ ...takenOver, ...clone }))).toMatchObject({
      name: 'Cancelled',
      text: expect.stringContaining('CloudFormation cancelled the request'),
    });
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toEqual({ ...takenOver, ...clone });
  });
});

describe('a request whose environment does not exist any more', () => {
  test('fails with the recorded reason', async () => {
    const failure = { name: 'TargetExists', text: 'It was there.' };
    expect(await failureOf(lookAt({ at: 'nothing', failure }))).toMatchObject({
      name: 'TargetExists',
      text: 'It was there.',
      message: '[TargetExists] It was there.',
    });
    expect(context.table.writes).toBe(0);
  });

  test('fails with Cancelled if it has no reason', async () => {
    expect(await failureOf(lookAt({ at: 'nothing', failure: undefined }))).toMatchObject({ name: 'Cancelled' });
  });
});

describe.each<[string, Stage, Partial<Created>, string, number]>([
  ['a complete clone', { at: 'created', ...clone, stackId: undefined }, { adopted: false }, 'ours', TIMEOUT],
  [
    'a clone whose answer was lost',
    { at: 'created', ...cloneOfLostAnswer, stackId: undefined },
    { adopted: false },
    '',
    TIMEOUT,
  ],
  ['an adopted environment', { at: 'adopted' }, { adopted: true }, '', 65 * SECOND],
])('%s', (_, stage, created, jobId, patience) => {
  test('is reported with its outputs in each delivery', async () => {
    context.configs.set('preview', userPool);
    const reported = {
      ...created,
      attributes: { EnvironmentName: 'preview', JobId: jobId, 'auth..UserPoolId': 'eu-west-1_pool' },
    };
    expect(await lookAt(stage, withUserPool)).toEqual(reported);
    expect(await lookAt(stage, withUserPool)).toEqual(reported);
    expect(context.table.writes).toBe(2);
  });

  test('is reported with the outputs of one read', async () => {
    context.configs.set('preview', userPool);
    let reads = 0;
    context.onCall = (operation) => {
      if (operation === 'metaConfig') reads += 1;
      if (reads > 1) throw new ServiceError('UNAVAILABLE', 'GetBackend', 'its words');
    };
    expect(await lookAt(stage, withUserPool)).toMatchObject({ attributes: { EnvironmentName: 'preview' } });
  });

  test('can lack an output for a while; then the request fails, and the environment remains', async () => {
    context.time = START + patience;
    expect(await lookAt(stage, withUserPool)).toBeUndefined();
    expect(await stageNow()).toEqual(stage);
    context.time += 1;
    expect(await failureOf(lookAt(stage, withUserPool))).toMatchObject({
      name: 'OutputsMissing',
      text: expect.stringContaining('"preview" does not have the requested outputs'),
    });
    expect(await stageNow()).toMatchObject(
      created.adopted ? { at: 'nothing' } : { at: 'created', answer: expect.anything() },
    );
    expect(context.changes).toEqual([]);
  });

  test('can be unreadable for a while; then the request fails with the service’s words', async () => {
    context.unreadable.set('preview', 'Endpoint request timed out');
    context.time = START + patience;
    expect(await lookAt(stage, withUserPool)).toBeUndefined();
    context.time += 1;
    expect(await failureOf(lookAt(stage, withUserPool))).toMatchObject({
      name: 'ConfigurationUnreadable',
      text: expect.stringContaining('The service says: "Endpoint request timed out".'),
    });
    expect(await stageNow()).toMatchObject(
      created.adopted ? { at: 'nothing' } : { at: 'created', answer: expect.anything() },
    );
  });
});

test.each([
  ['the app does not list it', nothingThere],
  ['the app does not exist', 'APP_NOT_FOUND'],
] as const)('an adopted environment fails with EnvironmentGone if %s', async (_, names) => {
  context.names = names;
  expect(await failureOf(lookAt({ at: 'adopted' }))).toMatchObject({ name: 'EnvironmentGone' });
  expect((await stageNow())?.at).toBe('nothing');
});

describe('an adopted environment that another delivery has reported', () => {
  const reported: Stage = { at: 'adopted', answer: 'SUCCESS' };
  beforeEach(() => {
    context.time = START + 65 * SECOND + 1;
  });

  test('stays adopted if this delivery finds no output, since ownership may pass to it', async () => {
    expect(await lookAt(reported, withUserPool)).toBeUndefined();
    expect(await stageNow()).toEqual(reported);
  });

  test('stays adopted if this delivery does not find it', async () => {
    context.names = nothingThere;
    expect(await lookAt(reported)).toBeUndefined();
    context.time = START + TIMEOUT + 1;
    expect(await failureOf(lookAt(reported))).toMatchObject({ name: 'EnvironmentGone' });
    expect(await stageNow()).toEqual(reported);
  });

  test('stays adopted if the other delivery reports it at the same moment', async () => {
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(reported)));
    expect(await lookAt({ at: 'adopted' }, withUserPool)).toBeUndefined();
    expect(await stageNow()).toEqual(reported);
  });
});

describe('the attributes of the resource', () => {
  test('are the name, the job and the outputs', () => {
    expect(attributesOf('preview', 'ours', { 'auth..UserPoolId': 'x' })).toEqual({
      EnvironmentName: 'preview',
      JobId: 'ours',
      'auth..UserPoolId': 'x',
    });
  });

  test('are read from the target', async () => {
    context.configs.set('preview', userPool);
    expect(await readReport({ ...properties, ...withUserPool }, context)).toEqual({
      kind: 'there',
      values: { 'auth..UserPoolId': 'eu-west-1_pool' },
    });
  });

  test('are not read if no output is requested, so that a read cannot fail', async () => {
    fails('metaConfig', serviceError('DENIED'));
    expect(await readReport(properties, context)).toEqual({ kind: 'there', values: {} });
  });
});

describe('a delivery that decides on an outdated entry', () => {
  const cloningNow: Stage = { at: 'cloning', ...clone };

  test('does not mistake the other delivery’s clone for an existing target', async () => {
    context.time = START + 2 * MINUTE;
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(cloningNow)));
    context.jobs.set('preview', [jobOf('ours', 'RUNNING')]);
    expect(await lookAt(examining)).toBeUndefined();
    expect(await stageNow()).toEqual(cloningNow);
  });

  test('does not end the request at the timeout while the other delivery clones', async () => {
    context.time = START + TIMEOUT + 1;
    fails('environmentNames', serviceError('UNAVAILABLE'));
    beforeTheNextWrite(() => othersWrite(cloneEntryOf({ at: 'cloning', calledAt: context.time })));
    expect(await lookAt(examining)).toBeUndefined();
    expect(await stageNow()).toEqual({ at: 'cloning', calledAt: context.time });
  });

  test('ends the request in one write if its last call is not accepted', async () => {
    context.names = nothingThere;
    context.time = START + TIMEOUT + 1;
    fails('startClone', serviceError('THROTTLED'));
    await expectFailureForGood(lookAt(examining), 'CloneNotStarted', 'what it said when THROTTLED');
    expect(context.table.writes).toBe(2);
  });

  describe('and calls CloneBackend again', () => {
    // What the first delivery wrote of its call got there, although it did not hear of it.
    const calledAgain: Stage = { at: 'cloning', calledAt: START + 11 * SECOND };

    beforeEach(() => {
      context.names = nothingThere;
    });

    test.each([
      ['was not accepted', serviceError('DENIED')],
      ['was refused', undefined],
    ])('does not remove the other delivery’s call if its own %s', async (_, error) => {
      context.cloneAnswer = refusal('the limit is reached');
      when('startClone', () => {
        othersWrite(cloneEntryOf(calledAgain));
        if (error !== undefined) throw error;
      });
      await lookAt(examining).catch(() => {});
      expect(await stageNow()).toEqual(calledAgain);
    });

    test.each([
      ['is retried', 0],
      ['has exceeded the timeout', TIMEOUT],
    ])('does not remove the other delivery’s call if the previous one %s', async (_, more) => {
      context.time = calledAgain.calledAt + more;
      beforeTheNextWrite(() => othersWrite(cloneEntryOf({ at: 'cloning', calledAt: context.time })));
      await lookAt({ at: 'cloning', calledAt: START - 10 * MINUTE });
      expect(await stageNow()).toEqual({ at: 'cloning', calledAt: context.time });
    });
  });
});
