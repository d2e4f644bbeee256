import type { History } from '../../simulator/histories/history';
import { storyOf, traceOf } from '../../simulator/histories/trace';
import { type Synthesized, synthesizeThisHandler } from '../../test/histories/synthesized';
import { buildBrokenHandler } from './broken-handler';
import { copyOfProject, isHeld } from './held-by';
import { HistoryWorkers } from './history-workers';
import { RULES, type Rule } from './rules';
import { type Found, isBroken, type Wanted as SearchWanted, search } from './search';
import { LONGEST_SHRINKING, type Shows, shrunk } from './shrinking';

interface Trial {
  readonly rule: Rule;
  /** The number of histories that ran. */
  readonly ran: number;
  readonly found: Found | undefined;
  readonly seconds: number;
  readonly shrunk: Shrunk | undefined;
  /** Whether the test that the rule names fails without the rule. It does not run if a history notices the rule. */
  readonly held: boolean;
}

/** A shortened history: how long that took, and the number of lines of its story. */
interface Shrunk {
  readonly seconds: number;
  readonly lines: number;
}

export interface Wanted {
  readonly schedules: number;
  readonly seed: number;
  /** Words that the rule's name contains. */
  readonly only: string;
  /** Whether to shorten the histories that notice a rule. */
  readonly shrink: boolean;
}

/**
 * Takes each rule out of the handler in turn, and searches until a history notices that. If none does, runs the test that the
 * rule names. Prints a table.
 *
 * @returns whether a history or the named test notices each missing rule
 */
export async function tryRules({ schedules, seed, only, shrink }: Wanted, folder: string): Promise<boolean> {
  const rules = RULES.filter(({ name }) => name.includes(only));
  const workers = await HistoryWorkers.start(folder);
  const whole = await synthesizeThisHandler();
  // A guarantee that the whole handler breaks, too, does not show that a rule is missing.
  const isKeptOtherwise = async (history: History): Promise<boolean> =>
    !isBroken(await workers.run(history, whole.assembly.directory));
  const copy = copyOfProject(folder);
  const trials: Trial[] = [];
  try {
    console.log('| rule | noticed after | by |\n|---|---|---|');
    for (const rule of rules) {
      const trial = await tryRule(rule, { schedules, seed, counts: isKeptOtherwise, shrink }, workers);
      const held = trial.found === undefined && isHeld(rule, copy);
      trials.push({ ...trial, held });
      console.log(rowOf({ ...trial, held }));
    }
  } finally {
    workers.stop();
    whole.dispose();
  }
  const noticed = trials.filter(({ found }) => found !== undefined).length;
  const open = trials.filter(({ found, held }) => found === undefined && !held);
  console.log(`${noticed} of ${rules.length} rules are noticed within ${schedules} histories of seed ${seed}`);
  for (const { rule } of open) console.log(`not noticed, and no named test fails without it: ${rule.name}`);
  return open.length === 0;
}

async function tryRule(
  rule: Rule,
  wanted: Omit<SearchWanted, 'directory'> & Required<Pick<SearchWanted, 'counts'>> & Pick<Wanted, 'shrink'>,
  workers: HistoryWorkers,
): Promise<Omit<Trial, 'held'>> {
  const startedAt = Date.now();
  const broken = await synthesizeThisHandler((outfile) => buildBrokenHandler(rule, outfile));
  try {
    const { ran, found } = await search(workers, { ...wanted, directory: broken.assembly.directory });
    const seconds = (Date.now() - startedAt) / 1000;
    const doesEnd = found !== undefined && found.outcome !== 'DOES NOT END';
    const isShown = async (history: History): Promise<boolean> =>
      isBroken(await workers.run(history, broken.assembly.directory)) && wanted.counts(history);
    const shrunk = doesEnd && wanted.shrink ? await shorten(found.history, isShown, broken, workers) : undefined;
    return { rule, ran, found, seconds, shrunk };
  } finally {
    broken.dispose();
  }
}

async function shorten(
  history: History,
  isShown: Shows,
  { assembly }: Synthesized,
  { count: atOnce }: HistoryWorkers,
): Promise<Shrunk> {
  const startedAt = Date.now();
  const shortest = await shrunk(history, isShown, { deadline: startedAt + LONGEST_SHRINKING, atOnce });
  const seconds = (Date.now() - startedAt) / 1000;
  return { seconds, lines: storyOf(await traceOf(shortest, assembly)).length };
}

function rowOf({ rule, ran, found, seconds, shrunk: short, held }: Trial): string {
  const after = found === undefined ? `not in ${ran}` : `${ran}`;
  const story = short === undefined ? '' : `; ${short.lines} lines after ${short.seconds.toFixed(0)} s`;
  return `| ${rule.name} | ${after} (${seconds.toFixed(0)} s${story}) | ${noticedBy(rule, found, held)} |`;
}

function noticedBy({ heldBy }: Rule, found: Found | undefined, held: boolean): string {
  if (found === undefined) {
    if (heldBy === undefined) return '-';
    return `${heldBy.why}; test/${heldBy.file}: "${heldBy.test}"${held ? '' : ' (which does not fail without it)'}`;
  }
  if (found.outcome === 'DOES NOT END') return 'the history does not end';
  return [...new Set(found.outcome.violations.map(({ guarantee }) => `guarantee ${guarantee}`))].join(', ');
}
