import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  AmplifyBackendClient,
  CloneBackendCommand,
  DeleteBackendCommand,
  GetBackendCommand,
  GetBackendJobCommand,
} from '@aws-sdk/client-amplifybackend';
import { DEFAULT_VARIANTS } from '../../simulator/amplify-backend/variants';

const ROOT = path.join(__dirname, '..', '..');
const APP = 'd1a2b3c4d5e6f7';
const STARTUP_TIMEOUT = 30_000;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'emulator-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Starts the emulator, and settles when it has printed a line or ended. */
function emulator(...args: string[]) {
  const env = { ...process.env };
  delete env['EMULATOR_ACCESS_KEY_ID'];
  delete env['EMULATOR_SECRET_ACCESS_KEY'];
  const child = spawn(process.execPath, ['--import', 'tsx', 'simulator/emulator.ts', ...args], { cwd: ROOT, env });
  running.push(child);
  const output = { stdout: '', stderr: '' };
  child.stderr.on('data', (chunk) => {
    output.stderr += String(chunk);
  });
  const firstLine = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output.stdout += String(chunk);
      if (output.stdout.includes('\n')) resolve(output.stdout);
    });
    child.on('close', () => resolve(output.stdout));
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => resolve(code));
  });
  return { child, output, firstLine, ended };
}

async function ready(...args: string[]) {
  const started = emulator(...args);
  const line = await started.firstLine;
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
  if (url === undefined) throw new Error(`not ready: ${line}${started.output.stderr}`);
  return { ...started, line, url };
}

function clientFor(endpoint: string, secretAccessKey = 'secret'): AmplifyBackendClient {
  const credentials = { accessKeyId: 'AKID', secretAccessKey };
  return new AmplifyBackendClient({ endpoint, region: 'us-east-1', maxAttempts: 1, credentials });
}

interface Body {
  readonly jobSeconds: number;
  readonly variants: object;
  readonly apps: readonly {
    readonly appId: string;
    readonly environments: readonly { readonly name: string; readonly metaConfig: string }[];
    readonly jobs: readonly { readonly status: string }[];
  }[];
  /** Only after an error. */
  readonly message?: string;
}

async function bodyOf(response: Response): Promise<Body> {
  const state: Body = JSON.parse(await response.text());
  return state;
}

const stateOf = async (url: string): Promise<Body> => bodyOf(await fetch(`${url}/_emulator/state`));

async function change(url: string, body: unknown) {
  const response = await fetch(`${url}/_emulator/settings`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, state: await bodyOf(response) };
}

test(
  'it clones, says how to try that, and ends cleanly on SIGTERM',
  async () => {
    const { child, ended, line, output, url } = await ready('--job-seconds', '0');
    expect(line.trim().split('\n')).toHaveLength(1);
    expect(line).toContain(
      `aws amplifybackend clone-backend --app-id ${APP} --backend-environment-name dev --target-environment-name preview --region us-east-1 --endpoint-url ${url}`,
    );
    const client = clientFor(url);
    const cloned = await client.send(
      new CloneBackendCommand({ AppId: APP, BackendEnvironmentName: 'dev', TargetEnvironmentName: 'preview' }),
    );
    const job = { AppId: APP, BackendEnvironmentName: 'preview', JobId: cloned.JobId };
    await client.send(new GetBackendJobCommand(job));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(output.stderr).toBe('');
  },
  STARTUP_TIMEOUT,
);

test(
  'it has the apps and environments of its options, and reports the actual state to another process',
  async () => {
    const { url } = await ready('--environment', 'NONE', '--app', 'd22', '--environment', 'test', '--seed', '5');
    const state = await stateOf(url);
    const names = state.apps.map(({ appId, environments }) => [appId, environments.map(({ name }) => name)]);
    expect(names).toEqual([
      [APP, ['dev', 'NONE']],
      ['d22', ['test']],
    ]);
    expect(state.apps[0]?.environments[0]?.metaConfig).toContain('UserPoolId');
  },
  STARTUP_TIMEOUT,
);

test(
  "another process can change settings, script outcomes, and perform other people's actions",
  async () => {
    const { url } = await ready('--job-seconds', '3600');
    const client = clientFor(url);
    const { status, state } = await change(url, {
      variants: { failedCloneLeaves: 'nothing', targetListed: 'on acceptance' },
      jobSeconds: 0,
      nextClones: [{ environment: 'preview', outcome: { failed: 'cloning backend failed' } }],
      faults: [{ operation: 'GetBackend', fault: '429' }],
      addEnvironments: [{ appId: APP, name: 'other' }],
      removeEnvironments: [{ appId: APP, name: 'dev' }],
    });
    expect(status).toBe(200);
    expect(state.variants).toMatchObject({ failedCloneLeaves: 'nothing', jobsListed: 'newest first' });
    await expect(client.send(new GetBackendCommand({ AppId: APP }))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
    });
    const { BackendEnvironmentList } = await client.send(new GetBackendCommand({ AppId: APP }));
    expect(BackendEnvironmentList).toEqual(['other']);
    const clone = { AppId: APP, BackendEnvironmentName: 'other', TargetEnvironmentName: 'preview' };
    await client.send(new CloneBackendCommand(clone));
    const lastJob = async () => (await stateOf(url)).apps[0]?.jobs.at(-1);
    let job = await lastJob();
    while (job?.status === 'RUNNING') job = await lastJob();
    expect(job).toMatchObject({ environment: 'preview', status: 'FAILED', error: 'cloning backend failed' });
  },
  STARTUP_TIMEOUT,
);

test(
  'a request with an invalid setting is refused as a whole, with the reason',
  async () => {
    const { url } = await ready();
    const wrong = [
      [{ jobSeconds: 1, variants: { targetListed: 'never' } }, 'variant "targetListed"'],
      [{ jobSeconds: -1 }, '"jobSeconds" is a number of 0 or more'],
      [{ jobSeconds: 1, nonsense: 1 }, 'unknown setting "nonsense"'],
      [{ jobSeconds: 1, faults: [{ operation: 'CloneBackend', fault: 'rain' }] }, '"fault" is one of'],
      [{ jobSeconds: 1, nextClones: [{ environment: 'qa', outcome: 'maybe' }] }, '"outcome" is "COMPLETED"'],
      [[], 'the body is an object'],
    ] as const;
    for (const [body, message] of wrong) {
      const { status, state } = await change(url, body);
      expect(status).toBe(400);
      expect(state.message).toContain(message);
    }
    const garbage = await fetch(`${url}/_emulator/settings`, { method: 'POST', body: '{' });
    expect(garbage.status).toBe(400);
    expect((await fetch(`${url}/_emulator/elsewhere`)).status).toBe(404);
    expect((await stateOf(url)).jobSeconds).toBe(20);
  },
  STARTUP_TIMEOUT,
);

test(
  'it has the variants of a file, and the default for the others',
  async () => {
    const file = path.join(folder, 'survey.json');
    fs.writeFileSync(
      file,
      JSON.stringify({ format: 'amplify-survey/1', variants: { deleteAbsent: 'BadRequestException' } }),
    );
    const { url } = await ready('--variants', file);
    const remove = new DeleteBackendCommand({ AppId: APP, BackendEnvironmentName: 'absent' });
    await expect(clientFor(url).send(remove)).rejects.toMatchObject({ name: 'BadRequestException' });
    expect((await stateOf(url)).variants).toEqual({ ...DEFAULT_VARIANTS, deleteAbsent: 'BadRequestException' });
  },
  STARTUP_TIMEOUT,
);

test(
  'it requires signatures with the key of its options',
  async () => {
    const { url } = await ready('--access-key-id', 'AKID', '--secret-access-key', 'secret');
    const command = new GetBackendCommand({ AppId: APP });
    await expect(clientFor(url).send(command)).resolves.toMatchObject({ AppId: APP });
    await expect(clientFor(url, 'wrong').send(command)).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  },
  STARTUP_TIMEOUT,
);

test.each([
  [['--port', '70000'], '--port "70000" is not a whole number from 0 to 65535'],
  [['--port', '1.5'], '--port "1.5" is not a whole number'],
  [['--job-seconds', 'soon'], '--job-seconds "soon" is not a number'],
  [['--app', 'MyApp'], '--app "MyApp"'],
  [['--environment', '../x'], '--environment "../x"'],
  [['--access-key-id', 'AKID'], 'need each other'],
  [['--variants', 'no-such-file.json'], 'variants cannot be read from no-such-file.json'],
  [['--colour'], "'--colour'"],
  [['extra'], 'extra'],
])(
  'wrong options %j are one message and exit code 2',
  async (args, message) => {
    const { ended, output } = emulator(...args);
    expect(await ended).toBe(2);
    expect(output.stderr).toContain(message);
    expect(output.stderr.trim().split('\n')).toHaveLength(1);
    expect(output.stdout).toBe('');
  },
  STARTUP_TIMEOUT,
);

test(
  '--help shows the options',
  async () => {
    const { ended, output } = emulator('--help');
    expect(await ended).toBe(0);
    expect(output.stdout).toContain('--job-seconds S');
  },
  STARTUP_TIMEOUT,
);
