import { APP, JOB_DURATION, MINUTE, serviceUnderTest } from './service-under-test';

describe('a clone', () => {
  test("has its source's shape and identifiers of its own", async () => {
    const { clock, service, clone } = serviceUnderTest();
    clone();
    await clock.advance(JOB_DURATION);
    const [dev, preview] = service.environments(APP).map(({ metaConfig }) => JSON.parse(metaConfig));
    expect(Object.keys(preview)).toEqual(Object.keys(dev));
    expect(preview.providers.awscloudformation.StackName).toBe('amplify-myapp-preview-142201');
    expect(preview.providers.awscloudformation.Region).toBe(dev.providers.awscloudformation.Region);
    expect(preview.auth.myapp.output.UserPoolId).toMatch(/^us-east-1_[a-z0-9]{9}$/);
    expect(preview.auth.myapp.output.UserPoolId).not.toBe(dev.auth.myapp.output.UserPoolId);
    expect(preview.auth.myapp.output.IdentityPoolId).toMatch(/^us-east-1:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(preview.api.myapi.output.GraphQLAPIIdOutput).not.toBe(dev.api.myapi.output.GraphQLAPIIdOutput);
  });

  test('keeps the definition that its source had when it was accepted', async () => {
    const { clock, service, clone, names } = serviceUnderTest();
    clone();
    service.removeEnvironment(APP, 'dev');
    await clock.advance(JOB_DURATION);
    expect(names()).toEqual(['preview']);
    expect(service.environments(APP)[0]?.metaConfig).toContain('UserPoolId');
  });

  test('of an empty environment is as empty', async () => {
    const { clock, service, clone } = serviceUnderTest();
    service.addEnvironment(APP, 'bare', { metaConfig: '{}' });
    clone('preview', 'bare');
    await clock.advance(JOB_DURATION);
    expect(service.environments(APP).at(-1)).toMatchObject({ name: 'preview', populated: true, metaConfig: '{}' });
  });

  test.each(['a', 'elevenchars', 'Main', 'pre-view', 'preview1', ''])('cannot be named "%s"', (target) => {
    expect(serviceUnderTest().clone(target)).toMatchObject({ exception: { name: 'BadRequestException' } });
  });

  test('can have a source with a name of an old kind', () => {
    const { service, clone } = serviceUnderTest();
    service.addEnvironment(APP, 'NONE');
    expect(clone('preview', 'NONE').kind).toBe('answered');
  });

  test('can fail without a reason, and can be stuck for hours', async () => {
    const { clock, clone, started, status, job } = serviceUnderTest(
      {},
      { cloneOutcome: (target) => (target === 'stuck' ? 'stuck' : { failed: undefined }) },
    );
    const silent = started(clone('silent'));
    const stuck = started(clone('stuck'));
    await clock.advance(5 * 60 * MINUTE);
    expect(job(silent.jobId, 'silent')).toMatchObject({ answer: { status: 'FAILED', error: undefined } });
    expect(status(stuck.jobId, 'stuck')).toBe('RUNNING');
    await clock.advance(60 * MINUTE);
    expect(status(stuck.jobId, 'stuck')).toBe('FAILED');
  });
});

describe('a deletion', () => {
  test('that FAILED leaves the environment', async () => {
    const { clock, remove, started, job, names } = serviceUnderTest(
      {},
      { deletionOutcome: () => ({ failed: 'The specified bucket does not exist' }) },
    );
    const { jobId } = started(remove('dev'));
    await clock.advance(JOB_DURATION);
    expect(job(jobId, 'dev')).toMatchObject({
      answer: { status: 'FAILED', error: 'The specified bucket does not exist' },
    });
    expect(names()).toEqual(['dev']);
  });

  test('that runs twice does not delete a later environment of the same name', async () => {
    const { clock, service, remove, names } = serviceUnderTest();
    remove('dev');
    await clock.advance(MINUTE);
    remove('dev');
    await clock.advance(JOB_DURATION - MINUTE);
    expect(names()).toEqual([]);
    service.addEnvironment(APP, 'dev');
    await clock.advance(JOB_DURATION);
    expect(names()).toEqual(['dev']);
  });
});

describe('other people', () => {
  test('create and delete environments without a job', () => {
    const { service, names } = serviceUnderTest();
    expect(service.addEnvironment(APP, 'other')).toBe(true);
    expect(service.addEnvironment(APP, 'other')).toBe(false);
    expect(service.addEnvironment('dnowhere', 'other')).toBe(false);
    expect(names()).toEqual(['dev', 'other']);
    expect(service.removeEnvironment(APP, 'other')).toBe(true);
    expect(service.removeEnvironment(APP, 'other')).toBe(false);
    expect(names()).toEqual(['dev']);
    expect(service.jobs(APP)).toEqual([]);
  });

  test('start clones of their own, with their own caller', async () => {
    const { clock, service, clone } = serviceUnderTest({ firstMinute: 'AccessDeniedException' });
    service.permissions.grant(clock.now());
    const jobId = service.otherCloneStarts(APP, 'dev', 'theirs');
    expect(service.otherCloneStarts(APP, 'nowhere', 'theirs')).toBeUndefined();
    clone('ours');
    await clock.advance(JOB_DURATION);
    expect(service.environments(APP)).toMatchObject([
      { origin: { kind: 'other' } },
      { name: 'theirs', origin: { kind: 'clone', jobId, caller: 'somebody else' } },
      { name: 'ours', origin: { kind: 'clone', caller: 'test' } },
    ]);
  });

  test.each(['on acceptance', 'on completion'] as const)(
    'end a clone by removing its target (listed %s)',
    async (targetListed) => {
      const { clock, service, clone, started, status, names } = serviceUnderTest({ targetListed });
      const { jobId } = started(clone());
      expect(service.removeEnvironment(APP, 'preview')).toBe(true);
      expect(status(jobId)).toBe('FAILED');
      await clock.advance(2 * JOB_DURATION);
      expect(names()).toEqual(['dev']);
    },
  );
});

describe('the journal', () => {
  test('has each event of a clone and its deletion, with its time', async () => {
    const { clock, service, clone, remove } = serviceUnderTest();
    const start = clock.now();
    clone();
    clone();
    await clock.advance(JOB_DURATION + MINUTE);
    remove();
    await clock.advance(2 * JOB_DURATION);
    const events = service.journal.drain();
    expect(events.map(({ kind, at }) => [kind, at - start])).toEqual([
      ['environment-created', 0],
      ['clone-accepted', 0],
      ['clone-refused', 0],
      ['job-ended', JOB_DURATION],
      ['environment-created', JOB_DURATION],
      ['delete-accepted', JOB_DURATION + MINUTE],
      ['job-ended', 2 * JOB_DURATION + MINUTE],
      ['environment-deleted', 2 * JOB_DURATION + MINUTE],
    ]);
    const [, accepted] = events;
    const deleted = events.at(-1);
    const cloneJob = accepted?.kind === 'clone-accepted' ? accepted.jobId : undefined;
    expect(accepted).toMatchObject({ caller: 'test', source: 'dev', target: 'preview', ontoExisting: false });
    expect(deleted).toMatchObject({
      environment: 'preview',
      origin: { kind: 'clone', jobId: cloneJob },
      by: { kind: 'deletion job', caller: 'test' },
    });
    expect(service.journal.drain()).toEqual([]);
  });

  test('keeps its last events only, and calls a listener for each', () => {
    const { service } = serviceUnderTest({}, { journalLimit: 10 });
    const heard: string[] = [];
    const stop = service.journal.onEvent((event) => heard.push(event.kind));
    for (let turn = 0; turn < 100; turn += 1) {
      service.addEnvironment(APP, 'other');
      service.removeEnvironment(APP, 'other');
    }
    stop();
    service.addEnvironment(APP, 'other');
    expect(service.journal.events()).toHaveLength(10);
    expect(service.journal.events().at(-1)).toMatchObject({ kind: 'environment-created', environment: 'other' });
    expect(heard).toHaveLength(200);
  });
});

test('jobs end in the order of their ends, however late the next call is', async () => {
  let minutes = 30;
  const { clock, service, clone } = serviceUnderTest(
    {},
    {
      jobDuration: () => {
        minutes -= 10;
        return minutes * MINUTE;
      },
    },
  );
  clone('slow');
  clone('fast');
  await clock.advance(60 * MINUTE);
  const ended = service.journal.events().filter(({ kind }) => kind === 'job-ended');
  expect(ended).toMatchObject([{ environment: 'fast' }, { environment: 'slow' }]);
});
