import * as fs from 'node:fs';
import * as path from 'node:path';
import { DRAWN_HISTORIES, diagramIn, StageObserver } from '../../scripts/docs/stage-diagram';
import type { JournalEvent } from '../../simulator/amplify-backend/journal';
import type { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import type { History } from '../../simulator/histories/history';
import { type HistoryRun, runHistory } from '../../simulator/histories/run-history';
import { type Synthesized, synthesizeShipped, synthesizeTextbook, synthesizeThisHandler } from './synthesized';

/** The same histories in each run. `npm run simulate` draws new ones. */
const histories = DRAWN_HISTORIES;
const WITH_THE_SDK = 12;

const open: Synthesized[] = [];
let thisHandler: Synthesized;

beforeAll(async () => {
  thisHandler = await synthesizeThisHandler();
  open.push(thisHandler);
});
afterAll(() => {
  for (const each of open) each.dispose();
});

async function opened(synthesized: Promise<Synthesized>): Promise<CloudAssembly> {
  const done = await synthesized;
  open.push(done);
  return done.assembly;
}

/** The observations that must be the same in two runs of a history. */
async function run(each: History, assembly: CloudAssembly): Promise<readonly [HistoryRun, readonly JournalEvent[]]> {
  const events: JournalEvent[] = [];
  const historyRun = await runHistory(each, assembly, { serviceEvent: (event) => events.push(event) });
  return [historyRun, events];
}

test('random histories break no guarantee, and their stages follow each other as documented', async () => {
  const broken: string[] = [];
  const stages = new StageObserver();
  for (const [index, each] of histories.entries()) {
    const { violations } = await runHistory(each, thisHandler.assembly, stages.observer());
    broken.push(...violations.map(({ guarantee, what }) => `history ${index}, guarantee ${guarantee}: ${what}`));
  }
  expect(broken).toEqual([]);
  const page = fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'architecture.md'), 'utf8');
  // `npm run docs` writes it.
  expect(diagramIn(page)).toBe(stages.diagram());
});

test('histories are the same with the deployed bundle and with the faster one', async () => {
  const shipped = await opened(synthesizeShipped());
  for (const each of histories.slice(0, WITH_THE_SDK)) {
    expect(await run(each, shipped)).toEqual(await run(each, thisHandler.assembly));
  }
});

test('the textbook handler breaks a guarantee in the same histories', async () => {
  const textbook = await opened(synthesizeTextbook());
  for (const each of histories) {
    const { violations } = await runHistory(each, textbook);
    if (violations.some(({ guarantee }) => guarantee === 5)) return;
  }
  throw new Error('the textbook handler broke no guarantee 5');
});

test('the same history gives the same run each time', async () => {
  const [first] = histories;
  if (first === undefined) throw new Error('no history was drawn');
  expect(await run(first, thisHandler.assembly)).toEqual(await run(first, thisHandler.assembly));
});
