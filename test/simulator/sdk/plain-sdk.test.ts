import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { buildHandler } from '../../../scripts/build-handler';
import { plainSdk } from '../../../scripts/plain-sdk';
import type { WireReply, WireRequest } from '../../../simulator/amplify-backend/wire';
import { VirtualClock } from '../../../simulator/clock';
import { LambdaCode } from '../../../simulator/lambda/code';
import { LambdaFunction } from '../../../simulator/lambda/lambda-function';
import { seededRandom } from '../../../simulator/random';
import { QUESTIONS, type Question } from './port-probe';

/*
 * Histories run the handler with a faster client instead of the SDK's. Here, both get the same calls and answers, and the
 * handler has to behave the same.
 */

const entry = path.join(__dirname, 'port-probe.ts');
let folder: string;
let real: LambdaCode;
let plain: LambdaCode;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'plain-sdk-'));
  await Promise.all([
    buildHandler({ entry, outfile: path.join(folder, 'real', 'index.js') }),
    buildHandler({ entry, outfile: path.join(folder, 'plain', 'index.js'), plugins: [plainSdk()] }),
  ]);
  real = LambdaCode.fromDirectory(path.join(folder, 'real'));
  plain = LambdaCode.fromDirectory(path.join(folder, 'plain'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

interface Seen {
  readonly payload: unknown;
  readonly milliseconds: number;
  readonly requests: readonly Partial<WireRequest>[];
}

async function ask(code: LambdaCode, question: Question, reply: WireReply | 'never'): Promise<Seen> {
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const requests: Partial<WireRequest>[] = [];
  const probe = new LambdaFunction({
    name: 'probe',
    arn: 'arn',
    code,
    handler: 'index.ask',
    variables: { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' },
    nodeVersion: 20,
    timeoutSeconds: 60,
    memoryMegabytes: 128,
    logLevel: 'INFO',
    clock,
    random: seededRandom(1),
    log: () => {},
    network: async ({ method, path: asked, headers, body }) => {
      const target = headers['x-amz-target'];
      requests.push({ method, path: asked, body, ...(target !== undefined && { headers: { target } }) });
      return reply === 'never' ? new Promise<never>(() => {}) : reply;
    },
  });
  const { payload } = await clock.runUntil(probe.invoke({ question }));
  return { payload: JSON.parse(payload), milliseconds: clock.now() - startedAt, requests };
}

const JOB = {
  appId: 'd1',
  backendEnvironmentName: 'preview',
  jobId: 'job-1',
  operation: 'CloneBackend',
  status: 'FAILED',
  createTime: '1700000000000',
  updateTime: '1700000000001',
  error: 'naïve — ☃',
  unknownField: { nested: [1, null] },
};

function response(statusCode: number, body: unknown, errorType?: string): WireReply {
  const headers = { 'content-type': 'application/json', ...(errorType && { 'x-amzn-errortype': errorType }) };
  return { kind: 'response', statusCode, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

const dynamoDbError = (statusCode: number, type: string): WireReply =>
  response(statusCode, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'words' });

const REPLIES: Readonly<Record<string, WireReply | 'never'>> = {
  'a job': response(200, JOB),
  'a running job': response(200, { ...JOB, status: 'RUNNING', error: undefined }),
  'a job of an unknown status': response(200, { ...JOB, status: 'AWAITING_REVIEW' }),
  'a refusal with status 200': response(200, { appId: 'd1', error: 'no', operation: 'CloneBackend', status: 'FAILED' }),
  'a list of jobs': response(200, { jobs: [JOB, { ...JOB, jobId: 'job-2' }] }),
  'a list with a next page': response(200, { jobs: [JOB], nextToken: 'next' }),
  environments: response(200, { appId: 'd1', appName: 'myapp', backendEnvironmentList: ['dev', 'preview'] }),
  'an environment': response(200, { appId: 'd1', backendEnvironmentName: 'preview', amplifyMetaConfig: '{"a":{}}' }),
  'an item': response(200, { Item: { version: { N: '3' }, text: { S: '{"ä":1}' } } }),
  'values of other types': response(200, {
    appId: 2,
    backendEnvironmentName: 7,
    jobId: 5,
    status: {},
    createTime: 13,
    jobs: { length: 2 },
    backendEnvironmentList: { length: 1 },
    amplifyMetaConfig: 4,
  }),
  'a list of values that are not jobs': response(200, { jobs: [null, 7] }),
  'an empty object': response(200, {}),
  'a list instead of an object': response(200, [JOB]),
  'no body': response(200, ''),
  HTML: {
    kind: 'response',
    statusCode: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html><body>no</body></html>',
  },
  'JSON that ends early': response(200, '{"jobs":['),
  'HTML with status 500': response(500, '<html></html>'),
  NotFoundException: response(404, { message: 'no such job', resourceType: 'Job' }, 'NotFoundException'),
  BadRequestException: response(400, { message: 'bad' }, 'BadRequestException'),
  TooManyRequestsException: response(429, { message: 'slow down', limitType: 'Rate' }, 'TooManyRequestsException'),
  GatewayTimeoutException: response(504, { message: 'late' }, 'GatewayTimeoutException'),
  AccessDeniedException: response(403, { Message: 'User: x is not authorized' }, 'AccessDeniedException'),
  InternalFailure: response(500, { message: 'Internal server error' }, 'InternalFailure'),
  'an exception without a message': response(400, {}, 'BadRequestException'),
  'status 400 without a name': response(400, { message: 'what?' }),
  'status 503 with nothing': response(503, ''),
  ConditionalCheckFailedException: dynamoDbError(400, 'ConditionalCheckFailedException'),
  ThrottlingException: dynamoDbError(400, 'ThrottlingException'),
  InternalServerError: dynamoDbError(500, 'InternalServerError'),
  'a broken connection': { kind: 'reset' },
  'no answer': 'never',
};

const QUESTION_NAMES = Object.keys(QUESTIONS).filter((name): name is Question => name in QUESTIONS);

test.each(Object.keys(REPLIES))('the handler interprets %s the same with both clients', async (name) => {
  const reply = REPLIES[name] ?? 'never';
  const withPlainClient: Record<string, Seen> = {};
  const withSdk: Record<string, Seen> = {};
  for (const question of QUESTION_NAMES) {
    withPlainClient[question] = await ask(plain, question, reply);
    withSdk[question] = await ask(real, question, reply);
  }
  expect(withPlainClient).toEqual(withSdk);
});
