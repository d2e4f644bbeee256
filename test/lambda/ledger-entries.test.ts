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
    ['that creates a clone', 'make', cloneEntryOf(created), undefined],
    ['that keeps or deletes a clone', 'keep', undefined, followUpEntryOf()],
    ['that never arrived', 'never came', undefined, undefined],
  ])('of a request %s is one of a clone, of a follow-up, or none', (_, id, clone, followUp) => {
    expect(cloneEntry(item, id)).toEqual(clone);
    expect(followUpEntry(item, id)).toEqual(followUp);
  });

  test('of a new clone has the environment of the request, and no update has returned to it', () => {
    const begun = { begunAt: START, replaces: 'before', confirmed: false, stage: { at: 'examining' } } as const;
    expect(newCloneEntry(heldOf('make'), begun)).toEqual(cloneEntryOf({ at: 'examining' }, { replaces: 'before' }));
  });
});

describe('when another request takes over to remove an environment', () => {
  test.each<[string, Stage, Stage]>([
    ['a request that has not called CloneBackend ends', { at: 'examining' }, nothing],
    ['an adopted environment remains', { at: 'adopted' }, nothing],
    [
      'a clone that was kept without its outputs remains',
      { ...called, at: 'created', stackId: undefined, answer: { name: 'OutputsMissing', text: 'It is kept.' } },
      nothing,
    ],
    [
      'a clone whose CloneBackend has not answered is searched for',
      { at: 'cloning', calledAt: called.calledAt },
      { ...removing, job: undefined, ended: undefined },
    ],
    ['a running clone is removed', { at: 'cloning', ...called }, { ...removing, ended: undefined }],
    [
      'a running clone whose answer was lost is removed',
      { at: 'cloning', ...called, job: { id: undefined, filedUnder: 'dev' } },
      { ...removing, job: { id: undefined, filedUnder: 'dev' }, ended: undefined },
    ],
    ['a complete clone is removed', created, removing],
    [
      'the recorded root stack is kept, which distinguishes the clone from a later environment',
      { at: 'created', ...called, stackId: 'root stack' },
      { ...removing, stackId: 'root stack' },
    ],
    [
      'a running deletion is kept, and the failed deletions of the earlier request do not count',
      { ...removing, failure, deletion: { calledAt: START, jobId: 'd' }, failedDeletions: ['a bucket is not empty'] },
      { ...removing, deletion: { calledAt: START, jobId: 'd' } },
    ],
    ['a failed request keeps its reason', { at: 'nothing', failure }, { at: 'nothing', failure }],
  ])('%s', (_, stage, expected) => {
    expect(toRemoving(stage)).toEqual(expected);
  });
});

describe('a change returns the same entries if', () => {
  const entries: Entries = { make: cloneEntryOf(created, { confirmed: true }), keep: followUpEntryOf() };

  test.each<[string, () => Entries]>([
    ['the physical ID was confirmed already', () => withConfirmed(entries, 'make')],
    ['a follow-up has no physical ID to confirm', () => withConfirmed(entries, 'keep')],
    ['the item does not have the request', () => withConfirmed(entries, 'never came')],
    ['the stage is the same', () => withStage(entries, 'make', (stage) => stage)],
    ['a follow-up has no stage', () => withStage(entries, 'keep', () => nothing)],
    ['the item does not have the request of the stage', () => withStage(entries, 'never came', () => nothing)],
    [
      'an update returns between requests that the item does not have',
      () => withReturn(entries, 'gone', 'away', 'rollback'),
    ],
    ['an update returns between follow-ups', () => withReturn(entries, 'keep', 'keep', 'rollback')],
  ])('%s', (_, changed) => {
    expect(changed()).toBe(entries);
  });
});

test('withConfirmed marks only the clone whose physical ID CloudFormation has sent', () => {
  const entries: Entries = { make: cloneEntryOf(created), other: cloneEntryOf(created) };
  expect(withConfirmed(entries, 'make')).toEqual({
    make: cloneEntryOf(created, { confirmed: true }),
    other: cloneEntryOf(created),
  });
});

test('withStage changes only the stage', () => {
  const entries: Entries = { make: cloneEntryOf({ at: 'examining' }, { replaces: 'before' }), keep: followUpEntryOf() };
  expect(withStage(entries, 'make', () => nothing)).toEqual({
    make: cloneEntryOf(nothing, { replaces: 'before' }),
    keep: followUpEntryOf(),
  });
});

describe('an environment that is retained', () => {
  test('is not owned any more, and remains', () => {
    expect(withoutClaim({ make: cloneEntryOf(created) }, 'make')).toEqual({ make: cloneEntryOf({ at: 'adopted' }) });
  });

  test.each<[Stage]>([[{ at: 'cloning', ...called }], [removing], [nothing]])(
    'does not exist yet, or any more, in the stage %j',
    (stage) => {
      const entries = { make: cloneEntryOf(stage) };
      expect(withoutClaim(entries, 'make')).toBe(entries);
    },
  );
});

describe('an update back to the previous environment', () => {
  test('is recorded at the environment that it returns to, and the other one is unchanged', () => {
    const entries: Entries = { make: cloneEntryOf(created), update: cloneEntryOf(created, { replaces: 'make' }) };
    expect(withReturn(entries, 'update', 'make', 'rollback')).toEqual({
      make: cloneEntryOf(created, { returned: { by: 'rollback', from: 'update' } }),
      update: cloneEntryOf(created, { replaces: 'make' }),
    });
  });

  test('retains the environment that it leaves if the same update back was recorded before', () => {
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

  test('retains the environment that it leaves if an earlier update went back to that', () => {
    const update = cloneEntryOf(created, { replaces: 'make', returned: { by: 'an earlier rollback', from: 'make' } });
    expect(withReturn({ make: cloneEntryOf(created), update }, 'update', 'make', 'rollback')).toEqual({
      make: cloneEntryOf(created, { returned: { by: 'rollback', from: 'update' } }),
      update: { ...update, stage: { at: 'adopted' } },
    });
  });

  test('does not change the environment that it returns to if it undoes a failed update back', () => {
    const make = cloneEntryOf(created, { returned: { by: 'back', from: 'update' } });
    const update = cloneEntryOf(created, { replaces: 'make' });
    const entries: Entries = { make, update, back: followUpEntryOf() };
    expect(withReturn(entries, 'make', 'update', 'rollback')).toEqual({
      ...entries,
      make: { ...make, stage: { at: 'adopted' } },
    });
  });

  test.each<[string, Entries]>([
    ['was never recorded', {}],
    ['is a follow-up', { update: followUpEntryOf() }],
  ])('is recorded even if the request whose environment it leaves %s', (_, left) => {
    const entries: Entries = { make: cloneEntryOf(created), ...left };
    expect(withReturn(entries, 'update', 'make', 'rollback')).toEqual({
      ...entries,
      make: cloneEntryOf(created, { returned: { by: 'rollback', from: 'update' } }),
    });
  });
});

describe('the physical ID of a Delete', () => {
  const running = { rollback: followUpEntryOf() };
  const ended = { rollback: followUpEntryOf({ endedAt: START + SECOND }) };
  const forgotten = {};
  const first = 'before';
  const other = 'update';
  const returned = { by: 'rollback', from: other };
  type Kind = ReturnType<typeof kindOfId>;

  test.each<[Kind, string, Entries, Partial<CloneEntry>, string]>([
    ['CURRENT', 'no update has returned to the environment', {}, {}, first],
    ['FORMER', 'an update has returned to the environment, which has another ID now', ended, { returned }, first],
    ['FORMER', 'an update returned more than a day ago', forgotten, { returned }, first],
    [
      'CURRENT',
      'an update has returned from the environment that it had replaced first, so it has its first ID again',
      ended,
      { returned: { by: 'rollback', from: first } },
      first,
    ],
    ['TO_BE_RETURNED_TO', 'the returning update was never recorded', {}, {}, other],
    ['TO_BE_RETURNED_TO', 'the returning update has not completed', running, { returned }, other],
    [
      'TO_BE_RETURNED_TO',
      'the returning update has not completed, and returns the first ID',
      running,
      { returned },
      first,
    ],
    [
      'CURRENT',
      'the returning update has not completed, and undoes a failed one',
      { ...running, [other]: cloneEntryOf({ at: 'nothing', failure: { name: 'CloneFailed', text: 'It failed.' } }) },
      { returned },
      first,
    ],
    ['CURRENT', 'the update that returned this ID has completed', ended, { returned }, other],
    ['CURRENT', 'the update that returned this ID completed days ago', forgotten, { returned }, other],
  ])('is %s if %s', (kind, _, visits, changes, replaces) => {
    const entries = { make: cloneEntryOf(created, { replaces: first, ...changes }), ...visits };
    expect(kindOfId(entries, { holds: heldOf('make'), replaces: heldOf(replaces) })).toBe(kind);
  });

  test('is CURRENT if its Create has not arrived yet', () => {
    expect(kindOfId({}, { holds: heldOf('make'), replaces: heldOf('before') })).toBe('CURRENT');
  });

  test('is CURRENT if the environment has replaced none', () => {
    const entries = { make: cloneEntryOf(created) };
    expect(kindOfId(entries, { holds: heldOf('make'), replaces: undefined })).toBe('CURRENT');
  });
});

describe('a write of what only this delivery knows', () => {
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

  test.each([0, 1, 4])('is retried after %d failures, with a second between attempts', async (times) => {
    expect(await retry(failing(times, serviceError), context)).toBe('written');
    expect(context.sleeps).toEqual(Array(times).fill(SECOND));
  });

  test('fails after five attempts', async () => {
    await expect(retry(failing(5, serviceError), context)).rejects.toBe(serviceError);
    expect(calls).toBe(5);
    expect(context.sleeps).toHaveLength(4);
  });

  test('is not retried after an error that is not the service’s', async () => {
    const error = new TypeError('a bug');
    await expect(retry(failing(1, error), context)).rejects.toBe(error);
    expect(calls).toBe(1);
  });
});
