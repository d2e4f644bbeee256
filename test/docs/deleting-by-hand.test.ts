import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

const SCRIPT = path.join(__dirname, '..', '..', 'docs', 'delete-environment.sh');

const APP = 'd1a2b3c4d5e6f7';
const STACK = 'amplify-myapp-preview-12345';
const STACK_ID = `arn:aws:cloudformation:us-east-1:123456789012:stack/${STACK}/2bd988bc`;
const NESTED_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/storage/77aa11bb';
const RECORD = `arn:aws:amplify:us-east-1:123456789012:apps/${APP}/backendenvironments/preview`;
const SECRET = `/amplify/${APP}/preview/AMPLIFY_mailer_KEY`;

const DELETE_STACK = 'cloudformation delete-stack';
const WAIT = 'cloudformation wait';
const DELETE_RECORD = 'amplify delete-backend-environment';
const DELETE_BUCKET = 's3 rb';
const DELETE_PARAMETER = 'ssm delete-parameter';
const ALL_STEPS = [DELETE_STACK, WAIT, DELETE_RECORD, DELETE_BUCKET, DELETE_PARAMETER];

/** A fake AWS CLI: records its arguments, and answers from the files in $FAKE. */
const FAKE_AWS = `#!/usr/bin/env bash
(IFS=$'\\x1f'; printf '%s\\n' "$*" >>"$FAKE/calls")
refuse() { printf '\\nAn error occurred %s\\n' "$1" >&2; exit 254; }
if [[ -e "$FAKE/fault $1 $2" ]]; then refuse "$(<"$FAKE/fault $1 $2")"; fi
answer() { if [[ -e $FAKE/$1 ]]; then cat "$FAKE/$1"; else refuse "$2"; fi; }
case "$1 $2" in
  'amplify get-backend-environment') answer record '(NotFoundException): BackendEnvironment does not exist.' ;;
  'amplify delete-backend-environment') rm "$FAKE/record" ;;
  'cloudformation describe-stacks') answer stack '(ValidationError): Stack with id x does not exist' ;;
  'cloudformation get-stack-policy') cat "$FAKE/policy" ;;
  'cloudformation delete-stack') ;;
  'cloudformation wait') rm "$FAKE/stack" ;;
  'cloudformation list-stack-resources')
    case "$*" in
      *"stack-name=${STACK_ID} "*AWS::CloudFormation::Stack*) echo '${NESTED_ID}' ;;
      *DELETE_SKIPPED*) [[ ! -e $FAKE/kept ]] || cat "$FAKE/kept" ;;
      *"stack-name=${NESTED_ID} "*DELETE_FAILED*) printf 'AWS::S3::Bucket\\tS3Bucket\\tphotos-preview\\tThe bucket is not empty\\n' ;;
    esac ;;
  's3api head-bucket') answer bucket '(404) when calling the HeadBucket operation: Not Found' ;;
  's3 rb') rm "$FAKE/bucket" ;;
  'ssm get-parameters-by-path') [[ ! -e $FAKE/parameters ]] || cat "$FAKE/parameters" ;;
  'ssm delete-parameter') rm -f "$FAKE/parameters" ;;
  *) refuse "the fake does not know: $*" ;;
esac
`;

interface Account {
  /** The AWS CLI's output for the record, if it exists. */
  readonly record?: string;
  readonly stack?: string | undefined;
  readonly policy?: string;
  readonly kept?: string;
}

interface Run {
  readonly status: number | null;
  readonly output: string;
  /** The arguments of each call. */
  readonly calls: readonly (readonly string[])[];
  /** The calls that delete something or wait for that, as \`service command\`. */
  readonly steps: readonly string[];
}

const WHOLE: Account = { record: `${RECORD}\t${STACK}\t${STACK}-deployment`, stack: `${STACK_ID}\tUPDATE_COMPLETE` };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'deleting-by-hand-'));
  writeFileSync(path.join(folder, 'aws'), FAKE_AWS, { mode: 0o755 });
});

afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): void {
  writeFileSync(path.join(folder, name), text);
}

function given({ record, stack, policy = 'None', kept }: Account): void {
  if (record !== undefined) put('record', `${record}\n`);
  if (stack !== undefined) put('stack', `${stack}\n`);
  if (kept !== undefined) put('kept', `${kept}\n`);
  put('policy', `${policy}\n`);
  put('bucket', '{}\n');
  put('parameters', `${SECRET}\n`);
}

function run(options: readonly string[], { environment = 'preview', typed = '' } = {}): Run {
  rmSync(path.join(folder, 'calls'), { force: true });
  const { status, stdout, stderr } = spawnSync(
    'bash',
    [SCRIPT, '--app-id', APP, '--environment', environment, ...options],
    {
      cwd: folder,
      encoding: 'utf8',
      input: typed,
      env: { ...process.env, PATH: `${folder}:${process.env['PATH']}`, FAKE: folder },
    },
  );
  const log = path.join(folder, 'calls');
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
  const words = calls.map((call) => call.split('\x1f'));
  const steps = words.map(([service, command]) => `${service} ${command}`).filter((step) => ALL_STEPS.includes(step));
  return { status, output: `${stdout}${stderr}`, calls: words, steps };
}

describe('an existing environment', () => {
  beforeEach(() => given(WHOLE));

  it('is shown with all its parts, and is deleted only if its name is typed', () => {
    for (const typed of ['', 'yes\n', 'previews\n']) {
      const { status, output, steps } = run([], { typed });
      expect({ status, steps }).toEqual({ status: 1, steps: [] });
      for (const part of [STACK_ID, RECORD, `${STACK}-deployment`, SECRET]) expect(output).toContain(part);
      expect(output).toContain('Nothing was deleted.');
    }
    expect(run([], { typed: 'preview\n' })).toMatchObject({ status: 0, steps: ALL_STEPS });
  });

  it('is deleted in this order: stack, record, bucket, parameters', () => {
    const { status, calls, steps } = run(['--yes']);
    expect({ status, steps }).toEqual({ status: 0, steps: ALL_STEPS });
    expect(calls.filter(([service, command]) => ALL_STEPS.includes(`${service} ${command}`))).toEqual([
      ['cloudformation', 'delete-stack', `--stack-name=${STACK_ID}`],
      ['cloudformation', 'wait', 'stack-delete-complete', `--stack-name=${STACK_ID}`],
      ['amplify', 'delete-backend-environment', `--app-id=${APP}`, '--environment-name=preview'],
      ['s3', 'rb', `s3://${STACK}-deployment`, '--force'],
      ['ssm', 'delete-parameter', `--name=${SECRET}`],
    ]);
  });

  it.each(ALL_STEPS.map((step, index) => [step, index] as const))(
    'is not deleted any further after a failure: %s',
    (step, index) => {
      put(`fault ${step}`, '(AccessDenied): no right to do that');
      const stopped = run(['--yes']);
      expect(stopped).toMatchObject({ status: 1, steps: ALL_STEPS.slice(0, index + 1) });
      expect(stopped.output).toContain('no right to do that');
      expect(stopped.output).toContain(`--app-id ${APP} --environment preview --stack ${STACK}`);

      // The command in the message continues from there to the end.
      rmSync(path.join(folder, `fault ${step}`));
      const resumed = run(['--stack', STACK, '--yes']);
      expect(resumed.status).toBe(0);
      expect(resumed.steps).toEqual(index < 2 ? ALL_STEPS : ALL_STEPS.slice(index));
      expect(['record', 'stack', 'bucket', 'parameters'].filter((name) => existsSync(path.join(folder, name)))).toEqual(
        [],
      );
    },
  );

  it('is unchanged if it cannot be read', () => {
    for (const read of [
      'amplify get-backend-environment',
      'cloudformation describe-stacks',
      's3api head-bucket',
      'ssm get-parameters-by-path',
    ]) {
      put(`fault ${read}`, '(AccessDenied): not for you');
      const { status, steps, output } = run(['--yes']);
      expect({ status, steps }).toEqual({ status: 1, steps: [] });
      expect(output).toContain(`aws ${read} failed, and nothing was deleted`);
      expect(output).toContain('(AccessDenied): not for you');
      rmSync(path.join(folder, `fault ${read}`));
    }
  });

  it('shows what prevents the deletion of its stack, in nested stacks, too', () => {
    put(`fault ${WAIT}`, '(Waiter): terminal failure state');
    expect(run(['--yes']).output).toContain('AWS::S3::Bucket\tS3Bucket\tphotos-preview\tThe bucket is not empty');
  });

  it('is deleted if its stack does not exist any more', () => {
    rmSync(path.join(folder, 'stack'));
    expect(run(['--yes'])).toMatchObject({ status: 0, steps: [DELETE_RECORD, DELETE_BUCKET, DELETE_PARAMETER] });
  });

  it('needs the name of its stack if its record does not exist any more', () => {
    rmSync(path.join(folder, 'record'));
    const { status, output, steps } = run(['--yes']);
    expect({ status, steps }).toEqual({ status: 1, steps: [] });
    expect(output).toContain(`AWS Amplify has no record of an environment "preview" of app ${APP}`);
    expect(output).toContain('--stack NAME');
    expect(run(['--yes', '--stack', STACK]).steps).toEqual(ALL_STEPS.filter((step) => step !== DELETE_RECORD));
  });

  it('is not an error if it is deleted already', () => {
    run(['--yes']);
    const { status, output, steps } = run(['--yes', '--stack', STACK]);
    expect({ status, steps }).toEqual({ status: 0, steps: [] });
    expect(output).toContain('Nothing is left of the environment "preview"');
  });
});

it('lists what the stack retains', () => {
  given({ ...WHOLE, kept: 'AWS::S3::Bucket\tS3Bucket\tphotos-preview\tNone' });
  const { status, output } = run(['--yes']);
  expect(status).toBe(0);
  expect(output.match(/AWS::S3::Bucket\tS3Bucket\tphotos-preview/g)).toHaveLength(2); // of the stack, and of the nested one
});

describe('the stack in the record', () => {
  const withStack = (stack: string): void =>
    given({ record: `${RECORD}\t${stack}\t${stack}-deployment`, stack: `arn:aws:cloudformation:${stack}\tOK` });

  // The Amplify CLI's names, old and new.
  it.each([
    ['amplify-myapp-preview-12345', 'preview'],
    ['amplify-my-app-devenv-211606', 'devenv'],
    ['amplify-myapp-main-5e0fa', 'main'],
    ['MyApp-Dev-20190822114014', 'Dev'],
    ['amplify-myapp-featureone-1959a', 'feature_One'],
  ])('%s is the stack of "%s"', (stack, environment) => {
    withStack(stack);
    expect(run(['--yes'], { environment })).toMatchObject({ status: 0 });
  });

  it.each([
    ['amplify-myapp-prod-12345', 'preview'],
    ['amplify-preview-prod-12345', 'preview'],
    ['amplify-myapp-nopreview-12345', 'preview'],
    ['amplify-myapp-preview', 'preview'],
    ['myapp-20180929075737', 'NONE'],
    ['amplify-myapp--12345', '***'],
  ])('%s is not accepted as the stack of "%s", unless it is passed by name', (stack, environment) => {
    withStack(stack);
    const { status, output, steps } = run(['--yes'], { environment });
    expect({ status, steps }).toEqual({ status: 1, steps: [] });
    expect(output).toContain(`run this again with --stack ${stack}`);
    expect(run(['--yes', '--stack', stack], { environment }).steps).toContain(DELETE_STACK);
  });

  it('has to be the one that is passed by name', () => {
    given(WHOLE);
    const { status, output, steps } = run(['--yes', '--stack', 'amplify-myapp-prod-12345']);
    expect({ status, steps }).toEqual({ status: 1, steps: [] });
    expect(output).toContain(`is "${STACK}" in AWS Amplify's record, not "amplify-myapp-prod-12345"`);
  });
});

it('empties no bucket that is not named after the stack', () => {
  given({ ...WHOLE, record: `${RECORD}\t${STACK}\tcompany-invoices` });
  const { status, output, steps } = run(['--yes']);
  expect({ status, steps }).toEqual({ status: 1, steps: [] });
  expect(output).toContain('"company-invoices"');
});

it('does not change an environment that is locked for a migration to Gen 2', () => {
  given({ ...WHOLE, policy: '{"Statement":[{"Effect":"Deny","Action":"Update:*","Principal":"*","Resource":"*"}]}' });
  const { status, output, steps } = run(['--yes']);
  expect({ status, steps }).toEqual({ status: 1, steps: [] });
  expect(output).toContain('gen2-migration lock');
});

it('says so if it cannot find out whether the environment is locked', () => {
  given(WHOLE);
  put('fault cloudformation get-stack-policy', '(AccessDenied) when calling the GetStackPolicy operation: no right');
  const { status, output, steps } = run([], { typed: 'preview\n' });
  expect({ status, steps }).toEqual({ status: 0, steps: ALL_STEPS });
  expect(output).toContain('Whether the stack is locked for a migration to Gen 2 cannot be seen');
});

it('passes every name unchanged, with any characters', () => {
  const environment = `it's "odd" $(touch broken) * ; \`touch broken\` -x`;
  const stack = `my stack's $(touch broken)`;
  given({ record: `${RECORD}\t${stack}\t${stack}-deployment`, stack: WHOLE.stack });
  put(`fault ${DELETE_RECORD}`, '(AccessDenied): no');
  const { calls, output } = run(['--yes', '--stack', stack], { environment });
  expect(calls).toContainEqual([
    'amplify',
    'delete-backend-environment',
    `--app-id=${APP}`,
    `--environment-name=${environment}`,
  ]);
  expect(calls).toContainEqual(['s3api', 'head-bucket', `--bucket=${stack}-deployment`]);
  expect(existsSync(path.join(folder, 'broken'))).toBe(false);

  // In the command that continues, a shell reads the same arguments.
  const command = output.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const { stdout } = spawnSync('bash', ['-c', `printf '%s\\n' ${command}`], { cwd: folder, encoding: 'utf8' });
  expect(stdout.trimEnd().split('\n').slice(1)).toEqual([
    '--app-id',
    APP,
    '--environment',
    environment,
    '--stack',
    stack,
  ]);
});

it('shows its usage if an option is missing or unknown', () => {
  const missing = spawnSync('bash', [SCRIPT, '--app-id', APP], { encoding: 'utf8' });
  expect({ status: missing.status, usage: missing.stderr.split('\n')[0] }).toEqual({
    status: 2,
    usage: 'Usage: delete-environment.sh --app-id ID --environment NAME [--stack NAME] [--yes]',
  });
  expect(run(['--force']).output).toContain('--force is not an option. See --help.');
  expect(run(['--stack']).output).toContain('--stack needs a value.');
});
