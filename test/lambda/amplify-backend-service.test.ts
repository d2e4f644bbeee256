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
    '429 with another exception name',
    exception('LimitExceededException', 429),
    'THROTTLED',
    /^LimitExceededException \(HTTP 429\): words/,
  ],
  [
    'TooManyRequestsException with status 400',
    exception('TooManyRequestsException', 400),
    'THROTTLED',
    /^TooManyRequestsException \(HTTP 400\): words/,
  ],
  [
    'LimitExceededException with status 400',
    exception('LimitExceededException', 400),
    'THROTTLED',
    /^LimitExceededException \(HTTP 400\): words/,
  ],
  [
    'ThrottlingException with status 400',
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
  ['HTML with status 502', { status: 502, body: '<html>Bad Gateway</html>' }, 'UNAVAILABLE', /\(HTTP 502\)/],
  ['HTML with status 404', { status: 404, body: '<html>Not Found</html>' }, 'UNAVAILABLE', /\(HTTP 404\)/],
  ['HTML with status 200', { status: 200, body: '<html>Welcome</html>' }, 'UNAVAILABLE', /\(HTTP 200\)/],
];
/** Of a configuration, no answer is an answer: that it cannot be read. */
const isUnreadable = (call: string, reason: ServiceErrorReason): boolean =>
  call === 'metaConfig' && reason === 'UNAVAILABLE';

describe.each(calls)('%s', (name, operation, call) => {
  const ofThisCall = troubles.filter(([, , reason]) => !isUnreadable(name, reason));

  test.each(ofThisCall)('maps %s to a reason, with the service’s words', async (_name, given, reason, words) => {
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
    ])('rejects %s as an unusable answer', async (_name, given) => {
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

describe('a network failure', () => {
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
    ['without a message', new AggregateError([]), 'ECONNRESET AggregateError'],
  ])('%s has its code in the words', async (_name, error, words) => {
    const unreachable = behind(error, 'ECONNRESET').environmentNames('d1');
    await expect(unreachable).rejects.toMatchObject({ reason: 'UNAVAILABLE', words });
  });

  test('because the host does not exist is NO_HOST, also for a configuration', async () => {
    const words = 'ENOTFOUND Error: getaddrinfo ENOTFOUND amplifybackend.af-south-1.amazonaws.com';
    const nowhere = behind(new Error('getaddrinfo ENOTFOUND amplifybackend.af-south-1.amazonaws.com'), 'ENOTFOUND');
    await expect(nowhere.environmentNames('d1')).rejects.toMatchObject({ reason: 'NO_HOST', words });
    await expect(nowhere.metaConfig('d1', 'dev')).rejects.toMatchObject({ reason: 'NO_HOST', words });
    await expect(nowhere.startClone('d1', 'dev', 'preview')).rejects.toMatchObject({ reason: 'NO_HOST', words });
  });

  test('because the name server does not answer is UNAVAILABLE, not NO_HOST', async () => {
    const unreachable = behind(new Error('getaddrinfo EAI_AGAIN'), 'EAI_AGAIN').startClone('d1', 'dev', 'preview');
    await expect(unreachable).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
  });
});

test('a call without credentials is UNAVAILABLE', async () => {
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

test('environmentNames returns the names in GetBackend’s list', async () => {
  reply = json({ appId: 'd1', backendEnvironmentList: ['dev', 'NONE'] });
  await expect(service.environmentNames('d1')).resolves.toEqual(new Set(['dev', 'NONE']));
  expect(requests).toEqual(['POST /backend/d1/details']);
});
const noAnswer = (operation: string) => ({ name: 'ServiceError', reason: 'UNAVAILABLE', operation });
test('an answer about another app is unusable', async () => {
  reply = json({ appId: 'd2', backendEnvironmentList: [] });
  await expect(service.environmentNames('d1')).rejects.toMatchObject(noAnswer('GetBackend'));
});
test('a list of environments with a member that is not text is unusable', async () => {
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
  ])('is a valid answer to %s', async (_name, call, expected) => {
    reply = exception(type, status);
    await expect(call()).resolves.toBe(expected);
  });
});
test('a job has its times in milliseconds, and the service’s words', async () => {
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
])('the status %s is known, and is not logged', async (status, expected) => {
  reply = json({ jobId: 'j', operation: 'CloneBackend', status, createTime: '1617375907613' });
  await expect(service.job('d1', 'dev', 'j')).resolves.toMatchObject({ status: expected });
  expect(logged).toEqual([]);
});
test('an unknown status counts as RUNNING, and is logged', async () => {
  reply = json({ jobId: 'j', operation: 'CloneBackend', status: 'PAUSED', createTime: '1617375907613' });
  await expect(service.job('d1', 'dev', 'j')).resolves.toMatchObject({ status: 'RUNNING' });
  expect(logged.join()).toContain('counts as running');
  expect(logged.join()).toContain('PAUSED');
});
test('a job without updateTime and error has the time of its creation, and no error', async () => {
  reply = json({ jobId: 'j', operation: 'CloneBackend', status: 'RUNNING', createTime: '1617375907613', error: '' });
  await expect(service.job('d1', 'dev', 'j')).resolves.toMatchObject({ updatedAt: 1617375907613, error: undefined });
});
test('an answer about another job is unusable', async () => {
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
  ['is not an object', null],
  ['has no ID', jobOnWire('')],
  ['has no status', jobOnWire('j', { status: undefined })],
  ['has no time', jobOnWire('j', { createTime: undefined })],
  ['has a number as its time', jobOnWire('j', { createTime: 1617375907613 })],
  ['has a time in seconds', jobOnWire('j', { createTime: '1617375907' })],
  ['has a time with a fraction', jobOnWire('j', { createTime: '1617375907613.5' })],
  ['has a time before 1970', jobOnWire('j', { createTime: '-1617375907613' })],
  ['has a date as its time', jobOnWire('j', { createTime: '2021-04-02T15:05:07Z' })],
])('a list with a job that %s is unusable', async (_name, job) => {
  reply = json({ jobs: [jobOnWire('i'), job] });
  await expect(service.jobs('d1', 'dev')).rejects.toMatchObject(noAnswer('ListBackendJobs'));
});
test('a single job without a time is unusable, too', async () => {
  reply = json(jobOnWire('j', { createTime: undefined }));
  await expect(service.job('d1', 'dev', 'j')).rejects.toMatchObject(noAnswer('GetBackendJob'));
});
test.each([
  ['no operation', undefined],
  ['an empty operation', ''],
  ['an operation that is not text', 7],
])('a job with %s is read with its ID', async (_name, operation) => {
  reply = json(jobOnWire('j', { operation }));
  await expect(service.job('d1', 'dev', 'j')).resolves.toMatchObject({ id: 'j', operation: undefined });
  reply = json({ jobs: [jobOnWire('j', { operation })] });
  await expect(service.jobs('d1', 'dev')).resolves.toMatchObject([{ id: 'j', operation: undefined }]);
});
test('an environment can have no jobs', async () => {
  reply = json({ jobs: [] });
  await expect(service.jobs('d1', 'dev')).resolves.toEqual([]);
});
test('a list of jobs is read completely, page by page', async () => {
  reply = json({ jobs: [jobOnWire('i'), jobOnWire('j')], nextToken: 'more' });
  replies = [json({ jobs: [jobOnWire('k')], nextToken: '' })];
  await expect(service.jobs('d1', 'dev')).resolves.toMatchObject([{ id: 'i' }, { id: 'j' }, { id: 'k' }]);
  expect(requests).toEqual(Array(2).fill('POST /backend/d1/job/dev'));
  expect(bodies).toEqual([{ maxResults: 25 }, { maxResults: 25, nextToken: 'more' }]);
});
test('if the environment is deleted between two pages, the jobs of the first page are returned', async () => {
  reply = json({ jobs: [jobOnWire('i')], nextToken: 'more' });
  replies = [exception('NotFoundException', 404)];
  await expect(service.jobs('d1', 'dev')).resolves.toMatchObject([{ id: 'i' }]);
});
test('a list of more than 40 pages of jobs is an error', async () => {
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
])(
  'the answer to an accepted clone names the %s, under which its job is filed',
  async (_name, backendEnvironmentName) => {
    reply = json({ appId: 'd1', backendEnvironmentName, jobId: 'j', operation: 'CloneBackend', status: 'RUNNING' });
    const answer = service.startClone('d1', 'dev', 'preview');
    await expect(answer).resolves.toEqual({ id: 'j', filedUnder: backendEnvironmentName });
  },
);
test('an answer that names neither the source nor the target of a clone is unusable', async () => {
  reply = json({ appId: 'd1', backendEnvironmentName: 'prod', jobId: 'j', status: 'RUNNING' });
  await expect(service.startClone('d1', 'dev', 'preview')).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
});
test.each([
  ['has a job whose status is not FAILED', { jobId: 'j', status: 'RUNNING' }],
  ['has the status FAILED, and no job', { status: 'FAILED' }],
])('an answer to CloneBackend with an error is a refusal if it %s', async (_name, answer) => {
  reply = json({ backendEnvironmentName: 'preview', error: 'already exists', ...answer });
  await expect(service.startClone('d1', 'dev', 'preview')).rejects.toMatchObject({
    reason: 'REJECTED',
    words: 'already exists',
  });
});
test('a clone whose job is FAILED at once counts as started', async () => {
  reply = json({ backendEnvironmentName: 'preview', jobId: 'j', status: 'FAILED', error: 'no' });
  await expect(service.startClone('d1', 'dev', 'preview')).resolves.toMatchObject({ id: 'j' });
});
test.each([
  ['BadRequestException', exception('BadRequestException', 400), 'words of the service'],
  ['NotFoundException', exception('NotFoundException', 404), 'words of the service'],
  ['ResourceNotFoundException', exception('ResourceNotFoundException', 404), 'words of the service'],
  ['another 4xx of the service', exception('ValidationException', 400), 'words of the service'],
  [
    '200 with an error',
    json({ appId: 'd1', backendEnvironmentName: 'preview', error: 'already exists' }),
    'already exists',
  ],
])('%s is a refusal of a clone and of a deletion', async (_name, given, words) => {
  reply = given;
  const refusal = { reason: 'REJECTED', words: expect.stringContaining(words) };
  await expect(service.startClone('d1', 'dev', 'preview')).rejects.toMatchObject(refusal);
  await expect(service.startRemoval('d1', 'preview')).rejects.toMatchObject(refusal);
});
const PENDING_JOB = 'There is already a pending job for this environment, wait for it to complete';
test.each([
  ['a ValidationException', exception('ValidationException', 400, PENDING_JOB)],
  ['another 4xx of the service', exception('ConflictException', 409, PENDING_JOB)],
  ['200 with an error', json({ appId: 'd1', backendEnvironmentName: 'preview', error: PENDING_JOB.toUpperCase() })],
])('%s that mentions a pending job is BUSY for a clone and for a deletion', async (_name, given) => {
  reply = given;
  const busy = { name: 'ServiceError', reason: 'BUSY', words: expect.stringMatching(/already a pending job/i) };
  await expect(service.startClone('d1', 'dev', 'preview')).rejects.toMatchObject({
    ...busy,
    operation: 'CloneBackend',
  });
  await expect(service.startRemoval('d1', 'preview')).rejects.toMatchObject({ ...busy, operation: 'DeleteBackend' });
});
test('a clone whose job is FAILED at once because of a pending job counts as started', async () => {
  reply = json({ backendEnvironmentName: 'preview', jobId: 'j', status: 'FAILED', error: PENDING_JOB });
  await expect(service.startClone('d1', 'dev', 'preview')).resolves.toMatchObject({ id: 'j' });
});
test.each([
  ['with a job', { jobId: 'j', status: 'RUNNING' }, 'j'],
  ['without a job', { status: 'RUNNING' }, undefined],
  ['with members of the wrong types', { jobId: ['j'], status: 1, error: '' }, undefined],
])('a deletion can be accepted %s', async (_name, answer, jobId) => {
  reply = json(answer);
  await expect(service.startRemoval('d1', 'preview')).resolves.toEqual(jobId);
  expect(requests).toEqual(['POST /backend/d1/environments/preview/remove']);
});
test('a deletion whose job is FAILED at once is a refusal', async () => {
  reply = json({ jobId: 'j', status: 'FAILED' });
  await expect(service.startRemoval('d1', 'preview')).rejects.toMatchObject({
    reason: 'REJECTED',
    words: 'the deletion failed at once, with no reason given',
  });
});
test.each([
  ['none', undefined, {}],
  ['null', null, {}],
  ['empty text', '', {}],
  ['an object', '{"auth":{}}', { auth: {} }],
])('the configuration of an environment can be %s', async (_name, amplifyMetaConfig, config) => {
  reply = json({ appId: 'd1', amplifyMetaConfig });
  await expect(service.metaConfig('d1', 'dev')).resolves.toEqual({ kind: 'read', config });
});
describe('the configuration of an environment is unreadable', () => {
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
    ['an object instead of text', json({ appId: 'd1', amplifyMetaConfig: { auth: {} } }), notInTheModel],
    ...['[1]', '"text"', '{', '7'].map((amplifyMetaConfig): [string, Reply, RegExp] => [
      `the text ${amplifyMetaConfig}`,
      json({ appId: 'd1', amplifyMetaConfig }),
      noObject,
    ]),
  ];

  test.each(unreadable)('if the answer is %s, and the log has its words', async (_name, given, words) => {
    reply = given;
    const answer = { kind: 'unreadable', words: expect.stringMatching(words) };
    await expect(service.metaConfig('d1', 'dev')).resolves.toEqual(answer);
    expect(requests).toHaveLength(1);
    expect(logged).toEqual([expect.stringContaining('the configuration of an environment cannot be read')]);
  });
});
test('the parts of a path are encoded', async () => {
  reply = exception('NotFoundException', 404);
  await service.job('d1', '../x', 'a/b');
  expect(requests).toEqual(['GET /backend/d1/job/..%2Fx/a%2Fb']);
});
