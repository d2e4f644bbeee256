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

describe('a request that only removes', () => {
  test.each<[string, Readonly<Record<string, Entry>>]>([
    ['has no entry', {}],
    ['is a follow-up', { create: followUpEntryOf() }],
    ['has left nothing', { create: cloneEntryOf({ at: 'nothing', failure: undefined }) }],
    ['has adopted what there was', { create: cloneEntryOf({ at: 'adopted' }) }],
    [
      'has made what is not to be removed',
      {
        create: cloneEntryOf(createdOfLostAnswer),
      },
    ],
  ])('is done at once where the request that it is about %s', async (_, entries) => {
    const item = context.itemOf(entries);
    expect(await remove(ofCreate(item))).toBe(true);
    expect(context.changes).toEqual([]);
    expect(context.table.writes).toBe(0);
  });

  test('is not done before the deletion is', async () => {
    expect(await remove(ofCreate(pageWith({})))).toBe(false);
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect(await stageNow()).toMatchObject({ at: 'removing' });
  });

  test('is done when nothing is left, and the ledger says so from then on', async () => {
    notListed();
    expect(await remove(ofCreate(pageWith({})))).toBe(true);
    expect(await stageNow()).toEqual({ at: 'nothing', failure: undefined });
  });

  test('is done when what is there is somebody else’s, which stays', async () => {
    context.jobs.set('preview', [jobOf('theirs', 'COMPLETED', { createdAt: START + 10 * MINUTE, updatedAt: BEGUN })]);
    expect(await remove(ofCreate(pageWith({})))).toBe(true);
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toEqual({ at: 'nothing', failure: undefined });
  });

  test('fails with the service’s words, and the ledger keeps what is still to be removed', async () => {
    const failedDeletions = ['The service says: "no".', 'The service says: "a bucket is not empty".'];
    const removal = remove(ofCreate(pageWith({ failedDeletions })));
    await expect(removal).rejects.toMatchObject({
      name: 'RemovalFailed',
      text: expect.stringContaining('may still exist. The service says: "a bucket is not empty". Delete the stack'),
    });
    expect(await stageNow()).toMatchObject({ at: 'removing' });
  });

  test('waits 25 minutes for a clone that still runs, and then tries to delete it all the same', async () => {
    context.jobs.set('preview', [jobOf('ours', 'RUNNING')]);
    notListed();
    context.time = BEGUN + 25 * MINUTE - 1;
    expect(await remove(ofCreate(pageWith({})))).toBe(false);
    expect(context.changes).toEqual([]);
    context.time = BEGUN + 25 * MINUTE;
    expect(await remove(ofCreate(pageWith({})))).toBe(false);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('gives up after 54 minutes, while CloudFormation still listens', async () => {
    context.jobs.set('preview', [removalOf('removal', 'RUNNING')]);
    context.time = BEGUN + 54 * MINUTE;
    expect(await remove(ofCreate(pageWith(CALLED)))).toBe(false);
    context.time += 1;
    await expect(remove(ofCreate(pageWith(CALLED)))).rejects.toThrow('Its deletion is still running.');
  });
});

describe('what is not to be removed', () => {
  test.each<[string, Readonly<Record<string, Entry>>]>([
    ['no entry', {}],
    ['nothing any more', { create: cloneEntryOf({ at: 'nothing', failure: undefined }) }],
    [
      'a clone that was made',
      {
        create: cloneEntryOf(createdOfLostAnswer),
      },
    ],
  ])('is not touched: %s', async (_, entries) => {
    expect(await removeStep(ofCreate(context.itemOf(entries)))).toEqual(NOTHING_KNOWN);
    expect(context.changes).toEqual([]);
  });
});

describe('DeleteBackend', () => {
  test('is in the ledger before it is called, so that nobody calls it a second time', async () => {
    let written: unknown;
    context.onCall = (operation) => {
      if (operation === 'startRemoval') written = context.table.entries['create'];
    };
    expect(await step()).toEqual(WAITING);
    expect(written).toMatchObject({ stage: { deletion: { calledAt: BEGUN } } });
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('that was accepted is followed by its job', async () => {
    await step();
    expect(await stageNow()).toMatchObject({ at: 'removing', deletion: { calledAt: BEGUN, jobId: 'removal' } });
  });

  test('that was accepted without a job is searched for later, and not called again', async () => {
    context.removalAnswer = undefined;
    expect(await step()).toEqual(WAITING);
    expect(await deletionNow()).toEqual({ calledAt: BEGUN });
  });

  test('is told in the log, with the app and the environment', async () => {
    await step();
    expect(context.logged).toContainEqual({
      message: expect.stringContaining('deleting'),
      details: { appId: APP, environmentName: 'preview' },
    });
  });

  test('has the time of the write that succeeds: the job is searched for by that', async () => {
    context.removalAnswer = undefined;
    context.table.beforeWrite = () => {
      context.table.beforeWrite = () => {};
      context.table.stored = { version: 2, text: JSON.stringify({ create: toRemove({}) }) };
      context.time += 20 * SECOND;
    };
    expect(await step()).toEqual(WAITING);
    expect(await deletionNow()).toEqual({ calledAt: BEGUN + 20 * SECOND });
  });

  test('is left to another delivery that has just written that it calls it', async () => {
    const theirs = { calledAt: BEGUN - SECOND };
    writtenMeanwhile({ create: toRemove({ deletion: theirs }) });
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
    expect(await deletionNow()).toEqual(theirs);
  });

  test('is called where somebody else has written only of another request', async () => {
    writtenMeanwhile({ create: toRemove(), other: followUpEntryOf() });
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect(Object.keys(context.table.entries)).toEqual(['create', 'other']);
    expect(await stageNow()).toMatchObject({ deletion: { jobId: 'removal' } });
  });

  test('is not called where the ledger cannot be written', async () => {
    context.table.beforeWrite = () => {
      throw new ServiceError('UNAVAILABLE', 'PutItem', 'no answer', 'dynamodb');
    };
    await expect(step()).rejects.toMatchObject({ service: 'dynamodb' });
    expect(context.changes).toEqual([]);
  });

  test('that was refused is free to be called again, since it was not taken', async () => {
    context.removalAnswer = refusal('a job is in progress');
    expect(await step()).toEqual(WAITING);
    expect(await stageNow()).toMatchObject({ at: 'removing', failedDeletions: [] });
    expect(await deletionNow()).toBeUndefined();
    expect(context.logged).toContainEqual({
      message: expect.stringContaining('refused'),
      details: { appId: APP, environmentName: 'preview', words: 'a job is in progress' },
    });
  });

  test.each<ServiceErrorReason>(['THROTTLED', 'DENIED'])(
    'that was surely not taken (%s) is free to be called again, and the trouble is told',
    async (reason) => {
      context.onCall = (operation) => {
        if (operation === 'startRemoval') throw new ServiceError(reason, REMOVAL, 'no');
      };
      await expect(step()).rejects.toMatchObject({ reason, words: 'no' });
      expect(await stageNow()).toMatchObject({ at: 'removing', failedDeletions: [] });
      expect(await deletionNow()).toBeUndefined();
    },
  );

  test('of which the answer was lost may have been taken: it stays in the ledger, and is searched for', async () => {
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

  test('that ends in a mistake of the handler stays in the ledger: it may have been taken', async () => {
    context.onCall = (operation) => {
      if (operation === 'startRemoval') throw new TypeError('mistake');
    };
    await expect(step()).rejects.toThrow(TypeError);
    expect(await stageNow()).toMatchObject({ deletion: { calledAt: BEGUN } });
  });

  test('that was accepted is written down with insistence: it is known only here', async () => {
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
    'whose job cannot be written down (%s) is trouble with the ledger, and stays in it',
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

describe('a deletion that was called', () => {
  test.each<[Job['status'], RemovalStep]>([
    ['RUNNING', WAITING],
    ['COMPLETED', GONE],
  ])('is followed, and no other is called: %s', async (status, expected) => {
    context.jobs.set('preview', [removalOf('theirs', 'FAILED'), removalOf('removal', status)]);
    notListed();
    expect(await step(CALLED)).toEqual(expected);
    expect(context.changes).toEqual([]);
    expect(context.table.writes).toBe(0);
  });

  describe('and is COMPLETED, while the app still lists the environment,', () => {
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

    test('is waited for until the list would have to agree, and then is a failure', async () => {
      context.time = ENDED + LIST_SETTLED;
      expect(await step(CALLED)).toEqual(WAITING);
      context.time += 1;
      expect(await step(CALLED)).toEqual(stillListed);
      expect(context.changes).toEqual([]);
    });

    test.each<[string, Partial<Job>, RemovalStep]>([
      ['that somebody else made anew since is not ours', { updatedAt: ENDED }, NOT_OURS],
      ['that somebody else makes anew is not ours', { status: 'RUNNING', updatedAt: ENDED }, NOT_OURS],
      ['onto which a clone failed since is a failure', { status: 'FAILED', updatedAt: ENDED }, stillListed],
      ['onto which a clone ended before is a failure', { updatedAt: BEGUN }, stillListed],
    ])('one %s', async (_, changes, expected) => {
      context.jobs.set('preview', [completed, jobOf('theirs', 'COMPLETED', changes)]);
      expect(await step(CALLED)).toEqual(expected);
    });

    test.each<[string, string | undefined, RemovalStep]>([
      ['another root stack is not ours', 'arn:stack/2', NOT_OURS],
      ['the same root stack is a failure', 'arn:stack/1', stillListed],
      ['no root stack is a failure', undefined, stillListed],
    ])('one with %s', async (_, StackId, expected) => {
      context.configs.set('preview', { providers: { awscloudformation: { StackId } } });
      expect(await step({ ...CALLED, stackId: 'arn:stack/1' })).toEqual(expected);
    });

    test('nothing is claimed where the app cannot be looked at', async () => {
      context.names = 'APP_NOT_FOUND';
      expect(await step(CALLED)).toEqual(NOTHING_KNOWN);
    });
  });

  test('and failed is called once more', async () => {
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
      'which says what may be missing where the service gives no reason',
      undefined,
      /^The service gives no reason\. The role of Lambda function Handler may lack a permission\. .*\.$/,
    ],
    [
      'which says what is missing where the service says that',
      'User: x is not authorized to perform: s3:DeleteBucket on resource: y',
      /^The service says: ".*"\. The role of Lambda function Handler lacks s3:DeleteBucket\. .*\.$/,
    ],
  ])('and failed twice is the end, %s', async (_, error, sentence) => {
    const because = expect.stringMatching(sentence);
    context.jobs.set('preview', [removalOf('removal', 'FAILED', { error })]);
    expect(await step({ ...CALLED, failedDeletions: ['A bucket is not empty.'] })).toEqual({ because });
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toMatchObject({ failedDeletions: ['A bucket is not empty.', because] });
  });

  test('and failed twice stands for all deliveries of the request: none begins another', async () => {
    const failedDeletions = ['A bucket is not empty.', 'A stack is protected.'];
    expect(await step({ failedDeletions })).toEqual({ because: 'A stack is protected.' });
    expect(context.changes).toEqual([]);
  });

  test.each<[string, Partial<Removing>, () => void]>([
    ['whose answer was lost and of which no job shows', CALLED_AND_LOST, () => {}],
    [
      'whose answer was lost, in an app of which no jobs show',
      { ...CALLED_AND_LOST, ...FILED_UNDER_SOURCE },
      () => {
        context.jobs.delete('preview');
        context.jobs.set('dev', [jobOf('ours', 'COMPLETED')]);
      },
    ],
  ])('%s is called again once it would have to show', async (_, changes, arrange) => {
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

  describe('whose job is not known to the service', () => {
    const long = BEGUN + 54 * MINUTE;

    test.each<[string, Partial<Removing>]>([
      ['and whose answer had come', CALLED],
      ['and whose answer was lost', CALLED_AND_LOST],
    ])('%s is not called again: what the app lists long after it may be of somebody else', async (_, changes) => {
      context.time = long;
      expect(await step(changes)).toEqual(WAITING);
      context.time += 1;
      expect(await step(changes)).toEqual({
        because: 'The service does not know the job that deletes it any more, and the app still lists the environment.',
      });
      expect(context.changes).toEqual([]);
    });

    test('and whose answer was lost is called again only while the service would show the job', async () => {
      context.time = BEGUN + 25 * MINUTE + 1;
      expect(await step(CALLED_AND_LOST)).toEqual(WAITING);
      expect(context.changes).toEqual([]);
      context.time -= 1;
      expect(await step(CALLED_AND_LOST)).toEqual(WAITING);
      expect(context.changes).toEqual(['DeleteBackend preview']);
    });

    test('has come to its end where the app does not list the environment any more', async () => {
      notListed();
      context.time = BEGUN + CALL_SETTLED + 1;
      expect(await step(CALLED)).toEqual(GONE);
    });
  });

  test('and of which nothing shows is not called again where the environment is gone by now', async () => {
    notListed();
    context.time = BEGUN + CALL_SETTLED + 1;
    expect(await step(CALLED_AND_LOST)).toEqual(GONE);
    expect(context.changes).toEqual([]);
  });

  test.each<[string, Partial<Job>, RemovalStep]>([
    ['that began as early as the clocks may differ', { createdAt: BEGUN - 31 * SECOND }, GONE],
    ['that began earlier', { createdAt: BEGUN - 31 * SECOND - 1 }, WAITING],
    ['that began later', { createdAt: BEGUN + 5 * MINUTE }, GONE],
    ['that is no deletion', { operation: 'UpdateBackendAPI' }, WAITING],
  ])('and whose answer was lost: a job %s', async (_, changes, expected) => {
    context.jobs.set('preview', [removalOf('job', 'COMPLETED', changes)]);
    notListed();
    expect(await step(CALLED_AND_LOST)).toEqual(expected);
    expect(context.changes).toEqual([]);
  });

  test.each([
    ['newest first', (jobs: Job[]) => jobs.reverse()],
    ['oldest first', (jobs: Job[]) => jobs],
  ])('and whose answer was lost is the last of several, whatever their order (%s)', async (_, inOrder) => {
    const jobs = [
      removalOf('first', 'FAILED', { createdAt: BEGUN + SECOND }),
      removalOf('second', 'FAILED', { createdAt: BEGUN + 2 * SECOND }),
      removalOf('last', 'COMPLETED', { createdAt: BEGUN + 3 * SECOND }),
    ];
    context.jobs.set('preview', inOrder(jobs));
    notListed();
    expect(await step(CALLED_AND_LOST)).toEqual(GONE);
  });

  test('and whose answer was lost is known by its job once that was seen, should the service forget it', async () => {
    context.jobs.set('preview', [removalOf('found', 'COMPLETED')]);
    expect(await step(CALLED_AND_LOST)).toEqual(WAITING);
    expect(await deletionNow()).toEqual({ calledAt: BEGUN, jobId: 'found' });
    expect(context.changes).toEqual([]);
  });

  test('and failed is counted once, where another delivery has counted it and called the next', async () => {
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

  test('and failed is counted once, where another delivery has counted it and not called the next yet', async () => {
    context.jobs.set('preview', [removalOf('removal', 'FAILED', { error: 'a bucket is not empty' })]);
    writtenMeanwhile({ create: toRemove({ ended: 'COMPLETED', failedDeletions: ['a bucket is not empty'] }) });
    expect(await step(CALLED)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
    expect(await stageNow()).toMatchObject({ failedDeletions: ['a bucket is not empty'] });
  });

  test('and failed is not called again where another delivery has found that nothing is left', async () => {
    context.jobs.set('preview', [removalOf('removal', 'FAILED')]);
    writtenMeanwhile({ create: cloneEntryOf({ at: 'nothing', failure: undefined }) });
    expect(await step(CALLED)).toEqual(NOTHING_KNOWN);
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toEqual({ at: 'nothing', failure: undefined });
  });
});

describe('a clone whose answer was lost, and of which no job shows', () => {
  beforeEach(() => {
    context.jobs.clear();
  });

  test('never began, once it would have to show: what is there is not ours', async () => {
    context.time = START + CALL_SETTLED;
    expect(await step(LOST)).toEqual(WAITING);
    context.time += 1;
    expect(await step(LOST)).toEqual(NOTHING_KNOWN);
    expect(context.changes).toEqual([]);
  });

  describe('though clones of its source had shown', () => {
    const SEEN_AT_SOURCE: Partial<Removing> = { job: { id: undefined, filedUnder: 'dev' } };

    test('need not be ours: what is there is left', async () => {
      expect(await step(SEEN_AT_SOURCE)).toEqual(NOTHING_KNOWN);
      expect(context.changes).toEqual([]);
    });

    test('may have left an empty environment, which is deleted', async () => {
      context.configs.set('preview', {});
      expect(await step(SEEN_AT_SOURCE)).toEqual(WAITING);
      expect(context.changes).toEqual(['DeleteBackend preview']);
    });

    test('is gone while Amplify Studio is off: nothing is known of it', async () => {
      context.names = 'APP_NOT_FOUND';
      context.jobs.set('preview', []);
      expect(await step(SEEN_AT_SOURCE)).toEqual(NOTHING_KNOWN);
      expect(context.changes).toEqual([]);
    });

    test('is ours where it was made and reported: its job was forgotten', async () => {
      expect(await step({ ...SEEN_AT_SOURCE, ended: 'COMPLETED' })).toEqual(WAITING);
      expect(context.changes).toEqual(['DeleteBackend preview']);
    });
  });
});

describe('an environment that is not listed', () => {
  beforeEach(notListed);

  test.each<[string, Job[], number]>([
    ['its job ended', [jobOf('ours', 'COMPLETED', { updatedAt: BEGUN })], BEGUN],
    ['its clone was called, where the job is not known any more', [], START],
  ])('is gone once lists show what was so when %s', async (_, jobs, since) => {
    context.jobs.set('preview', jobs);
    context.time = since + SETTLED;
    expect(await step({ ended: 'COMPLETED' })).toEqual(WAITING);
    context.time += 1;
    expect(await step({ ended: 'COMPLETED' })).toEqual(GONE);
    expect(context.changes).toEqual([]);
  });

  test.each<[string, Job[], RemovalStep]>([
    ['still runs has to end first', [removalOf('theirs', 'RUNNING')], WAITING],
    ['was completed has done its work', [removalOf('theirs', 'COMPLETED')], GONE],
    ['still runs among others', [removalOf('old', 'COMPLETED'), removalOf('theirs', 'RUNNING')], WAITING],
    ['is none, but another job', [removalOf('theirs', 'RUNNING', { operation: 'UpdateBackendAPI' })], GONE],
  ])('since its clone failed: a deletion on it that %s', async (_, others, expected) => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED'), ...others]);
    expect(await step()).toEqual(expected);
    expect(context.changes).toEqual([]);
  });

  test('since its clone failed is gone where nobody knows jobs on it', async () => {
    context.jobs.set('dev', [jobOf('ours', 'FAILED')]);
    context.jobs.delete('preview');
    expect(await step(FILED_UNDER_SOURCE)).toEqual(GONE);
  });
});

describe('while Amplify Studio is switched off, or the app is not there', () => {
  beforeEach(() => {
    context.names = 'APP_NOT_FOUND';
  });

  test('nothing is left of an app that has no jobs either', async () => {
    context.jobs.delete('preview');
    expect(await step()).toEqual(NOTHING_KNOWN);
    expect(context.changes).toEqual([]);
  });

  test('a completed clone is deleted: its jobs say whose it is', async () => {
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('what somebody made of it since stays', async () => {
    context.jobs.set('preview', [
      jobOf('ours', 'COMPLETED'),
      jobOf('theirs', 'COMPLETED', { createdAt: START + 5 * MINUTE, updatedAt: START + 10 * MINUTE }),
    ]);
    expect(await step()).toEqual(NOT_OURS);
    expect(context.changes).toEqual([]);
  });

  test('the remains of a failed clone stay, since nobody can see whether they are empty', async () => {
    context.jobs.set('preview', [jobOf('ours', 'FAILED')]);
    context.configs.set('preview', {});
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
  });
});

describe('an environment that is listed', () => {
  test('is left to a job of somebody else that runs on it', async () => {
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED'), removalOf('theirs', 'RUNNING')]);
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
  });

  test('is left alone where somebody else made it since, and the log says so', async () => {
    context.jobs.set('preview', [
      jobOf('ours', 'COMPLETED'),
      jobOf('theirs', 'COMPLETED', { createdAt: START + 5 * MINUTE, updatedAt: START + 10 * MINUTE }),
    ]);
    expect(await step()).toEqual(NOT_OURS);
    expect(context.changes).toEqual([]);
    expect(context.logged).toEqual([
      { message: expect.stringContaining('left as it is'), details: { appId: APP, environmentName: 'preview' } },
    ]);
  });

  describe('whose root stack was seen when it was made', () => {
    const stackId = 'arn:stack/ours';
    const withRootStack = (id: string): void => {
      context.configs.set('preview', { providers: { awscloudformation: { StackId: id } }, auth: { pool: {} } });
    };

    test('is left alone where it has another now, whatever its jobs say, and the log says so', async () => {
      withRootStack('arn:stack/another');
      expect(await step({ ended: 'COMPLETED', stackId })).toEqual(NOT_OURS);
      expect(context.changes).toEqual([]);
      expect(context.logged).toEqual([
        {
          message: 'what is there was made anew by somebody else; it is left as it is',
          details: { appId: APP, environmentName: 'preview' },
        },
      ]);
    });

    test('is deleted where it still has that', async () => {
      withRootStack(stackId);
      expect(await step({ ended: 'COMPLETED', stackId })).toEqual(WAITING);
      expect(context.changes).toEqual(['DeleteBackend preview']);
    });

    test.each<[string, MetaConfig]>([
      ['that is empty', {}],
      ['that says of no stack', ROOT_STACK],
    ])('is deleted where there is one %s: a deletion may have failed half-way', async (_, config) => {
      context.configs.set('preview', config);
      expect(await step({ ended: 'COMPLETED', stackId })).toEqual(WAITING);
      expect(context.changes).toEqual(['DeleteBackend preview']);
    });

    test('is not deleted where there is one that is empty, and another clone of the source may be filling it', async () => {
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

  test('whose root stack was not seen when it was made is not looked at', async () => {
    const asked: string[] = [];
    context.onCall = (operation) => asked.push(operation);
    expect(await step({ ended: 'COMPLETED' })).toEqual(WAITING);
    expect(asked).toEqual(['job', 'environmentNames', 'jobs', 'startRemoval']);
  });

  test('is deleted where the service knows no job on it any more', async () => {
    context.jobs.delete('preview');
    expect(await step({ ended: 'COMPLETED' })).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });
});

describe('an environment whose configuration cannot be read', () => {
  /** Since the clone's job ended, at START + MINUTE: it shows by then, and was asked for a minute longer. */
  const ASKED_LONG_ENOUGH = START + MINUTE + (65 + 31 + 65) * SECOND;
  const FAILED: Partial<Removing> = { ended: 'FAILED' };
  const withRootStackSeen: Partial<Removing> = { ended: 'COMPLETED', stackId: 'arn:stack/1' };
  const stepOf = (changes: Partial<Removing>, begunAt = START): Promise<RemovalStep> =>
    removeStep(ofCreate(pageWith(changes), begunAt));
  beforeEach(() => {
    context.unreadable.set('preview', 'Endpoint request timed out');
  });

  test.each<[string, Job['status'], Partial<Removing>]>([
    ['what a failed clone left', 'FAILED', FAILED],
    ['a clone that was made', 'COMPLETED', withRootStackSeen],
  ])(
    'is asked for again for a minute, and then deleted, judged by its jobs and the list: %s',
    async (_, status, changes) => {
      context.jobs.set('preview', [jobOf('ours', status)]);
      context.time = ASKED_LONG_ENOUGH;
      expect(await stepOf(changes)).toEqual(WAITING);
      expect(context.changes).toEqual([]);
      context.time += 1;
      expect(await stepOf(changes)).toEqual(WAITING);
      expect(context.changes).toEqual(['DeleteBackend preview']);
    },
  );

  test('is asked for again for a minute by a Delete that comes much later', async () => {
    context.time = BEGUN + 65 * SECOND;
    expect(await stepOf(withRootStackSeen, BEGUN)).toEqual(WAITING);
    expect(context.changes).toEqual([]);
    context.time += 1;
    await stepOf(withRootStackSeen, BEGUN);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('is left where the service does not know any more how the clone ended', async () => {
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

  test('are deleted where they are empty', async () => {
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('are left where there is a root stack alone: somebody may be making the environment with the Amplify CLI', async () => {
    context.configs.set('preview', ROOT_STACK);
    expect(await step()).toBe('MAY_BE_IN_THE_MAKING');
    expect(context.changes).toEqual([]);
  });

  test('are not ours where there is a backend, and the log says so', async () => {
    context.configs.set('preview', { ...ROOT_STACK, auth: {} });
    expect(await step()).toEqual(NOT_OURS);
    expect(context.changes).toEqual([]);
    expect(context.logged).toEqual([
      { message: expect.stringContaining('not touched'), details: { appId: APP, environmentName: 'preview' } },
    ]);
  });

  test('are believed to be empty once reads show what was there when it failed', async () => {
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
    ['runs may be onto it, and is waited for', jobOf('theirs', 'RUNNING', settled), false],
    ['was just completed may have filled it, which does not show yet', jobOf('theirs', 'COMPLETED', recent), false],
    ['was completed long ago would show', jobOf('theirs', 'COMPLETED', settled), true],
    ['has just failed fills nothing', jobOf('theirs', 'FAILED', recent), true],
    ['is none, but another job', jobOf('theirs', 'RUNNING', { operation: 'UpdateBackendAPI' }), true],
  ])('where clones are filed under their source: another clone of it that %s', async (_, theirs, deleted) => {
    context.jobs.clear();
    context.jobs.set('dev', [jobOf('ours', 'FAILED'), theirs]);
    expect(await step(FILED_UNDER_SOURCE)).toEqual(WAITING);
    expect(context.changes).toEqual(deleted ? ['DeleteBackend preview'] : []);
  });

  test('where the answer was lost may be those of any clone of the source: others that run are waited for', async () => {
    context.jobs.clear();
    context.jobs.set('dev', [jobOf('ours', 'FAILED'), jobOf('theirs', 'RUNNING', { createdAt: BEGUN })]);
    expect(await step(LOST)).toEqual(WAITING);
    expect(context.changes).toEqual([]);
    context.jobs.set('dev', [jobOf('ours', 'FAILED')]);
    expect(await step(LOST)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('where clones are filed under their target: a clone onto the source is no concern', async () => {
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

  test('and that was seen to fail has made no backend: one that is there is not ours', async () => {
    context.configs.set('preview', BACKEND);
    expect(await step({ ended: 'FAILED' })).toEqual(NOT_OURS);
    expect(context.changes).toEqual([]);
  });

  test.each<[string, Partial<Removing>]>([
    ['seen to fail', { ended: 'FAILED' }],
    ['seen to fail, as far as the source told', { ended: 'FAILED', job: { id: undefined, filedUnder: 'dev' } }],
    ['never seen to end', {}],
  ])('and that was %s may have left an empty environment, which is deleted', async (_, changes) => {
    context.configs.set('preview', {});
    expect(await step(changes)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('and that was never seen to end: a backend that is there stays, and the failure says why', async () => {
    context.configs.set('preview', BACKEND);
    expect(await step()).toEqual({ because: expect.stringContaining("may be somebody else's") });
    expect(context.changes).toEqual([]);
    expect(await stageNow()).toMatchObject({ at: 'removing' });
    expect(await deletionNow()).toBeUndefined();
  });

  test('and that was seen to end when its deletion was called is known by that', async () => {
    context.jobs.set('preview', [jobOf('ours', 'COMPLETED')]);
    context.configs.set('preview', BACKEND);
    await step();
    expect(await stageNow()).toMatchObject({ ended: 'COMPLETED', deletion: { calledAt: BEGUN } });
  });
});

describe('a clone that runs for longer than it is waited for', () => {
  beforeEach(() => {
    context.time = BEGUN + CLONE_WAIT;
    context.jobs.set('preview', [jobOf('ours', 'RUNNING')]);
    context.configs.set('preview', {});
  });

  test('is deleted where its environment is listed and empty', async () => {
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('is left to somebody else’s clone onto the name', async () => {
    context.jobs.set('preview', [jobOf('ours', 'RUNNING'), jobOf('theirs', 'RUNNING')]);
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
  });

  test.each<[string, boolean]>([
    ['is deleted where there is no backend yet', true],
    ['is not ours where there is a backend, and is left', false],
  ])('and is filed under its source %s', async (_, deleted) => {
    context.jobs.clear();
    context.jobs.set('dev', [jobOf('ours', 'RUNNING')]);
    context.configs.set('preview', deleted ? ROOT_STACK : { ...ROOT_STACK, auth: {} });
    expect(await step(FILED_UNDER_SOURCE)).toEqual(WAITING);
    expect(context.changes).toEqual(deleted ? ['DeleteBackend preview'] : []);
  });

  test('and whose answer was lost is not ours where there is a backend, and is left', async () => {
    context.jobs.clear();
    context.jobs.set('dev', [jobOf('ours', 'RUNNING')]);
    context.configs.set('preview', { ...ROOT_STACK, auth: {} });
    expect(await step(LOST)).toEqual(WAITING);
    expect(context.changes).toEqual([]);
  });
});

describe('a removal whose last answer is due fails with what it waits for', () => {
  test.each<[string, () => Partial<Removing>, string]>([
    [
      'its own deletion',
      () => {
        context.jobs.set('preview', [removalOf('removal', 'RUNNING')]);
        return CALLED;
      },
      'Its deletion is still running.',
    ],
    [
      'somebody else’s deletion, which has cut the clone short',
      () => {
        notListed();
        context.jobs.set('preview', [jobOf('ours', 'FAILED'), removalOf('theirs', 'RUNNING')]);
        return AS_MADE;
      },
      'Its deletion is still running.',
    ],
    [
      'a job on it',
      () => {
        context.jobs.set('preview', [jobOf('ours', 'COMPLETED'), jobOf('theirs', 'RUNNING')]);
        return AS_MADE;
      },
      'A job on it is still running.',
    ],
    [
      'Amplify Studio',
      () => {
        context.names = 'APP_NOT_FOUND';
        context.jobs.set('preview', [jobOf('ours', 'FAILED')]);
        return AS_MADE;
      },
      'The app does not exist any more, or its Amplify Studio is off.',
    ],
    [
      'a clone that may be filling it',
      () => {
        context.jobs.clear();
        context.jobs.set('dev', [jobOf('ours', 'FAILED'), jobOf('theirs', 'RUNNING')]);
        return FILED_UNDER_SOURCE;
      },
      'Another clone may be filling it.',
    ],
    [
      'its own clone, while somebody else’s backend is there',
      () => {
        context.jobs.clear();
        context.jobs.set('dev', [jobOf('ours', 'RUNNING')]);
        return FILED_UNDER_SOURCE;
      },
      'Its clone is still running, and it has a backend, which may be of somebody else.',
    ],
    [
      'a service that refuses',
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

describe('an environment that somebody else has made, though our clone says otherwise', () => {
  const theirs = jobOf('theirs', 'COMPLETED', { createdAt: START - 8 * MINUTE, updatedAt: START - 30 * SECOND });

  test('is left when our job does not show yet, and theirs was completed just before', async () => {
    context.jobs.set('preview', [theirs]);
    context.time = START + CALL_SETTLED;
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
  });

  test.each([
    ['that failed, and is shown by an old picture', { failure: { name: 'CloneFailed', text: 'It failed.' } }],
    ['that does not end', {}],
  ])('is left when ours is one %s as running', async (_, changes) => {
    context.jobs.set('preview', [theirs, jobOf('ours', 'RUNNING')]);
    for (const minutes of [0, 25]) {
      context.time = BEGUN + minutes * MINUTE;
      expect(await step(changes)).toEqual(WAITING);
    }
    expect(context.changes).toEqual([]);
  });

  test('is left to be finished when ours does not end and is not listed', async () => {
    notListed();
    context.jobs.set('preview', [jobOf('theirs', 'RUNNING', { createdAt: START - MINUTE }), jobOf('ours', 'RUNNING')]);
    context.time = BEGUN + CLONE_WAIT;
    expect(await step()).toEqual(WAITING);
    expect(context.changes).toEqual([]);
  });
});

describe('a clone whose answer was lost, and whose job shows', () => {
  test('under the source, is ours though it was itself cloned since', async () => {
    context.jobs.set('dev', [jobOf('ours', 'COMPLETED')]);
    context.jobs.set('preview', [jobOf('of ours', 'COMPLETED', { createdAt: START + 10 * MINUTE })]);
    expect(await step(LOST)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });

  test('under the target, is ours though it never ends', async () => {
    context.configs.set('preview', {});
    context.jobs.set('preview', [jobOf('ours', 'RUNNING')]);
    context.time = BEGUN + CLONE_WAIT;
    expect(await step(LOST)).toEqual(WAITING);
    expect(context.changes).toEqual(['DeleteBackend preview']);
  });
});

test.each<[string, Readonly<Record<string, Entry>>, RemovalStep]>([
  ['that nothing is left', { create: cloneEntryOf({ at: 'nothing', failure: undefined }) }, 'NOTHING_KNOWN'],
  ['that it is being deleted', { create: toRemove(CALLED) }, WAITING],
  ['that its deletion has failed twice', { create: toRemove({ failedDeletions: ['one', 'two'] }) }, { because: 'two' }],
])(
  'a look that was judged before another delivery wrote %s ends with what that one wrote, and deletes nothing',
  async (_, entries, end) => {
    writtenMeanwhile(entries);
    expect(await step()).toEqual(end);
    expect(context.changes).toEqual([]);
  },
);
