import { CLONE, type Job, REMOVAL } from '../../lambda/backend-service';
import type { CloneState, OwnedClone } from '../../lambda/clone-evidence';
import { standing } from '../../lambda/removal';

const MINUTE = 60_000;
const start = Date.UTC(2026, 0, 1);
const now = start + 60 * MINUTE;
const clone: OwnedClone = {
  appId: 'd1a2b3c4d5e6f7',
  environmentName: 'preview',
  sourceName: 'dev',
  calledAt: start,
  job: { id: 'ours', filedUnder: 'target' },
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
const completed: CloneState = { kind: 'completed', job: ours };
const failed: CloneState = { kind: 'failed', job: job('ours', CLONE, 'FAILED', 0) };

test.each<[string, CloneState, Job[], ReturnType<typeof standing>]>([
  ['our completed clone, untouched since, is ours', completed, [ours], 'OURS'],
  ['our clone is ours long after its job was forgotten', { kind: 'unknown' }, [], 'OURS'],
  ['what a failed clone left is looked at more closely', failed, [], 'REMAINS_OF_A_FAILED_CLONE'],
  ['what was there before our clone says nothing', completed, [job('old', CLONE, 'COMPLETED', -30), ours], 'OURS'],
  [
    'a later clone onto the name made it somebody else’s',
    completed,
    [ours, job('b', CLONE, 'COMPLETED', 20)],
    'NOT_OURS',
  ],
  [
    'a later creation of the name made it somebody else’s',
    completed,
    [ours, job('b', 'CreateBackend', 'COMPLETED', 20)],
    'NOT_OURS',
  ],
  [
    'a clone that began before ours and was completed after it has the name',
    failed,
    [job('b', CLONE, 'COMPLETED', -0.5)],
    'NOT_OURS',
  ],
  ['a later clone that failed changed nothing', completed, [ours, job('b', CLONE, 'FAILED', 20)], 'OURS'],
  ['a later clone that runs leaves it open', completed, [ours, job('b', CLONE, 'RUNNING', 20)], 'UNDECIDED'],
  ['a deletion that runs leaves it open', completed, [ours, job('b', REMOVAL, 'RUNNING', 20)], 'UNDECIDED'],
  ['a deletion that failed changed nothing', completed, [ours, job('b', REMOVAL, 'FAILED', 20)], 'OURS'],
  [
    'what is there long after a deletion is somebody else’s',
    completed,
    [ours, job('b', REMOVAL, 'COMPLETED', 20)],
    'NOT_OURS',
  ],
  [
    'what is there right after a deletion may be an old picture',
    completed,
    [ours, job('b', REMOVAL, 'COMPLETED', 58.5)],
    'UNDECIDED',
  ],
  ['some other job, running, is no concern', completed, [ours, job('b', 'UpdateBackendAPI', 'RUNNING', 20)], 'OURS'],
])('%s', (_sentence, state, jobs, expected) => {
  expect(standing(clone, state, jobs, now)).toBe(expected);
});

test('where clones are filed under their source, a later clone of our environment leaves it ours', () => {
  const filedUnderSource: OwnedClone = { ...clone, job: { id: 'ours', filedUnder: 'source' } };
  const ofOurs = job('b', CLONE, 'COMPLETED', 20);
  expect(standing(filedUnderSource, completed, [ofOurs], now)).toBe('OURS');
  expect(standing(filedUnderSource, completed, [{ ...ofOurs, status: 'RUNNING' }], now)).toBe('OURS');
});
