import { cloneOnto, cloneState, clonesOfSource, type OwnedClone } from '../../lambda/clone-evidence';
import { APP, jobOf, MINUTE, SECOND, START, WorldUnderTest } from './world-under-test';

const known: OwnedClone = {
  appId: APP,
  environmentName: 'preview',
  sourceName: 'dev',
  calledAt: START,
  job: { id: 'ours', filedUnder: 'target' },
};
/** The answer to CloneBackend was lost. */
const lost: OwnedClone = { ...known, job: undefined };
const ours = jobOf('ours', 'COMPLETED');

let world: WorldUnderTest;
beforeEach(() => {
  world = new WorldUnderTest();
});

describe('a clone whose job is known', () => {
  test.each([
    ['RUNNING', { kind: 'running' }],
    ['COMPLETED', { kind: 'completed', job: jobOf('ours', 'COMPLETED') }],
    ['FAILED', { kind: 'failed', job: jobOf('ours', 'FAILED') }],
  ] as const)('is what its job is: %s', async (status, state) => {
    world.jobs.set('preview', [jobOf('theirs', 'RUNNING'), jobOf('ours', status)]);
    expect(await cloneState(known, world)).toEqual(state);
  });

  test('is asked for where its job is filed', async () => {
    world.jobs.set('dev', [ours]);
    expect(await cloneState(known, world)).toEqual({ kind: 'unknown' });
    expect(await cloneState({ ...known, job: { id: 'ours', filedUnder: 'source' } }, world)).toEqual({
      kind: 'completed',
      job: ours,
    });
  });
});

describe('a clone whose answer was lost', () => {
  test('is not known while no job shows', async () => {
    expect(await cloneState(lost, world)).toEqual({ kind: 'unknown' });
  });

  test('is the one onto the target that began with the call', async () => {
    world.jobs.set('preview', [jobOf('old', 'FAILED', { createdAt: START - 10 * MINUTE }), ours]);
    expect(await cloneState(lost, world)).toEqual({ kind: 'completed', job: ours });
  });

  test('is the one of two onto the target that failed: somebody else’s must not be taken for ours', async () => {
    const refused = jobOf('refused', 'FAILED');
    world.jobs.set('preview', [ours, refused]);
    expect(await cloneOnto(lost, world)).toEqual(refused);
  });

  test('is not another job on the target', async () => {
    world.jobs.set('preview', [jobOf('other', 'COMPLETED', { operation: 'UpdateBackendAPI' })]);
    expect(await cloneOnto(lost, world)).toBeUndefined();
  });

  test.each([
    ['as early as the clocks may differ', -31 * SECOND, true],
    ['earlier', -31 * SECOND - 1, false],
    ['as late as the call and the clocks allow', 46 * SECOND, true],
    ['later', 46 * SECOND + 1, false],
  ])('may be one that began %s', async (_, offset, found) => {
    const job = jobOf('job', 'RUNNING', { createdAt: START + offset });
    world.jobs.set('dev', [job]);
    expect(await clonesOfSource(lost, world)).toEqual(found ? [job] : []);
  });

  test.each([
    ['one is all there is, and runs', ['RUNNING'], 'running'],
    ['one is all there is, and was completed', ['COMPLETED'], 'completed'],
    ['one is all there is, and failed', ['FAILED'], 'failed'],
    ['any of several still runs', ['COMPLETED', 'RUNNING', 'FAILED'], 'running'],
    ['all were completed', ['COMPLETED', 'COMPLETED'], 'completed'],
    ['all failed', ['FAILED', 'FAILED'], 'failed'],
  ] as const)('of the clones of the source, where %s (%j), is %s', async (_, statuses, kind) => {
    world.jobs.set(
      'dev',
      statuses.map((status, index) => jobOf(`job${index}`, status)),
    );
    expect(await cloneState(lost, world)).toMatchObject({ kind });
  });

  const [failed, completed] = [jobOf('one', 'FAILED'), jobOf('two', 'COMPLETED')];

  test.each([
    ['after it', [failed, completed]],
    ['before it', [completed, failed]],
  ])(
    'is told by the environment where one clone of the source failed, and one listed %s was completed',
    async (_, jobs) => {
      world.jobs.set('dev', jobs);
      world.configs.set('preview', { providers: { awscloudformation: {} } });
      expect(await cloneState(lost, world)).toEqual({ kind: 'failed', job: failed });
      world.configs.set('preview', { providers: {}, auth: {} });
      expect(await cloneState(lost, world)).toEqual({ kind: 'completed', job: completed });
    },
  );
});
