import { CLONE, type Job, REMOVAL } from '../../lambda/backend-service';
import type { Ended, OwnedClone } from '../../lambda/ledger';
import { ownership } from '../../lambda/removal';

const MINUTE = 60_000;
const start = Date.UTC(2026, 0, 1);
const now = start + 60 * MINUTE;
const clone: OwnedClone = {
  appId: 'd1a2b3c4d5e6f7',
  environmentName: 'preview',
  sourceName: 'dev',
  calledAt: start,
  job: { id: 'ours', filedUnder: 'preview' },
};
const job = (id: string, operation: string, status: Job['status'], minutes: number): Job => ({
  id,
  operation,
  status,
  createdAt: start + minutes * MINUTE,
  updatedAt: start + (minutes + 1) * MINUTE,
  error: undefined,
});
const ours = job('ours', CLONE, 'COMPLETED', 0);
const failed = job('ours', CLONE, 'FAILED', 0);
const forgotten = undefined;

interface Judged {
  readonly of: OwnedClone;
  readonly ended: Ended | undefined;
  readonly at: number;
}

/** Unless something else is said, our clone is known to have been completed where its job does not say that it failed. */
function judged(own: Job | undefined, jobs: readonly Job[], told: Partial<Judged> = {}): ReturnType<typeof ownership> {
  const ended = own?.status === 'FAILED' ? 'FAILED' : 'COMPLETED';
  const judgement: Judged = { of: clone, at: now, ended, ...told };
  return ownership(judgement.of, own, judgement.ended, jobs, judgement.at);
}

test.each<[string, Job | undefined, Job[], ReturnType<typeof ownership>]>([
  ['our completed clone, untouched since, is ours', ours, [ours], 'OURS'],
  ['our clone is ours long after its job was forgotten', forgotten, [], 'OURS'],
  ['what a failed clone left is looked at more closely', failed, [], 'OURS_IF_EMPTY'],
  ['what was there before our clone says nothing', ours, [job('old', CLONE, 'COMPLETED', -30), ours], 'OURS'],
  ['a later clone onto the name made it somebody else’s', ours, [ours, job('b', CLONE, 'COMPLETED', 20)], 'NOT_OURS'],
  [
    'a later creation of the name made it somebody else’s',
    ours,
    [ours, job('b', 'CreateBackend', 'COMPLETED', 20)],
    'NOT_OURS',
  ],
  [
    'a clone that began before ours and was completed after it has the name',
    failed,
    [job('b', CLONE, 'COMPLETED', -0.5)],
    'NOT_OURS',
  ],
  ['a later clone that failed changed nothing', ours, [ours, job('b', CLONE, 'FAILED', 20)], 'OURS'],
  ['a later clone that runs leaves it open', ours, [ours, job('b', CLONE, 'RUNNING', 20)], 'UNDECIDED'],
  ['a deletion that runs leaves it open', ours, [ours, job('b', REMOVAL, 'RUNNING', 20)], 'UNDECIDED'],
  ['a deletion that failed changed nothing', ours, [ours, job('b', REMOVAL, 'FAILED', 20)], 'OURS'],
  [
    'what is there long after a deletion is somebody else’s',
    ours,
    [ours, job('b', REMOVAL, 'COMPLETED', 20)],
    'NOT_OURS',
  ],
  [
    'what is there right after a deletion may be an old picture',
    ours,
    [ours, job('b', REMOVAL, 'COMPLETED', 58.5)],
    'UNDECIDED',
  ],
  ['some other job, running, is no concern', ours, [ours, job('b', 'UpdateBackendAPI', 'RUNNING', 20)], 'OURS'],
])('%s', (_sentence, own, jobs, expected) => {
  expect(judged(own, jobs)).toBe(expected);
});

describe('of a clone whose job was forgotten', () => {
  test.each<[string, Ended | undefined, ReturnType<typeof ownership>]>([
    ['completed is ours', 'COMPLETED', 'OURS'],
    ['failed may be what it left', 'FAILED', 'OURS_IF_EMPTY'],
    ['to end may be anybody’s', undefined, 'OURS_IF_EMPTY'],
  ])('what is there, where it was seen %s', (_, ended, expected) => {
    expect(judged(forgotten, [], { ended })).toBe(expected);
  });

  test('what somebody else has made since is theirs, and no question', () => {
    expect(judged(forgotten, [job('b', CLONE, 'COMPLETED', 20)], { ended: undefined })).toBe('NOT_OURS');
  });
});

test('where clones are filed under their source, a later clone of our environment leaves it ours', () => {
  const filedUnderSource: OwnedClone = { ...clone, job: { id: 'ours', filedUnder: 'dev' } };
  const ofOurs = job('b', CLONE, 'COMPLETED', 20);
  expect(judged(ours, [ofOurs], { of: filedUnderSource })).toBe('OURS');
  expect(judged(ours, [{ ...ofOurs, status: 'RUNNING' }], { of: filedUnderSource })).toBe('OURS');
});

test('where clones are filed under their source, a later creation of the name made it somebody else’s', () => {
  const filedUnderSource: OwnedClone = { ...clone, job: { id: 'ours', filedUnder: 'dev' } };
  const created = job('b', 'CreateBackend', 'COMPLETED', 20);
  expect(judged(ours, [created], { of: filedUnderSource })).toBe('NOT_OURS');
  expect(judged(ours, [{ ...created, operation: 'CreateBackendAuth' }], { of: filedUnderSource })).toBe('OURS');
});

describe('what happened to the name counts from the beginning of our clone on', () => {
  const SKEW = 31_000;

  test.each<[string, Job | undefined, number, ReturnType<typeof ownership>]>([
    ['that began with ours was before it', ours, 0, 'OURS'],
    ['that began after ours was of ours', ours, 1, 'NOT_OURS'],
    [
      'that began after our call, by no more than the clocks may differ, may have been before it',
      forgotten,
      SKEW,
      'OURS',
    ],
    ['that began after our call, by more than that, was of ours', forgotten, SKEW + 1, 'NOT_OURS'],
  ])('a deletion %s', (_, own, offset, expected) => {
    const removal = { ...job('b', REMOVAL, 'COMPLETED', 0), createdAt: start + offset };
    expect(judged(own, [removal])).toBe(expected);
  });

  test.each<[string, Job | undefined, number, ReturnType<typeof ownership>]>([
    ['that ended when ours began was before it', ours, 0, 'OURS'],
    ['that ended after ours began has the name', ours, 1, 'NOT_OURS'],
    [
      'that ended after our call, by no more than the clocks may differ, may have been before it',
      forgotten,
      SKEW,
      'OURS',
    ],
    ['that ended after our call, by more than that, has the name', forgotten, SKEW + 1, 'NOT_OURS'],
  ])('a clone onto it %s', (_, own, offset, expected) => {
    const theirs = { ...job('b', CLONE, 'COMPLETED', -10), updatedAt: start + offset };
    expect(judged(own, [theirs])).toBe(expected);
  });
});

test('what was deleted before our clone began, by the service’s clock, was not ours, whatever our own clock says', () => {
  const begun = { ...ours, createdAt: start + 30_000 };
  const removal = { ...job('b', REMOVAL, 'COMPLETED', 0), createdAt: start + 20_000 };
  expect(judged(begun, [removal, begun])).toBe('OURS');
});

test('a clone onto the name that runs leaves it open, however long ago it began', () => {
  const theirs = { ...job('b', CLONE, 'RUNNING', -30), updatedAt: start - 30 * MINUTE };
  expect(judged(ours, [theirs])).toBe('UNDECIDED');
});

test('our own job is not somebody else’s, even where it is known only by its id', () => {
  const running = job('ours', CLONE, 'RUNNING', 0);
  expect(judged(running, [running], { ended: undefined })).toBe('OURS');
  expect(judged(forgotten, [ours])).toBe('OURS');
});

test('what a clone left that was seen to fail is looked at more closely, though a read shows its job running', () => {
  expect(judged(job('ours', CLONE, 'RUNNING', 0), [], { ended: 'FAILED' })).toBe('OURS_IF_EMPTY');
});

test('our own job is not somebody else’s where only the source says that it has begun', () => {
  expect(judged(ours, [ours], { of: { ...clone, job: { id: undefined, filedUnder: 'dev' } } })).toBe('OURS');
});

test('a deletion is believed to have left nothing of ours once reads show it', () => {
  const removal = { ...job('b', REMOVAL, 'COMPLETED', 20), updatedAt: now - 96_000 };
  expect(judged(ours, [removal])).toBe('UNDECIDED');
  expect(judged(ours, [removal], { at: now + 1 })).toBe('NOT_OURS');
});

test.each(['CreateBackendAuth', 'CreateBackendAPI', 'CreateBackendStorage'])(
  'an operation that changes a part of a backend makes no environment: %s',
  (operation) => {
    expect(judged(ours, [ours, job('b', operation, 'COMPLETED', 20)])).toBe('OURS');
    expect(judged(ours, [ours, job('b', operation, 'RUNNING', 20)])).toBe('OURS');
  },
);
