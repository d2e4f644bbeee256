import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import { amplifyBackendService } from '../../lambda/amplify-backend-service';
import type { BackendService } from '../../lambda/backend-service';

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
let requests: string[];
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
    response.writeHead(status, type === undefined ? {} : { 'x-amzn-errortype': type }).end(body);
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
  requests = [];
  logged = [];
});

const json = (body: unknown, status = 200): Reply => ({ status, body: JSON.stringify(body) });
const exception = (type: string, status: number, message = 'words of the service'): Reply => ({
  status,
  type,
  body: JSON.stringify({ message }),
});

const calls: [string, () => Promise<unknown>][] = [
  ['environmentNames', () => service.environmentNames('d1')],
  ['metaConfig', () => service.metaConfig('d1', 'dev')],
  ['job', () => service.job('d1', 'dev', 'j')],
  ['jobs', () => service.jobs('d1', 'dev')],
  ['startClone', () => service.startClone('d1', 'dev', 'preview')],
  ['startRemoval', () => service.startRemoval('d1', 'dev')],
];
const troubles: [string, Reply | 'reset', string][] = [
  ['429', exception('TooManyRequestsException', 429), 'THROTTLED'],
  ['403', exception('AccessDeniedException', 403), 'DENIED'],
  ['504', exception('GatewayTimeoutException', 504), 'UNAVAILABLE'],
  ['500', exception('InternalFailure', 500), 'UNAVAILABLE'],
  ['a broken connection', 'reset', 'UNAVAILABLE'],
  ['a page of HTML with 502', { status: 502, body: '<html>Bad Gateway</html>' }, 'UNAVAILABLE'],
  ['a page of HTML with 404', { status: 404, body: '<html>Not Found</html>' }, 'UNAVAILABLE'],
  ['a page of HTML with 200', { status: 200, body: '<html>Welcome</html>' }, 'UNAVAILABLE'],
];
describe.each(calls)('%s', (_call, call) => {
  test.each(troubles)('in the face of %s', async (_name, given, reason) => {
    reply = given;
    await expect(call()).rejects.toMatchObject({ name: 'ServiceTrouble', reason });
    expect(requests).toHaveLength(1);
  });
});

describe.each(calls.filter(([name]) => name !== 'startRemoval'))('%s', (_call, call) => {
  test.each([
    ['an empty body', { status: 200, body: '' }],
    ['an empty object', json({})],
    [
      'members of the wrong types',
      json({ appId: 7, backendEnvironmentList: 'dev', jobs: {}, jobId: ['j'], status: 1 }),
    ],
  ])('takes %s for no answer', async (_name, given) => {
    reply = given;
    await expect(call()).rejects.toMatchObject({ name: 'ServiceTrouble', reason: 'UNAVAILABLE' });
  });
});

test('the environments of an app are its list of names', async () => {
  reply = json({ appId: 'd1', backendEnvironmentList: ['dev', 'NONE'] });
  await expect(service.environmentNames('d1')).resolves.toEqual(new Set(['dev', 'NONE']));
  expect(requests).toEqual(['POST /backend/d1/details']);
});
test('an answer about another app is no answer', async () => {
  reply = json({ appId: 'd2', backendEnvironmentList: [] });
  await expect(service.environmentNames('d1')).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
});
test.each([
  ['environmentNames', () => service.environmentNames('d1'), 'APP_NOT_FOUND'],
  ['metaConfig', () => service.metaConfig('d1', 'dev'), 'NOT_FOUND'],
  ['job', () => service.job('d1', 'dev', 'j'), 'NOT_FOUND'],
  ['jobs', () => service.jobs('d1', 'dev'), 'NOT_FOUND'],
])('NotFoundException is an answer to %s', async (_name, call, expected) => {
  reply = exception('NotFoundException', 404);
  await expect(call()).resolves.toBe(expected);
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
test('a status that nobody has seen counts as running, and is logged', async () => {
  reply = json({ jobId: 'j', operation: 'CloneBackend', status: 'PAUSED', createTime: '1617375907613' });
  await expect(service.job('d1', 'dev', 'j')).resolves.toMatchObject({ status: 'RUNNING' });
  expect(logged.join()).toContain('PAUSED');
});
test('another job than the one asked for is no answer', async () => {
  reply = json({ jobId: 'k', operation: 'CloneBackend', status: 'COMPLETED', createTime: '1617375907613' });
  await expect(service.job('d1', 'dev', 'j')).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
});
test('an endless list of jobs is given up', async () => {
  reply = json({ jobs: [], nextToken: 'again' });
  await expect(service.jobs('d1', 'dev')).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
  expect(requests).toHaveLength(40);
});
test.each([
  ['target', 'preview'],
  ['source', 'dev'],
])('an accepted clone says that its job is filed under the %s', async (_name, backendEnvironmentName) => {
  reply = json({ appId: 'd1', backendEnvironmentName, jobId: 'j', operation: 'CloneBackend', status: 'RUNNING' });
  const answer = service.startClone('d1', 'dev', 'preview');
  await expect(answer).resolves.toEqual({ kind: 'started', jobId: 'j', filedUnder: backendEnvironmentName });
});
test('a clone filed under some third environment is no answer', async () => {
  reply = json({ appId: 'd1', backendEnvironmentName: 'prod', jobId: 'j', status: 'RUNNING' });
  await expect(service.startClone('d1', 'dev', 'preview')).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
});
test('a clone that failed at once is followed by its job', async () => {
  reply = json({ backendEnvironmentName: 'preview', jobId: 'j', status: 'FAILED', error: 'no' });
  await expect(service.startClone('d1', 'dev', 'preview')).resolves.toMatchObject({ kind: 'started', jobId: 'j' });
});
test.each([
  ['BadRequestException', exception('BadRequestException', 400), 'words of the service'],
  ['NotFoundException', exception('NotFoundException', 404), 'words of the service'],
  ['any other 4xx of the service', exception('ValidationException', 400), 'words of the service'],
  [
    '200 with an error',
    json({ appId: 'd1', backendEnvironmentName: 'preview', error: 'already exists' }),
    'already exists',
  ],
])('%s refuses a clone and a removal', async (_name, given, words) => {
  reply = given;
  const refusal = { kind: 'refused', words: expect.stringContaining(words) };
  await expect(service.startClone('d1', 'dev', 'preview')).resolves.toEqual(refusal);
  await expect(service.startRemoval('d1', 'preview')).resolves.toEqual(refusal);
});
test.each([
  ['with its job', { jobId: 'j', status: 'RUNNING' }, 'j'],
  ['without one, which is then found by its time', { status: 'RUNNING' }, undefined],
  ['with members of the wrong types', { jobId: ['j'], status: 1, error: '' }, undefined],
])('a removal that was accepted is answered %s', async (_name, answer, jobId) => {
  reply = json(answer);
  await expect(service.startRemoval('d1', 'preview')).resolves.toEqual({ kind: 'started', jobId });
  expect(requests).toEqual(['POST /backend/d1/environments/preview/remove']);
});
test('a removal that failed at once was refused', async () => {
  reply = json({ jobId: 'j', status: 'FAILED' });
  await expect(service.startRemoval('d1', 'preview')).resolves.toMatchObject({ kind: 'refused' });
});
test.each([
  ['none', undefined, {}],
  ['an empty text', '', {}],
  ['an object', '{"auth":{}}', { auth: {} }],
])('the configuration of an environment may be %s', async (_name, amplifyMetaConfig, expected) => {
  reply = json({ appId: 'd1', amplifyMetaConfig });
  await expect(service.metaConfig('d1', 'dev')).resolves.toEqual(expected);
});
test.each(['[1]', '"text"', '{', '7'])('a configuration that is %s is no answer', async (amplifyMetaConfig) => {
  reply = json({ appId: 'd1', amplifyMetaConfig });
  await expect(service.metaConfig('d1', 'dev')).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
});
test('what goes into a path is encoded', async () => {
  reply = exception('NotFoundException', 404);
  await service.job('d1', '../x', 'a/b');
  expect(requests).toEqual(['GET /backend/d1/job/..%2Fx/a%2Fb']);
});
