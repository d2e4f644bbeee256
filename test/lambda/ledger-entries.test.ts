import { ServiceError } from '../../lambda/backend-service';
import type { Entries, Stage } from '../../lambda/ledger';
import {
  cloneEntry,
  followUpEntry,
  isCurrent,
  isRemoved,
  newCloneEntry,
  retry,
  toRemoving,
  withConfirmed,
  withCurrent,
  withoutClaim,
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
    ['an update returns to what the item does not have', () => withCurrent(entries, heldOf('never came'), {})],
    ['an update returns to a follow-up', () => withCurrent(entries, heldOf('keep'), {})],
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
  const returned = { ...heldOf('make'), returnedBy: 'rollback' };
  const entries: Entries = { make: cloneEntryOf(created), update: cloneEntryOf(created, { replaces: 'make' }) };

  test('is recorded at the environment that it returns to, and the other one is unchanged', () => {
    expect(withCurrent(entries, returned, {})).toEqual({
      ...entries,
      make: cloneEntryOf(created, { returnedBy: 'rollback', attributes: {} }),
    });
  });

  test('adds its attributes to those that earlier requests reported', () => {
    const make = cloneEntryOf(created, { attributes: { 'auth..A': 'old', 'auth..B': 'b' } });
    expect(withCurrent({ make }, heldOf('make'), { 'auth..A': 'new' })).toEqual({
      make: { ...make, attributes: { 'auth..A': 'new', 'auth..B': 'b' } },
    });
  });

  test('makes its physical ID the current one, and those from before are not', () => {
    const known = [heldOf('make'), { ...heldOf('make'), returnedBy: 'earlier' }, returned];
    const areCurrent = (found: Entries): boolean[] => known.map((held) => isCurrent(found, held));
    expect(areCurrent(entries)).toEqual([true, false, false]);
    expect(areCurrent(withCurrent(entries, returned, {}))).toEqual([false, false, true]);
  });

  test.each<[string, Entries]>([
    ['has not arrived', {}],
    ['is a follow-up', { make: followUpEntryOf() }],
  ])('does not exist for a request that %s, so its physical ID is current', (_, found) => {
    expect(isCurrent(found, heldOf('make'))).toBe(true);
    expect(isCurrent(found, returned)).toBe(true);
  });
});

describe('an environment', () => {
  test.each<[boolean, string, Entries]>([
    [true, 'that was never created, or is deleted', { make: cloneEntryOf(nothing) }],
    [true, 'that is being deleted', { make: cloneEntryOf(removing) }],
    [false, 'that is complete', { make: cloneEntryOf(created) }],
    [false, 'that was adopted', { make: cloneEntryOf({ at: 'adopted' }) }],
    [false, 'that the item does not have', {}],
    [false, 'of a follow-up', { make: followUpEntryOf() }],
  ])('counts as removed: %s, if it is one %s', (removed, _, entries) => {
    expect(isRemoved(entries, heldOf('make'))).toBe(removed);
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
