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
  test('has the job of that id', async () => {
    context.jobs.set('preview', [jobOf('theirs', 'RUNNING'), ours]);
    expect(await cloneJob(known, context)).toEqual(ours);
  });

  test('is asked for where its job is filed', async () => {
    context.jobs.set('dev', [ours]);
    expect(await cloneJob(known, context)).toBeUndefined();
    expect(await cloneJob({ ...known, job: { id: 'ours', filedUnder: 'dev' } }, context)).toEqual(ours);
  });
});

describe('the job of a clone whose answer was lost', () => {
  const entry = cloneEntryOf({ at: 'cloning', calledAt: START });
  const SETTLED = START + 15 * SECOND + 96 * SECOND;

  test('may still show, until it would have to', async () => {
    context.time = SETTLED;
    expect(await searchJob(entry, START, context)).toBe('NOT_YET');
    context.time = SETTLED + 1;
    expect(await searchJob(entry, START, context)).toBe('NONE');
  });

  test('is the one onto the target that began with the call, as soon as it shows', async () => {
    context.jobs.set('preview', [jobOf('old', 'FAILED', { createdAt: START - 10 * MINUTE }), ours]);
    expect(await searchJob(entry, START, context)).toEqual({ id: 'ours', filedUnder: 'preview' });
  });

  test('is the one of two onto the target that failed: somebody else’s must not be taken for ours', async () => {
    context.jobs.set('preview', [ours, jobOf('refused', 'FAILED')]);
    expect(await searchJob(entry, START, context)).toEqual({ id: 'refused', filedUnder: 'preview' });
  });

  test('is not another job on the target', async () => {
    context.time = SETTLED + 1;
    context.jobs.set('preview', [jobOf('other', 'COMPLETED', { operation: 'UpdateBackendAPI' })]);
    expect(await searchJob(entry, START, context)).toBe('NONE');
  });

  test('is filed under the source, where one shows there and none under the target by then', async () => {
    context.jobs.set('dev', [ours]);
    context.time = SETTLED;
    expect(await searchJob(entry, START, context)).toBe('NOT_YET');
    context.time = SETTLED + 1;
    expect(await searchJob(entry, START, context)).toEqual({ id: undefined, filedUnder: 'dev' });
  });

  test.each([
    ['as early as the clocks may differ', -31 * SECOND, true],
    ['earlier', -31 * SECOND - 1, false],
    ['as late as the call and the clocks allow', 46 * SECOND, true],
    ['later', 46 * SECOND + 1, false],
  ])('may be one that began %s', async (_, offset, found) => {
    context.time = SETTLED + 1;
    context.jobs.set('dev', [jobOf('job', 'RUNNING', { createdAt: START + offset })]);
    expect(await searchJob(entry, START, context)).toEqual(found ? { id: undefined, filedUnder: 'dev' } : 'NONE');
  });
});

describe('a clone of which only the source says that it has begun', () => {
  const one: OwnedClone = { ...known, job: { id: undefined, filedUnder: 'dev' } };

  test('is not known while no job shows', async () => {
    expect(await cloneJob(one, context)).toBeUndefined();
  });

  test.each([
    ['one is all there is, and runs', ['RUNNING'], 'RUNNING'],
    ['one is all there is, and was completed', ['COMPLETED'], 'COMPLETED'],
    ['one is all there is, and failed', ['FAILED'], 'FAILED'],
    ['any of several still runs', ['COMPLETED', 'RUNNING', 'FAILED'], 'RUNNING'],
    ['all were completed', ['COMPLETED', 'COMPLETED'], 'COMPLETED'],
    ['all failed', ['FAILED', 'FAILED'], 'FAILED'],
  ] as const)('of the clones of the source, where %s (%j), is %s', async (_, statuses, status) => {
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
  ])(
    'is told by the environment where one clone of the source failed, and one listed %s was completed',
    async (_, jobs) => {
      context.jobs.set('dev', jobs);
      context.configs.set('preview', {});
      expect(await cloneJob(one, context)).toEqual(failed);
      context.configs.set('preview', { providers: { awscloudformation: {} } });
      expect(await cloneJob(one, context)).toEqual(failed);
      context.configs.set('preview', { providers: {}, auth: {} });
      expect(await cloneJob(one, context)).toEqual(completed);
    },
  );

  test('is taken for the one that failed where the environment cannot be read', async () => {
    context.jobs.set('dev', [completed, failed]);
    context.unreadable.set('preview', 'Endpoint request timed out');
    expect(await cloneJob(one, context)).toEqual(failed);
  });
});
