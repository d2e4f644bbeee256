import type { History } from '../../simulator/histories/history';
import { synthesizeOurs } from '../../test/histories/synthesized';
import { buildBrokenHandler } from './broken-handler';
import { copyOfProject, isHeld } from './held-by';
import { Players } from './players';
import { RULES, type Rule } from './rules';
import { type Found, isBroken, type Wanted as SearchWanted, search } from './search';

interface Trial {
  readonly rule: Rule;
  readonly played: number;
  readonly found: Found | undefined;
  readonly seconds: number;
  /** Whether the test that the rule names fails without it. Not looked at where histories notice the rule. */
  readonly held: boolean;
}

export interface Wanted {
  readonly schedules: number;
  readonly seed: number;
  /** Words that the rule's name contains. */
  readonly only: string;
}

/**
 * Takes each rule out of the handler in turn, and searches until that is noticed. Where it is not noticed, runs the test that the
 * rule names. Prints a table.
 *
 * @returns whether each rule is noticed, or held by a test that it names
 */
export async function tryRules({ schedules, seed, only }: Wanted, folder: string): Promise<boolean> {
  const rules = RULES.filter(({ name }) => name.includes(only));
  const players = await Players.start(folder);
  const whole = await synthesizeOurs();
  // What the handler does with all its rules does not show that one is missing.
  const isKeptOtherwise = async (history: History): Promise<boolean> =>
    !isBroken(await players.play(history, whole.assembly.directory));
  const copy = copyOfProject(folder);
  const trials: Trial[] = [];
  try {
    console.log('| rule | noticed after | by |\n|---|---|---|');
    for (const rule of rules) {
      const trial = await tryRule(rule, { schedules, seed, counts: isKeptOtherwise }, players);
      const held = trial.found === undefined && isHeld(rule, copy);
      trials.push({ ...trial, held });
      console.log(rowOf({ ...trial, held }));
    }
  } finally {
    players.stop();
    whole.dispose();
  }
  const noticed = trials.filter(({ found }) => found !== undefined).length;
  const open = trials.filter(({ found, held }) => found === undefined && !held);
  console.log(`${noticed} of ${rules.length} rules are noticed within ${schedules} histories of seed ${seed}`);
  for (const { rule } of open) console.log(`not noticed, and no test that it names fails without it: ${rule.name}`);
  return open.length === 0;
}

async function tryRule(
  rule: Rule,
  wanted: Omit<SearchWanted, 'directory'>,
  players: Players,
): Promise<Omit<Trial, 'held'>> {
  const startedAt = Date.now();
  const broken = await synthesizeOurs((outfile) => buildBrokenHandler(rule, outfile));
  try {
    const { played, found } = await search(players, { ...wanted, directory: broken.assembly.directory });
    return { rule, played, found, seconds: (Date.now() - startedAt) / 1000 };
  } finally {
    broken.dispose();
  }
}

function rowOf({ rule, played, found, seconds, held }: Trial): string {
  const after = found === undefined ? `not in ${played}` : `${played}`;
  return `| ${rule.name} | ${after} (${seconds.toFixed(0)} s) | ${noticedBy(rule, found, held)} |`;
}

function noticedBy({ heldBy }: Rule, found: Found | undefined, held: boolean): string {
  if (found === undefined) {
    if (heldBy === undefined) return '-';
    return `${heldBy.why}; test/${heldBy.file}: "${heldBy.test}"${held ? '' : ' (which does not fail without it)'}`;
  }
  if (found.played === 'DOES NOT END') return 'the handler does not come to an end';
  return [...new Set(found.played.violations.map(({ guarantee }) => `guarantee ${guarantee}`))].join(', ');
}
