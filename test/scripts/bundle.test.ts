import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { build } from 'esbuild';
import { bundleByDefault } from '../../bench/handler-bundles';
import { buildHandler } from '../../scripts/build-handler';
import { CHANGES, type Change, slimSdk } from '../../scripts/slim-sdk';
import { signatureProblem } from '../../simulator/amplify-backend/signature';
import type { Observation, Operation, Question, Reply, SentRequest } from './sdk-probe';

const root = path.join(__dirname, '..', '..');
const entry = path.join(__dirname, 'sdk-probe.ts');
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
const lambdaEnvironment = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
};

let folder: string;
let bundled: string;
let unmodified: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bundle-'));
  bundled = path.join(folder, 'bundled.js');
  unmodified = path.join(folder, 'unmodified.js');
  await Promise.all([
    buildHandler({ entry, outfile: bundled }),
    // The SDK is loaded from node_modules.
    build({ entryPoints: [entry], outfile: unmodified, bundle: true, platform: 'node', packages: 'external' }),
  ]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the probe in a process with only these environment variables, and by default without configuration files. */
function observe(program: string, questions: readonly Question[], home = folder): Promise<Observation[]> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'], NODE_PATH: path.join(root, 'node_modules'), HOME: home };
    const done = (error: Error | null, stdout: string): void =>
      error === null ? resolve(JSON.parse(stdout)) : reject(error);
    execFile(process.execPath, ['--no-warnings', program], { env }, done).stdin?.end(JSON.stringify(questions));
  });
}

async function observeBoth(questions: readonly Question[]): Promise<[Observation[], Observation[]]> {
  return Promise.all([observe(bundled, questions), observe(unmodified, questions)]);
}

function reply(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: text };
}

const JOB = {
  appId: 'd1 app',
  backendEnvironmentName: 'feature',
  jobId: 'job/1',
  operation: 'CloneBackend',
  status: 'FAILED',
  createTime: '1700000000000',
  updateTime: '1700000000001',
  error: 'naïve — ☃',
  unknownField: { nested: [1, null] },
};
const OPERATIONS: readonly Operation[] = [
  'GetBackend',
  'GetBackendJob',
  'ListBackendJobs',
  'CloneBackend',
  'DeleteBackend',
];
const REPLIES: Readonly<Record<string, Reply>> = {
  'a job': reply(200, JOB),
  'a job, with headers about the request': reply(200, JOB, { 'x-amzn-requestid': 'r-1', 'x-amz-cf-id': 'cf-1' }),
  'a list of jobs': reply(200, { jobs: [JOB, { jobId: null }], nextToken: 'next' }),
  'an application': reply(200, { appId: 'd1', backendEnvironmentList: ['a', 'b'], amplifyMetaConfig: '{"a":1}' }),
  'values of other types': reply(200, { jobId: 7, status: {}, createTime: 1.5, jobs: 'x', backendEnvironmentList: 1 }),
  'an empty object': reply(200, {}),
  'a list at the top': reply(200, [JOB]),
  'null at the top': reply(200, 'null'),
  'no body': reply(200, ''),
  'HTML with status 200': reply(200, '<html>hello</html>', { 'content-type': 'text/html' }),
  'JSON that ends early': reply(200, '{"jobId": "j'),
  'no content': reply(204, ''),
  'a redirect': reply(301, '', { location: 'http://127.0.0.1:1/' }),
  'NotFoundException by header': reply(
    404,
    { message: 'no such backend', resourceType: 'Backend' },
    { 'x-amzn-errortype': 'NotFoundException' },
  ),
  'a name with a URI after it': reply(
    400,
    { message: 'bad' },
    { 'x-amzn-errortype': 'BadRequestException:http://internal.amazon.com/coral/' },
  ),
  'a name with a namespace, in the body': reply(400, { __type: 'com.amazonaws#BadRequestException', Message: 'bad' }),
  'a name in the field code': reply(400, { code: 'BadRequestException', message: 'bad' }),
  TooManyRequestsException: reply(
    429,
    { limitType: 'calls', message: 'slow down' },
    { 'x-amzn-errortype': 'TooManyRequestsException', 'retry-after': '7' },
  ),
  GatewayTimeoutException: reply(504, { message: 'late' }, { 'x-amzn-errortype': 'GatewayTimeoutException' }),
  'an exception that is not modelled': reply(
    403,
    { Message: 'not authorized' },
    { 'x-amzn-errortype': 'AccessDeniedException' },
  ),
  'a clock that is off': reply(
    403,
    { message: 'Signature expired' },
    { 'x-amzn-errortype': 'InvalidSignatureException', date: 'Mon, 01 Jan 2024 00:00:00 GMT' },
  ),
  'status 400 without a name': reply(400, { message: 'what?' }),
  'status 400 with nothing': reply(400, ''),
  'status 401 with a list': reply(401, ['no']),
  'status 413 with text': reply(413, 'too large', { 'content-type': 'text/plain' }),
  'status 429 with nothing': reply(429, ''),
  'status 500 with JSON': reply(500, { message: null }),
  'status 502 with HTML': reply(502, '<html><body>Bad gateway</body></html>', { 'content-type': 'text/html' }),
  'status 503 with nothing': reply(503, ''),
  'status 504 with JSON that ends early': reply(504, '{"message": "la'),
  'a broken connection': { ...reply(200, ''), breaks: 'before' },
  'an answer that breaks off': { ...reply(200, '{"jobId":', { 'content-length': '100' }), breaks: 'within' },
};

describe('the bundled SDK, with the same calls and answers as the unmodified one', () => {
  const cases = Object.entries(REPLIES).flatMap(([name, given]) =>
    OPERATIONS.map((operation) => ({ name: `${operation}: ${name}`, operation, reply: given })),
  );
  let seen: Map<string, { bundled: Observation | undefined; unmodified: Observation | undefined }>;

  beforeAll(async () => {
    const questions = cases.map((each) => ({ ...each, environment: lambdaEnvironment }));
    const [ours, theirs] = await observeBoth(questions);
    seen = new Map(cases.map(({ name }, i) => [name, { bundled: ours[i], unmodified: theirs[i] }]));
  });

  test.each(cases.map(({ name }) => name))('has the same result for %s', (name) => {
    const result = seen.get(name);
    expect(withoutPort(result?.bundled?.error)).toEqual(withoutPort(result?.unmodified?.error));
    expect(result?.bundled?.output).toEqual(result?.unmodified?.output);
  });

  test('sends one request, with the same body and headers', () => {
    for (const { bundled: ours, unmodified: theirs } of seen.values()) {
      expect(ours?.requests).toHaveLength(1);
      expect(ours?.requests.map(lasting)).toEqual(theirs?.requests.map(lasting));
    }
  });

  test('has its version in the user agent', async () => {
    const manifest = path.join(root, 'node_modules', '@aws-sdk', 'client-amplifybackend', 'package.json');
    const { version } = JSON.parse(await readFile(manifest, 'utf8'));
    const [request] = seen.get('GetBackend: no body')?.bundled?.requests ?? [];
    expect(request?.headers['x-amz-user-agent']).toBe(`aws-sdk-js/${version}`);
  });

  test('signs its requests', () => {
    for (const { bundled: ours } of seen.values()) {
      for (const request of ours?.requests ?? []) {
        expect(signatureProblem(request, credentials, signedAt(request))).toBeUndefined();
        expect(signatureProblem({ ...request, path: '/' }, credentials, signedAt(request))).toBeDefined();
      }
    }
  });

  test('names the modelled exceptions', () => {
    const named = (name: string): unknown => seen.get(`CloneBackend: ${name}`)?.bundled?.error?.['name'];
    expect(named('NotFoundException by header')).toBe('NotFoundException');
    expect(named('a name with a URI after it')).toBe('BadRequestException');
    expect(named('a name with a namespace, in the body')).toBe('BadRequestException');
    expect(named('TooManyRequestsException')).toBe('TooManyRequestsException');
    expect(named('GatewayTimeoutException')).toBe('GatewayTimeoutException');
    expect(named('an exception that is not modelled')).toBe('AccessDeniedException');
  });
});

/** The request without the parts that differ each time. */
function lasting(request: SentRequest): SentRequest {
  const headers: Record<string, string> = { ...request.headers };
  for (const name of ['amz-sdk-invocation-id', 'x-amz-date', 'host']) headers[name] = typeof headers[name];
  // A release of the SDK's CommonJS build had the number of another version.
  for (const name of ['user-agent', 'x-amz-user-agent'])
    headers[name] = (headers[name] ?? '').replace(/3\.\d+\.\d+/g, '3');
  headers['authorization'] = (headers['authorization'] ?? '').replace(/Signature=\w+|\/\d{8}\//g, '');
  return { ...request, headers };
}

function signedAt({ headers }: SentRequest): number {
  const [, ...parts] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(headers['x-amz-date'] ?? '') ?? [];
  const [year = 0, month = 0, ...rest] = parts.map(Number);
  return Date.UTC(year, month - 1, ...rest);
}

function withoutPort(error: Observation['error']): unknown {
  return error === undefined ? undefined : { ...error, port: typeof error['port'] };
}

describe('the environment variables of the bundled SDK', () => {
  const ask = (environment: Record<string, string>): Question => ({
    environment: { ...lambdaEnvironment, ...environment },
    operation: 'GetBackend',
  });

  test('lead it to the same endpoints as the unmodified one', async () => {
    const regions = [
      'eu-west-1',
      'us-east-1',
      'cn-north-1',
      'us-gov-west-1',
      'us-iso-east-1',
      'eusc-de-east-1',
      'xx-new-1',
    ];
    const switches: Record<string, string>[] = [
      {},
      { AWS_USE_FIPS_ENDPOINT: 'true' },
      { AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566/base' },
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_AMPLIFYBACKEND: 'https://localhost:2' },
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', AWS_USE_FIPS_ENDPOINT: 'true' },
    ];
    const questions = [
      ...regions.flatMap((region) => switches.map((each) => ask({ AWS_REGION: region, ...each }))),
      ask({ AWS_REGION: '' }),
      ask({ AWS_REGION: 'not a region' }),
      ask({ AWS_USE_FIPS_ENDPOINT: 'perhaps' }),
    ];
    const [ours, theirs] = await observeBoth(questions);
    expect(ours).toEqual(theirs);
    const destinations = ours.map((each) => each.destination);
    expect(destinations).toContain(
      'https://amplifybackend.cn-north-1.amazonaws.com.cn cn-north-1/amplifybackend/aws4_request',
    );
    expect(destinations).toContain(
      'https://amplifybackend-fips.us-gov-west-1.amazonaws.com us-gov-west-1/amplifybackend/aws4_request',
    );
    expect(destinations).toContain('https://localhost:2 us-east-1/amplifybackend/aws4_request');
  });

  test('are its only configuration: configuration files are not read', async () => {
    const home = path.join(folder, 'home');
    await mkdir(path.join(home, '.aws'), { recursive: true });
    await writeFile(path.join(home, '.aws', 'config'), '[default]\nendpoint_url = http://127.0.0.1:1\n');
    const [ours] = await observe(bundled, [ask({})], home);
    const [theirs] = await observe(unmodified, [ask({})], home);
    expect(ours?.destination).toMatch(/^https:\/\/amplifybackend\.eu-west-1\./);
    expect(theirs?.destination).toMatch(/^http:\/\/127\.0\.0\.1:1 /);
  });

  test('must have credentials', async () => {
    const [answer] = await observe(bundled, [ask({ AWS_ACCESS_KEY_ID: '' })]);
    expect(answer?.error).toMatchObject({
      name: 'CredentialsProviderError',
      message: 'Unable to find environment variable credentials.',
    });
  });
});

describe('the bundle', () => {
  test("is one file, and less than half as large as with esbuild's defaults", async () => {
    const outfile = path.join(folder, 'handler.js');
    const bytes = await buildHandler({ entry: path.join(root, 'lambda', 'index.ts'), outfile });
    expect(bytes).toBe((await readFile(outfile)).length);
    expect(bytes / (await bundleByDefault(path.join(folder, 'default.js')))).toBeLessThanOrEqual(0.45);
  });

  test('loads only the modules of Node.js that the handler and REST-JSON over HTTP need', async () => {
    const modules = (await readFile(bundled, 'utf8')).matchAll(/(?:require|import)\("([^"]+)"\)/g);
    const allowed = ['async_hooks', 'crypto', 'fs', 'http', 'https', 'os', 'process', 'stream'];
    const probesOwn = ['stream/consumers'];
    expect([...new Set([...modules].map(([, name]) => name))].sort()).toEqual(
      [...allowed, ...probesOwn].map((name) => `node:${name}`).sort(),
    );
  });
});

describe('the build', () => {
  const [first] = CHANGES;
  const withChanges = (changes: readonly (Change | undefined)[]): Promise<number> =>
    buildHandler({
      entry,
      outfile: path.join(folder, 'failing.js'),
      plugins: [slimSdk(changes.filter((change) => change !== undefined))],
    });

  test('fails if a file differs from the one that a change was written for', async () => {
    const stale = first && { ...first, sha256: '0'.repeat(64) };
    await expect(withChanges([stale])).rejects.toThrow(
      /The AWS SDK has changed: .*credential-provider-node\/dist-es\/index\.js, .*sha256 is now a952aa83/,
    );
  });

  test('fails when a change is for a file that the bundle does not load', async () => {
    const gone = first && { ...first, file: 'dist-es/gone.js' };
    await expect(withChanges([gone])).rejects.toThrow(/dist-es\/gone\.js, .* The bundle does not load it\./);
  });

  test('fails when a change lacks what the SDK imports from the file', async () => {
    const empty = first && { ...first, rewrite: () => 'export const other = 1;' };
    await expect(withChanges([empty])).rejects.toThrow(/No matching export .* for import "defaultProvider"/);
  });

  test.each(CHANGES.filter((change) => change.sha256 === undefined))(
    'fails when it cannot rewrite $package/$file',
    ({ rewrite }) => {
      expect(() => rewrite('{}')).toThrow(/it has no/);
    },
  );

  test('fails when a computed key of the schemas is not a constant string', () => {
    const schemas = CHANGES.find(({ file }) => file.includes('schemas'));
    expect(() => schemas?.rewrite('const _h = "http";\nexport var a = { [_h]: 1, [_x]: 2 };')).toThrow(
      '_x is not a constant string',
    );
    expect(schemas?.rewrite('const _h = "http";\nexport var a = { [_h]: 1 };')).toContain('{ "http": 1 }');
  });
});
