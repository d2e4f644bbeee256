import { recordAdoption } from '../../lambda/adoptions';
import {
  type Job,
  type MetaConfig,
  REMOVAL,
  ServiceError,
  type ServiceErrorReason,
} from '../../lambda/backend-service';
import {
  type CloneEntry,
  type Deletion,
  type Entry,
  type LedgerItem,
  type Removing,
  readItem,
  type Stage,
} from '../../lambda/ledger';
import { cloneEntry } from '../../lambda/ledger-entries';
import { type Removal, type RemovalStep, remove, removeStep } from '../../lambda/removal';
import {
  APP,
  cloneEntryOf,
  createdOfLostAnswer,
  followUpEntryOf,
  jobOf,
  MINUTE,
  RESOURCE,
  refusal,
  removingOf,
  resource,
  SECOND,
  START,
  TestContext,
} from './test-context';

/** When the request began that removes the clone of `dev` to `preview`. */
const BEGUN = START + 60 * MINUTE;
const DEADLINE = BEGUN + 54 * MINUTE;
const CLONE_WAIT = 25 * MINUTE;
/** What happened at a time of the service's clock shows once more than this has passed. */
const SETTLED = 96 * SECOND;
/** What was called at a time shows once more than this has passed. */
const CALL_SETTLED = 111 * SECOND;
const AS_MADE: Partial<Removing> = {};
const LOST: Partial<Removing> = { job: undefined };
const FILED_UNDER_SOURCE: Partial<Removing> = { job: { id: 'ours', filedUnder: 'dev' } };
const CALLED: Partial<Removing> = { ended: 'COMPLETED', deletion: { calledAt: BEGUN, jobId: 'removal' } };
const CALLED_AND_LOST: Partial<Removing> = { deletion: { calledAt: BEGUN, jobId: undefined } };
const ROOT_STACK = { providers: { awscloudformation: {} } };

const WAITING: RemovalStep = 'WAITING';
const GONE: RemovalStep = 'GONE';
const NOTHING_KNOWN: RemovalStep = 'NOTHING_KNOWN';
const NOT_OURS: RemovalStep = 'NOT_OURS';

let context: TestContext;
beforeEach(() => {
  context = new TestContext();
  context.time = BEGUN;
  context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
});

function toRemove(changes: Partial<Removing> = {}): CloneEntry {
  return cloneEntryOf(removingOf({ ended: undefined, ...changes }));
}

const pageWith = (changes: Partial<Removing>): LedgerItem => context.itemOf({ create: toRemove(changes) });

/** The removal of what the request `create` has made. */
const ofCreate = (item: LedgerItem, begunAt = BEGUN): Removal => ({ requestId: 'create', begunAt, item, context });

/** One step towards it. */
function step(changes: Partial<Removing> = {}): Promise<RemovalStep> {
  return removeStep(ofCreate(pageWith(changes)));
}

const stageNow = async (): Promise<Stage | undefined> =>
  cloneEntry(await readItem(context.table, RESOURCE), 'create')?.stage;

const deletionNow = async (): Promise<Deletion | 'NOT REMOVING' | undefined> => {
  const stage = await stageNow();
  return stage?.at === 'removing' ? stage.deletion : 'NOT REMOVING';
};

/** Another delivery of the request comes first with its write, once. */
function writtenMeanwhile(entries: Readonly<Record<string, Entry>>): void {
  context.table.beforeWrite = () => {
    context.table.beforeWrite = () => {};
    context.table.stored = { version: 2, text: JSON.stringify(entries) };
  };
}

const removalOf = (id: string, status: Job['status'], changes: Partial<Job> = {}): Job =>
  jobOf(id, status, { operation: REMOVAL, createdAt: BEGUN, updatedAt: BEGUN + SECOND, ...changes });

const notListed = (): void => {
  context.names = new Set(['dev']);
};

describe('a removal', () => {
  test.each<[string, Readonly<Record<string, Entry>>]>([
    ['has no entry', {}],
    ['is a follow-up', { create: followUpEntryOf() }],
    ['has ended', { create: cloneEntryOf({ at: 'nothing', failure: undefined }) }],
    ['has adopted its environment', { create: cloneEntryOf({ at: 'adopted' }) }],
    [
      'has a complete clone that should not be removed',
      {
        create: cloneEntryOf(createdOfLostAnswer),
      },
    ],
  ])('is complete at once if the request %s', async (_, entries) => {
    const item = context.itemOf(entries);
    expect(await remove(ofCreate(item))).toBe(true);
    expect(context.changes).toEqual([]);
    expect(context.table.writes).toBe(0);
  });

  test('is not complete before the deletion is', async () => {
    expect(await remove(ofCreate(pageWith({})))).toBe(false);
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect(await stageNow()).toMatchObject({ at: 'removing' });
  });

  test('is complete once the environment does not exist, and logs and records that', async () => {
    notListed();
    expect(await remove(ofCreate(pageWith({})))).toBe(true);
    expect(await stageNow()).toEqual({ at: 'nothing', failure: undefined });
    expect(context.logged).toEqual([
      { message: 'the removal is complete', details: { appId: APP, environmentName: 'preview', end: 'GONE' } },
    ]);
  });

  test('is complete if the environment is another owner’s, which remains', async () => {
    context.jobs.set('preview', [jobOf('theirs', 'COMPLETED', { createdAt: START + 10 * MINUTE, updatedAt: BEGUN })]);
    expect(await remove(ofCreate(pageWith({})))).toBe(true);
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toEqual({ at: 'nothing', failure: undefined });
  });

  test('fails with the service’s words, and its record remains', async () => {
    const failedDeletions = ['The service says: "no".', 'The service says: "a bucket is not empty".'];
    const removal = remove(ofCreate(pageWith({ failedDeletions })));
    await expect(removal).rejects.toMatchObject({
      name: 'RemovalFailed',
      text: expect.stringContaining('may still exist. The service says: "a bucket is not empty". Delete the stack'),
    });
    expect(await stageNow()).toMatchObject({ at: 'removing' });
  });

  test('waits 25 minutes for a running clone, and then calls DeleteBackend', async () => {
    context.jobs.set('preview', [jobOf('ours', 'RUNNING')]);
    notListed();
    context.time = BEGUN + 25 * MINUTE - 1;
    expect(await remove(ofCreate(pageWith({})))).toBe(false);
    expect(context.changes).toEqual([]);
    context.time = BEGUN + 25 * MINUTE;
    expect(await remove(ofCreate(pageWith({})))).toBe(false);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('fails after 54 minutes, before CloudFormation’s timeout', async () => {
    context.jobs.set('preview', [removalOf('removal', 'RUNNING')]);
    context.time = BEGUN + 54 * MINUTE;
    expect(await remove(ofCreate(pageWith(CALLED)))).toBe(false);
    context.time += 1;
    await expect(remove(ofCreate(pageWith(CALLED)))).rejects.toThrow('Its deletion is still running.');
  });
});

describe('a step without a removal', () => {
  test.each<[string, Readonly<Record<string, Entry>>]>([
    ['a request without an entry', {}],
    ['a request that has ended', { create: cloneEntryOf({ at: 'nothing', failure: undefined }) }],
    [
      'a complete clone',
      {
        create: cloneEntryOf(createdOfLostAnswer),
      },
    ],
  ])('changes nothing for %s', async (_, entries) => {
    expect(await removeStep(ofCreate(context.itemOf(entries)))).toEqual(NOTHING_KNOWN);
    expect(context.changes).toEqual([]);
  });
});

describe('a DeleteBackend call', () => {
  test('is recorded before it is made, so that no delivery makes it twice', async () => {
    let written: unknown;
    context.onCall = (operation) => {
      if (operation === 'startRemoval') written = context.table.entries['create'];
    };
    expect(await step()).toEqual(WAITING);
    expect(written).toMatchObject({ stage: { deletion: { calledAt: BEGUN } } });
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('is recorded with its job once it is accepted', async () => {
    await step();
    expect(await stageNow()).toMatchObject({ at: 'removing', deletion: { calledAt: BEGUN, jobId: 'removal' } });
  });

  test('is not made again if it is accepted without a job', async () => {
    context.removalAnswer = undefined;
    expect(await step()).toEqual(WAITING);
    expect(await deletionNow()).toEqual({ calledAt: BEGUN });
  });

  test('is logged, with the app and the environment', async () => {
    await step();
    expect(context.logged).toContainEqual({
      message: expect.stringContaining('deleting'),
      details: { appId: APP, environmentName: 'preview' },
    });
  });

  test('is recorded with the time of the successful write, which the search for its job uses', async () => {
    context.removalAnswer = undefined;
    context.table.beforeWrite = () => {
      context.table.beforeWrite = () => {};
      context.table.stored = { version: 2, text: JSON.stringify({ create: toRemove({}) }) };
      context.time += 20 * SECOND;
    };
    expect(await step()).toEqual(WAITING);
    expect(await deletionNow()).toEqual({ calledAt: BEGUN + 20 * SECOND });
  });

  test('is left to another delivery that has just recorded it', async () => {
    const theirs = { calledAt: BEGUN - SECOND };
    writtenMeanwhile({ create: toRemove({ deletion: theirs }) });
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
    expect(await deletionNow()).toEqual(theirs);
  });

  test('is made if another writer has changed only the entry of another request', async () => {
    writtenMeanwhile({ create: toRemove(), other: followUpEntryOf() });
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect(Object.keys(context.table.entries)).toEqual(['create', 'other']);
    expect(await stageNow()).toMatchObject({ deletion: { jobId: 'removal' } });
  });

  test('is not made if the ledger cannot be written', async () => {
    context.table.beforeWrite = () => {
      throw new ServiceError('UNAVAILABLE', 'PutItem', 'no answer', 'dynamodb');
    };
    await expect(step()).rejects.toMatchObject({ service: 'dynamodb' });
    expect(context.changes).toEqual([]);
  });

  test('can be made again after a refusal', async () => {
    context.removalAnswer = refusal('a job is in progress');
    expect(await step()).toEqual(WAITING);
    expect(await stageNow()).toMatchObject({ at: 'removing', failedDeletions: [] });
    expect(await deletionNow()).toBeUndefined();
    expect(context.logged).toContainEqual({
      message: expect.stringContaining('refused'),
      details: { appId: APP, environmentName: 'preview', words: 'a job is in progress' },
    });
  });

  test('can be made again after a refusal, whatever another request has written meanwhile', async () => {
    context.onCall = (operation) => {
      if (operation !== 'startRemoval') return;
      const entries = { ...context.table.entries, other: followUpEntryOf() };
      context.table.stored = { version: (context.table.stored?.version ?? 0) + 1, text: JSON.stringify(entries) };
      throw new ServiceError('REJECTED', REMOVAL, 'no');
    };
    expect(await step()).toEqual(WAITING);
    expect(await deletionNow()).toBeUndefined();
  });

  test.each<ServiceErrorReason>(['THROTTLED', 'DENIED'])(
    'can be made again if it was surely not accepted (%s), and the error is thrown',
    async (reason) => {
      context.onCall = (operation) => {
        if (operation === 'startRemoval') throw new ServiceError(reason, REMOVAL, 'no');
      };
      await expect(step()).rejects.toMatchObject({ reason, words: 'no' });
      expect(await stageNow()).toMatchObject({ at: 'removing', failedDeletions: [] });
      expect(await deletionNow()).toBeUndefined();
    },
  );

  test('stays recorded if its answer was lost, since the service may have accepted it', async () => {
    context.onCall = (operation) => {
      if (operation === 'startRemoval') throw new ServiceError('UNAVAILABLE', REMOVAL, 'HTTP 500');
    };
    expect(await step()).toEqual(WAITING);
    expect(await stageNow()).toMatchObject({ deletion: { calledAt: BEGUN } });
    expect(context.logged).toContainEqual({
      message: expect.stringContaining('lost'),
      details: { appId: APP, environmentName: 'preview', words: 'HTTP 500' },
    });
  });

  test('stays recorded after a bug of the handler, since the service may have accepted it', async () => {
    context.onCall = (operation) => {
      if (operation === 'startRemoval') throw new TypeError('mistake');
    };
    await expect(step()).rejects.toThrow(TypeError);
    expect(await stageNow()).toMatchObject({ deletion: { calledAt: BEGUN } });
  });

  test('is recorded as accepted in several attempts, since only this delivery knows the answer', async () => {
    const changesAtFailure: string[][] = [];
    context.table.beforeWrite = () => {
      if (context.table.writes !== 2) return;
      changesAtFailure.push([...context.changes]);
      throw new ServiceError('UNAVAILABLE', 'PutItem', 'no answer', 'dynamodb');
    };
    expect(await step()).toEqual(WAITING);
    expect(changesAtFailure).toEqual([['DeleteBackend preview']]);
    expect(context.changes).toHaveLength(1);
    expect(context.table.writes).toBe(3);
  });

  test.each<ServiceErrorReason>(['UNAVAILABLE', 'THROTTLED'])(
    'stays recorded if its job cannot be written (%s), and the error is the ledger’s',
    async (reason) => {
      context.table.beforeWrite = () => {
        if (context.table.writes > 1) throw new ServiceError(reason, 'PutItem', 'no answer', 'dynamodb');
      };
      await expect(step()).rejects.toMatchObject({ service: 'dynamodb', operation: 'PutItem' });
      expect(await stageNow()).toMatchObject({ deletion: { calledAt: BEGUN } });
      expect(context.changes).toHaveLength(1);
    },
  );
});

describe('an environment that another resource of the stack has adopted', () => {
  const RENAMED = `${resource.stackId}|Renamed`;
  const stageOfAdopter = async (): Promise<Stage | undefined> =>
    cloneEntry(await readItem(context.ledger, RENAMED), 'adopt')?.stage;

  beforeEach(async () => {
    const entries = { adopt: cloneEntryOf({ at: 'adopted' }) };
    context.table.others.set(RENAMED, { version: 1, text: JSON.stringify(entries) });
    const item = { resource: RENAMED, version: 1, entries };
    await recordAdoption({ requestId: 'adopt', item, context }, toRemove());
  });

  test.each<[string, Partial<Removing>]>([
    ['is complete', {}],
    ['could not be deleted once', { failedDeletions: ['a bucket is not empty'] }],
  ])('belongs to that resource if the clone %s, and DeleteBackend is not called', async (_, changes) => {
    expect(await step(changes)).toEqual(NOT_OURS);
    expect(context.changes).toEqual([]);
    expect(await stageOfAdopter()).toMatchObject({ at: 'created' });
  });

  test('is deleted if it is what a failed clone left', async () => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED')]);
    context.configs.set('preview', {});
    await step();
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect(await stageOfAdopter()).toEqual({ at: 'adopted' });
  });

  test('stays with its owner if another owner has created it since', async () => {
    context.jobs.set('preview', [jobOf('theirs', 'COMPLETED', { createdAt: START + 10 * MINUTE, updatedAt: BEGUN })]);
    expect(await step()).toEqual(NOT_OURS);
    expect(await stageOfAdopter()).toEqual({ at: 'adopted' });
  });

  test('is not deleted while the ledger cannot show who has adopted it', async () => {
    context.table.beforeRead = () => {
      throw new ServiceError('UNAVAILABLE', 'GetItem', 'its words', 'dynamodb');
    };
    await expect(step()).rejects.toMatchObject({ service: 'dynamodb' });
    expect(context.changes).toEqual([]);
  });
});

describe('a deletion', () => {
  test.each<[Job['status'], RemovalStep]>([
    ['RUNNING', WAITING],
    ['COMPLETED', GONE],
  ])('is polled, and DeleteBackend is not called again: %s', async (status, expected) => {
    context.jobs.set('preview', [removalOf('theirs', 'FAILED'), removalOf('removal', status)]);
    notListed();
    expect(await step(CALLED)).toEqual(expected);
    expect(context.changes).toEqual([]);
    expect(context.table.writes).toBe(0);
  });

  describe('that is COMPLETED, while the app still lists the environment,', () => {
    const ENDED = BEGUN + MINUTE;
    /** Reads show the end of the deletion once more than this has passed since. */
    const LIST_SETTLED = 96 * SECOND;
    const completed = removalOf('removal', 'COMPLETED', { createdAt: BEGUN, updatedAt: ENDED });
    const stillListed: RemovalStep = {
      because: 'The job removal that deletes it is COMPLETED, but the app still lists the environment.',
    };
    beforeEach(() => {
      context.jobs.set('preview', [completed]);
      context.time = ENDED + LIST_SETTLED + 1;
    });

    test('fails once reads are consistent', async () => {
      context.time = ENDED + LIST_SETTLED;
      expect(await step(CALLED)).toEqual(WAITING);
      context.time += 1;
      expect(await step(CALLED)).toEqual(stillListed);
      expect(context.changes).toEqual([]);
    });

    test.each<[string, Partial<Job>, RemovalStep]>([
      ['that was completed since, leaves another owner’s environment', { updatedAt: ENDED }, NOT_OURS],
      ['that runs, leaves another owner’s environment', { status: 'RUNNING', updatedAt: ENDED }, NOT_OURS],
      ['that FAILED since, fails', { status: 'FAILED', updatedAt: ENDED }, stillListed],
      ['that ended before, fails', { updatedAt: BEGUN }, stillListed],
    ])('with a clone %s', async (_, changes, expected) => {
      context.jobs.set('preview', [completed, jobOf('theirs', 'COMPLETED', changes)]);
      expect(await step(CALLED)).toEqual(expected);
    });

    test.each<[string, string | undefined, RemovalStep]>([
      ['another root stack leaves another owner’s environment', 'arn:stack/2', NOT_OURS],
      ['the same root stack fails', 'arn:stack/1', stillListed],
      ['no root stack fails', undefined, stillListed],
    ])('with %s', async (_, StackId, expected) => {
      context.configs.set('preview', { providers: { awscloudformation: { StackId } } });
      expect(await step({ ...CALLED, stackId: 'arn:stack/1' })).toEqual(expected);
    });

    test('ends without a statement if the app is not found', async () => {
      context.names = 'APP_NOT_FOUND';
      expect(await step(CALLED)).toEqual(NOTHING_KNOWN);
    });
  });

  test('that FAILED is called again once', async () => {
    context.jobs.set('preview', [removalOf('removal', 'FAILED', { error: 'a bucket is not empty' })]);
    context.removalAnswer = 'second';
    context.time = BEGUN + 5 * MINUTE;
    expect(await step(CALLED)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect(await stageNow()).toMatchObject({
      deletion: { calledAt: BEGUN + 5 * MINUTE, jobId: 'second' },
      failedDeletions: ['The service says: "a bucket is not empty".'],
    });
  });

  test.each([
    ['with its reason', 'a stack is protected', /^The service says: "a stack is protected"\.$/],
    [
      'with the permission as a possible reason if the service gives none',
      undefined,
      /^The service gives no reason\. The role of Lambda function Handler may lack a permission\. .*\.$/,
    ],
    [
      'with the missing permission if the service names it',
      'User: x is not authorized to perform: s3:DeleteBucket on resource: y',
      /^The service says: ".*"\. The role of Lambda function Handler lacks s3:DeleteBucket\. .*\.$/,
    ],
  ])('that FAILED twice fails %s', async (_, error, sentence) => {
    const because = expect.stringMatching(sentence);
    context.jobs.set('preview', [removalOf('removal', 'FAILED', { error })]);
    expect(await step({ ...CALLED, failedDeletions: ['A bucket is not empty.'] })).toEqual({ because });
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toMatchObject({ failedDeletions: ['A bucket is not empty.', because] });
  });

  test('that FAILED twice fails each delivery of the request', async () => {
    const failedDeletions = ['A bucket is not empty.', 'A stack is protected.'];
    expect(await step({ failedDeletions })).toEqual({ because: 'A stack is protected.' });
    expect(context.changes).toEqual([]);
  });

  test.each<[string, Partial<Removing>, () => void]>([
    ['whose answer was lost, and whose job is not visible,', CALLED_AND_LOST, () => {}],
    [
      'whose answer was lost, in an app whose jobs are not visible,',
      { ...CALLED_AND_LOST, ...FILED_UNDER_SOURCE },
      () => {
        context.jobs.delete('preview');
        context.jobs.set('dev', [jobOf('ours', 'COMPLETED')]);
      },
    ],
  ])('%s is called again once reads are consistent', async (_, changes, arrange) => {
    arrange();
    context.time = BEGUN + CALL_SETTLED;
    expect(await step(changes)).toEqual(WAITING);
    expect(context.changes).toEqual([]);
    context.time += 1;
    expect(await step(changes)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect(await stageNow()).toMatchObject({
      deletion: { calledAt: context.time, jobId: 'removal' },
      failedDeletions: [],
    });
  });

  describe('whose job the service has forgotten', () => {
    const long = BEGUN + 54 * MINUTE;

    test.each<[string, Partial<Removing>]>([
      ['and whose answer arrived,', CALLED],
      ['and whose answer was lost long ago,', CALLED_AND_LOST],
    ])('%s is not called again, since a listed environment may be another owner’s', async (_, changes) => {
      context.time = long;
      expect(await step(changes)).toEqual(WAITING);
      context.time += 1;
      expect(await step(changes)).toEqual({
        because: 'The service does not know the job that deletes it any more, and the app still lists the environment.',
      });
      expect(context.changes).toEqual([]);
    });

    test('and whose answer was lost is called again only while the service keeps jobs', async () => {
      context.time = BEGUN + 25 * MINUTE + 1;
      expect(await step(CALLED_AND_LOST)).toEqual(WAITING);
      expect(context.changes).toEqual([]);
      context.time -= 1;
      expect(await step(CALLED_AND_LOST)).toEqual(WAITING);
      expect(context.changes).toEqual(['DeleteBackend preview']);
    });

    test('is complete if the app does not list the environment any more', async () => {
      notListed();
      context.time = BEGUN + CALL_SETTLED + 1;
      expect(await step(CALLED)).toEqual(GONE);
    });
  });

  test('whose job is not visible is not called again if the environment does not exist any more', async () => {
    notListed();
    context.time = BEGUN + CALL_SETTLED + 1;
    expect(await step(CALLED_AND_LOST)).toEqual(GONE);
    expect(context.changes).toEqual([]);
  });

  test.each<[string, Partial<Job>, RemovalStep]>([
    ['that began as early as the clock skew allows', { createdAt: BEGUN - 31 * SECOND }, GONE],
    ['that began earlier', { createdAt: BEGUN - 31 * SECOND - 1 }, WAITING],
    ['that began later', { createdAt: BEGUN + 5 * MINUTE }, GONE],
    ['with another operation', { operation: 'UpdateBackendAPI' }, WAITING],
  ])('whose answer was lost compares the start of a job with the call: a job %s', async (_, changes, expected) => {
    context.jobs.set('preview', [removalOf('job', 'COMPLETED', changes)]);
    notListed();
    expect(await step(CALLED_AND_LOST)).toEqual(expected);
    expect(context.changes).toEqual([]);
  });

  test.each([
    ['newest first', (jobs: Job[]) => jobs.reverse()],
    ['oldest first', (jobs: Job[]) => jobs],
  ])('whose answer was lost is the last one of several jobs, in any order (%s)', async (_, inOrder) => {
    const jobs = [
      removalOf('first', 'FAILED', { createdAt: BEGUN + SECOND }),
      removalOf('second', 'FAILED', { createdAt: BEGUN + 2 * SECOND }),
      removalOf('last', 'COMPLETED', { createdAt: BEGUN + 3 * SECOND }),
    ];
    context.jobs.set('preview', inOrder(jobs));
    notListed();
    expect(await step(CALLED_AND_LOST)).toEqual(GONE);
  });

  test('whose answer was lost is recorded with its job once a poll has seen that', async () => {
    context.jobs.set('preview', [removalOf('found', 'COMPLETED')]);
    expect(await step(CALLED_AND_LOST)).toEqual(WAITING);
    expect(await deletionNow()).toEqual({ calledAt: BEGUN, jobId: 'found' });
    expect(context.changes).toEqual([]);
  });

  test('that FAILED is counted once if another delivery has counted it and called DeleteBackend again', async () => {
    context.jobs.set('preview', [
      removalOf('removal', 'FAILED', { error: 'a bucket is not empty' }),
      removalOf('second', 'RUNNING'),
    ]);
    const theirs: Partial<Removing> = {
      deletion: { calledAt: BEGUN + MINUTE, jobId: 'second' },
      failedDeletions: ['a bucket is not empty'],
    };
    writtenMeanwhile({ create: toRemove(theirs) });
    expect(await step(CALLED)).toEqual(WAITING);
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toMatchObject(theirs);
  });

  test('that FAILED is counted once if another delivery has counted it and not called DeleteBackend yet', async () => {
    context.jobs.set('preview', [removalOf('removal', 'FAILED', { error: 'a bucket is not empty' })]);
    writtenMeanwhile({ create: toRemove({ ended: 'COMPLETED', failedDeletions: ['a bucket is not empty'] }) });
    expect(await step(CALLED)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect(await stageNow()).toMatchObject({ failedDeletions: ['a bucket is not empty'] });
  });

  test('that FAILED is not called again if another delivery has completed the removal', async () => {
    context.jobs.set('preview', [removalOf('removal', 'FAILED')]);
    writtenMeanwhile({ create: cloneEntryOf({ at: 'nothing', failure: undefined }) });
    expect(await step(CALLED)).toEqual(NOTHING_KNOWN);
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toEqual({ at: 'nothing', failure: undefined });
  });
});

describe('a clone whose answer was lost, and whose job is not visible,', () => {
  beforeEach(() => {
    context.jobs.clear();
  });

  test('has not started once reads are consistent, so the environment is not owned', async () => {
    context.time = START + CALL_SETTLED;
    expect(await step(LOST)).toEqual(WAITING);
    context.time += 1;
    expect(await step(LOST)).toEqual(NOTHING_KNOWN);
    expect(context.changes).toEqual([]);
  });

  describe('and whose source had visible clones,', () => {
    const SEEN_AT_SOURCE: Partial<Removing> = { job: { id: undefined, filedUnder: 'dev' } };

    test('may be another owner’s, so the environment is not deleted', async () => {
      expect(await step(SEEN_AT_SOURCE)).toEqual(NOTHING_KNOWN);
      expect(context.changes).toEqual([]);
    });

    test('can have left an empty environment, which is deleted', async () => {
      context.configs.set('preview', {});
      expect(await step(SEEN_AT_SOURCE)).toEqual(WAITING);
      expect(context.changes).toEqual(['DeleteBackend preview']);
    });

    test('ends without a statement while Amplify Studio is off', async () => {
      context.names = 'APP_NOT_FOUND';
      context.jobs.set('preview', []);
      expect(await step(SEEN_AT_SOURCE)).toEqual(NOTHING_KNOWN);
      expect(context.changes).toEqual([]);
    });

    test('is owned if it was reported as complete', async () => {
      expect(await step({ ...SEEN_AT_SOURCE, ended: 'COMPLETED' })).toEqual(WAITING);
      expect(context.changes).toEqual(['DeleteBackend preview']);
    });
  });
});

describe('an environment that is not listed', () => {
  beforeEach(notListed);

  test.each<[string, Job[], number]>([
    ['its job ended', [jobOf('ours', 'COMPLETED', { updatedAt: BEGUN })], BEGUN],
    ['CloneBackend was called, if the job is unknown', [], START],
  ])('counts as deleted once lists are consistent with the time when %s', async (_, jobs, since) => {
    context.jobs.set('preview', jobs);
    context.time = since + SETTLED;
    expect(await step({ ended: 'COMPLETED' })).toEqual(WAITING);
    context.time += 1;
    expect(await step({ ended: 'COMPLETED' })).toEqual(GONE);
    expect(context.changes).toEqual([]);
  });

  test.each<[string, Job[], RemovalStep]>([
    ['running deletion has to end first', [removalOf('theirs', 'RUNNING')], WAITING],
    ['COMPLETED deletion is enough', [removalOf('theirs', 'COMPLETED')], GONE],
    [
      'running deletion among others has to end first',
      [removalOf('old', 'COMPLETED'), removalOf('theirs', 'RUNNING')],
      WAITING,
    ],
    [
      'running job of another operation does not count',
      [removalOf('theirs', 'RUNNING', { operation: 'UpdateBackendAPI' })],
      GONE,
    ],
  ])('because its clone FAILED: a %s', async (_, others, expected) => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED'), ...others]);
    expect(await step()).toEqual(expected);
    expect(context.changes).toEqual([]);
  });

  test('because its clone FAILED counts as deleted if the service knows no jobs of it', async () => {
    context.jobs.set('dev', [jobOf('ours', 'FAILED')]);
    context.jobs.delete('preview');
    expect(await step(FILED_UNDER_SOURCE)).toEqual(GONE);
  });
});

describe('while Amplify Studio is off, or the app does not exist', () => {
  beforeEach(() => {
    context.names = 'APP_NOT_FOUND';
  });

  test('an app without jobs ends the removal without a statement', async () => {
    context.jobs.delete('preview');
    expect(await step()).toEqual(NOTHING_KNOWN);
    expect(context.changes).toEqual([]);
  });

  test('a COMPLETED clone is deleted, since its jobs show the ownership', async () => {
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('another owner’s later clone remains', async () => {
    context.jobs.set('preview', [
      jobOf('ours', 'COMPLETED'),
      jobOf('theirs', 'COMPLETED', { createdAt: START + 5 * MINUTE, updatedAt: START + 10 * MINUTE }),
    ]);
    expect(await step()).toEqual(NOT_OURS);
    expect(context.changes).toEqual([]);
  });

  test('the remains of a failed clone stay, since no read shows whether they are empty', async () => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED')]);
    context.configs.set('preview', {});
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
  });
});

describe('a listed environment', () => {
  test('is not deleted while another owner’s job runs on it', async () => {
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED'), removalOf('theirs', 'RUNNING')]);
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
  });

  test('is not deleted if another owner has created it since', async () => {
    context.jobs.set('preview', [
      jobOf('ours', 'COMPLETED'),
      jobOf('theirs', 'COMPLETED', { createdAt: START + 5 * MINUTE, updatedAt: START + 10 * MINUTE }),
    ]);
    expect(await step()).toEqual(NOT_OURS);
    expect(context.changes).toEqual([]);
  });

  describe('whose root stack is recorded', () => {
    const stackId = 'arn:stack/ours';
    const withRootStack = (id: string): void => {
      context.configs.set('preview', { providers: { awscloudformation: { StackId: id } }, auth: { pool: {} } });
    };

    test('is not deleted if it has another root stack now, whatever its jobs show', async () => {
      withRootStack('arn:stack/another');
      expect(await step({ ended: 'COMPLETED', stackId })).toEqual(NOT_OURS);
      expect(context.changes).toEqual([]);
    });

    test('is deleted if it has the same root stack', async () => {
      withRootStack(stackId);
      expect(await step({ ended: 'COMPLETED', stackId })).toEqual(WAITING);
      expect(context.changes).toEqual(['DeleteBackend preview']);
    });

    test.each<[string, MetaConfig]>([
      ['an empty configuration', {}],
      ['a configuration without a stack', ROOT_STACK],
    ])('is deleted if it has %s, since a deletion may have failed halfway', async (_, config) => {
      context.configs.set('preview', config);
      expect(await step({ ended: 'COMPLETED', stackId })).toEqual(WAITING);
      expect(context.changes).toEqual(['DeleteBackend preview']);
    });

    test('is not deleted if it is empty, and another clone of the source may be filling it', async () => {
      context.configs.set('preview', {});
      context.jobs.set('dev', [jobOf('ours', 'COMPLETED'), jobOf('theirs', 'RUNNING')]);
      expect(await step({ ...FILED_UNDER_SOURCE, ended: 'COMPLETED', stackId })).toEqual(WAITING);
      expect(context.changes).toEqual([]);
      context.time = DEADLINE + 1;
      expect(await step({ ...FILED_UNDER_SOURCE, ended: 'COMPLETED', stackId })).toEqual({
        because: 'Another clone may be filling it.',
      });
    });
  });

  test('is deleted if the service has forgotten its jobs', async () => {
    context.jobs.delete('preview');
    expect(await step({ ended: 'COMPLETED' })).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });
});

describe('an environment whose configuration cannot be read', () => {
  const theirsBefore = (milliseconds: number): Job =>
    jobOf('theirs', 'COMPLETED', { createdAt: START - 10 * MINUTE, updatedAt: START - milliseconds });
  /** The clone's job ended at START + MINUTE. */
  const ASKED_LONG_ENOUGH = START + MINUTE + 5 * MINUTE;
  const FAILED: Partial<Removing> = { ended: 'FAILED' };
  const withRootStackSeen: Partial<Removing> = { ended: 'COMPLETED', stackId: 'arn:stack/1' };
  const stepOf = (changes: Partial<Removing>, begunAt = START): Promise<RemovalStep> =>
    removeStep(ofCreate(pageWith(changes), begunAt));
  beforeEach(() => {
    context.unreadable.set('preview', 'Endpoint request timed out');
  });

  test.each<[string, Job['status'], Partial<Removing>]>([
    ['the remains of a failed clone', 'FAILED', FAILED],
    ['a complete clone', 'COMPLETED', withRootStackSeen],
  ])('is read again for a while, and then deleted as its jobs and the list show: %s', async (_, status, changes) => {
    context.jobs.set('preview', [jobOf('ours', status)]);
    context.time = ASKED_LONG_ENOUGH;
    expect(await stepOf(changes)).toEqual(WAITING);
    expect(context.changes).toEqual([]);
    context.time += 1;
    expect(await stepOf(changes)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test.each<[string, Job[], boolean]>([
    [
      'another clone to the name COMPLETED a minute before, and the list may not have shown it',
      [theirsBefore(MINUTE)],
      true,
    ],
    ['another clone to the name COMPLETED long before', [theirsBefore(2 * MINUTE)], false],
    [
      'another clone to the name COMPLETED a minute before, and was deleted',
      [
        theirsBefore(MINUTE),
        removalOf('removed', 'COMPLETED', { createdAt: START - MINUTE, updatedAt: START - SECOND }),
      ],
      false,
    ],
  ])('is another owner’s after a failed clone if %s', async (_, others, isOthers) => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED'), ...others]);
    context.time = ASKED_LONG_ENOUGH + 1;
    expect(await stepOf(FAILED)).toEqual(isOthers ? NOT_OURS : WAITING);
    expect(context.changes).toEqual(isOthers ? [] : ['DeleteBackend preview']);
  });

  test('is read again as long by a Delete that arrives much later', async () => {
    context.time = BEGUN + 5 * MINUTE;
    expect(await stepOf(withRootStackSeen, BEGUN)).toEqual(WAITING);
    expect(context.changes).toEqual([]);
    context.time += 1;
    await stepOf(withRootStackSeen, BEGUN);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('is not deleted if the service has forgotten the clone’s final status', async () => {
    context.jobs.set('preview', []);
    context.time = ASKED_LONG_ENOUGH + MINUTE;
    expect(await stepOf({})).toMatchObject({ because: expect.stringContaining('how its clone ended') });
    expect(context.changes).toEqual([]);
  });
});

describe('the remains of a failed clone', () => {
  beforeEach(() => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED')]);
    context.configs.set('preview', {});
  });

  test('are deleted if they are empty', async () => {
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('are not deleted if they have only a root stack, since the Amplify CLI may be creating the environment', async () => {
    context.configs.set('preview', ROOT_STACK);
    expect(await step()).toBe('MAY_BE_BEING_CREATED');
    expect(context.changes).toEqual([]);
  });

  test('are not owned if they have a backend, as soon as no read can show an earlier environment', async () => {
    context.configs.set('preview', { ...ROOT_STACK, auth: {} });
    context.jobs.set('preview', [jobOf('ours', 'FAILED', { updatedAt: START + SECOND })]);
    context.time = START + (15 + 65) * SECOND;
    expect(await step()).toEqual(WAITING);
    context.time += 1;
    expect(await step()).toEqual(NOT_OURS);
    expect(context.changes).toEqual([]);
  });

  test('count as empty once reads are consistent', async () => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED', { updatedAt: BEGUN })]);
    context.time = BEGUN + SETTLED;
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
    context.time += 1;
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  const recent = { updatedAt: BEGUN - SETTLED };
  const settled = { updatedAt: BEGUN - SETTLED - 1 };
  test.each<[string, Job, boolean]>([
    ['running clone is waited for, since it may have this target', jobOf('theirs', 'RUNNING', settled), false],
    [
      'clone that COMPLETED just now is waited for, since reads can be stale',
      jobOf('theirs', 'COMPLETED', recent),
      false,
    ],
    ['clone that COMPLETED long ago does not count', jobOf('theirs', 'COMPLETED', settled), true],
    ['clone that FAILED just now does not count', jobOf('theirs', 'FAILED', recent), true],
    [
      'running job of another operation does not count',
      jobOf('theirs', 'RUNNING', { operation: 'UpdateBackendAPI' }),
      true,
    ],
  ])('if jobs are filed under the source: another %s', async (_, theirs, deleted) => {
    context.jobs.clear();
    context.jobs.set('dev', [jobOf('ours', 'FAILED'), theirs]);
    expect(await step(FILED_UNDER_SOURCE)).toEqual(WAITING);
    expect(context.changes).toEqual(deleted ? ['DeleteBackend preview'] : []);
  });

  test('wait for all running clones of the source if the answer was lost', async () => {
    context.jobs.clear();
    context.jobs.set('dev', [jobOf('ours', 'FAILED'), jobOf('theirs', 'RUNNING', { createdAt: BEGUN })]);
    expect(await step(LOST)).toEqual(WAITING);
    expect(context.changes).toEqual([]);
    context.jobs.set('dev', [jobOf('ours', 'FAILED')]);
    expect(await step(LOST)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('do not wait for a clone to the source if jobs are filed under the target', async () => {
    context.jobs.set('dev', [jobOf('theirs', 'RUNNING')]);
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });
});

describe('a clone whose job the service has forgotten', () => {
  const BACKEND = { ...ROOT_STACK, auth: {} };
  beforeEach(() => {
    context.jobs.clear();
  });

  test('and that polls saw FAILED does not own an existing backend', async () => {
    context.configs.set('preview', BACKEND);
    expect(await step({ ended: 'FAILED' })).toEqual(NOT_OURS);
    expect(context.changes).toEqual([]);
  });

  test.each<[string, Partial<Removing>]>([
    ['as FAILED', { ended: 'FAILED' }],
    ['as FAILED among the jobs of the source', { ended: 'FAILED', job: { id: undefined, filedUnder: 'dev' } }],
    ['without a final status', {}],
  ])('and that polls saw %s can have left an empty environment, which is deleted', async (_, changes) => {
    context.configs.set('preview', {});
    expect(await step(changes)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('and that polls saw without a final status leaves an existing backend, and the failure says why', async () => {
    context.configs.set('preview', BACKEND);
    expect(await step()).toEqual({ because: expect.stringContaining("may be somebody else's") });
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toMatchObject({ at: 'removing' });
    expect(await deletionNow()).toBeUndefined();
  });

  test('has its final status recorded when DeleteBackend is called', async () => {
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    context.configs.set('preview', BACKEND);
    await step();
    expect(await stageNow()).toMatchObject({ ended: 'COMPLETED', deletion: { calledAt: BEGUN } });
  });
});

describe('a clone that still runs after 25 minutes', () => {
  beforeEach(() => {
    context.time = BEGUN + CLONE_WAIT;
    context.jobs.set('preview', [jobOf('ours', 'RUNNING')]);
    context.configs.set('preview', {});
  });

  test('is deleted if its environment is listed and empty', async () => {
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('is not deleted while another owner’s clone to the name runs', async () => {
    context.jobs.set('preview', [jobOf('ours', 'RUNNING'), jobOf('theirs', 'RUNNING')]);
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
  });

  test.each<[string, boolean]>([
    ['is deleted if it has no backend yet', true],
    ['is not deleted if the environment has a backend', false],
  ])('and whose job is filed under the source %s', async (_, deleted) => {
    context.jobs.clear();
    context.jobs.set('dev', [jobOf('ours', 'RUNNING')]);
    context.configs.set('preview', deleted ? ROOT_STACK : { ...ROOT_STACK, auth: {} });
    expect(await step(FILED_UNDER_SOURCE)).toEqual(WAITING);
    expect(context.changes).toEqual(deleted ? ['DeleteBackend preview'] : []);
  });

  test('and whose answer was lost is not deleted if the environment has a backend', async () => {
    context.jobs.clear();
    context.jobs.set('dev', [jobOf('ours', 'RUNNING')]);
    context.configs.set('preview', { ...ROOT_STACK, auth: {} });
    expect(await step(LOST)).toEqual(WAITING);
    expect(context.changes).toEqual([]);
  });
});

describe('a removal fails with its reason to wait when its last answer is due', () => {
  test.each<[string, () => Partial<Removing>, string]>([
    [
      'a running deletion',
      () => {
        context.jobs.set('preview', [removalOf('removal', 'RUNNING')]);
        return CALLED;
      },
      'Its deletion is still running.',
    ],
    [
      'another owner’s deletion that interrupted the clone',
      () => {
        notListed();
        context.jobs.set('preview', [jobOf('ours', 'FAILED'), removalOf('theirs', 'RUNNING')]);
        return AS_MADE;
      },
      'Its deletion is still running.',
    ],
    [
      'a running job of the environment',
      () => {
        context.jobs.set('preview', [jobOf('ours', 'COMPLETED'), jobOf('theirs', 'RUNNING')]);
        return AS_MADE;
      },
      'A job on it is still running.',
    ],
    [
      'an app that is not found',
      () => {
        context.names = 'APP_NOT_FOUND';
        context.jobs.set('preview', [jobOf('ours', 'FAILED')]);
        return AS_MADE;
      },
      'The app does not exist any more, or its Amplify Studio is off.',
    ],
    [
      'the answer to a call of DeleteBackend, which was lost',
      () => {
        context.onCall = (operation) => {
          if (operation === 'startRemoval') throw new ServiceError('UNAVAILABLE', REMOVAL, 'HTTP 500');
        };
        return AS_MADE;
      },
      'The service says: "HTTP 500".',
    ],
    [
      'a clone that may be filling it',
      () => {
        context.jobs.clear();
        context.jobs.set('dev', [jobOf('ours', 'FAILED'), jobOf('theirs', 'RUNNING')]);
        context.configs.set('preview', {});
        return FILED_UNDER_SOURCE;
      },
      'Another clone may be filling it.',
    ],
    [
      'a running clone whose environment has another owner’s backend',
      () => {
        context.jobs.clear();
        context.jobs.set('dev', [jobOf('ours', 'RUNNING')]);
        return FILED_UNDER_SOURCE;
      },
      'Its clone is still running, and it has a backend, which may be of somebody else.',
    ],
    [
      'a refusal of the service',
      () => {
        context.removalAnswer = refusal('a job is in progress');
        return AS_MADE;
      },
      'The service says: "a job is in progress".',
    ],
  ])('%s', async (_, arrange, because) => {
    const changes = arrange();
    context.time = DEADLINE;
    expect(await step(changes)).toEqual(WAITING);
    context.time = DEADLINE + 1;
    expect(await step(changes)).toEqual({ because });
  });
});

describe('another owner’s environment that appears to be the clone’s', () => {
  const theirs = jobOf('theirs', 'COMPLETED', { createdAt: START - 8 * MINUTE, updatedAt: START - 30 * SECOND });

  test('is not deleted if the clone’s job is not visible yet, and the other one completed just before', async () => {
    context.jobs.set('preview', [theirs]);
    context.time = START + CALL_SETTLED;
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
  });

  test.each([
    ['FAILED job, which a stale read shows', { failure: { name: 'CloneFailed', text: 'It failed.' } }],
    ['job that does not end', {}],
  ])('is not deleted if the clone has a %s as RUNNING', async (_, changes) => {
    context.jobs.set('preview', [theirs, jobOf('ours', 'RUNNING')]);
    for (const minutes of [0, 25]) {
      context.time = BEGUN + minutes * MINUTE;
      expect(await step(changes)).toEqual(WAITING);
    }
    expect(context.changes).toEqual([]);
  });

  test('is not deleted while it is created if the clone does not end and is not listed', async () => {
    notListed();
    context.jobs.set('preview', [jobOf('theirs', 'RUNNING', { createdAt: START - MINUTE }), jobOf('ours', 'RUNNING')]);
    context.time = BEGUN + CLONE_WAIT;
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
  });
});

describe('a clone whose answer was lost, and whose job is visible', () => {
  test('under the source, is owned even if it was itself cloned since', async () => {
    context.jobs.set('dev', [jobOf('ours', 'COMPLETED')]);
    context.jobs.set('preview', [jobOf('of ours', 'COMPLETED', { createdAt: START + 10 * MINUTE })]);
    expect(await step(LOST)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('under the target, is owned even if it never ends', async () => {
    context.configs.set('preview', {});
    context.jobs.set('preview', [jobOf('ours', 'RUNNING')]);
    context.time = BEGUN + CLONE_WAIT;
    expect(await step(LOST)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });
});

test.each<[string, Readonly<Record<string, Entry>>, RemovalStep]>([
  ['that it is complete', { create: cloneEntryOf({ at: 'nothing', failure: undefined }) }, 'NOTHING_KNOWN'],
  ['its DeleteBackend call', { create: toRemove(CALLED) }, WAITING],
  ['its second failed deletion', { create: toRemove({ failedDeletions: ['one', 'two'] }) }, { because: 'two' }],
])(
  'a step whose write fails because another delivery has recorded %s continues from that, and deletes nothing',
  async (_, entries, end) => {
    writtenMeanwhile(entries);
    expect(await step()).toEqual(end);
    expect(context.changes).toEqual([]);
  },
);
