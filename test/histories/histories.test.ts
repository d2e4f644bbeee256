import * as fc from 'fast-check';
import type { JournalEvent } from '../../simulator/amplify-backend/journal';
import type { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import { history } from '../../simulator/histories/drawn-history';
import { type Enacted, enact } from '../../simulator/histories/enact';
import type { History } from '../../simulator/histories/history';
import { type Synthesized, synthesizeOurs, synthesizeShipped, synthesizeTextbook } from './synthesized';

/** The same each time; `npm run simulate` draws new ones. */
const SEED = 11;
const SCHEDULES = 150;
const WITH_THE_SDK = 12;

const histories: History[] = fc.sample(history, { numRuns: SCHEDULES, seed: SEED });
const open: Synthesized[] = [];
let ours: Synthesized;

beforeAll(async () => {
  ours = await synthesizeOurs();
  open.push(ours);
});
afterAll(() => {
  for (const each of open) each.dispose();
});

async function opened(synthesized: Promise<Synthesized>): Promise<CloudAssembly> {
  const done = await synthesized;
  open.push(done);
  return done.assembly;
}

/** All that is to be the same in two runs of a history. */
async function run(each: History, assembly: CloudAssembly): Promise<readonly [Enacted, readonly JournalEvent[]]> {
  const events: JournalEvent[] = [];
  const enacted = await enact(each, assembly, { serviceEvent: (event) => events.push(event) });
  return [enacted, events];
}

test('the promises are kept in random histories', async () => {
  const broken: string[] = [];
  for (const [index, each] of histories.entries()) {
    const { violations } = await enact(each, ours.assembly);
    broken.push(...violations.map(({ promise, what }) => `history ${index}, promise ${promise}: ${what}`));
  }
  expect(broken).toEqual([]);
});

test('histories with the bundle that is deployed are the same as with the one that is quicker to run', async () => {
  const shipped = await opened(synthesizeShipped());
  for (const each of histories.slice(0, WITH_THE_SDK)) {
    expect(await run(each, shipped)).toEqual(await run(each, ours.assembly));
  }
});

test('the same histories break the promises of the textbook handler', async () => {
  const textbook = await opened(synthesizeTextbook());
  for (const each of histories) {
    const { violations } = await enact(each, textbook);
    if (violations.some(({ promise }) => promise === 5)) return;
  }
  throw new Error('the textbook handler has left nothing behind in any of them');
});

test('the same history is the same run each time', async () => {
  const [first] = histories;
  if (first === undefined) throw new Error('no history was drawn');
  expect(await run(first, ours.assembly)).toEqual(await run(first, ours.assembly));
});
