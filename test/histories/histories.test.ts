import * as fc from 'fast-check';
import { history } from '../../simulator/histories/drawn-history';
import { enact } from '../../simulator/histories/enact';
import type { History } from '../../simulator/histories/history';
import { type Synthesized, synthesizeOurs, synthesizeTextbook } from './synthesized';

/** The same each time. */
const SEED = 11;
const SCHEDULES = 200;
/** New ones each time. */
const FRESH_SEED = Math.floor(Math.random() * 2 ** 31);
const FRESH_SCHEDULES = 10;

const drawn = (seed: number, numRuns: number): History[] => fc.sample(history, { numRuns, seed });
const histories = drawn(SEED, SCHEDULES);
const open: Synthesized[] = [];
const opened = (synthesized: Synthesized): Synthesized => {
  open.push(synthesized);
  return synthesized;
};
afterAll(() => {
  for (const each of open) each.dispose();
});

test.each([
  ['the same as always', SEED, SCHEDULES],
  ['as never before', FRESH_SEED, FRESH_SCHEDULES],
])(
  'the promises are kept in random histories, %s (seed %d, %d of them)',
  async (_, seed, schedules) => {
    console.info(`histories of seed ${seed}; for the story of one: npm run simulate -- --seed ${seed}`);
    const { assembly } = opened(synthesizeOurs());
    const broken: string[] = [];
    for (const [index, each] of drawn(seed, schedules).entries()) {
      const { violations } = await enact(each, assembly);
      broken.push(...violations.map(({ promise, what }) => `history ${index}, promise ${promise}: ${what}`));
    }
    expect(broken).toEqual([]);
  },
  900_000,
);

test('the same histories break the promises of the textbook handler', async () => {
  const { assembly } = opened(synthesizeTextbook());
  for (const each of histories) {
    const { violations } = await enact(each, assembly);
    if (violations.some(({ promise }) => promise === 5)) return;
  }
  throw new Error('the textbook handler has left nothing behind in any of them');
}, 300_000);

test('the same history is the same run each time', async () => {
  const { assembly } = opened(synthesizeOurs());
  const [first] = histories;
  if (first === undefined) throw new Error('no history was drawn');
  const once = await enact(first, assembly);
  expect(await enact(first, assembly)).toEqual(once);
});
