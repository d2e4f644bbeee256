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
  reconcileCreate(
    { ...request, properties: { ...properties, ...changes } },
    parsedId,
    context.itemOf(entries),
    context,
  );

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

describe('a request that comes for the first time', () => {
  beforeEach(() => {
    context.time = START + MINUTE;
    fails('environmentNames', serviceError('UNAVAILABLE'));
  });

  test.each([
    ['a Create', create, undefined],
    ['an Update, with what it is to replace', update, 'former'],
  ])('is entered before anything is asked: %s', async (_, parsedId, replaces) => {
    await expect(look({}, {}, parsedId)).rejects.toThrow('UNAVAILABLE');
    expect(await entryNow()).toEqual(cloneEntryOf(examining, { begunAt: START + MINUTE, replaces }));
  });

  test('is entered beside the others', async () => {
    const earlier = followUpEntryOf({ endedAt: START });
    await expect(look({ earlier })).rejects.toThrow('UNAVAILABLE');
    expect(context.table.entries).toMatchObject({ earlier: { kind: 'follow-up' }, this: { kind: 'clone' } });
  });

  test('goes on from where another delivery has come meanwhile', async () => {
    context.onCall = () => {};
    beforeTheNextWrite(() => othersWrite(cloneEntryOf({ at: 'created', ...clone, stackId: undefined })));
    expect(await look({})).toMatchObject({ attributes: { JobId: 'ours' } });
    expect(context.table.writes).toBe(1);
  });

  test('leaves the answer to another delivery that goes back to what there was', async () => {
    context.onCall = () => {};
    expect(await look({ this: followUpEntryOf() }, {}, update)).toBeUndefined();
    expect(context.table.writes).toBe(0);
    expect(context.changes).toEqual([]);
  });
});

describe('a request that was cancelled before it came', () => {
  const cancellation = { replaces: undefined, found: undefined };
  const ended = { cancellation, endedAt: START + 4 * MINUTE + 1 };

  test.each<[string, PhysicalId, Entry, number]>([
    ['is being removed', create, followUpEntryOf({ cancellation }), MINUTE],
    ['comes as late as it can', create, followUpEntryOf({ cancellation }), 4 * MINUTE],
    [
      'was to replace the same',
      update,
      followUpEntryOf({ cancellation: { replaces: 'former', found: undefined } }),
      MINUTE,
    ],
  ])('begins nothing when it %s', async (_, parsedId, remover, after) => {
    context.names = nothingThere;
    context.time = START + after;
    const failure = await failureOf(look({ remover, other: followUpEntryOf() }, {}, parsedId));
    expect(failure.name).toBe('Cancelled');
    expect(await stageNow()).toEqual({ at: 'nothing', failure: undefined });
    expect(context.changes).toEqual([]);
  });

  test.each<[string, PhysicalId, Entry, number]>([
    ['another request removes nothing', create, followUpEntryOf(), MINUTE],
    ['what was removed replaced something, and this is a Create', create, removerOf('former'), MINUTE],
    ['what was removed was a Create, and this is an Update', update, followUpEntryOf({ cancellation }), MINUTE],
    ['what was removed replaced something else', update, removerOf('other'), MINUTE],
    ['it comes after the removal', create, followUpEntryOf(ended), 4 * MINUTE + 1],
    ['the removal of an earlier one has failed', create, followUpEntryOf({ cancellation }), 4 * MINUTE + 1],
    ['there is a clone of another request', create, cloneEntryOf(cloning), MINUTE],
  ])('is not meant when %s: it clones', async (_, parsedId, other, after) => {
    context.names = nothingThere;
    context.time = START + after;
    expect(await look({ other }, {}, parsedId)).toBeUndefined();
    expect(context.changes).toEqual(['CloneBackend dev preview']);
  });

  function removerOf(replaces: string): Entry {
    return followUpEntryOf({ cancellation: { replaces, found: undefined } });
  }
});

describe('examining', () => {
  const settled = START + 65 * SECOND + 1;

  describe.each<[string, EnvironmentNames, Partial<Properties>, string, string]>([
    ['the app is not there', 'APP_NOT_FOUND', {}, 'AppNotFound', APP],
    ['the target is there', new Set(['dev', 'preview']), {}, 'TargetExists', '"preview" already'],
    ['the source is not there', new Set(['main']), {}, 'SourceNotFound', '"dev" does not exist'],
    ['the source lacks an output', nothingThere, withUserPool, 'OutputsMissing', '"dev" does not have the requested'],
    [
      'what is to be adopted under an old name is not there',
      nothingThere,
      { ...toAdopt, targetName: 'NONE' },
      'NameNotAllowed',
      '"NONE" does not exist, and a new environment cannot have this name',
    ],
  ])('%s', (_, names, changes, name, words) => {
    beforeEach(() => {
      context.names = names;
    });

    test('is not believed for 65 s: reads may show what was so before', async () => {
      context.time = START + 65 * SECOND;
      expect(await lookAt(examining, changes)).toBeUndefined();
      expect(await stageNow()).toEqual(examining);
    });

    test('fails the request when it is still so after that', async () => {
      context.time = settled;
      await expectFailureForGood(lookAt(examining, changes), name, words);
      expect(context.changes).toEqual([]);
    });
  });

  test('a source with the outputs is cloned at once', async () => {
    context.names = nothingThere;
    context.configs.set('dev', userPool);
    expect(await lookAt(examining, withUserPool)).toBeUndefined();
    expect(context.changes).toEqual(['CloneBackend dev preview']);
  });

  test('the source’s outputs are not read where none is asked for', async () => {
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

    test('may be readable within 65 s; after that the request fails, before anything is cloned', async () => {
      context.time = START + 65 * SECOND;
      expect(await lookAt(examining, withUserPool)).toBeUndefined();
      expect(await stageNow()).toEqual(examining);
      context.time = settled;
      const words =
        'cannot be read, because GetBackend fails for it. The service says: "Endpoint request timed out". Nothing was changed.';
      await expectFailureForGood(lookAt(examining, withUserPool), 'ConfigurationUnreadable', words);
      expect(context.changes).toEqual([]);
    });

    test('is cloned at once where no output is asked for', async () => {
      expect(await lookAt(examining)).toBeUndefined();
      expect(context.changes).toEqual(['CloneBackend dev preview']);
    });
  });

  describe('an environment that is to be adopted', () => {
    test('is not believed in for 65 s: it may have been deleted just now', async () => {
      context.time = START + 65 * SECOND;
      expect(await lookAt(examining, toAdopt)).toBeUndefined();
      expect(await stageNow()).toEqual(examining);
    });

    test.each([
      ['nothing is known', []],
      ['a clone was completed', [jobOf('a', 'COMPLETED')]],
      ['something else runs', [jobOf('a', 'RUNNING', { operation: 'UpdateBackendAPI' })]],
    ])('is adopted and reported after that, where of its jobs %s', async (_, jobs) => {
      context.time = settled;
      context.jobs.set('preview', jobs);
      expect(await lookAt(examining, toAdopt)).toMatchObject({ adopted: true });
      expect(await stageNow()).toEqual({ at: 'adopted', answer: 'SUCCESS' });
      expect(context.changes).toEqual([]);
    });

    test.each([
      ['a clone onto it', 'preview', {}],
      ['its deletion', 'preview', { operation: REMOVAL }],
      ['a clone of its source, which may be the one onto it,', 'dev', {}],
    ])('is waited for while %s runs, up to the timeout', async (_, filedUnder, changes) => {
      context.jobs.set(filedUnder, [jobOf('a', 'COMPLETED'), jobOf('b', 'RUNNING', changes)]);
      context.time = START + TIMEOUT;
      expect(await lookAt(examining, toAdopt)).toBeUndefined();
      expect(await stageNow()).toEqual(examining);
      context.time += 1;
      expect(await lookAt(examining, toAdopt)).toMatchObject({ adopted: true });
    });

    test('may have an old name, which no new environment can have', async () => {
      context.time = settled;
      context.names = new Set(['dev', 'NONE']);
      const entry = cloneEntryOf(examining, { environmentName: 'NONE' });
      expect(await look({ this: entry }, { ...toAdopt, targetName: 'NONE' })).toMatchObject({ adopted: true });
    });

    test('is in the ledger as adopted before the request goes on', async () => {
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

    test('is cloned where it is not there', async () => {
      context.names = nothingThere;
      await lookAt(examining, toAdopt);
      expect(context.changes).toEqual(['CloneBackend dev preview']);
    });
  });

  test('a service that does not answer is asked again until the timeout; then the request says what it said', async () => {
    fails('environmentNames', serviceError('THROTTLED'));
    context.time = START + TIMEOUT;
    await expect(lookAt(examining)).rejects.toBeInstanceOf(ServiceError);
    expect(await stageNow()).toEqual(examining);
    context.time += 1;
    await expectFailureForGood(lookAt(examining), 'CloneNotStarted', 'what it said when THROTTLED');
  });

  test('what is a bug is not taken for the service, however late it is', async () => {
    fails('environmentNames', new TypeError('a bug'));
    context.time = START + TIMEOUT + 1;
    await expect(lookAt(examining)).rejects.toThrow(new TypeError('a bug'));
    expect(await stageNow()).toEqual(examining);
  });
});

describe('calling CloneBackend', () => {
  beforeEach(() => {
    context.names = nothingThere;
    context.time = START + MINUTE;
  });
  const calledNow: Stage = { at: 'cloning', calledAt: START + MINUTE };

  test('is in the ledger before it is done', async () => {
    let before: unknown;
    when('startClone', () => {
      before = context.table.entries['this'];
    });
    await lookAt(examining);
    expect(before).toMatchObject({ stage: calledNow });
  });

  test.each([['preview'], ['dev']])('gives a job, filed under %s, that is kept', async (filedUnder) => {
    context.cloneAnswer = { id: 'job', filedUnder };
    expect(await lookAt(examining)).toBeUndefined();
    expect(await stageNow()).toEqual({ at: 'cloning', calledAt: START + MINUTE, job: { id: 'job', filedUnder } });
  });

  test.each([['preview'], ['dev']])('gives a job, filed under %s, that may have failed already', async (name) => {
    context.cloneAnswer = { id: 'job', filedUnder: name };
    context.jobs.set(name, [jobOf('job', 'FAILED')]);
    expect(await lookAt(examining)).toBeUndefined();
    expect(await stageNow()).toMatchObject({ at: 'removing', ended: 'FAILED', failure: { name: 'CloneFailed' } });
  });

  test('is left to the delivery that has entered it first', async () => {
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(calledNow)));
    expect(await lookAt(examining)).toBeUndefined();
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toEqual(calledNow);
  });

  test('has the time of the write that succeeds: the job is searched for by that', async () => {
    beforeTheNextWrite(() => {
      othersWrite(cloneEntryOf(examining));
      context.time += 20 * SECOND;
    });
    await lookAt(examining);
    expect(await stageNow()).toMatchObject({ at: 'cloning', calledAt: START + MINUTE + 20 * SECOND });
  });

  test('is not done for a request that was cancelled meanwhile', async () => {
    beforeTheNextWrite(() => othersWrite(cloneEntryOf({ at: 'nothing', failure: undefined })));
    expect(await failureOf(lookAt(examining))).toMatchObject({ name: 'Cancelled' });
    expect(context.changes).toEqual([]);
  });

  test('fails with the service’s words where it refuses', async () => {
    context.cloneAnswer = refusal('the limit is reached');
    await expectFailureForGood(lookAt(examining), 'CloneRefused', 'the limit is reached');
  });

  test.each<[ServiceErrorReason]>([['THROTTLED'], ['BUSY'], ['DENIED'], ['NO_HOST']])(
    'is done again until the timeout where the service did not take it: %s',
    async (reason) => {
      fails('startClone', serviceError(reason));
      context.time = START + TIMEOUT;
      await expect(lookAt(examining)).rejects.toMatchObject({ reason });
      expect(await stageNow()).toEqual(examining);
      context.time += 1;
      await expectFailureForGood(lookAt(examining), 'CloneNotStarted', `what it said when ${reason}`);
    },
  );

  test('fails after the timeout, where another job does not end, with the command that shows that job', async () => {
    fails('startClone', new ServiceError('BUSY', 'CloneBackend', 'There is already a pending job'));
    context.time = START + TIMEOUT + 1;
    await expectFailureForGood(
      lookAt(examining),
      'CloneNotStarted',
      'It says to CloneBackend: "There is already a pending job". To see the pending job, run: ' +
        `aws amplifybackend list-backend-jobs --app-id ${APP} --backend-environment-name dev.`,
    );
  });

  test('is not done again where its answer was lost: the service may have taken it', async () => {
    fails('startClone', serviceError('UNAVAILABLE'));
    context.time = START + TIMEOUT + 1;
    expect(await lookAt(examining)).toBeUndefined();
    expect(await stageNow()).toEqual({ at: 'cloning', calledAt: context.time });
    expect(context.logged).toEqual([
      { message: expect.stringContaining('was lost'), details: { targetName: 'preview' } },
    ]);
  });

  test('is not done again where what went wrong says nothing about the call', async () => {
    fails('startClone', new TypeError('a bug'));
    await expect(lookAt(examining)).rejects.toThrow(new TypeError('a bug'));
    expect(await stageNow()).toEqual(calledNow);
  });

  test('is written down with some patience, since only this delivery knows the job', async () => {
    failsToWriteAfterTheCall(4, serviceError('UNAVAILABLE', 'dynamodb'));
    expect(await lookAt(examining)).toBeUndefined();
    expect(context.sleeps).toHaveLength(4);
    expect(await stageNow()).toMatchObject({ at: 'cloning', job: { id: 'ours' } });
  });

  test.each<[ServiceErrorReason]>([['DENIED'], ['UNAVAILABLE']])(
    'is not done again where only the ledger could not be written: %s',
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

  describe('while another request takes over, to remove what comes of it', () => {
    beforeEach(() => {
      when('startClone', () => othersWrite(cloneEntryOf({ ...takenOver, calledAt: START + MINUTE })));
    });

    test('lets that one know the job', async () => {
      expect(await failureOf(lookAt(examining))).toMatchObject({ name: 'Cancelled' });
      expect(await stageNow()).toEqual({ ...takenOver, calledAt: START + MINUTE, job: clone.job });
    });

    test('leaves a refusal to that one to find out', async () => {
      context.cloneAnswer = refusal('no');
      expect(await failureOf(lookAt(examining))).toMatchObject({ name: 'Cancelled' });
      expect(await stageNow()).toEqual({ ...takenOver, calledAt: START + MINUTE });
    });

    test('is not done again where the service did not take it', async () => {
      when('startClone', () => {
        othersWrite(cloneEntryOf(takenOver));
        throw serviceError('THROTTLED');
      });
      await expect(lookAt(examining)).rejects.toMatchObject({ reason: 'THROTTLED' });
      expect(await stageNow()).toEqual(takenOver);
    });
  });

  test('changes nothing any more where the request was over when the answer came', async () => {
    let theirs: unknown;
    when('startClone', () => {
      othersWrite(cloneEntryOf({ at: 'nothing', failure: undefined }));
      theirs = context.table.stored;
    });
    expect(await failureOf(lookAt(examining))).toMatchObject({ name: 'Cancelled' });
    expect(context.table.stored).toEqual(theirs);
  });
});

describe('a call whose answer is not known', () => {
  const afterTheCall = 15 * SECOND;
  /** A read that lags behind, the clocks, and the call itself. */
  const certain = START + 111 * SECOND + 1;

  beforeEach(() => {
    context.names = nothingThere;
  });

  test('is not looked into for 15 s, while it may still be answered to the delivery that made it', async () => {
    context.jobs.set('preview', [jobOf('found', 'RUNNING')]);
    context.time = START + afterTheCall - 1;
    expect(await lookAt(calling)).toBeUndefined();
    expect(await stageNow()).toEqual(calling);
  });

  test('has made the clone onto the target that began with it', async () => {
    context.jobs.set('preview', [jobOf('found', 'RUNNING')]);
    context.time = START + afterTheCall;
    expect(await lookAt(calling)).toBeUndefined();
    expect(await stageNow()).toEqual({
      at: 'cloning',
      calledAt: START,
      job: { id: 'found', filedUnder: 'preview' },
    });
  });

  test('has made an environment that may be there by now', async () => {
    context.jobs.set('preview', [jobOf('found', 'COMPLETED')]);
    context.names = new Set(['dev', 'preview']);
    context.time = START + 10 * MINUTE;
    expect(await lookAt(calling)).toMatchObject({ attributes: { JobId: 'found' } });
  });

  test('has made nothing that began long before it', async () => {
    context.jobs.set('preview', [jobOf('old', 'RUNNING', { createdAt: START - 10 * MINUTE })]);
    context.time = START + afterTheCall;
    expect(await lookAt(calling)).toBeUndefined();
    expect(await stageNow()).toEqual(calling);
  });

  test.each([
    ['a clone of the source shows', [jobOf('candidate', 'RUNNING')]],
    ['nothing shows', []],
  ])('is waited for while its clone may not show yet, even where %s', async (_, jobs) => {
    context.jobs.set('dev', jobs);
    context.time = certain - 1;
    expect(await lookAt(calling)).toBeUndefined();
    expect(await stageNow()).toEqual(calling);
    expect(context.changes).toEqual([]);
  });

  test('may have made one of the clones of the source, which cannot be told apart', async () => {
    context.jobs.set('dev', [jobOf('one', 'RUNNING'), jobOf('other', 'RUNNING')]);
    context.time = certain;
    expect(await lookAt(calling)).toBeUndefined();
    expect(await stageNow()).toEqual(cloningOfLostAnswer);
    expect(context.changes).toEqual([]);
  });

  test.each<[string, Stage]>([
    ['the clone', cloning],
    ['the removal that has taken over', { ...takenOver, job: clone.job }],
  ])('does not cost %s the job that became known meanwhile', async (_, stage) => {
    context.jobs.set('dev', [jobOf('one', 'RUNNING')]);
    context.time = certain;
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(stage)));
    await lookAt(calling).catch(() => {});
    expect(await stageNow()).toEqual(stage);
  });

  test('is made again, up to the timeout, when no clone shows that began with it', async () => {
    context.time = START + TIMEOUT;
    expect(await lookAt(calling)).toBeUndefined();
    expect(context.changes).toEqual(['CloneBackend dev preview']);
    expect(await stageNow()).toEqual({ at: 'cloning', calledAt: context.time, job: clone.job });
  });

  test('is made again as soon as that is certain', async () => {
    context.time = certain;
    await lookAt(calling);
    expect(context.changes).toEqual(['CloneBackend dev preview']);
  });

  test('fails the request after the timeout when no clone shows that began with it', async () => {
    context.time = START + TIMEOUT + 1;
    await expectFailureForGood(lookAt(calling), 'CloneNotStarted', 'answers to CloneBackend were lost');
    expect(context.changes).toEqual([]);
  });

  test('is not made again for a request that was taken over meanwhile', async () => {
    context.time = certain;
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(takenOver)));
    expect(await failureOf(lookAt(calling))).toMatchObject({ name: 'Cancelled' });
    expect(await stageNow()).toEqual(takenOver);
    expect(context.changes).toEqual([]);
  });
});

describe('cloning', () => {
  const late = START + TIMEOUT + 1;

  test('ends with the environment when the job is completed and the app lists it', async () => {
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    context.time = START + TIMEOUT;
    expect(await lookAt(cloning)).toEqual({
      adopted: false,
      attributes: { EnvironmentName: 'preview', JobId: 'ours' },
    });
    expect(await stageNow()).toEqual({ at: 'created', ...clone, stackId: undefined });
  });

  test('ends with the environment where its answer was lost and a job of the source was completed', async () => {
    context.jobs.set('dev', [jobOf('candidate', 'COMPLETED')]);
    context.time = START + 10 * MINUTE;
    expect(await lookAt(cloningOfLostAnswer)).toMatchObject({ attributes: { JobId: '' } });
    expect(await stageNow()).toEqual({ at: 'created', ...cloneOfLostAnswer, stackId: undefined });
  });

  describe('that ends', () => {
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

    test('has its root stack in the ledger: an environment that is made anew has another', async () => {
      expect(await stageAfter(66 * SECOND)).toEqual({
        at: 'created',
        ...clone,
        stackId: 'arn:stack/1',
      });
    });

    describe('within 65 s of the call, when what shows may still be what had the name before,', () => {
      test.each<[string, number, Stage]>([
        ['is looked at again', 130 * SECOND + 1, cloning],
        [
          'has none there where the timeout leaves no room for that',
          130 * SECOND,
          { at: 'created', ...clone, stackId: undefined },
        ],
      ])('%s', async (_, timeoutMilliseconds, expected) => {
        expect(await stageAfter(65 * SECOND, { timeoutMilliseconds })).toEqual(expected);
      });
    });

    describe.each<[string, () => void]>([
      ['shows no root stack', () => context.configs.set('preview', { auth: {} })],
      ['cannot be read', () => context.unreadable.set('preview', 'Endpoint request timed out')],
    ])('and %s', (_, arrange) => {
      /** By when reads show what there was at the end of its job. */
      const shown = MINUTE + 96 * SECOND;
      const without: Stage = { at: 'created', ...clone, stackId: undefined };
      beforeEach(arrange);

      test.each<[string, number, number, Stage]>([
        ['is looked at again for 96 s', shown, TIMEOUT, cloning],
        ['goes without after that', shown + 1, TIMEOUT, without],
        ['is looked at again while the timeout leaves room for it', shown, shown + 65 * SECOND + 1, cloning],
        ['goes without where the timeout leaves none', shown, shown + 65 * SECOND, without],
      ])('%s', async (_name, milliseconds, timeoutMilliseconds, expected) => {
        expect(await stageAfter(milliseconds, { timeoutMilliseconds })).toEqual(expected);
      });
    });
  });

  test('is not made by this request any more when another one has taken over', async () => {
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    context.time = START + 10 * MINUTE;
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(takenOver)));
    expect(await failureOf(lookAt(cloning))).toMatchObject({ name: 'Cancelled' });
    expect(await stageNow()).toEqual(takenOver);
  });

  describe.each<[string, () => void, string]>([
    ['its job runs', () => context.jobs.set('preview', [jobOf('ours', 'RUNNING')]), 'its job is still running'],
    ['its job is not known', () => {}, 'the service does not know its job'],
    [
      'its job is completed, and the app does not list it',
      () => {
        context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
        context.names = nothingThere;
      },
      'its job is completed, but the app does not list the environment',
    ],
    [
      'its job is completed, and the app cannot be looked at',
      () => {
        context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
        context.names = 'APP_NOT_FOUND';
      },
      'its job is completed, but the app does not list the environment',
    ],
  ])('while %s', (_, arrange, seen) => {
    test('is waited for up to the timeout', async () => {
      arrange();
      context.time = START + TIMEOUT;
      expect(await lookAt(cloning)).toBeUndefined();
      expect(await stageNow()).toEqual(cloning);
    });

    test('fails after that, and leaves the removal to the request that follows', async () => {
      arrange();
      context.time = late;
      const { name, message } = await failureOf(lookAt(cloning));
      expect(name).toBe('CloneTimedOut');
      expect(message).toContain(`not complete after 45 minutes (job ours): ${seen}.`);
      expect(await stageNow()).toEqual(cloning);
      expect(context.changes).toEqual([]);
    });
  });

  test('ends with the environment also where that is seen after the timeout', async () => {
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    context.time = late;
    expect(await lookAt(cloning)).toMatchObject({ attributes: { JobId: 'ours' } });
    expect(await stageNow()).toEqual({ at: 'created', ...clone, stackId: undefined });
  });

  describe('whose answer was lost', () => {
    const certain = START + 111 * SECOND + 1;

    test('is waited for while its job may not show yet', async () => {
      context.time = certain - 1;
      expect(await lookAt(cloningOfLostAnswer)).toBeUndefined();
      expect(await stageNow()).toEqual(cloningOfLostAnswer);
    });

    test('has not begun when no job shows after that', async () => {
      context.time = certain;
      await expectFailureForGood(lookAt(cloningOfLostAnswer), 'AnswerLost', 'the app lists no new environment');
    });

    test('was none of the completed clones of the source when the app does not list it 96 s later', async () => {
      const endedAt = START + 10 * MINUTE;
      context.jobs.set('dev', [jobOf('candidate', 'COMPLETED', { updatedAt: endedAt })]);
      context.names = nothingThere;
      context.time = endedAt + 96 * SECOND;
      expect(await lookAt(cloningOfLostAnswer)).toBeUndefined();
      context.time += 1;
      await expectFailureForGood(lookAt(cloningOfLostAnswer), 'AnswerLost', 'the app lists no new environment');
    });
  });

  test('of a lost answer is waited for until the timeout while Amplify Studio is switched off', async () => {
    context.jobs.set('dev', [jobOf('candidate', 'COMPLETED')]);
    context.names = 'APP_NOT_FOUND';
    context.time = START + TIMEOUT;
    expect(await lookAt(cloningOfLostAnswer)).toBeUndefined();
    expect(await stageNow()).toEqual(cloningOfLostAnswer);
  });

  describe.each<[string, () => void, string, string]>([
    [
      'that lacks an output its source had',
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

    test('is made, and looked at again until the timeout', async () => {
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

    test('is not kept where another delivery has reported it: a later Delete has to find it', async () => {
      context.time = START + TIMEOUT;
      expect(await lookAt(reportedNow, withUserPool)).toBeUndefined();
      context.time = late;
      expect(await failureOf(lookAt(reportedNow, withUserPool))).toMatchObject({ name });
      expect(await stageNow()).toEqual(reportedNow);
    });

    test('is not kept where another delivery reports it at the same moment', async () => {
      context.time = late;
      beforeTheNextWrite(() => othersWrite(cloneEntryOf(reportedNow)));
      expect(await failureOf(lookAt(createdNow, withUserPool))).toMatchObject({ name });
      expect(await stageNow()).toEqual(reportedNow);
    });

    test('is not reported where another delivery keeps it at the same moment', async () => {
      const text = 'The clone is complete, and is kept.';
      context.unreadable.clear();
      context.configs.set('preview', userPool);
      beforeTheNextWrite(() => othersWrite(cloneEntryOf(keptFor({ name, text }))));
      expect(await failureOf(lookAt(createdNow, withUserPool))).toMatchObject({ name, text });
    });

    test.each([
      ['at once', cloning],
      ['as it was made before', createdNow],
    ])('fails after that, %s, and is kept: nobody deletes it any more', async (_name, stage) => {
      context.time = late;
      const { name: found, text } = await failureOf(lookAt(stage, withUserPool));
      expect(found).toBe(name);
      expect(text).toContain(words);
      expect(text).toContain('The clone is complete, and is kept.');
      expect(await stageNow()).toEqual(keptFor({ name, text }));
      expect(context.changes).toEqual([]);
    });

    test('fails after that in the same words in each delivery', async () => {
      context.time = late;
      const { text } = await failureOf(lookAt(createdNow, withUserPool));
      context.unreadable.clear();
      context.configs.set('preview', userPool);
      expect(await failureOf(lookAt(keptFor({ name, text }), withUserPool))).toMatchObject({ name, text });
    });

    test('is not kept from a request that removes it already', async () => {
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

    test('is removed, and the ledger remembers why', async () => {
      expect(await lookAt(cloning)).toBeUndefined();
      expect(await stageNow()).toEqual({
        ...removing,
        ended: 'FAILED',
        failure: { name: 'CloneFailed', text: expect.stringContaining('the stack rolled back') },
      });
    });

    test('is left to another request that removes it already', async () => {
      beforeTheNextWrite(() => othersWrite(cloneEntryOf(takenOver)));
      expect(await failureOf(lookAt(cloning))).toMatchObject({ name: 'Cancelled' });
      expect(await stageNow()).toEqual(takenOver);
    });
  });
});

describe('removing what a failed clone left', () => {
  const deletion = { calledAt: START + MINUTE, jobId: 'removal' };
  const removalJob = (status: 'RUNNING' | 'COMPLETED') =>
    jobOf('removal', status, { operation: 'DeleteBackend', createdAt: START + MINUTE });

  beforeEach(() => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED')]);
    context.configs.set('preview', {});
    context.time = START + 10 * MINUTE;
  });

  test('begins with its deletion', async () => {
    expect(await lookAt(removing)).toBeUndefined();
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect(await stageNow()).toMatchObject({ at: 'removing', deletion: { jobId: 'removal' } });
  });

  test('ends with the reason when the app does not list it any more', async () => {
    context.names = nothingThere;
    await expectFailureForGood(lookAt(removing), 'CloneFailed', 'It failed. The app does not list "preview" any more.');
  });

  test('ends with the reason alone where the app cannot be looked at', async () => {
    context.jobs.clear();
    context.names = 'APP_NOT_FOUND';
    const { text } = await failureOf(lookAt(removing));
    expect(text).toBe('It failed.');
    expect(context.changes).toEqual([]);
  });

  test('leaves alone what somebody else has made, and says so', async () => {
    context.configs.set('preview', userPool);
    await expectFailureForGood(
      lookAt(removing),
      'CloneFailed',
      'It failed. An environment "preview" exists that this resource did not create. It was not touched.',
    );
    expect(context.changes).toEqual([]);
  });

  test('leaves alone what somebody may be making with the Amplify CLI, and says so', async () => {
    context.configs.set('preview', { providers: { awscloudformation: {} } });
    await expectFailureForGood(
      lookAt(removing),
      'CloneFailed',
      'It failed. An environment "preview" exists that has a root stack and no categories.',
    );
    expect(context.changes).toEqual([]);
  });

  test('is waited for until the 54th minute is over; then the request says what is left, and how to delete it', async () => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED'), removalJob('RUNNING')]);
    context.time = START + 54 * MINUTE;
    expect(await lookAt({ ...removing, deletion })).toBeUndefined();
    context.time += 1;
    const { name, text } = await failureOf(lookAt({ ...removing, deletion }));
    expect(name).toBe('CloneFailed');
    expect(text).toMatch(/^It failed\. Environment "preview" may remain.*its deletion is still running/i);
    expect(text).toContain(byHand(APP, 'preview'));
    expect(await stageNow()).toMatchObject({ at: 'removing' });
  });

  test('leaves the rest to another request that has taken over meanwhile', async () => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED'), removalJob('COMPLETED')]);
    context.names = nothingThere;
    const over = { ...takenOver, ...clone, deletion };
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(over)));
    expect(await failureOf(lookAt({ ...removing, deletion }))).toMatchObject({ name: 'Cancelled' });
    expect(await stageNow()).toEqual(over);
  });

  test('is not this request’s work where another one has taken over', async () => {
    expect(await failureOf(lookAt({ ...takenOver, ...clone }))).toMatchObject({
      name: 'Cancelled',
      text: expect.stringContaining('CloudFormation cancelled the request'),
    });
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toEqual({ ...takenOver, ...clone });
  });
});

describe('a request of which nothing is there any more', () => {
  test('fails as it did before', async () => {
    const failure = { name: 'TargetExists', text: 'It was there.' };
    expect(await failureOf(lookAt({ at: 'nothing', failure }))).toMatchObject({
      name: 'TargetExists',
      text: 'It was there.',
      message: '[TargetExists] It was there.',
    });
    expect(context.table.writes).toBe(0);
  });

  test('was cancelled where no reason is known', async () => {
    expect(await failureOf(lookAt({ at: 'nothing', failure: undefined }))).toMatchObject({ name: 'Cancelled' });
  });
});

describe.each<[string, Stage, Partial<Created>, string, number]>([
  ['a clone that was made', { at: 'created', ...clone, stackId: undefined }, { adopted: false }, 'ours', TIMEOUT],
  [
    'a clone whose answer was lost',
    { at: 'created', ...cloneOfLostAnswer, stackId: undefined },
    { adopted: false },
    '',
    TIMEOUT,
  ],
  ['an environment that was adopted', { at: 'adopted' }, { adopted: true }, '', 65 * SECOND],
])('%s', (_, stage, created, jobId, patience) => {
  test('is reported with its outputs, as often as it is asked for', async () => {
    context.configs.set('preview', userPool);
    const reported = {
      ...created,
      attributes: { EnvironmentName: 'preview', JobId: jobId, 'auth..UserPoolId': 'eu-west-1_pool' },
    };
    expect(await lookAt(stage, withUserPool)).toEqual(reported);
    expect(await lookAt(stage, withUserPool)).toEqual(reported);
    expect(context.table.writes).toBe(2);
  });

  test('is reported with the outputs that were read: it does not depend on a second read', async () => {
    context.configs.set('preview', userPool);
    let reads = 0;
    context.onCall = (operation) => {
      if (operation === 'metaConfig') reads += 1;
      if (reads > 1) throw new ServiceError('UNAVAILABLE', 'GetBackend', 'its words');
    };
    expect(await lookAt(stage, withUserPool)).toMatchObject({ attributes: { EnvironmentName: 'preview' } });
  });

  test('may lack an output for a while; then the request fails, and the environment stays', async () => {
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

  test('may not be readable for a while; then the request fails with the service’s words', async () => {
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
  ['the app is not there', 'APP_NOT_FOUND'],
] as const)('an environment that was adopted is gone where %s', async (_, names) => {
  context.names = names;
  expect(await failureOf(lookAt({ at: 'adopted' }))).toMatchObject({ name: 'EnvironmentGone' });
  expect((await stageNow())?.at).toBe('nothing');
});

describe('an environment that was adopted, and reported by another delivery', () => {
  const reported: Stage = { at: 'adopted', answer: 'SUCCESS' };
  beforeEach(() => {
    context.time = START + 65 * SECOND + 1;
  });

  test('stays adopted where this one finds no output: ownership may have to pass on', async () => {
    expect(await lookAt(reported, withUserPool)).toBeUndefined();
    expect(await stageNow()).toEqual(reported);
  });

  test('stays adopted where this one does not find it', async () => {
    context.names = nothingThere;
    expect(await lookAt(reported)).toBeUndefined();
    context.time = START + TIMEOUT + 1;
    expect(await failureOf(lookAt(reported))).toMatchObject({ name: 'EnvironmentGone' });
    expect(await stageNow()).toEqual(reported);
  });

  test('stays adopted where that one reports it at the same moment', async () => {
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(reported)));
    expect(await lookAt({ at: 'adopted' }, withUserPool)).toBeUndefined();
    expect(await stageNow()).toEqual(reported);
  });
});

describe('what CloudFormation is told', () => {
  test('is the name, the job and the outputs', () => {
    expect(attributesOf('preview', 'ours', { 'auth..UserPoolId': 'x' })).toEqual({
      EnvironmentName: 'preview',
      JobId: 'ours',
      'auth..UserPoolId': 'x',
    });
  });

  test('is read from the target', async () => {
    context.configs.set('preview', userPool);
    expect(await readReport({ ...properties, ...withUserPool }, context)).toEqual({
      kind: 'there',
      values: { 'auth..UserPoolId': 'eu-west-1_pool' },
    });
  });

  test('is not read where no output is asked for, so that it does not fail either', async () => {
    fails('metaConfig', serviceError('DENIED'));
    expect(await readReport(properties, context)).toEqual({ kind: 'there', values: {} });
  });
});

describe('a look that was judged before another delivery went on', () => {
  const cloningNow: Stage = { at: 'cloning', ...clone };

  test('does not take the clone of that one for what was there before', async () => {
    context.time = START + 2 * MINUTE;
    beforeTheNextWrite(() => othersWrite(cloneEntryOf(cloningNow)));
    context.jobs.set('preview', [jobOf('ours', 'RUNNING')]);
    expect(await lookAt(examining)).toBeUndefined();
    expect(await stageNow()).toEqual(cloningNow);
  });

  test('does not end the request for want of time while that one clones', async () => {
    context.time = START + TIMEOUT + 1;
    fails('environmentNames', serviceError('UNAVAILABLE'));
    beforeTheNextWrite(() => othersWrite(cloneEntryOf({ at: 'cloning', calledAt: context.time })));
    expect(await lookAt(examining)).toBeUndefined();
    expect(await stageNow()).toEqual({ at: 'cloning', calledAt: context.time });
  });

  test('whose call was not taken, and is the last, leaves no moment in which that one could call', async () => {
    context.names = nothingThere;
    context.time = START + TIMEOUT + 1;
    fails('startClone', serviceError('THROTTLED'));
    await expectFailureForGood(lookAt(examining), 'CloneNotStarted', 'what it said when THROTTLED');
    expect(context.table.writes).toBe(2);
  });

  describe('and called CloneBackend again', () => {
    // What the first delivery wrote of its call got there, although it did not hear of it.
    const calledAgain: Stage = { at: 'cloning', calledAt: START + 11 * SECOND };

    beforeEach(() => {
      context.names = nothingThere;
    });

    test.each([
      ['was not taken', serviceError('DENIED')],
      ['was refused', undefined],
    ])('does not take that call back when its own %s', async (_, error) => {
      context.cloneAnswer = refusal('the limit is reached');
      when('startClone', () => {
        othersWrite(cloneEntryOf(calledAgain));
        if (error !== undefined) throw error;
      });
      await lookAt(examining).catch(() => {});
      expect(await stageNow()).toEqual(calledAgain);
    });

    test.each([
      ['is to be made again', 0],
      ['is given up', TIMEOUT],
    ])('does not take that call back when the one before it %s', async (_, more) => {
      context.time = calledAgain.calledAt + more;
      beforeTheNextWrite(() => othersWrite(cloneEntryOf({ at: 'cloning', calledAt: context.time })));
      await lookAt({ at: 'cloning', calledAt: START - 10 * MINUTE });
      expect(await stageNow()).toEqual({ at: 'cloning', calledAt: context.time });
    });
  });
});
