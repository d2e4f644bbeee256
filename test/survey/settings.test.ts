import { planOf } from '../../survey/plan';
import { readSettings } from '../../survey/settings';

const APP = 'd1a2b3c4d5e6f7';

test.each([
  [[], '--app-id is missing'],
  [['--app-id', 'MyApp', '--source', 'dev'], '--app-id "MyApp" is not a d and 1 to 19'],
  [['--app-id', APP], '--source is missing'],
  [['--app-id', APP, '--source', '../x'], '--source "../x" is not'],
  [['--app-id', APP, '--source', 'dev', '--watch-minutes', 'long'], '--watch-minutes "long" is not a whole number'],
  [['--app-id', APP, '--source', 'dev', '--endpoint', 'here'], '--endpoint "here" is not a URL'],
  [['--colour'], "'--colour'"],
])('the error for the options %j says what is wrong', (args, words) => {
  expect(() => readSettings(args, {})).toThrow(words);
});

test('no role is created at AWS if the survey calls another endpoint', () => {
  const args = ['--app-id', APP, '--source', 'dev', '--make-role', '--endpoint', 'http://127.0.0.1:1'];
  expect(() => readSettings(args, {})).toThrow('--make-role with --endpoint needs AWS_ENDPOINT_URL');
  expect(readSettings(args, { AWS_ENDPOINT_URL: 'http://127.0.0.1:2' })).toMatchObject({
    kind: 'survey',
    makeRole: true,
  });
});

test('the plan says what is read, created, expected to fail and never changed, and what it costs', () => {
  const settings = readSettings(['--app-id', APP, '--source', 'dev', '--make-role'], {});
  if (settings.kind !== 'survey') throw new Error('a survey was asked for');
  const plan = planOf(settings, 'eu-west-1');
  for (const words of [
    'in eu-west-1',
    APP,
    'It reads',
    'up to three clones of dev',
    'An IAM role',
    'It never changes',
    'costs',
    '--clean-up',
  ]) {
    expect(plan).toContain(words);
  }
});
