import { answer } from '../../../simulator/amplify-backend/request-handler';
import {
  DEFAULT_VARIANTS,
  parseVariants,
  randomVariants,
  singleDeviations,
  type Variants,
} from '../../../simulator/amplify-backend/variants';
import { seededRandom } from '../../../simulator/random';
import { APP, JOB_DURATION, MINUTE, SECOND, serviceUnderTest } from './service-under-test';

const refusedWith = (name: string) => ({ kind: 'refused', exception: expect.objectContaining({ name }) });

describe('a clone job', () => {
  test.each([
    { cloneJobFiledUnder: 'target', here: 'preview', notHere: 'dev' },
    { cloneJobFiledUnder: 'source', here: 'dev', notHere: 'preview' },
  ] as const)('is found under its $cloneJobFiledUnder alone', ({ cloneJobFiledUnder, here, notHere }) => {
    const { clone, started, job } = serviceUnderTest({ cloneJobFiledUnder });
    const accepted = started(clone());
    expect(accepted).toMatchObject({ backendEnvironmentName: here, status: 'PENDING' });
    expect(job(accepted.jobId, here)).toMatchObject({ kind: 'answered', answer: { backendEnvironmentName: here } });
    expect(job(accepted.jobId, notHere)).toEqual(refusedWith('NotFoundException'));
  });

  test.each([
    { oldJobs: 'kept', afterAnHour: 'COMPLETED' },
    { oldJobs: { forgottenAfterMilliseconds: 30 * MINUTE }, afterAnHour: 'NotFoundException' },
  ] as const)('of long ago is $afterAnHour when old jobs are $oldJobs', async ({ oldJobs, afterAnHour }) => {
    const { clock, clone, started, status } = serviceUnderTest({ oldJobs });
    const { jobId } = started(clone());
    await clock.advance(JOB_DURATION + 29 * MINUTE);
    expect(status(jobId)).toBe('COMPLETED');
    await clock.advance(31 * MINUTE);
    expect(status(jobId)).toBe(afterAnHour);
  });

  test('that runs for hours is still shown', async () => {
    const { clock, clone, started, status } = serviceUnderTest(
      { oldJobs: { forgottenAfterMilliseconds: MINUTE } },
      { cloneOutcome: () => 'stuck' },
    );
    const { jobId } = started(clone());
    await clock.advance(5 * 60 * MINUTE);
    expect(status(jobId)).toBe('RUNNING');
  });

  test.each([0, 30 * SECOND, -30 * SECOND])('shows its times on a clock that is off by %d ms', async (skew) => {
    const { clock, clone, started, job } = serviceUnderTest({ clockSkewMilliseconds: skew });
    const acceptedAt = clock.now();
    const { jobId } = started(clone());
    const createTime = String(acceptedAt + skew);
    expect(job(jobId)).toMatchObject({ answer: { createTime, updateTime: createTime } });
    await clock.advance(2 * JOB_DURATION);
    expect(job(jobId)).toMatchObject({ answer: { createTime, updateTime: String(acceptedAt + JOB_DURATION + skew) } });
  });
});

describe("a clone's target", () => {
  test('is listed when the clone is accepted, and empty until it completes', async () => {
    const { clock, service, clone, list } = serviceUnderTest({ targetListed: 'on acceptance' });
    clone();
    expect(list()).toEqual(['dev', 'preview']);
    const preview = () => service.getBackend({ operation: 'GetBackend', appId: APP, environment: 'preview' });
    expect(preview()).toMatchObject({ answer: { amplifyMetaConfig: '{}' } });
    await clock.advance(JOB_DURATION);
    expect(preview()).toMatchObject({ answer: { amplifyMetaConfig: expect.stringContaining('UserPoolId') } });
  });

  test('is listed when the clone completes, and not before', async () => {
    const { clock, clone, list } = serviceUnderTest({ targetListed: 'on completion' });
    clone();
    await clock.advance(JOB_DURATION - 1);
    expect(list()).toEqual(['dev']);
    await clock.advance(1);
    expect(list()).toEqual(['dev', 'preview']);
  });

  describe.each(['on acceptance', 'on completion'] as const)('listed %s', (targetListed) => {
    test.each([
      { failedCloneLeaves: 'empty environment', left: ['dev', 'preview'] },
      { failedCloneLeaves: 'nothing', left: ['dev'] },
    ] as const)('leaves $failedCloneLeaves when its clone fails', async ({ failedCloneLeaves, left }) => {
      const { clock, service, clone, started, job, list } = serviceUnderTest(
        { targetListed, failedCloneLeaves },
        { cloneOutcome: () => ({ failed: 'cloning backend failed' }) },
      );
      const { jobId } = started(clone());
      await clock.advance(JOB_DURATION);
      expect(job(jobId)).toMatchObject({ answer: { status: 'FAILED', error: 'cloning backend failed' } });
      expect(list()).toEqual(left);
      expect(service.environments(APP).filter(({ populated }) => populated)).toHaveLength(1);
    });

    test('exists for CloneBackend as soon as a clone to it is accepted', () => {
      const { clone } = serviceUnderTest({ targetListed });
      expect(clone().kind).toBe('answered');
      expect(clone()).toEqual(refusedWith('BadRequestException'));
    });

    test('is deleted, and its clone FAILED, if it can be deleted while it is cloned', async () => {
      const { clock, clone, remove, started, status, names } = serviceUnderTest({
        targetListed,
        deleteWhileCloning: 'accepted',
      });
      const cloning = started(clone());
      await clock.advance(MINUTE);
      const deletion = started(remove());
      expect(status(cloning.jobId)).toBe('FAILED');
      await clock.advance(2 * JOB_DURATION);
      expect(status(deletion.jobId)).toBe('COMPLETED');
      expect(names()).toEqual(['dev']);
    });

    test('completes if it cannot be deleted while it is cloned', async () => {
      const { clock, clone, remove, started, status, names } = serviceUnderTest({
        targetListed,
        deleteWhileCloning: 'BadRequestException',
      });
      const { jobId } = started(clone());
      expect(remove()).toEqual(refusedWith('BadRequestException'));
      await clock.advance(JOB_DURATION);
      expect(status(jobId)).toBe('COMPLETED');
      expect(names()).toEqual(['dev', 'preview']);
      expect(remove().kind).toBe('answered');
    });
  });
});

describe('CloneBackend with a target that exists', () => {
  const taken = (cloneOntoExisting: Parameters<typeof serviceUnderTest>[0]) => {
    const subject = serviceUnderTest(cloneOntoExisting);
    subject.service.addEnvironment(APP, 'preview', { metaConfig: '{"theirs":true}' });
    return subject;
  };

  test('can be a BadRequestException', () => {
    expect(taken({ cloneOntoExisting: 'BadRequestException' }).clone()).toEqual(refusedWith('BadRequestException'));
  });

  test('can be a 200 with an error and no job', () => {
    const { clone, service } = taken({ cloneOntoExisting: '200 with error' });
    expect(clone()).toMatchObject({ kind: 'answered', answer: { error: 'Environment preview already exists.' } });
    expect(service.jobs(APP)).toEqual([]);
  });

  test('can be accepted as a job that FAILS', async () => {
    const { clock, clone, started, status } = taken({ cloneOntoExisting: 'accepted, and the job FAILS' });
    const { jobId } = started(clone());
    expect(status(jobId)).toBe('PENDING');
    await clock.advance(JOB_DURATION);
    expect(status(jobId)).toBe('FAILED');
  });

  test.each(['BadRequestException', '200 with error', 'accepted, and the job FAILS'] as const)(
    'never changes the existing environment (%s)',
    async (cloneOntoExisting) => {
      const { clock, clone, service } = taken({ cloneOntoExisting, failedCloneLeaves: 'nothing' });
      const before = service.environments(APP);
      clone();
      await clock.advance(2 * JOB_DURATION);
      expect(service.environments(APP)).toEqual(before);
    },
  );

  test('fails the second of two clones at the same time, and completes the first', async () => {
    const { clock, clone, started, status, names } = serviceUnderTest({
      cloneOntoExisting: 'accepted, and the job FAILS',
    });
    const first = started(clone());
    const second = started(clone());
    await clock.advance(JOB_DURATION);
    expect([status(first.jobId), status(second.jobId)]).toEqual(['COMPLETED', 'FAILED']);
    expect(names()).toEqual(['dev', 'preview']);
  });
});

describe('DeleteBackend of an environment that does not exist', () => {
  test.each(['NotFoundException', 'BadRequestException'] as const)('can be a %s', (deleteAbsent) => {
    expect(serviceUnderTest({ deleteAbsent }).remove()).toEqual(refusedWith(deleteAbsent));
  });

  test('can be a job that completes, and deletes nothing that appears meanwhile', async () => {
    const { clock, service, remove, started, status, names } = serviceUnderTest({
      deleteAbsent: '200 with a job that completes',
    });
    const { jobId } = started(remove());
    service.addEnvironment(APP, 'preview');
    await clock.advance(JOB_DURATION);
    expect(status(jobId)).toBe('COMPLETED');
    expect(names()).toEqual(['dev', 'preview']);
  });
});

describe('reads', () => {
  const observe = async (maxMilliseconds: number) => {
    const { clock, service, list } = serviceUnderTest({ readLag: { maxMilliseconds } });
    await clock.advance(10 * MINUTE);
    service.addEnvironment(APP, 'other');
    const seen: boolean[] = [];
    for (let second = 0; second < 120; second += 1) {
      seen.push(list().includes('other'));
      await clock.advance(SECOND);
    }
    return seen;
  };

  test('are up to date without a lag', async () => {
    expect(await observe(0)).not.toContain(false);
  });

  test('are stale by up to the lag, go back in time, and are correct afterwards', async () => {
    const seen = await observe(60 * SECOND);
    expect(seen.slice(0, 60)).toContain(false);
    expect(seen.slice(60)).not.toContain(false);
    const wentBack = seen.some((sees, index) => !sees && seen.slice(0, index).includes(true));
    expect(wentBack).toBe(true);
  });

  test('can show a deleted environment, for at most the lag', async () => {
    const { clock, service, list } = serviceUnderTest({ readLag: { maxMilliseconds: 60 * SECOND } });
    await clock.advance(10 * MINUTE);
    service.removeEnvironment(APP, 'dev');
    await clock.advance(30 * SECOND);
    expect(new Set(Array.from({ length: 50 }, () => list().length))).toEqual(new Set([0, 1]));
    await clock.advance(30 * SECOND);
    expect(new Set(Array.from({ length: 50 }, () => list().length))).toEqual(new Set([0]));
    expect(service.environments(APP)).toEqual([]);
  });

  test('can miss a job that was just accepted, and can show it RUNNING after its end', async () => {
    const { clock, clone, started, status } = serviceUnderTest({ readLag: { maxMilliseconds: 60 * SECOND } });
    const { jobId } = started(clone());
    await clock.advance(SECOND);
    expect(Array.from({ length: 50 }, () => status(jobId))).toContain('NotFoundException');
    await clock.advance(JOB_DURATION);
    expect(Array.from({ length: 50 }, () => status(jobId))).toContain('RUNNING');
    await clock.advance(MINUTE);
    expect(Array.from({ length: 50 }, () => status(jobId))).not.toContain('RUNNING');
  });
});

describe('the first minute after permissions were granted', () => {
  const denials = (firstMinute: 'works' | 'AccessDeniedException' | 'AccessDeniedException now and then') => {
    const { clock, service } = serviceUnderTest({ firstMinute });
    service.permissions.grant(clock.now());
    const count = () => {
      const answers = Array.from({ length: 100 }, () => service.permissions.refusal('CloneBackend', APP));
      return answers.filter((answer) => answer !== undefined).length;
    };
    return { clock, count };
  };

  test.each([
    { firstMinute: 'works', least: 0, most: 0 },
    { firstMinute: 'AccessDeniedException', least: 100, most: 100 },
    { firstMinute: 'AccessDeniedException now and then', least: 20, most: 80 },
  ] as const)('is denied $least to $most times of 100 with "$firstMinute"', async ({ firstMinute, least, most }) => {
    const { clock, count } = denials(firstMinute);
    await clock.advance(59 * SECOND);
    const denied = count();
    expect(denied).toBeGreaterThanOrEqual(least);
    expect(denied).toBeLessThanOrEqual(most);
    await clock.advance(SECOND);
    expect(count()).toBe(0);
  });

  test('is per role: it does not affect another one', () => {
    const { clock, service } = serviceUnderTest({ firstMinute: 'AccessDeniedException' });
    service.permissions.grant(clock.now(), 'new');
    expect(service.permissions.refusal('CloneBackend', APP, 'new')).toBeDefined();
    expect(service.permissions.refusal('CloneBackend', APP, 'older')).toBeUndefined();
  });

  test('begins when permissions are granted only', () => {
    const { service } = serviceUnderTest({ firstMinute: 'AccessDeniedException' });
    expect(service.permissions.refusal('CloneBackend', APP)).toBeUndefined();
  });
});

describe('an app with Amplify Studio switched off', () => {
  test.each([
    { studioOff: 'works', kind: 'answered' },
    { studioOff: 'NotFoundException', kind: 'refused' },
  ] as const)('is $kind by GetBackend when that $studioOff', ({ studioOff, kind }) => {
    const { service } = serviceUnderTest({ studioOff });
    service.addApp('d0ff', { studio: false });
    const get = (appId: string) => service.getBackend({ operation: 'GetBackend', appId, environment: undefined });
    expect(get('d0ff').kind).toBe(kind);
    expect(get(APP).kind).toBe('answered');
  });
});

describe('a job that was just accepted', () => {
  test.each([
    { firstJobStatus: 'PENDING', shown: ['PENDING', 'PENDING', 'RUNNING'] },
    { firstJobStatus: 'RUNNING', shown: ['RUNNING', 'RUNNING', 'RUNNING'] },
  ] as const)('is $firstJobStatus first, and then RUNNING', async ({ firstJobStatus, shown }) => {
    const { clock, clone, started, status } = serviceUnderTest({ firstJobStatus });
    const accepted = started(clone());
    const statuses = [accepted.status, status(accepted.jobId)];
    await clock.advance(8 * SECOND);
    expect([...statuses, status(accepted.jobId)]).toEqual(shown);
  });

  test.each([
    { jobOperation: 'absent', shown: undefined },
    { jobOperation: 'present', shown: 'CloneBackend' },
  ] as const)(
    'has its operation $jobOperation in answers about it, and present in a list',
    ({ jobOperation, shown }) => {
      const { service, clone, started, job } = serviceUnderTest({ jobOperation });
      const { jobId, operation } = started(clone());
      expect(operation).toBe(shown);
      expect(job(jobId)).toMatchObject({ answer: { operation: shown } });
      const listed = service.listBackendJobs({
        operation: 'ListBackendJobs',
        appId: APP,
        environment: 'preview',
        filter: { jobId: undefined, operation: undefined, status: undefined },
        maxResults: 25,
        nextToken: undefined,
      });
      expect(listed).toMatchObject({ answer: { jobs: [{ jobId, operation: 'CloneBackend' }] } });
    },
  );
});

describe('while a job of an environment runs, in the variant that refuses a second one,', () => {
  const pendingJob = 'ValidationException';
  const pending = (name: string) => ({
    kind: 'refused',
    exception: {
      name: 'ValidationException',
      message: expect.stringContaining(
        `pending job for the requested appId: ${APP} and backendEnvironmentName: ${name}`,
      ),
    },
  });

  test('a second clone of the same source waits for the end of the first', async () => {
    const { clock, clone, names } = serviceUnderTest({ pendingJob });
    clone('preview');
    expect(clone('review')).toEqual(pending('dev'));
    await clock.advance(JOB_DURATION);
    expect(clone('review')).toMatchObject({ kind: 'answered' });
    expect(names()).toEqual(['dev', 'preview']);
  });

  test('neither the source nor the target of a clone can be deleted', () => {
    const { clone, remove } = serviceUnderTest({ pendingJob });
    clone('preview');
    expect(remove('preview')).toEqual(pending('preview'));
    expect(remove('dev')).toEqual(pending('dev'));
  });
});

describe('exceptions', () => {
  test.each([
    { exceptionNames: 'modelled', name: 'NotFoundException', status: 404 },
    { exceptionNames: 'reported', name: 'ResourceNotFoundException', status: 404 },
    { exceptionNames: 'reported, not found with status 400', name: 'ResourceNotFoundException', status: 400 },
  ] as const)('where they are $exceptionNames: not found is a $name of status $status', async (expected) => {
    const { service } = serviceUnderTest({ exceptionNames: expected.exceptionNames });
    const request = { method: 'POST', path: '/backend/d0000000000000/details', headers: {}, body: '{}' };
    expect(await answer(service, request, 'test')).toMatchObject({
      statusCode: expected.status,
      headers: { 'x-amzn-errortype': expected.name },
    });
  });

  test.each([
    { body: '[]', fault: undefined, name: 'ValidationException', status: 400 },
    { body: '{}', fault: '429', name: 'LimitExceededException', status: 429 },
    { body: '{}', fault: '504 before acceptance', name: 'InternalServiceException', status: 504 },
  ] as const)('that were reported: $name of status $status', async ({ body, fault, name, status }) => {
    const { service, faults } = serviceUnderTest({ exceptionNames: 'reported' });
    if (fault !== undefined) faults.next('any', fault);
    const request = { method: 'POST', path: `/backend/${APP}/details`, headers: {}, body };
    expect(await answer(service, request, 'test')).toMatchObject({
      statusCode: status,
      headers: { 'x-amzn-errortype': name },
    });
  });
});

describe('GetBackend with the name of an environment', () => {
  const details = ({ service }: ReturnType<typeof serviceUnderTest>, environment: string | undefined) => {
    const result = service.getBackend({ operation: 'GetBackend', appId: APP, environment });
    return result.kind === 'answered' ? 'answered' : result.exception.name;
  };

  test.each([
    { answer: '504', name: 'GatewayTimeoutException' },
    { answer: 'ValidationException', name: 'ValidationException' },
    { answer: 'ResourceNotFoundException', name: 'ResourceNotFoundException' },
  ] as const)('can fail every time with $name, while it lists the environments', ({ answer, name }) => {
    const underTest = serviceUnderTest({
      environmentDetails: { answer, of: 'every environment', fromAgeMilliseconds: 0 },
    });
    expect([details(underTest, 'dev'), details(underTest, 'dev')]).toEqual([name, name]);
    expect(details(underTest, undefined)).toBe('answered');
  });

  test('can fail for clones alone, and from some age on', async () => {
    const underTest = serviceUnderTest({
      environmentDetails: { answer: '504', of: 'clones', fromAgeMilliseconds: MINUTE },
    });
    underTest.clone();
    await underTest.clock.advance(JOB_DURATION);
    expect(details(underTest, 'preview')).toBe('answered');
    await underTest.clock.advance(MINUTE);
    expect(details(underTest, 'preview')).toBe('GatewayTimeoutException');
    expect(details(underTest, 'dev')).toBe('answered');
  });

  test('can fail for all but clones', async () => {
    const underTest = serviceUnderTest({
      environmentDetails: { answer: '504', of: 'other environments', fromAgeMilliseconds: 0 },
    });
    underTest.clone();
    await underTest.clock.advance(JOB_DURATION);
    expect(details(underTest, 'preview')).toBe('answered');
    expect(details(underTest, 'dev')).toBe('GatewayTimeoutException');
  });
});

describe('a caller without the permissions that a job needs', () => {
  const cloneAndRemove = async (missingRights: Variants['missingRights']) => {
    const { clock, service } = serviceUnderTest({ missingRights });
    const clone = { operation: 'CloneBackend', appId: APP, source: 'dev', target: 'preview' } as const;
    const remove = { operation: 'DeleteBackend', appId: APP, environment: 'dev' } as const;
    const results = [service.cloneBackend(clone, 'test', 'missing'), service.deleteBackend(remove, 'test', 'missing')];
    await clock.advance(2 * JOB_DURATION);
    return {
      accepted: results.map(({ kind }) => kind),
      ends: service.jobs(APP).map(({ status, error }) => ({ status, error })),
    };
  };

  test('gets jobs that FAIL with a reason', async () => {
    expect(await cloneAndRemove('the job FAILS with the reason')).toEqual({
      accepted: ['answered', 'answered'],
      ends: [
        { status: 'FAILED', error: expect.stringContaining('is not authorized to perform: "iam:PutRolePolicy"') },
        {
          status: 'FAILED',
          error: expect.stringContaining('is not authorized to perform: "cloudformation:DeleteStack"'),
        },
      ],
    });
  });

  test('can get jobs that FAIL without a reason', async () => {
    const end = { status: 'FAILED', error: undefined };
    expect(await cloneAndRemove('the job FAILS without a reason')).toMatchObject({ ends: [end, end] });
  });

  test('can be refused', async () => {
    expect(await cloneAndRemove('AccessDeniedException')).toEqual({ accepted: ['refused', 'refused'], ends: [] });
  });
});

describe('an environment that other people create with the Amplify CLI', () => {
  test('is listed at once, has only its root stack at first, and its categories later', async () => {
    const { clock, service, list } = serviceUnderTest();
    service.addEnvironment(APP, 'mine', { madeInMilliseconds: 10 * MINUTE });
    const categories = () => {
      const { metaConfig = '' } = service.environments(APP).find(({ name }) => name === 'mine') ?? {};
      return Object.keys(JSON.parse(metaConfig));
    };
    expect(list()).toContain('mine');
    expect(categories()).toEqual(['providers']);
    await clock.advance(10 * MINUTE);
    expect(categories()).toEqual(['providers', 'auth', 'api', 'storage']);
  });
});

describe('the sets of variants', () => {
  test('deviate from the default in one setting each, with every value of every setting', () => {
    const deviations = singleDeviations();
    for (const { variants } of deviations) {
      const changed = Object.entries(variants).filter(
        ([name, value]) =>
          JSON.stringify(value) !== JSON.stringify(new Map(Object.entries(DEFAULT_VARIANTS)).get(name)),
      );
      expect(changed).toHaveLength(1);
    }
    const names = deviations.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(names.map((name) => name.split(':')[0]))).toEqual(new Set(Object.keys(DEFAULT_VARIANTS)));
    expect(names).toContain('deleteAbsent: 200 with a job that completes');
  });

  test('are the same for the same seed, and cover every setting over many seeds', () => {
    expect(randomVariants(seededRandom(7))).toEqual(randomVariants(seededRandom(7)));
    const drawn = Array.from({ length: 200 }, (_, seed) => randomVariants(seededRandom(seed)));
    for (const { variants } of singleDeviations()) {
      for (const [name, value] of Object.entries(variants)) {
        if (typeof value !== 'string') continue;
        expect(drawn.map((set) => new Map<string, unknown>(Object.entries(set)).get(name))).toContain(value);
      }
    }
  });

  test('are read from JSON, and the others keep their values', () => {
    const everything = randomVariants(seededRandom(3));
    expect(parseVariants(JSON.parse(JSON.stringify(everything)), DEFAULT_VARIANTS)).toEqual(everything);
    expect(parseVariants({ readLag: { maxMilliseconds: 5 } }, DEFAULT_VARIANTS)).toEqual({
      ...DEFAULT_VARIANTS,
      readLag: { maxMilliseconds: 5 },
    });
  });

  test.each([
    { settings: { targetListed: 'never' }, says: 'variant "targetListed" is one of' },
    { settings: { colour: 'red' }, says: 'unknown variant "colour"' },
    { settings: { readLag: { maxMilliseconds: -1 } }, says: 'readLag' },
    { settings: { oldJobs: 'burnt' }, says: 'oldJobs' },
    { settings: { clockSkewMilliseconds: '5' }, says: 'clockSkewMilliseconds' },
    { settings: { environmentDetails: { answer: '418' } }, says: 'environmentDetails' },
  ])('are refused if they are invalid: $says', ({ settings, says }) => {
    expect(() => parseVariants(settings, DEFAULT_VARIANTS)).toThrow(says);
  });
});
