import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
let out: string;
beforeAll(() => {
  out = fs.mkdtempSync(path.join(os.tmpdir(), 'survey-'));
});
afterAll(() => fs.rmSync(out, { recursive: true }));

/** Runs the survey without a terminal, on an endpoint that does not answer. */
function survey(...args: string[]) {
  const env = { PATH: process.env['PATH'], AWS_EC2_METADATA_DISABLED: 'true' };
  const options = ['--out', out, '--endpoint', 'http://127.0.0.1:9'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'survey/run.ts', ...options, ...args],
    { cwd: ROOT, env, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

test('it prints its plan, and does nothing without --yes or a terminal', () => {
  const { status, stdout, stderr } = survey('--app-id', 'd1a2b3c4d5e6f7', '--source', 'dev');
  expect(stdout).toContain('It never changes');
  expect(stderr).toContain('the input is not a terminal: use --yes to start without a question');
  expect(status).toBe(2);
  expect(fs.readdirSync(out)).toEqual([]);
});

test('a clean-up without a record says so', () => {
  const { status, stderr } = survey('--clean-up');
  expect(stderr).toContain('record.json does not exist: no survey was started with this folder');
  expect(status).toBe(2);
});

test('a survey does not start while an earlier one has not deleted what it created', () => {
  const names = { watched: 'a', cutShort: 'b', byNewRole: 'c', absent: 'd', unsourced: 'e', malformed: 'f' };
  const record = { format: 'amplify-survey-record/1', appId: 'd1', region: 'us-east-1', source: 'dev', names };
  fs.writeFileSync(path.join(out, 'record.json'), JSON.stringify(record));
  const { status, stderr } = survey('--app-id', 'd1a2b3c4d5e6f7', '--source', 'dev', '--yes');
  expect(stderr).toContain('an earlier survey has not deleted what it created');
  expect(stderr).toContain('npm run survey -- --clean-up --out');
  expect(status).toBe(2);
});
