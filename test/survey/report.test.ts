import { DEFAULT_VARIANTS, type Variants } from '../../simulator/amplify-backend/variants';
import { readVariants } from '../../simulator/amplify-backend/variants-file';
import { markdownOf } from '../../survey/markdown';
import { type Report, reportOf } from '../../survey/report';
import { APP, SOURCE, STUDIO_OFF_APP, SurveyedAccount } from './surveyed-account';

const VARIANTS: Variants = {
  ...DEFAULT_VARIANTS,
  cloneJobFiledUnder: 'source',
  exceptionNames: 'reported',
  firstMinute: 'AccessDeniedException',
};

let account: SurveyedAccount;
let report: Report;
let page: string;

beforeAll(async () => {
  account = new SurveyedAccount({ variants: VARIANTS });
  account.service.addEnvironment(APP, 'customera');
  report = reportOf(await account.survey(), { region: 'us-east-1', isOfAws: false });
  page = markdownOf(report);
});

test('the report identifies nothing of the account: no app, role, environment, job or account ID', () => {
  const jobs = account.service.jobs(APP).map(({ jobId }) => jobId);
  const secrets = [
    APP,
    STUDIO_OFF_APP,
    '123456789012',
    'clone-handler',
    'customera',
    ...Object.values(account.names),
    ...jobs,
  ];
  expect(secrets.filter((secret) => page.includes(secret))).toEqual([]);
  expect(page).not.toMatch(new RegExp(`\\b${SOURCE}\\b`));
});

test('it has the exact texts of errors, with the same placeholder for the same identifier', () => {
  expect(report.errors).toContainEqual({
    operation: 'CloneBackend',
    words: 'ResourceNotFoundException (HTTP 404): Environment ABSENT not found.',
    times: 1,
  });
  const denied = report.errors.find(({ words }) => words.startsWith('AccessDeniedException'));
  expect(denied?.words).toContain(
    'User: arn:aws:sts::ACCOUNT:assumed-role/PRINCIPAL is not authorized to perform: amplifybackend:GetBackend on resource: arn:aws:amplifybackend:us-east-1:ACCOUNT:/backend/APP/*',
  );
});

test('no placeholder replaces a word of the report itself', () => {
  expect(page).not.toMatch(/\brole ROLE [a-z]/);
});

test('survey.json has the observed variants, in the format of the simulator', () => {
  expect(readVariants(JSON.stringify(report))).toEqual(VARIANTS);
});

test('an unanswered question has no variant, and has a reason', async () => {
  const { seen, left, endedEarly } = await new SurveyedAccount({
    variants: { pendingJob: 'ValidationException' },
  }).survey();
  const { variants, answers } = reportOf({ seen, left, endedEarly }, { region: 'us-east-1', isOfAws: true });
  expect(variants).not.toHaveProperty('deleteWhileCloning');
  expect(answers.find(({ variant }) => variant === 'deleteWhileCloning')?.answer).toMatchObject({ kind: 'not seen' });
});

test('the page has a row for each question, and says that the survey was not at AWS', () => {
  for (const { question } of report.answers) expect(page).toContain(question);
  expect(page).toContain('**Not at AWS**');
  expect(page).toContain('The service lists nothing that the survey created.');
});
