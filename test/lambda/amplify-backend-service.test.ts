import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import { amplifyBackendService } from '../../lambda/amplify-backend-service';
import type { BackendService, ServiceErrorReason } from '../../lambda/backend-service';

/*
 * The real SDK on the wire, against a server that answers what each test says: what the service's model allows, and what
 * it does not.
 */

interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

let reply: Reply | 'reset';
/** Come after `reply`, one for each request. */
let replies: Reply[];
let requests: string[];
let bodies: unknown[];
let logged: string[];
let server: Server;
let service: BackendService;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (reply === 'reset') {
      request.socket.destroy();
      return;
    }
    const { status, type, body } = reply;
    reply = replies.shift() ?? reply;
    let received = '';
    request.on('data', (chunk) => {
      received += chunk;
    });
    request.on('end', () => {
      bodies.push(received === '' ? undefined : JSON.parse(received));
      response.writeHead(status, type === undefined ? {} : { 'x-amzn-errortype': type }).end(body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const client = new AmplifyBackendClient({
    maxAttempts: 1,
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  });
  service = amplifyBackendService(client, (message, details) => logged.push(`${message} ${JSON.stringify(details)}`));
});
afterAll(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
});
beforeEach(() => {
  replies = [];
  requests = [];
  bodies = [];
  logged = [];
});

const json = (body: unknown, status = 200): Reply => ({ status, body: JSON.stringify(body) });
const exception = (type: string, status: number, message = 'words of the service'): Reply => ({
  status,
  type,
  body: JSON.stringify({ message }),
});

const calls: [string, string, () => Promise<unknown>][] = [
  ['environmentNames', 'GetBackend', () => service.environmentNames('d1')],
  ['metaConfig', 'GetBackend', () => service.metaConfig('d1', 'dev')],
  ['job', 'GetBackendJob', () => service.job('d1', 'dev', 'j')],
  ['jobs', 'ListBackendJobs', () => service.jobs('d1', 'dev')],
  ['startClone', 'CloneBackend', () => service.startClone('d1', 'dev', 'preview')],
  ['startRemoval', 'DeleteBackend', () => service.startRemoval('d1', 'dev')],
];
const troubles: [string, Reply | 'reset', ServiceErrorReason, RegExp][] = [
  [
    '429',
    exception('TooManyRequestsException', 429),
    'THROTTLED',
    /^TooManyRequestsException \(HTTP 429\): words of the service$/,
  ],
  [
    '429 by another name',
    exception('LimitExceededException', 429),
    'THROTTLED',
    /^LimitExceededException \(HTTP 429\): words/,
  ],
  [
    'too many requests with another status',
    exception('TooManyRequestsException', 400),
    'THROTTLED',
    /^TooManyRequestsException \(HTTP 400\): words/,
  ],
  [
    'the API reference’s name of a 429 with another status',
    exception('LimitExceededException', 400),
    'THROTTLED',
    /^LimitExceededException \(HTTP 400\): words/,
  ],
  [
    'other services’ name of a 429',
    exception('ThrottlingException', 400),
    'THROTTLED',
    /^ThrottlingException \(HTTP 400\): words/,
  ],
  ['403', exception('AccessDeniedException', 403), 'DENIED', /^AccessDeniedException \(HTTP 403\): words/],
  ['401', exception('UnauthorizedException', 401), 'DENIED', /^UnauthorizedException \(HTTP 401\): words/],
  ['504', exception('GatewayTimeoutException', 504), 'UNAVAILABLE', /^GatewayTimeoutException \(HTTP 504\): words/],
  ['500', exception('InternalServerException', 500), 'UNAVAILABLE', /^InternalServerException \(HTTP 500\): words/],
  ['302', exception('MovedException', 302), 'UNAVAILABLE', /^MovedException \(HTTP 302\): words/],
  ['a broken connection', 'reset', 'UNAVAILABLE', /socket hang up/],
  ['a page of HTML with 502', { status: 502, body: '<html>Bad Gateway</html>' }, 'UNAVAILABLE', /\(HTTP 502\)/],
  ['a page of HTML with 404', { status: 404, body: '<html>Not Found</html>' }, 'UNAVAILABLE', /\(HTTP 404\)/],
  ['a page of HTML with 200', { status: 200, body: '<html>Welcome</html>' }, 'UNAVAILABLE', /\(HTTP 200\)/],
];
/** Of a configuration, no answer is an answer: that it cannot be read. */
const isUnreadable = (call: string, reason: ServiceErrorReason): boolean =>
  call === 'metaConfig' && reason === 'UNAVAILABLE';

describe.each(calls)('%s', (name, operation, call) => {
  const ofThisCall = troubles.filter(([, , reason]) => !isUnreadable(name, reason));

  test.each(ofThisCall)('in the face of %s', async (_name, given, reason, words) => {
    reply = given;
    await expect(call()).rejects.toMatchObject({
      name: 'ServiceError',
      service: 'amplifybackend',
      reason,
      operation,
      words: expect.stringMatching(words),
    });
    expect(requests).toHaveLength(1);
  });
});

describe.each(calls.filter(([name]) => name !== 'startRemoval' && name !== 'metaConfig'))(
  '%s',
  (_call, operation, call) => {
    test.each([
      ['an empty body', { status: 200, body: '' }],
      ['an empty object', json({})],
      [
        'members of the wrong types',
        json({ appId: 7, backendEnvironmentList: 'dev', jobs: {}, jobId: ['j'], status: 1 }),
      ],
    ])('takes %s for no answer', async (_name, given) => {
      reply = given;
      await expect(call()).rejects.toMatchObject({
        name: 'ServiceError',
        reason: 'UNAVAILABLE',
        operation,
        words: "the answer is not what the service's model says",
      });
    });
  },
);

describe('a failure of the network', () => {
  const behind = (error: Error, code: string): BackendService => {
    const client = new AmplifyBackendClient({
      maxAttempts: 1,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
      requestHandler: {
        handle: async () => {
          throw Object.assign(error, { code });
        },
        updateHttpClientConfig: () => {},
        httpHandlerConfigs: () => ({}),
      },
    });
    return amplifyBackendService(client, () => {});
  };

  test.each([
    ['with a message', new Error('socket hang up'), 'ECONNRESET Error: socket hang up'],
    ['without one', new AggregateError([]), 'ECONNRESET AggregateError'],
  ])('%s is known by its code', async (_name, error, words) => {
    const unreachable = behind(error, 'ECONNRESET').environmentNames('d1');
    await expect(unreachable).rejects.toMatchObject({ reason: 'UNAVAILABLE', words });
  });

  test('that finds no host says so, also where a configuration is read', async () => {
    const words = 'ENOTFOUND Error: getaddrinfo ENOTFOUND amplifybackend.af-south-1.amazonaws.com';
    const nowhere = behind(new Error('getaddrinfo ENOTFOUND amplifybackend.af-south-1.amazonaws.com'), 'ENOTFOUND');
    await expect(nowhere.environmentNames('d1')).rejects.toMatchObject({ reason: 'NO_HOST', words });
    await expect(nowhere.metaConfig('d1', 'dev')).rejects.toMatchObject({ reason: 'NO_HOST', words });
    await expect(nowhere.startClone('d1', 'dev', 'preview')).rejects.toMatchObject({ reason: 'NO_HOST', words });
  });

  test('of a name server that does not answer says nothing about the host', async () => {
    const unreachable = behind(new Error('getaddrinfo EAI_AGAIN'), 'EAI_AGAIN').startClone('d1', 'dev', 'preview');
    await expect(unreachable).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
  });
});

test('a call that was never sent, for want of credentials, brought no answer', async () => {
  const client = new AmplifyBackendClient({
    maxAttempts: 1,
    region: 'eu-west-1',
    credentials: async () => {
      throw new Error('no credentials');
    },
  });
  const answer = amplifyBackendService(client, () => {}).startClone('d1', 'dev', 'preview');
  await expect(answer).rejects.toMatchObject({ reason: 'UNAVAILABLE', words: 'Error: no credentials' });
});

test('the environments of an app are its list of names', async () => {
  reply = json({ appId: 'd1', backendEnvironmentList: ['dev', 'NONE'] });
  await expect(service.environmentNames('d1')).resolves.toEqual(new Set(['dev', 'NONE']));
  expect(requests).toEqual(['POST /backend/d1/details']);
});
const noAnswer = (operation: string) => ({ name: 'ServiceError', reason: 'UNAVAILABLE', operation });
test('an answer about another app is no answer', async () => {
  reply = json({ appId: 'd2', backendEnvironmentList: [] });
  await expect(service.environmentNames('d1')).rejects.toMatchObject(noAnswer('GetBackend'));
});
test('a list of names of which one is no name is no answer', async () => {
  reply = json({ appId: 'd1', backendEnvironmentList: ['dev', 7] });
  await expect(service.environmentNames('d1')).rejects.toMatchObject(noAnswer('GetBackend'));
});
describe.each([
  ['NotFoundException', 404],
  ['ResourceNotFoundException', 404],
  ['ResourceNotFoundException', 400],
])('%s with %d', (type, status) => {
  test.each<[string, () => Promise<unknown>, unknown]>([
    ['environmentNames', () => service.environmentNames('d1'), 'APP_NOT_FOUND'],
    ['job', () => service.job('d1', 'dev', 'j'), undefined],
    ['jobs', () => service.jobs('d1', 'dev'), undefined],
  ])('is an answer to %s', async (_name, call, expected) => {
    reply = exception(type, status);
    await expect(call()).resolves.toBe(expected);
  });
});
test('a job has its times in milliseconds and the service’s words', async () => {
  reply = json({
    jobId: 'j',
    operation: 'CloneBackend',
    status: 'FAILED',
    createTime: '1617375907613',
    updateTime: '1617375907999',
    error: 'cloning backend failed',
  });
  await expect(service.job('d1', 'dev', 'j')).resolves.toEqual({
    id: 'j',
    operation: 'CloneBackend',
    status: 'FAILED',
    createdAt: 1617375907613,
    updatedAt: 1617375907999,
    error: 'cloning backend failed',
  });
});
test.each([
  ['RUNNING', 'RUNNING'],
  ['COMPLETED', 'COMPLETED'],
  ['FAILED', 'FAILED'],
  ['PENDING', 'RUNNING'],
])('the status %s is known, and not worth a line of log', async (status, expected) => {
  reply = json({ jobId: 'j', operation: 'CloneBackend', status, createTime: '1617375907613' });
  await expect(service.job('d1', 'dev', 'j')).resolves.toMatchObject({ status: expected });
  expect(logged).toEqual([]);
});
test('a status that nobody has seen counts as running, and is logged', async () => {
  reply = json({ jobId: 'j', operation: 'CloneBackend', status: 'PAUSED', createTime: '1617375907613' });
  await expect(service.job('d1', 'dev', 'j')).resolves.toMatchObject({ status: 'RUNNING' });
  expect(logged.join()).toContain('it counts as running');
  expect(logged.join()).toContain('PAUSED');
});
test('a job that says nothing of an update or an error has the time of its creation, and no error', async () => {
  reply = json({ jobId: 'j', operation: 'CloneBackend', status: 'RUNNING', createTime: '1617375907613', error: '' });
  await expect(service.job('d1', 'dev', 'j')).resolves.toMatchObject({ updatedAt: 1617375907613, error: undefined });
});
test('another job than the one asked for is no answer', async () => {
  reply = json({ jobId: 'k', operation: 'CloneBackend', status: 'COMPLETED', createTime: '1617375907613' });
  await expect(service.job('d1', 'dev', 'j')).rejects.toMatchObject(noAnswer('GetBackendJob'));
});
const jobOnWire = (jobId: string, changes: Record<string, unknown> = {}) => ({
  jobId,
  operation: 'CloneBackend',
  status: 'RUNNING',
  createTime: '1617375907613',
  ...changes,
});
test.each([
  ['is none', null],
  ['has no id', jobOnWire('')],
  ['has no status', jobOnWire('j', { status: undefined })],
  ['has no time', jobOnWire('j', { createTime: undefined })],
  ['has its time as a number', jobOnWire('j', { createTime: 1617375907613 })],
  ['has its time in seconds', jobOnWire('j', { createTime: '1617375907' })],
  ['has its time with a fraction', jobOnWire('j', { createTime: '1617375907613.5' })],
  ['has its time before 1970', jobOnWire('j', { createTime: '-1617375907613' })],
  ['has its time as a date', jobOnWire('j', { createTime: '2021-04-02T15:05:07Z' })],
])('a list with a job that %s is no answer', async (_name, job) => {
  reply = json({ jobs: [jobOnWire('i'), job] });
  await expect(service.jobs('d1', 'dev')).rejects.toMatchObject(noAnswer('ListBackendJobs'));
});
test('a single job without a time is no answer either', async () => {
  reply = json(jobOnWire('j', { createTime: undefined }));
  await expect(service.job('d1', 'dev', 'j')).rejects.toMatchObject(noAnswer('GetBackendJob'));
});
test.each([
  ['no operation', undefined],
  ['an empty operation', ''],
  ['an operation that is no text', 7],
])('a job with %s is known by its id', async (_name, operation) => {
  reply = json(jobOnWire('j', { operation }));
  await expect(service.job('d1', 'dev', 'j')).resolves.toMatchObject({ id: 'j', operation: undefined });
  reply = json({ jobs: [jobOnWire('j', { operation })] });
  await expect(service.jobs('d1', 'dev')).resolves.toMatchObject([{ id: 'j', operation: undefined }]);
});
test('an environment may have no jobs', async () => {
  reply = json({ jobs: [] });
  await expect(service.jobs('d1', 'dev')).resolves.toEqual([]);
});
test('a list of jobs is read to its end, page by page', async () => {
  reply = json({ jobs: [jobOnWire('i'), jobOnWire('j')], nextToken: 'more' });
  replies = [json({ jobs: [jobOnWire('k')], nextToken: '' })];
  await expect(service.jobs('d1', 'dev')).resolves.toMatchObject([{ id: 'i' }, { id: 'j' }, { id: 'k' }]);
  expect(requests).toEqual(Array(2).fill('POST /backend/d1/job/dev'));
  expect(bodies).toEqual([{ maxResults: 25 }, { maxResults: 25, nextToken: 'more' }]);
});
test('where the environment goes while its jobs are listed, those that were listed count', async () => {
  reply = json({ jobs: [jobOnWire('i')], nextToken: 'more' });
  replies = [exception('NotFoundException', 404)];
  await expect(service.jobs('d1', 'dev')).resolves.toMatchObject([{ id: 'i' }]);
});
test('an endless list of jobs is given up', async () => {
  reply = json({ jobs: [], nextToken: 'again' });
  await expect(service.jobs('d1', 'dev')).rejects.toMatchObject({
    ...noAnswer('ListBackendJobs'),
    words: 'more than 40 pages of jobs',
  });
  expect(requests).toHaveLength(40);
});
test.each([
  ['target', 'preview'],
  ['source', 'dev'],
])('an accepted clone says that its job is filed under the %s', async (_name, backendEnvironmentName) => {
  reply = json({ appId: 'd1', backendEnvironmentName, jobId: 'j', operation: 'CloneBackend', status: 'RUNNING' });
  const answer = service.startClone('d1', 'dev', 'preview');
  await expect(answer).resolves.toEqual({ id: 'j', filedUnder: backendEnvironmentName });
});
test('a clone filed under some third environment is no answer', async () => {
  reply = json({ appId: 'd1', backendEnvironmentName: 'prod', jobId: 'j', status: 'RUNNING' });
  await expect(service.startClone('d1', 'dev', 'preview')).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
});
test.each([
  ['names its job, and does not say that it has failed', { jobId: 'j', status: 'RUNNING' }],
  ['says that it failed, and names no job', { status: 'FAILED' }],
])('a clone with an error was refused where the answer %s', async (_name, answer) => {
  reply = json({ backendEnvironmentName: 'preview', error: 'already exists', ...answer });
  await expect(service.startClone('d1', 'dev', 'preview')).rejects.toMatchObject({
    reason: 'REJECTED',
    words: 'already exists',
  });
});
test('a clone that failed at once is followed by its job', async () => {
  reply = json({ backendEnvironmentName: 'preview', jobId: 'j', status: 'FAILED', error: 'no' });
  await expect(service.startClone('d1', 'dev', 'preview')).resolves.toMatchObject({ id: 'j' });
});
test.each([
  ['BadRequestException', exception('BadRequestException', 400), 'words of the service'],
  ['NotFoundException', exception('NotFoundException', 404), 'words of the service'],
  ['ResourceNotFoundException', exception('ResourceNotFoundException', 404), 'words of the service'],
  ['any other 4xx of the service', exception('ValidationException', 400), 'words of the service'],
  [
    '200 with an error',
    json({ appId: 'd1', backendEnvironmentName: 'preview', error: 'already exists' }),
    'already exists',
  ],
])('%s refuses a clone and a removal', async (_name, given, words) => {
  reply = given;
  const refusal = { reason: 'REJECTED', words: expect.stringContaining(words) };
  await expect(service.startClone('d1', 'dev', 'preview')).rejects.toMatchObject(refusal);
  await expect(service.startRemoval('d1', 'preview')).rejects.toMatchObject(refusal);
});
const PENDING_JOB = 'There is already a pending job for this environment, wait for it to complete';
test.each([
  ['a ValidationException', exception('ValidationException', 400, PENDING_JOB)],
  ['any other 4xx of the service', exception('ConflictException', 409, PENDING_JOB)],
  ['200 with an error', json({ appId: 'd1', backendEnvironmentName: 'preview', error: PENDING_JOB.toUpperCase() })],
])('%s that speaks of a pending job says "wait" to a clone and a removal', async (_name, given) => {
  reply = given;
  const busy = { name: 'ServiceError', reason: 'BUSY', words: expect.stringMatching(/already a pending job/i) };
  await expect(service.startClone('d1', 'dev', 'preview')).rejects.toMatchObject({
    ...busy,
    operation: 'CloneBackend',
  });
  await expect(service.startRemoval('d1', 'preview')).rejects.toMatchObject({ ...busy, operation: 'DeleteBackend' });
});
test('a clone that failed at once because of a pending job is followed by its job', async () => {
  reply = json({ backendEnvironmentName: 'preview', jobId: 'j', status: 'FAILED', error: PENDING_JOB });
  await expect(service.startClone('d1', 'dev', 'preview')).resolves.toMatchObject({ id: 'j' });
});
test.each([
  ['with its job', { jobId: 'j', status: 'RUNNING' }, 'j'],
  ['without one, which is then found by its time', { status: 'RUNNING' }, undefined],
  ['with members of the wrong types', { jobId: ['j'], status: 1, error: '' }, undefined],
])('a removal that was accepted is answered %s', async (_name, answer, jobId) => {
  reply = json(answer);
  await expect(service.startRemoval('d1', 'preview')).resolves.toEqual(jobId);
  expect(requests).toEqual(['POST /backend/d1/environments/preview/remove']);
});
test('a removal that failed at once was refused', async () => {
  reply = json({ jobId: 'j', status: 'FAILED' });
  await expect(service.startRemoval('d1', 'preview')).rejects.toMatchObject({
    reason: 'REJECTED',
    words: 'the deletion failed at once, with no reason given',
  });
});
test.each([
  ['none', undefined, {}],
  ['null', null, {}],
  ['an empty text', '', {}],
  ['an object', '{"auth":{}}', { auth: {} }],
])('the configuration of an environment may be %s', async (_name, amplifyMetaConfig, config) => {
  reply = json({ appId: 'd1', amplifyMetaConfig });
  await expect(service.metaConfig('d1', 'dev')).resolves.toEqual({ kind: 'read', config });
});
describe('a configuration cannot be read', () => {
  const notInTheModel = /^the answer is not what the service's model says$/;
  const noObject = /^amplifyMetaConfig is not the text of a JSON object$/;
  const unreadable: [string, Reply | 'reset', RegExp][] = [
    ...troubles.flatMap(([name, given, reason, words]): [string, Reply | 'reset', RegExp][] =>
      isUnreadable('metaConfig', reason) ? [[name, given, words]] : [],
    ),
    ['NotFoundException', exception('NotFoundException', 404), /^NotFoundException \(HTTP 404\): words/],
    [
      'ResourceNotFoundException',
      exception('ResourceNotFoundException', 400, 'Amplify meta file not found'),
      /^ResourceNotFoundException \(HTTP 400\): Amplify meta file not found$/,
    ],
    ['ValidationException', exception('ValidationException', 400), /^ValidationException \(HTTP 400\): words/],
    ['an empty body', { status: 200, body: '' }, notInTheModel],
    ['an answer about another app', json({ appId: 'd2', amplifyMetaConfig: '{}' }), notInTheModel],
    ['an object in the place of its text', json({ appId: 'd1', amplifyMetaConfig: { auth: {} } }), notInTheModel],
    ...['[1]', '"text"', '{', '7'].map((amplifyMetaConfig): [string, Reply, RegExp] => [
      `the text ${amplifyMetaConfig}`,
      json({ appId: 'd1', amplifyMetaConfig }),
      noObject,
    ]),
  ];

  test.each(unreadable)('where the answer is %s, and the log has its words', async (_name, given, words) => {
    reply = given;
    const answer = { kind: 'unreadable', words: expect.stringMatching(words) };
    await expect(service.metaConfig('d1', 'dev')).resolves.toEqual(answer);
    expect(requests).toHaveLength(1);
    expect(logged).toEqual([expect.stringContaining('the configuration of an environment cannot be read')]);
  });
});
test('what goes into a path is encoded', async () => {
  reply = exception('NotFoundException', 404);
  await service.job('d1', '../x', 'a/b');
  expect(requests).toEqual(['GET /backend/d1/job/..%2Fx/a%2Fb']);
});
