import {
  DEFAULT_VARIANTS,
  randomVariants,
  singleDeviations,
  type Variants,
} from '../../simulator/amplify-backend/variants';
import { seededRandom } from '../../simulator/random';
import { differences, WATCH_MINUTES } from './expected-answers';
import { APP, SOURCE, SurveyedAccount } from './surveyed-account';

async function surveyed(variants: Variants, seed = 1) {
  const account = new SurveyedAccount({ variants, seed });
  const { seen, left, endedEarly } = await account.survey(WATCH_MINUTES);
  return {
    wrong: differences(seen, variants),
    left,
    endedEarly,
    environments: account.service.environments(APP).map(({ name }) => name),
    roles: [...account.roles],
  };
}

const asIfNothingHadHappened = { wrong: [], left: [], endedEarly: undefined, environments: [SOURCE], roles: [] };

test.each([{ name: 'nothing changed', variants: DEFAULT_VARIANTS }, ...singleDeviations()])(
  'a survey finds the variants of a service with $name, and leaves nothing',
  async ({ variants }) => {
    expect(await surveyed(variants)).toEqual(asIfNothingHadHappened);
  },
);

/** The same in each run. */
const SEEDS = Array.from({ length: 30 }, (_, index) => index + 1);
/** New ones in each run. */
const FRESH_SEEDS = Array.from({ length: 5 }, () => Math.floor(Math.random() * 2 ** 31));

test.each([...SEEDS, ...FRESH_SEEDS])('a survey finds a set of variants drawn with seed %d', async (seed) => {
  const variants = randomVariants(seededRandom(seed));
  expect({ variants, ...(await surveyed(variants, seed)) }).toEqual({ variants, ...asIfNothingHadHappened });
});
