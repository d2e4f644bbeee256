import { SOMEBODY_ELSE } from '../../simulator/amplify-backend/model';
import { DEFAULT_VARIANTS, type Variants } from '../../simulator/amplify-backend/variants';
import { readRecord } from '../../survey/record';
import { finish, survey } from '../../survey/survey';
import { APP, MINUTE, SECOND, SOURCE, SURVEY, SurveyedAccount } from './surveyed-account';

const names = (account: SurveyedAccount): string[] => account.service.environments(APP).map(({ name }) => name);

/** A survey that Ctrl-C interrupts after a while. */
async function interruptedAfter(account: SurveyedAccount, milliseconds: number) {
  const interruption = new AbortController();
  account.clock.schedule(() => interruption.abort(), milliseconds);
  return account.clock.runUntil(
    survey({
      settings: { appId: APP, region: 'us-east-1', source: SOURCE, names: account.names, watchMinutes: 30 },
      client: account.client(SURVEY),
      clock: account.handlerClock(),
      store: account.store,
      signal: interruption.signal,
      say: () => {},
    }),
  );
}

const cleaned = (account: SurveyedAccount) =>
  account.clock.runUntil(
    finish({
      client: account.client(SURVEY),
      clock: account.handlerClock(),
      store: account.store,
      say: () => {},
    }),
  );

test('a survey that is interrupted while it clones deletes the clone, and says that it ended early', async () => {
  const account = new SurveyedAccount();
  const { left, endedEarly } = await interruptedAfter(account, 30 * SECOND);
  expect({ left, endedEarly, names: names(account) }).toEqual({
    left: [],
    endedEarly: 'It was interrupted.',
    names: [SOURCE],
  });
  expect((await readRecord(account.store))?.isOver).toBe(true);
});

test('an environment that cannot be deleted is reported, and a later cleanup deletes it', async () => {
  const account = new SurveyedAccount();
  const { service } = account;
  const surveying = interruptedAfter(account, 30 * SECOND);
  service.faults.always('DeleteBackend', 'AccessDeniedException');
  const { left } = await surveying;
  const { watched, cutShort } = account.names;
  expect(left.map(({ environmentName }) => environmentName).sort()).toEqual([watched, cutShort].sort());
  expect(left.every(({ isOwn }) => isOwn)).toBe(true);
  expect(left[0]?.because).toContain('is not authorized to perform: amplifybackend:DeleteBackend');
  expect((await readRecord(account.store))?.isOver).toBe(false);

  service.faults.clear();
  expect(await cleaned(account)).toEqual([]);
  expect(names(account)).toEqual([SOURCE]);
});

test('an environment that another owner created in place of the clone is unchanged', async () => {
  const account = new SurveyedAccount({ jobDuration: () => 2 * MINUTE });
  const { service, clock } = account;
  const name = account.names.watched;
  clock.schedule(() => service.removeEnvironment(APP, name), 5 * MINUTE);
  clock.schedule(() => service.addEnvironment(APP, name), 6 * MINUTE);
  const { left } = await interruptedAfter(account, 8 * MINUTE);
  expect(left).toEqual([expect.objectContaining({ environmentName: name, isOwn: false })]);
  expect(names(account)).toEqual([SOURCE, name]);
});

/** Only the root stack distinguishes such a clone from another one, and here it cannot be read. */
const UNTOLD: Partial<Variants> = {
  cloneJobFiledUnder: 'source',
  environmentDetails: { answer: '504', of: 'clones', fromAgeMilliseconds: 0 },
};

test('if a later clone of the source may have its name, nothing is deleted, and the survey says so', async () => {
  const account = new SurveyedAccount({ variants: UNTOLD, jobDuration: () => 2 * MINUTE });
  const { service, clock } = account;
  const name = account.names.watched;
  clock.schedule(() => service.removeEnvironment(APP, name), 5 * MINUTE);
  clock.schedule(() => service.otherCloneStarts(APP, SOURCE, name), 6 * MINUTE);
  const { left } = await interruptedAfter(account, 12 * MINUTE);
  expect(left).toEqual([expect.objectContaining({ environmentName: name, isOwn: true })]);
  const [, other] = service.environments(APP);
  expect(other?.origin).toMatchObject({ kind: 'clone', caller: SOMEBODY_ELSE });
});

test("the survey's own other clones do not prevent a deletion", async () => {
  const variants: Variants = { ...DEFAULT_VARIANTS, ...UNTOLD, deleteWhileCloning: 'BadRequestException' };
  const account = new SurveyedAccount({ variants });
  const { left } = await account.survey(5);
  expect({ left, names: names(account) }).toEqual({ left: [], names: [SOURCE] });
});
