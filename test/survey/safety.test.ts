import * as fc from 'fast-check';
import { runHistory, type SurveyHistory, surveyHistory } from './survey-history';

const SEED = 5;
const HISTORIES = 200;
const FRESH_SEED = Math.floor(Math.random() * 2 ** 31);
const FRESH_HISTORIES = 20;

const drawn = (seed: number, numRuns: number): SurveyHistory[] => fc.sample(surveyHistory, { seed, numRuns });

test.each([
  ['the same in each run', SEED, HISTORIES],
  ['new in each run', FRESH_SEED, FRESH_HISTORIES],
])(
  'a survey that is killed at random points deletes what it created, and nothing else: random histories, %s (seed %d, %d of them)',
  async (_, seed, histories) => {
    const broken: string[] = [];
    let [kills, deletions, undetectable] = [0, 0, 0];
    for (const [index, history] of drawn(seed, histories).entries()) {
      const historyRun = await runHistory(history);
      for (const violation of historyRun.violations) broken.push(`history ${index}: ${violation}`);
      for (const name of historyRun.unreported) broken.push(`history ${index}: ${name} remains, and no report has it`);
      kills += historyRun.kills;
      deletions += historyRun.deletions;
      undetectable += historyRun.undetectable;
    }
    console.info(
      `${histories} histories of seed ${seed}: ${kills} kills, ${deletions} deletions, ${undetectable} times another owner took a name within the minute before its deletion`,
    );
    expect(broken).toEqual([]);
    expect(kills).toBeGreaterThan(0);
    expect(deletions).toBeGreaterThan(0);
  },
  600_000,
);
