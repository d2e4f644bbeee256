import {
  AmplifyBackendServiceException,
  BadRequestException,
  CloneBackendCommand,
  DeleteBackendCommand,
  GatewayTimeoutException,
  GetBackendCommand,
  GetBackendJobCommand,
  ListBackendJobsCommand,
  NotFoundException,
  TooManyRequestsException,
} from '@aws-sdk/client-amplifybackend';
import { answer } from '../../../simulator/amplify-backend/request-handler';
import type { WireRequest } from '../../../simulator/amplify-backend/wire';
import { seededRandom } from '../../../simulator/random';
import { closeAll, sdkOverHttp } from './sdk-over-http';
import { APP, JOB_DURATION, serviceUnderTest } from './service-under-test';

afterEach(closeAll);

const clonePreview = () =>
  new CloneBackendCommand({ AppId: APP, BackendEnvironmentName: 'dev', TargetEnvironmentName: 'preview' });

describe('the real SDK client', () => {
  test('clones, follows the job, reads the result and deletes it', async () => {
    const { client, clock } = await sdkOverHttp();
    const acceptedAt = clock.now();
    const cloned = await client.send(clonePreview());
    expect(cloned).toMatchObject({
      AppId: APP,
      BackendEnvironmentName: 'preview',
      JobId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      Status: 'PENDING',
    });
    expect(cloned.Operation).toBeUndefined();
    expect(cloned.Error).toBeUndefined();
    const getJob = () =>
      client.send(new GetBackendJobCommand({ AppId: APP, BackendEnvironmentName: 'preview', JobId: cloned.JobId }));
    expect(await getJob()).toMatchObject({ Status: 'PENDING', CreateTime: String(acceptedAt) });
    await clock.advance(JOB_DURATION);
    expect(await getJob()).toMatchObject({ Status: 'COMPLETED', UpdateTime: String(acceptedAt + JOB_DURATION) });

    expect(await client.send(new GetBackendCommand({ AppId: APP }))).toMatchObject({
      AppId: APP,
      AppName: 'myapp',
      BackendEnvironmentList: ['dev', 'preview'],
    });
    const preview = await client.send(new GetBackendCommand({ AppId: APP, BackendEnvironmentName: 'preview' }));
    expect(JSON.parse(preview.AmplifyMetaConfig ?? '')).toHaveProperty('auth.myapp.output.UserPoolId');

    const deleted = await client.send(new DeleteBackendCommand({ AppId: APP, BackendEnvironmentName: 'preview' }));
    expect(deleted).toMatchObject({ Status: 'PENDING' });
    await clock.advance(JOB_DURATION);
    expect((await client.send(new GetBackendCommand({ AppId: APP }))).BackendEnvironmentList).toEqual(['dev']);
  });

  test.each(['newest first', 'oldest first'] as const)('lists more than 25 jobs in pages, %s', async (jobsListed) => {
    const { client, service } = await sdkOverHttp(
      serviceUnderTest({ jobsListed, cloneOntoExisting: 'accepted, and the job FAILS' }),
    );
    for (let count = 0; count < 60; count += 1) service.otherCloneStarts(APP, 'dev', 'preview');
    const pages: string[][] = [];
    let NextToken: string | undefined;
    do {
      const request = {
        AppId: APP,
        BackendEnvironmentName: 'preview',
        ...(NextToken === undefined ? {} : { NextToken }),
      };
      const page = await client.send(new ListBackendJobsCommand(request));
      pages.push((page.Jobs ?? []).flatMap(({ JobId }) => JobId ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(pages.map((page) => page.length)).toEqual([25, 25, 10]);
    const oldestFirst = service.jobs(APP).map(({ jobId }) => jobId);
    expect(pages.flat()).toEqual(jobsListed === 'oldest first' ? oldestFirst : oldestFirst.reverse());
  });

  test('lists jobs by ID, operation and status, and none for an environment without jobs', async () => {
    const { client, clock, clone, remove, started } = await sdkOverHttp();
    const { jobId } = started(clone());
    await clock.advance(JOB_DURATION);
    remove();
    const list = async (filter: object, environment = 'preview') => {
      const request = { AppId: APP, BackendEnvironmentName: environment, ...filter };
      const { Jobs = [] } = await client.send(new ListBackendJobsCommand(request));
      return Jobs.map(({ Operation, Status }) => `${Operation} ${Status}`);
    };
    expect(await list({})).toEqual(['DeleteBackend PENDING', 'CloneBackend COMPLETED']);
    expect(await list({ JobId: jobId })).toEqual(['CloneBackend COMPLETED']);
    expect(await list({ Operation: 'DeleteBackend' })).toEqual(['DeleteBackend PENDING']);
    expect(await list({ Status: 'COMPLETED' })).toEqual(['CloneBackend COMPLETED']);
    expect(await list({ Status: 'COMPLETED', Operation: 'DeleteBackend' })).toEqual([]);
    expect(await list({ MaxResults: 1 })).toEqual(['DeleteBackend PENDING']);
    expect(await list({}, 'dev')).toEqual([]);
  });

  test('gets each modelled exception as its class, with its fields', async () => {
    const { client, clone, faults } = await sdkOverHttp();
    clone();
    const caught = (command: CloneBackendCommand): Promise<unknown> =>
      client.send(command).catch((error: unknown) => error);

    const taken = await caught(clonePreview());
    expect(taken).toBeInstanceOf(BadRequestException);
    expect(taken).toMatchObject({ message: 'Environment preview already exists.' });

    const unknownApp = await caught(
      new CloneBackendCommand({ AppId: 'dnowhere', BackendEnvironmentName: 'dev', TargetEnvironmentName: 'qa' }),
    );
    expect(unknownApp).toBeInstanceOf(NotFoundException);
    expect(unknownApp).toMatchObject({ message: 'App dnowhere not found.', ResourceType: 'App' });

    faults.next('CloneBackend', '429');
    const throttled = await caught(clonePreview());
    expect(throttled).toBeInstanceOf(TooManyRequestsException);
    expect(throttled).toMatchObject({ message: 'Too Many Requests', LimitType: 'Rate' });

    faults.next('CloneBackend', '504 before acceptance');
    const timedOut = await caught(clonePreview());
    expect(timedOut).toBeInstanceOf(GatewayTimeoutException);
    expect(timedOut).toMatchObject({ message: 'Endpoint request timed out', $metadata: { httpStatusCode: 504 } });

    faults.next('CloneBackend', 'AccessDeniedException');
    const denied = await caught(clonePreview());
    expect(denied).toBeInstanceOf(AmplifyBackendServiceException);
    expect(denied).toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } });
    expect(denied).toHaveProperty(
      'message',
      expect.stringMatching(
        /assumed-role\/.+ is not authorized to perform: amplifybackend:CloneBackend on resource: arn:aws:amplifybackend:us-east-1:123456789012:\/backend\/d1a2b3c4d5e6f7\/\*/,
      ),
    );
  });

  test('gets "not found" for anything that does not exist', async () => {
    const { client } = await sdkOverHttp();
    const job = { AppId: APP, BackendEnvironmentName: 'dev', JobId: 'none' };
    await expect(client.send(new GetBackendJobCommand(job))).rejects.toThrow(NotFoundException);
    const list = { AppId: 'dnowhere', BackendEnvironmentName: 'dev' };
    await expect(client.send(new ListBackendJobsCommand(list))).rejects.toThrow(NotFoundException);
    const environment = { AppId: APP, BackendEnvironmentName: 'nowhere' };
    await expect(client.send(new GetBackendCommand(environment))).rejects.toThrow(NotFoundException);
  });
});

describe('an invalid request', () => {
  const ask = async (method: string, path: string, body = '') => {
    const reply = await answer(serviceUnderTest().service, { method, path, headers: {}, body }, 'test');
    if (reply.kind !== 'response') throw new Error('reset');
    return { status: reply.statusCode, type: reply.headers['x-amzn-errortype'], ...JSON.parse(reply.body) };
  };
  const clonePath = `/backend/${APP}/environments/dev/clone`;
  const listPath = `/backend/${APP}/job/dev`;

  test.each([
    ['a body that is not JSON', 'POST', clonePath, '{"targetEnvironmentName":', 'not valid JSON'],
    ['a body that is not an object', 'POST', clonePath, '["preview"]', 'must be a JSON object'],
    ['no target', 'POST', clonePath, '{}', 'Missing required field: targetEnvironmentName'],
    ['a target of the wrong type', 'POST', clonePath, '{"targetEnvironmentName":7}', 'must be a string'],
    ['a target with a bad name', 'POST', clonePath, '{"targetEnvironmentName":"../dev"}', 'only lowercase alphabets'],
    ['an app id that is none', 'POST', '/backend/APP/details', '{}', 'Invalid app id'],
    ['an empty environment', 'POST', `/backend/${APP}/environments//remove`, '', 'Missing backendEnvironmentName'],
    ['a path that cannot be decoded', 'POST', `/backend/${APP}/environments/%ff/remove`, '', 'percent-encoded'],
    ['0 results', 'POST', listPath, '{"maxResults":0}', 'from 1 to 25'],
    ['26 results', 'POST', listPath, '{"maxResults":26}', 'from 1 to 25'],
    ['a token from elsewhere', 'POST', listPath, '{"nextToken":"abc"}', 'Invalid nextToken'],
  ])('has %s, and is a BadRequestException', async (_what, method, path, body, message) => {
    expect(await ask(method, path, body)).toEqual({
      status: 400,
      type: 'BadRequestException',
      message: expect.stringContaining(message),
    });
  });

  test.each([
    ['GET', clonePath],
    ['POST', '/'],
    ['POST', `/backend/${APP}/auth`],
    ['POST', `${clonePath}/more`],
    ['PUT', listPath],
    ['', ''],
  ])('is unknown: %s %s', async (method, path) => {
    expect(await ask(method, path, '{}')).toMatchObject({ status: 404, type: 'UnknownOperationException' });
  });

  test.each([1, 2, 3])('never crashes the service: random requests (seed %d)', async (seed) => {
    const random = seededRandom(seed);
    const { service, names } = serviceUnderTest();
    const noise = (): string =>
      String.fromCharCode(...Array.from({ length: random.integer(0, 12) }, () => random.integer(0, 0xffff)));
    const pieces = ['backend', APP, 'environments', 'job', 'details', 'dev', 'clone', 'remove', '', '%', '%2F', '..'];
    const bodies = [
      '',
      '{}',
      '[]',
      'null',
      '{"targetEnvironmentName":null}',
      '{"__proto__":{}}',
      '{"maxResults":1e999}',
    ];
    for (let turn = 0; turn < 3000; turn += 1) {
      const segments = Array.from({ length: random.integer(0, 6) }, () =>
        random.chance(0.2) ? noise() : random.pick(pieces),
      );
      const request: WireRequest = {
        method: random.chance(0.1) ? noise() : random.pick(['GET', 'POST']),
        path: `/${segments.join('/')}${random.chance(0.2) ? `?${noise()}` : ''}`,
        headers: random.chance(0.5) ? {} : { authorization: noise() },
        body: random.chance(0.3) ? noise() : random.pick(bodies),
      };
      const credentials = random.chance(0.3) ? { accessKeyId: '', secretAccessKey: '' } : undefined;
      const reply = await answer(service, request, 'fuzz', { credentials });
      expect(reply).toMatchObject({ kind: 'response' });
      if (reply.kind === 'response') JSON.parse(reply.body);
    }
    expect(names()).toEqual(['dev']);
  });
});
