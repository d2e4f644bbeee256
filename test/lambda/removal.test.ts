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
  ['a COMPLETED clone without later jobs is owned', ours, [ours], 'OURS'],
  ['a COMPLETED clone is owned long after its job was forgotten', forgotten, [], 'OURS'],
  ['a FAILED clone is owned if it is empty', failed, [], 'OURS_IF_EMPTY'],
  ['an earlier job does not count', ours, [job('old', CLONE, 'COMPLETED', -30), ours], 'OURS'],
  [
    'a later COMPLETED clone to the name ends the ownership',
    ours,
    [ours, job('b', CLONE, 'COMPLETED', 20)],
    'NOT_OURS',
  ],
  [
    'a later COMPLETED CreateBackend of the name ends the ownership',
    ours,
    [ours, job('b', 'CreateBackend', 'COMPLETED', 20)],
    'NOT_OURS',
  ],
  [
    'a clone that began earlier and completed later ends the ownership',
    failed,
    [job('b', CLONE, 'COMPLETED', -0.5)],
    'NOT_OURS',
  ],
  ['a later FAILED clone does not count', ours, [ours, job('b', CLONE, 'FAILED', 20)], 'OURS'],
  ['a later running clone leaves the ownership undecided', ours, [ours, job('b', CLONE, 'RUNNING', 20)], 'UNDECIDED'],
  ['a running deletion leaves the ownership undecided', ours, [ours, job('b', REMOVAL, 'RUNNING', 20)], 'UNDECIDED'],
  ['a FAILED deletion does not count', ours, [ours, job('b', REMOVAL, 'FAILED', 20)], 'OURS'],
  [
    'an environment that exists long after a deletion is not owned',
    ours,
    [ours, job('b', REMOVAL, 'COMPLETED', 20)],
    'NOT_OURS',
  ],
  [
    'an environment that a read shows right after a deletion is undecided',
    ours,
    [ours, job('b', REMOVAL, 'COMPLETED', 58.5)],
    'UNDECIDED',
  ],
  [
    'a running job of another operation does not count',
    ours,
    [ours, job('b', 'UpdateBackendAPI', 'RUNNING', 20)],
    'OURS',
  ],
])('%s', (_sentence, own, jobs, expected) => {
  expect(judged(own, jobs)).toBe(expected);
});

describe('the environment of a clone whose job was forgotten', () => {
  test.each<[string, Ended | undefined, ReturnType<typeof ownership>]>([
    ['COMPLETED is owned', 'COMPLETED', 'OURS'],
    ['FAILED is owned if it is empty', 'FAILED', 'OURS_IF_EMPTY'],
    ['no final status is owned if it is empty', undefined, 'OURS_IF_EMPTY'],
  ])('whose polls saw %s', (_, ended, expected) => {
    expect(judged(forgotten, [], { ended })).toBe(expected);
  });

  test('is not owned after a later COMPLETED clone to the name', () => {
    expect(judged(forgotten, [job('b', CLONE, 'COMPLETED', 20)], { ended: undefined })).toBe('NOT_OURS');
  });
});

test('if jobs are filed under the source, a later clone of the environment does not end the ownership', () => {
  const filedUnderSource: OwnedClone = { ...clone, job: { id: 'ours', filedUnder: 'dev' } };
  const ofOurs = job('b', CLONE, 'COMPLETED', 20);
  expect(judged(ours, [ofOurs], { of: filedUnderSource })).toBe('OURS');
  expect(judged(ours, [{ ...ofOurs, status: 'RUNNING' }], { of: filedUnderSource })).toBe('OURS');
});

test('if jobs are filed under the source, a later CreateBackend of the name ends the ownership', () => {
  const filedUnderSource: OwnedClone = { ...clone, job: { id: 'ours', filedUnder: 'dev' } };
  const created = job('b', 'CreateBackend', 'COMPLETED', 20);
  expect(judged(ours, [created], { of: filedUnderSource })).toBe('NOT_OURS');
  expect(judged(ours, [{ ...created, operation: 'CreateBackendAuth' }], { of: filedUnderSource })).toBe('OURS');
});

describe('jobs of the name count from the start of the clone', () => {
  const SKEW = 31_000;

  test.each<[string, Job | undefined, number, ReturnType<typeof ownership>]>([
    ['that began with the clone does not count', ours, 0, 'OURS'],
    ['that began after the clone ends the ownership', ours, 1, 'NOT_OURS'],
    ['that began after the call, within the clock skew, does not count', forgotten, SKEW, 'OURS'],
    ['that began after the call, beyond the clock skew, ends the ownership', forgotten, SKEW + 1, 'NOT_OURS'],
  ])('a deletion %s', (_, own, offset, expected) => {
    const removal = { ...job('b', REMOVAL, 'COMPLETED', 0), createdAt: start + offset };
    expect(judged(own, [removal])).toBe(expected);
  });

  test.each<[string, Job | undefined, number, ReturnType<typeof ownership>]>([
    ['that ended when the clone began does not count', ours, 0, 'OURS'],
    ['that ended after the clone began ends the ownership', ours, 1, 'NOT_OURS'],
    ['that ended after the call, within the clock skew, does not count', forgotten, SKEW, 'OURS'],
    ['that ended after the call, beyond the clock skew, ends the ownership', forgotten, SKEW + 1, 'NOT_OURS'],
  ])('another clone to the name %s', (_, own, offset, expected) => {
    const theirs = { ...job('b', CLONE, 'COMPLETED', -10), updatedAt: start + offset };
    expect(judged(own, [theirs])).toBe(expected);
  });
});

test('a deletion before the clone began does not count, by the service’s clock and not the handler’s', () => {
  const begun = { ...ours, createdAt: start + 30_000 };
  const removal = { ...job('b', REMOVAL, 'COMPLETED', 0), createdAt: start + 20_000 };
  expect(judged(begun, [removal, begun])).toBe('OURS');
});

test('a running clone to the name leaves the ownership undecided, however old it is', () => {
  const theirs = { ...job('b', CLONE, 'RUNNING', -30), updatedAt: start - 30 * MINUTE };
  expect(judged(ours, [theirs])).toBe('UNDECIDED');
});

test('the clone’s own job does not end the ownership, even if only its ID is known', () => {
  const running = job('ours', CLONE, 'RUNNING', 0);
  expect(judged(running, [running], { ended: undefined })).toBe('OURS');
  expect(judged(forgotten, [ours])).toBe('OURS');
});

test('a clone that a poll saw as FAILED is owned if it is empty, even if a read shows it as RUNNING', () => {
  expect(judged(job('ours', CLONE, 'RUNNING', 0), [], { ended: 'FAILED' })).toBe('OURS_IF_EMPTY');
});

test('the clone’s own job does not end the ownership if its ID is unknown', () => {
  expect(judged(ours, [ours], { of: { ...clone, job: { id: undefined, filedUnder: 'dev' } } })).toBe('OURS');
});

test('a deletion ends the ownership once reads are consistent', () => {
  const removal = { ...job('b', REMOVAL, 'COMPLETED', 20), updatedAt: now - 96_000 };
  expect(judged(ours, [removal])).toBe('UNDECIDED');
  expect(judged(ours, [removal], { at: now + 1 })).toBe('NOT_OURS');
});

test.each(['CreateBackendAuth', 'CreateBackendAPI', 'CreateBackendStorage'])(
  'an operation that changes a part of a backend does not count: %s',
  (operation) => {
    expect(judged(ours, [ours, job('b', operation, 'COMPLETED', 20)])).toBe('OURS');
    expect(judged(ours, [ours, job('b', operation, 'RUNNING', 20)])).toBe('OURS');
  },
);
