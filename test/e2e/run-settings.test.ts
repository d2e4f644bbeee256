import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { journeysAnywhere } from '../../e2e/journeys';
import { newPrefix, planOf } from '../../e2e/run-at-aws';
import { readRunSettings } from '../../e2e/run-settings';

const AT_AWS = ['--aws', '--app-id', 'd1a2b3c4d5e6f7', '--source', 'dev'];

test('without --aws, the journeys run on this machine', () => {
  expect(readRunSettings([])).toEqual({ kind: 'here', part: '' });
  expect(readRunSettings(['rename'])).toEqual({ kind: 'here', part: 'rename' });
});

test('with --aws, the settings have an app and a source', () => {
  expect(readRunSettings([...AT_AWS, '--qualifier', 'mine', 'rename'])).toEqual({
    kind: 'at AWS',
    part: 'rename',
    appId: 'd1a2b3c4d5e6f7',
    source: 'dev',
    qualifier: 'mine',
    yes: false,
    serviceEndpoint: undefined,
  });
});

test('--take-down accepts the prefix that a run prints', () => {
  const prefix = newPrefix();
  expect(readRunSettings(['--aws', '--take-down', prefix])).toEqual({ kind: 'take down', prefix });
});

test.each([
  [['--app-id', 'd1'], '--app-id needs --aws'],
  [['--aws'], '--app-id is missing'],
  [['--aws', '--app-id', 'd1a2b3c4d5e6f7'], '--source is missing'],
  [['--aws', '--app-id', 'MyApp', '--source', 'dev'], '--app-id "MyApp" is not'],
  [['--aws', '--take-down', 'Production'], '--take-down "Production" is not a prefix that a run printed'],
  [['rename', 'destroy'], 'at most one NAME is allowed'],
  [['--colour'], "'--colour'"],
])('the error for the options %j says what is wrong', (args, words) => {
  expect(() => readRunSettings(args)).toThrow(words);
});

test('the plan names what is deployed and under which names, what it costs, and how it is taken down after a crash', () => {
  const wanted = readRunSettings(AT_AWS);
  if (wanted.kind !== 'at AWS') throw new Error('a run at AWS was asked for');
  const plan = planOf(wanted, journeysAnywhere, 'AmplifyCloneE2e-abcdef-');
  for (const { name } of journeysAnywhere) expect(plan).toContain(`${name}: `);
  for (const words of ['d1a2b3c4d5e6f7', 'costs', 'npm run e2e -- --aws --take-down AmplifyCloneE2e-abcdef-']) {
    expect(plan).toContain(words);
  }
});

test('without a terminal, nothing is deployed', () => {
  // No server listens there, in case the run continues nevertheless.
  const env = { PATH: process.env['PATH'], AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_REGION: 'us-east-1' };
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'e2e/run.ts', ...AT_AWS], {
    cwd: path.join(__dirname, '..', '..'),
    env,
    encoding: 'utf8',
  });
  expect(stderr).toContain('the input is not a terminal: use --yes to start without a question');
  expect(status).toBe(2);
});
