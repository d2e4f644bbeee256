import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const SCRIPT = path.join(__dirname, '..', '..', 'examples', 'secrets', 'copy-parameters.sh');
const APP = 'd1a2b3c4d5e6f7';
const SECRET = 'sk-live-4f9d2c';

const FAKE_AWS = path.join(__dirname, 'fake-parameter-store.sh');

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'secrets-'));
  for (const name of ['store', 'tmp']) fs.mkdirSync(path.join(folder, name));
  fs.copyFileSync(FAKE_AWS, path.join(folder, 'aws'));
  put('dev/AMPLIFY_mailer_API_KEY', `SecureString ${SECRET}`);
  put('dev/AMPLIFY_function_mailer_sender', 'String noreply@example.com');
  put('test/AMPLIFY_mailer_API_KEY', 'SecureString of-another-environment');
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

const stored = (name: string): string => path.join(folder, 'store', `/amplify/${APP}/${name}`.replaceAll('/', '+'));

function put(name: string, typeAndValue: string): void {
  fs.writeFileSync(stored(name), `${typeAndValue}\n`);
}

function parameter(name: string): string | undefined {
  return fs.existsSync(stored(name)) ? fs.readFileSync(stored(name), 'utf8').trim() : undefined;
}

function copy(options: readonly string[] = ['--app-id', APP, '--source', 'dev', '--target', 'preview']) {
  const { status, stdout, stderr } = spawnSync('bash', [SCRIPT, ...options], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${process.env['PATH']}`, FAKE: folder, TMPDIR: path.join(folder, 'tmp') },
  });
  return { status, output: `${stdout}${stderr}` };
}

/** The arguments of every call: other users of a machine can read those. */
function calls(): string {
  const log = path.join(folder, 'calls');
  return fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '';
}

describe('copy-parameters.sh', () => {
  it('copies each parameter with its type, from the source to the target', () => {
    expect(copy().status).toBe(0);
    expect(parameter('preview/AMPLIFY_mailer_API_KEY')).toBe(`SecureString ${SECRET}`);
    expect(parameter('preview/AMPLIFY_function_mailer_sender')).toBe('String noreply@example.com');
    expect(parameter('dev/AMPLIFY_mailer_API_KEY')).toBe(`SecureString ${SECRET}`);
  });

  it('shows no value, neither in its output nor in the list of processes', () => {
    const { output } = copy();
    expect(output).toContain(`/amplify/${APP}/preview/AMPLIFY_mailer_API_KEY`);
    expect(output).not.toContain(SECRET);
    expect(calls()).toContain('ssm put-parameter');
    expect(calls()).not.toContain(SECRET);
    expect(fs.readFileSync(path.join(folder, 'private'), 'utf8')).not.toBe('');
    expect(fs.readdirSync(path.join(folder, 'tmp'))).toEqual([]);
  });

  it('does not change existing parameters of the target, and shows no value that the service quotes', () => {
    put('preview/AMPLIFY_mailer_API_KEY', "SecureString the-preview's-own");
    const { status, output } = copy();
    expect(status).toBe(0);
    expect(output).toContain(`exists        /amplify/${APP}/preview/AMPLIFY_mailer_API_KEY`);
    expect(output).not.toContain(SECRET);
    expect(parameter('preview/AMPLIFY_mailer_API_KEY')).toBe("SecureString the-preview's-own");
    expect(parameter('preview/AMPLIFY_function_mailer_sender')).toBe('String noreply@example.com');
  });

  it("skips the parameters with the location of the source's code", () => {
    put('dev/AMPLIFY_function_mailer_deploymentBucketName', 'String amplify-myapp-dev-deployment');
    put('dev/AMPLIFY_function_mailer_s3Key', 'String amplify-builds/mailer.zip');
    expect(copy().status).toBe(0);
    expect(parameter('preview/AMPLIFY_function_mailer_deploymentBucketName')).toBeUndefined();
    expect(parameter('preview/AMPLIFY_function_mailer_s3Key')).toBeUndefined();
  });

  it('writes nothing with --dry-run', () => {
    const { status, output } = copy(['--app-id', APP, '--source', 'dev', '--target', 'preview', '--dry-run']);
    expect(status).toBe(0);
    expect(output).toContain(`to be copied  /amplify/${APP}/dev/AMPLIFY_mailer_API_KEY`);
    expect(calls()).not.toContain('--with-decryption');
    expect(parameter('preview/AMPLIFY_mailer_API_KEY')).toBeUndefined();
  });

  it('stops if a parameter cannot be read or written, and says which', () => {
    for (const [call, failure] of [
      ['ssm get-parameter', `/amplify/${APP}/dev/AMPLIFY_function_mailer_sender could not be read.`],
      [
        'ssm put-parameter',
        `/amplify/${APP}/preview/AMPLIFY_function_mailer_sender could not be written: (AccessDeniedException).`,
      ],
    ] as const) {
      fs.writeFileSync(path.join(folder, `fault ${call}`), 'An error occurred (AccessDeniedException): not for you\n');
      const { status, output } = copy();
      expect({ status, failure: output.trimEnd().split('\n').at(-1) }).toEqual({
        status: 1,
        failure: `ERROR: ${failure}`,
      });
      fs.rmSync(path.join(folder, `fault ${call}`));
    }
  });

  it('says so if the source has no parameters', () => {
    const { status, output } = copy(['--app-id', APP, '--source', 'prod', '--target', 'preview']);
    expect({ status, output }).toEqual({ status: 0, output: `No parameters exist under /amplify/${APP}/prod/.\n` });
  });

  it.each([
    [['--app-id', APP, '--source', 'dev'], 'is not the name of one'],
    [['--app-id', APP, '--source', 'dev', '--target', "x' || 'y"], 'is not the name of one'],
    [['--app-id', APP, '--source', 'dev', '--target', 'dev'], 'the same environment'],
    [['--app-id', APP, '--source', 'dev', '--target'], 'needs a value'],
    [['--force'], '--force is not an option'],
  ])('refuses %j', (options, reason) => {
    const { status, output } = copy(options);
    expect(status).toBe(1);
    expect(output).toContain(reason);
    expect(calls()).toBe('');
  });
});
