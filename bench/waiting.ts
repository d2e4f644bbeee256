import { type Random, seededRandom } from '../simulator/random';
import { distributionOf, mean } from './distribution';
import type { Finding, Measurement } from './figure';
import { PRICES } from './prices';
import { table } from './table';

/** When to poll a job: at once, then at each interval, until the next phase. Seconds. */
export type Schedule = readonly { readonly every: number; readonly until: number }[];

export interface Wait {
  readonly polls: number;
  /** From the job's end to the poll that sees it. */
  readonly delay: number;
}

/** @throws RangeError if the schedule ends before the job */
export function waitFor(jobSeconds: number, schedule: Schedule): Wait {
  let now = 0;
  let polls = 1;
  for (const { every, until } of schedule) {
    while (now < until) {
      if (now >= jobSeconds) return { polls, delay: now - jobSeconds };
      now += every;
      polls += 1;
    }
  }
  if (now >= jobSeconds) return { polls, delay: now - jobSeconds };
  throw new RangeError(`the schedule ends after ${now} s, before the job of ${jobSeconds} s`);
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const CLONES = 10_000;

const SCHEDULES: readonly (readonly [name: string, schedule: Schedule])[] = [
  ['every 10 s (the default)', [{ every: 10, until: HOUR }]],
  ['every 5 s', [{ every: 5, until: HOUR }]],
  ['every 20 s', [{ every: 20, until: HOUR }]],
  [
    '30 s for 5 min, then 10 s',
    [
      { every: 30, until: 5 * MINUTE },
      { every: 10, until: HOUR },
    ],
  ],
  [
    'nothing for 5 min, then 10 s',
    [
      { every: 5 * MINUTE, until: 5 * MINUTE },
      { every: 10, until: HOUR },
    ],
  ],
  [
    'nothing for 5 min, then 5 s',
    [
      { every: 5 * MINUTE, until: 5 * MINUTE },
      { every: 5, until: HOUR },
    ],
  ],
];

/** The cost of one poll: a transition, two requests, and two functions of 128 MB for about a quarter of a second each. */
const POLL_DOLLARS =
  PRICES.stateTransition + 2 * PRICES.lambdaRequest + 2 * 0.25 * (128 / 1024) * PRICES.lambdaGigabyteSecond;

export const waiting: Measurement = {
  title: 'Longer intervals at first',
  run: async (): Promise<Finding> => ({
    figures: [],
    notes: [
      `Is a longer interval at first, and then a shorter one, better than a fixed one? ${CLONES.toLocaleString('en-US')} durations of clones, uniformly distributed, and the delay until each schedule polls after their end (mean, in brackets the middle half):`,
      table(
        ['schedule', 'polls, 5 to 15 min', 'delay, 5 to 15 min', 'delay, 1 to 5 min', 'polls of 5 to 15 min cost'],
        SCHEDULES.map(([name, schedule]) => {
          const usual = waits(schedule, 5 * MINUTE, 15 * MINUTE);
          const short = waits(schedule, 1 * MINUTE, 5 * MINUTE);
          const polls = mean(usual.map((wait) => wait.polls));
          return [name, polls.toFixed(1), delays(usual), delays(short), `$${(polls * POLL_DOLLARS).toFixed(5)}`];
        }),
      ),
      'For clones of 5 to 15 minutes, it is: without polls in the first five minutes, the number of polls is half at the same delay, or the delay is half at the same number of polls. The handler still uses a fixed interval, for two reasons. The saving is less than a tenth of a cent per clone, but each request that ends sooner would take minutes longer: a small backend, an adoption, an update that changes nothing, every deletion, and a clone that fails at once. And the provider framework has only one interval: a second one needs a changed state machine, or a function that sleeps and is billed for it. `pollInterval` changes the interval.',
    ],
  }),
};

function waits(schedule: Schedule, shortest: number, longest: number): Wait[] {
  const random: Random = seededRandom(1);
  return Array.from({ length: CLONES }, () => waitFor(shortest + random.next() * (longest - shortest), schedule));
}

function delays(waited: readonly Wait[]): string {
  const all = waited.map(({ delay }) => delay);
  const { low, high } = distributionOf(all);
  return `${mean(all).toFixed(1)} s (${low.toFixed(1)} to ${high.toFixed(1)})`;
}
