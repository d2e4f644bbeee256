import { cloneJob, searchJob } from '../../lambda/clone-job';
import type { OwnedClone } from '../../lambda/ledger';
import { APP, cloneEntryOf, jobOf, MINUTE, SECOND, START, TestContext } from './test-context';

const known: OwnedClone = {
  appId: APP,
  environmentName: 'preview',
  sourceName: 'dev',
  calledAt: START,
  job: { id: 'ours', filedUnder: 'preview' },
};
const ours = jobOf('ours', 'COMPLETED');

let context: TestContext;
beforeEach(() => {
  context = new TestContext();
});

describe('a clone whose job is known', () => {
  test('has the job with that ID', async () => {
    context.jobs.set('preview', [jobOf('theirs', 'RUNNING'), ours]);
    expect(await cloneJob(known, context)).toEqual(ours);
  });

  test('is read under the environment that its job is filed under', async () => {
    context.jobs.set('dev', [ours]);
    expect(await cloneJob(known, context)).toBeUndefined();
    expect(await cloneJob({ ...known, job: { id: 'ours', filedUnder: 'dev' } }, context)).toEqual(ours);
  });
});

describe('the search for the job of a clone whose answer was lost', () => {
  const entry = cloneEntryOf({ at: 'cloning', calledAt: START });
  const SETTLED = START + 15 * SECOND + 96 * SECOND;

  test('continues until reads are consistent', async () => {
    context.time = SETTLED;
    expect(await searchJob(entry, START, context)).toBe('NOT_YET');
    context.time = SETTLED + 1;
    expect(await searchJob(entry, START, context)).toBe('NONE');
  });

  test('finds the clone to the target that began with the call, as soon as a read shows it', async () => {
    context.jobs.set('preview', [jobOf('old', 'FAILED', { createdAt: START - 10 * MINUTE }), ours]);
    expect(await searchJob(entry, START, context)).toEqual({ id: 'ours', filedUnder: 'preview' });
  });

  test('finds the FAILED one of two clones to the target, so that another owner’s clone is not mistaken for this one', async () => {
    context.jobs.set('preview', [ours, jobOf('refused', 'FAILED')]);
    expect(await searchJob(entry, START, context)).toEqual({ id: 'refused', filedUnder: 'preview' });
  });

  test('does not find another job of the target', async () => {
    context.time = SETTLED + 1;
    context.jobs.set('preview', [jobOf('other', 'COMPLETED', { operation: 'UpdateBackendAPI' })]);
    expect(await searchJob(entry, START, context)).toBe('NONE');
  });

  test('finds a clone under the source if none is under the target once reads are consistent', async () => {
    context.jobs.set('dev', [ours]);
    context.time = SETTLED;
    expect(await searchJob(entry, START, context)).toBe('NOT_YET');
    context.time = SETTLED + 1;
    expect(await searchJob(entry, START, context)).toEqual({ id: undefined, filedUnder: 'dev' });
  });

  test.each([
    ['as early as the clock skew allows', -31 * SECOND, true],
    ['earlier', -31 * SECOND - 1, false],
    ['as late as the call and the clock skew allow', 46 * SECOND, true],
    ['later', 46 * SECOND + 1, false],
  ])('compares the start of a job with the call: %s', async (_, offset, found) => {
    context.time = SETTLED + 1;
    context.jobs.set('dev', [jobOf('job', 'RUNNING', { createdAt: START + offset })]);
    expect(await searchJob(entry, START, context)).toEqual(found ? { id: undefined, filedUnder: 'dev' } : 'NONE');
  });
});

describe('a clone that is one of several jobs of the source', () => {
  const one: OwnedClone = { ...known, job: { id: undefined, filedUnder: 'dev' } };

  test('is unknown while no job is visible', async () => {
    expect(await cloneJob(one, context)).toBeUndefined();
  });

  test.each([
    ['one job runs', ['RUNNING'], 'RUNNING'],
    ['one job is COMPLETED', ['COMPLETED'], 'COMPLETED'],
    ['one job is FAILED', ['FAILED'], 'FAILED'],
    ['one of several jobs still runs', ['COMPLETED', 'RUNNING', 'FAILED'], 'RUNNING'],
    ['all jobs are COMPLETED', ['COMPLETED', 'COMPLETED'], 'COMPLETED'],
    ['all jobs are FAILED', ['FAILED', 'FAILED'], 'FAILED'],
  ] as const)('if %s (%j), is %s', async (_, statuses, status) => {
    context.jobs.set(
      'dev',
      statuses.map((status, index) => jobOf(`job${index}`, status)),
    );
    expect(await cloneJob(one, context)).toMatchObject({ status });
  });

  const [failed, completed] = [jobOf('one', 'FAILED'), jobOf('two', 'COMPLETED')];

  test.each([
    ['after it', [failed, completed]],
    ['before it', [completed, failed]],
  ])('follows from the environment’s content if one job is FAILED, and one listed %s is COMPLETED', async (_, jobs) => {
    context.jobs.set('dev', jobs);
    context.configs.set('preview', {});
    expect(await cloneJob(one, context)).toEqual(failed);
    context.configs.set('preview', { providers: { awscloudformation: {} } });
    expect(await cloneJob(one, context)).toEqual(failed);
    context.configs.set('preview', { providers: {}, auth: {} });
    expect(await cloneJob(one, context)).toEqual(completed);
  });

  test('is FAILED if one job is, and the environment cannot be read', async () => {
    context.jobs.set('dev', [completed, failed]);
    context.unreadable.set('preview', 'Endpoint request timed out');
    expect(await cloneJob(one, context)).toEqual(failed);
  });
});
