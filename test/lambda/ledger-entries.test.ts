import { ServiceError } from '../../lambda/backend-service';
import type { CloneEntry, Entries, Stage } from '../../lambda/ledger';
import {
  cloneEntry,
  followUpEntry,
  kindOfId,
  newCloneEntry,
  retry,
  toRemoving,
  withConfirmed,
  withoutClaim,
  withReturn,
  withStage,
} from '../../lambda/ledger-entries';
import { cloneEntryOf, followUpEntryOf, heldOf, nothing, removingOf, SECOND, START, TestContext } from './test-context';

const called = { calledAt: START + SECOND, job: { id: 'ours', filedUnder: 'preview' } } as const;
const created: Stage = { at: 'created', ...called, stackId: undefined };
const removing = removingOf(called);
const failure = { name: 'CloneFailed', text: 'It failed.' };

describe('an entry', () => {
  const item = { resource: 'r', version: 1, entries: { make: cloneEntryOf(created), keep: followUpEntryOf() } };

  test.each([
    ['that makes a clone', 'make', cloneEntryOf(created), undefined],
    ['that keeps or deletes one', 'keep', undefined, followUpEntryOf()],
    ['that never came', 'never came', undefined, undefined],
  ])('of a request %s is a clone’s, a follow-up’s or none', (_, id, clone, followUp) => {
    expect(cloneEntry(item, id)).toEqual(clone);
    expect(followUpEntry(item, id)).toEqual(followUp);
  });

  test('of a new clone says what the request was to bring, and that no update has returned to it', () => {
    const begun = { begunAt: START, replaces: 'before', confirmed: false, stage: { at: 'examining' } } as const;
    expect(newCloneEntry(heldOf('make'), begun)).toEqual(cloneEntryOf({ at: 'examining' }, { replaces: 'before' }));
  });
});

describe('when another request takes over to remove what there is', () => {
  test.each<[string, Stage, Stage]>([
    ['nothing comes of a request that has not called CloneBackend', { at: 'examining' }, nothing],
    ['an environment that was there before stays', { at: 'adopted' }, nothing],
    [
      'a clone that was kept stays',
      { ...called, at: 'created', stackId: undefined, answer: { name: 'OutputsMissing', text: 'It is kept.' } },
      nothing,
    ],
    [
      'a clone is searched for whose CloneBackend has not answered yet',
      { at: 'cloning', calledAt: called.calledAt },
      { ...removing, job: undefined, ended: undefined },
    ],
    ['a clone that runs is removed', { at: 'cloning', ...called }, { ...removing, ended: undefined }],
    [
      'a clone that runs is removed where the answer to CloneBackend was lost',
      { at: 'cloning', ...called, job: { id: undefined, filedUnder: 'dev' } },
      { ...removing, job: { id: undefined, filedUnder: 'dev' }, ended: undefined },
    ],
    ['a clone that was made is removed', created, removing],
    [
      'the root stack of a clone that was made stays known, which tells it from a later environment of its name',
      { at: 'created', ...called, stackId: 'root stack' },
      { ...removing, stackId: 'root stack' },
    ],
    [
      'a deletion that runs is waited for; those that failed before were tries of the request before',
      { ...removing, failure, deletion: { calledAt: START, jobId: 'd' }, failedDeletions: ['a bucket is not empty'] },
      { ...removing, deletion: { calledAt: START, jobId: 'd' } },
    ],
    ['what came to nothing keeps its reason', { at: 'nothing', failure }, { at: 'nothing', failure }],
  ])('%s', (_, stage, expected) => {
    expect(toRemoving(stage)).toEqual(expected);
  });
});

describe('a change that changes nothing is not written', () => {
  const entries: Entries = { make: cloneEntryOf(created, { confirmed: true }), keep: followUpEntryOf() };

  test.each<[string, () => Entries]>([
    ['CloudFormation is known to know the clone already', () => withConfirmed(entries, 'make')],
    ['a follow-up has no environment to know of', () => withConfirmed(entries, 'keep')],
    ['the request is not in the item', () => withConfirmed(entries, 'never came')],
    ['the stage stays', () => withStage(entries, 'make', (stage) => stage)],
    ['a follow-up has no stage', () => withStage(entries, 'keep', () => nothing)],
    ['a request that is not in the item has none', () => withStage(entries, 'never came', () => nothing)],
    ['an update returns between requests that are not there', () => withReturn(entries, 'gone', 'away', 'rollback')],
    ['an update returns between requests that are visits', () => withReturn(entries, 'keep', 'keep', 'rollback')],
  ])('%s', (_, changed) => {
    expect(changed()).toBe(entries);
  });
});

test('a clone is known once CloudFormation has come back with its id', () => {
  const entries: Entries = { make: cloneEntryOf(created), other: cloneEntryOf(created) };
  expect(withConfirmed(entries, 'make')).toEqual({
    make: cloneEntryOf(created, { confirmed: true }),
    other: cloneEntryOf(created),
  });
});

test('a change of stage changes that alone', () => {
  const entries: Entries = { make: cloneEntryOf({ at: 'examining' }, { replaces: 'before' }), keep: followUpEntryOf() };
  expect(withStage(entries, 'make', () => nothing)).toEqual({
    make: cloneEntryOf(nothing, { replaces: 'before' }),
    keep: followUpEntryOf(),
  });
});

describe('an environment that CloudFormation lets go of', () => {
  test('stays, whatever becomes of the resource', () => {
    expect(withoutClaim({ make: cloneEntryOf(created) }, 'make')).toEqual({ make: cloneEntryOf({ at: 'adopted' }) });
  });

  test.each<[Stage]>([[{ at: 'cloning', ...called }], [removing], [nothing]])(
    'is none yet, or none any more, at the stage %j',
    (stage) => {
      const entries = { make: cloneEntryOf(stage) };
      expect(withoutClaim(entries, 'make')).toBe(entries);
    },
  );
});

describe('an update from one environment back to the one before', () => {
  test('is named by the one that it returns to; the one that it left is as it was', () => {
    const entries: Entries = { make: cloneEntryOf(created), update: cloneEntryOf(created, { replaces: 'make' }) };
    expect(withReturn(entries, 'update', 'make', 'rollback')).toEqual({
      make: cloneEntryOf(created, { returned: { by: 'rollback', from: 'update' } }),
      update: cloneEntryOf(created, { replaces: 'make' }),
    });
  });

  test('keeps what it left where the same had happened before: an update that was killed had come back to that', () => {
    const entries: Entries = {
      make: cloneEntryOf(created, { returned: { by: 'earlier', from: 'update' } }),
      update: cloneEntryOf(created, { replaces: 'make' }),
      earlier: followUpEntryOf({ endedAt: START }),
    };
    expect(withReturn(entries, 'update', 'make', 'rollback')).toEqual({
      ...entries,
      update: cloneEntryOf({ at: 'adopted' }, { replaces: 'make' }),
    });
  });

  test('keeps what it left where an update had come back to that: it was to be retained', () => {
    const update = cloneEntryOf(created, { replaces: 'make', returned: { by: 'an earlier rollback', from: 'make' } });
    expect(withReturn({ make: cloneEntryOf(created), update }, 'update', 'make', 'rollback')).toEqual({
      make: cloneEntryOf(created, { returned: { by: 'rollback', from: 'update' } }),
      update: { ...update, stage: { at: 'adopted' } },
    });
  });

  test('leaves what it returns to as it was where it undoes an update back that has failed', () => {
    const make = cloneEntryOf(created, { returned: { by: 'back', from: 'update' } });
    const update = cloneEntryOf(created, { replaces: 'make' });
    const entries: Entries = { make, update, back: followUpEntryOf() };
    expect(withReturn(entries, 'make', 'update', 'rollback')).toEqual({
      ...entries,
      make: { ...make, stage: { at: 'adopted' } },
    });
  });

  test.each<[string, Entries]>([
    ['was never entered', {}],
    ['is a follow-up', { update: followUpEntryOf() }],
  ])('names itself also where the request whose environment it left %s', (_, left) => {
    const entries: Entries = { make: cloneEntryOf(created), ...left };
    expect(withReturn(entries, 'update', 'make', 'rollback')).toEqual({
      ...entries,
      make: cloneEntryOf(created, { returned: { by: 'rollback', from: 'update' } }),
    });
  });
});

describe('the id of a Delete', () => {
  const running = { rollback: followUpEntryOf() };
  const ended = { rollback: followUpEntryOf({ endedAt: START + SECOND }) };
  const forgotten = {};
  const first = 'before';
  const other = 'update';
  const returned = { by: 'rollback', from: other };
  type Kind = ReturnType<typeof kindOfId>;

  test.each<[Kind, string, Entries, Partial<CloneEntry>, string]>([
    ['CURRENT', 'no update has returned to the environment', {}, {}, first],
    ['FORMER', 'an update has returned: another id stands for it now', ended, { returned }, first],
    ['FORMER', 'an update returned more than a day ago', forgotten, { returned }, first],
    [
      'CURRENT',
      'an update has returned from the one that it had replaced at first: it has the id that it had then',
      ended,
      { returned: { by: 'rollback', from: first } },
      first,
    ],
    ['TO_BE_RETURNED_TO', 'the update that was to return never got to its entry', {}, {}, other],
    ['TO_BE_RETURNED_TO', 'the update that was to return has not ended', running, { returned }, other],
    [
      'TO_BE_RETURNED_TO',
      'that update has not ended, and gives it the id that it had at first',
      running,
      { returned },
      first,
    ],
    [
      'CURRENT',
      'that update has not ended, and undoes one that failed: CloudFormation has held the environment all the while',
      { ...running, [other]: cloneEntryOf({ at: 'nothing', failure: { name: 'CloneFailed', text: 'It failed.' } }) },
      { returned },
      first,
    ],
    ['CURRENT', 'the update that gave it this id has ended', ended, { returned }, other],
    ['CURRENT', 'the update that gave it this id ended days ago', forgotten, { returned }, other],
  ])('is %s where %s', (kind, _, visits, changes, replaces) => {
    const entries = { make: cloneEntryOf(created, { replaces: first, ...changes }), ...visits };
    expect(kindOfId(entries, { holds: heldOf('make'), replaces: heldOf(replaces) })).toBe(kind);
  });

  test('is CURRENT where its request has not come yet', () => {
    expect(kindOfId({}, { holds: heldOf('make'), replaces: heldOf('before') })).toBe('CURRENT');
  });

  test('is CURRENT where the environment has replaced none', () => {
    const entries = { make: cloneEntryOf(created) };
    expect(kindOfId(entries, { holds: heldOf('make'), replaces: undefined })).toBe('CURRENT');
  });
});

describe('what is known only here', () => {
  const serviceError = new ServiceError('UNAVAILABLE', 'PutItem', 'a 500', 'dynamodb');
  let context: TestContext;
  let calls: number;
  beforeEach(() => {
    context = new TestContext();
    calls = 0;
  });

  const failing = (times: number, error: Error) => async () => {
    calls += 1;
    if (calls <= times) throw error;
    return 'written';
  };

  test.each([0, 1, 4])('is written down although that fails %d times, with a second between', async (times) => {
    expect(await retry(failing(times, serviceError), context)).toBe('written');
    expect(context.sleeps).toEqual(Array(times).fill(SECOND));
  });

  test('is given up after five tries', async () => {
    await expect(retry(failing(5, serviceError), context)).rejects.toBe(serviceError);
    expect(calls).toBe(5);
    expect(context.sleeps).toHaveLength(4);
  });

  test('is not written again after an error that is not the service’s', async () => {
    const error = new TypeError('a bug');
    await expect(retry(failing(1, error), context)).rejects.toBe(error);
    expect(calls).toBe(1);
  });
});
