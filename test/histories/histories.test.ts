import * as fc from 'fast-check';
import { history } from '../../simulator/histories/drawn-history';
import { enact } from '../../simulator/histories/enact';
import { type Synthesized, synthesizeOurs, synthesizeTextbook } from './synthesized';

/** Run by `npm run simulate -- --seed 11` too, which tells the story of one that breaks a promise. */
const SEED = 11;
const SCHEDULES = 30;

const histories = fc.sample(history, { numRuns: SCHEDULES, seed: SEED });
const open: Synthesized[] = [];
const opened = (synthesized: Synthesized): Synthesized => {
  open.push(synthesized);
  return synthesized;
};
afterAll(() => {
  for (const each of open) each.dispose();
});

test(`the promises are kept in ${SCHEDULES} random histories`, async () => {
  const { assembly } = opened(synthesizeOurs());
  const broken: string[] = [];
  for (const [index, drawn] of histories.entries()) {
    const { violations } = await enact(drawn, assembly);
    broken.push(...violations.map(({ promise, what }) => `history ${index}, promise ${promise}: ${what}`));
  }
  expect(broken).toEqual([]);
}, 300_000);

test('the same histories break the promises of the textbook handler', async () => {
  const { assembly } = opened(synthesizeTextbook());
  const broken = new Set<number>();
  for (const drawn of histories.slice(0, 20)) {
    for (const { promise } of (await enact(drawn, assembly)).violations) broken.add(promise);
  }
  expect(broken).toContain(5);
}, 300_000);

test('the same history is the same run each time', async () => {
  const { assembly } = opened(synthesizeOurs());
  const [first] = histories;
  if (first === undefined) throw new Error('no history was drawn');
  const once = await enact(first, assembly);
  expect(await enact(first, assembly)).toEqual(once);
});
