import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import type { Variants } from '../simulator/amplify-backend/variants';
import { readVariantsFile } from '../simulator/amplify-backend/variants-file';
import { EXCEPTIONS, GUARANTEES } from '../simulator/histories/checker/guarantees';
import type { History } from '../simulator/histories/history';
import { type Trace, textOf, traceOf } from '../simulator/histories/trace';
import { type Synthesized, synthesizeThisHandler } from '../test/histories/synthesized';
import { buildPlainHandler } from './plain-sdk';
import { compareWithTextbook } from './search/baseline';
import { type Branch, branchCounters } from './search/branch-counters';
import { branchesLeastReached } from './search/branch-report';
import { HistoryWorkers } from './search/history-workers';
import { createProgress } from './search/progress';
import { tryRules } from './search/rule-trial';
import { type Found, search, withVariants } from './search/search';
import { LONGEST_SHRINKING, shrunk } from './search/shrinking';

const USAGE = `npm run simulate -- [OPTIONS]

Runs random histories of deployments on the simulator, and checks each against the guarantees of docs/guarantees.md.
The exit code is 0 if all hold, 1 if one is broken, and 2 if the options are wrong.

  --schedules N     how many histories to run (default: 1000)
  --seed N          the seed of the histories (default: a random one, which is printed)
  --variants FILE   gives the service the variants in FILE: the survey.json of a survey, or JSON with variants only
  --branches        prints the branches of the handler that the histories reached least
  --replay FILE     replays a history of build/found/, and prints it step by step
  --rules           takes each rule of scripts/search/rules.ts out of the handler, and prints how many histories it takes
                    to notice that. If no history notices it, runs the test that the rule names
  --only WORDS      with --rules: only the rules whose names contain WORDS
  --shrink          with --rules: shortens each history that notices a rule, and prints how long that takes
  --baseline        counts the guarantees that this handler and the textbook handler break in calm histories
  --help            prints this help`;

const FOUND_FOLDER = path.join(__dirname, '..', 'build', 'found');
const MOST_LINES = 30;

interface Options {
  readonly schedules: number;
  readonly seed: number;
  readonly variants: Partial<Variants>;
  readonly branches: boolean;
  readonly replay: string | undefined;
  readonly rules: boolean;
  readonly only: string;
  readonly shrink: boolean;
  readonly baseline: boolean;
  readonly help: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      schedules: { type: 'string', default: '1000' },
      seed: { type: 'string' },
      variants: { type: 'string' },
      branches: { type: 'boolean', default: false },
      replay: { type: 'string' },
      rules: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      shrink: { type: 'boolean', default: false },
      baseline: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const whole = (name: string, text: string): number => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 0) return number;
    throw new RangeError(`--${name} takes a whole number, not ${text}`);
  };
  return {
    ...values,
    replay: values.replay,
    variants: values.variants === undefined ? {} : readVariantsFile(values.variants),
    schedules: whole('schedules', values.schedules),
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : whole('seed', values.seed),
  };
}

/** @returns whether every guarantee was kept */
async function searchHistories(
  { schedules, seed, variants, branches: wantsBranches }: Options,
  folder: string,
): Promise<boolean> {
  const branches: Branch[] = [];
  const thisHandler = await synthesizeThisHandler((outfile) => buildPlainHandler(outfile, [branchCounters(branches)]));
  const workers = await HistoryWorkers.start(folder);
  try {
    const { directory } = thisHandler.assembly;
    const onRun = createProgress(schedules);
    const { ran, found, reached, exceptions } = await search(workers, {
      schedules,
      seed,
      variants,
      directory,
      onRun,
    });
    for (const [name, count] of exceptions) {
      console.log(
        `${count} ${count === 1 ? 'time' : 'times'}: ${EXCEPTIONS[name]} (docs/guarantees.md, "What can remain")`,
      );
    }
    const count = branches.filter((_, number) => reached.has(number)).length;
    console.log(`${count} of the ${branches.length} branches of the handler were reached`);
    if (wantsBranches) console.log(branchesLeastReached(branches, reached));
    if (found !== undefined) await report(found, { seed, variants }, workers, thisHandler);
    console.log(`${ran} schedules, ${found === undefined ? 0 : 1} violations, seed ${seed}`);
    return found === undefined;
  } finally {
    workers.stop();
    thisHandler.dispose();
  }
}

async function report(
  { index, history, outcome }: Found,
  { seed, variants }: Pick<Options, 'seed' | 'variants'>,
  workers: HistoryWorkers,
  thisHandler: Synthesized,
): Promise<void> {
  if (outcome === 'DOES NOT END') {
    console.log(
      `history ${index} does not end. Replay it with: npm run simulate -- --replay ${keep(history, seed, index)}`,
    );
    return;
  }
  const guarantees = outcome.violations.map(({ guarantee }) => guarantee);
  console.error(
    `history ${index} breaks guarantee ${guarantees.join(', ')}; searching for a shorter one that breaks it, too`,
  );
  const found = await shrunk(
    history,
    async (candidate) => {
      const again = await workers.run(withVariants(candidate, variants), thisHandler.assembly.directory);
      return again !== 'DOES NOT END' && again.violations.some(({ guarantee }) => guarantees.includes(guarantee));
    },
    { deadline: Date.now() + LONGEST_SHRINKING, atOnce: workers.count },
  );
  const shorter = withVariants(found, variants);
  const file = keep(shorter, seed, index);
  const trace = await traceOf(shorter, thisHandler.assembly);
  fs.writeFileSync(`${file}.txt`, textOf(trace));
  console.log(`${textOf(trace, MOST_LINES)}\n\nIn full: npm run simulate -- --replay ${path.relative('', file)}`);
}

function keep(history: History, seed: number, index: number): string {
  fs.mkdirSync(FOUND_FOLDER, { recursive: true });
  const file = path.join(FOUND_FOLDER, `${seed}-${index}.json`);
  fs.writeFileSync(file, JSON.stringify(history, null, 2));
  return file;
}

/** @returns whether every guarantee was kept */
async function replay(file: string): Promise<boolean> {
  const history: History = JSON.parse(fs.readFileSync(file, 'utf8'));
  const thisHandler = await synthesizeThisHandler();
  try {
    const trace: Trace = await traceOf(history, thisHandler.assembly);
    console.log(textOf(trace));
    return trace.historyRun.violations.length === 0;
  } finally {
    thisHandler.dispose();
  }
}

async function run(options: Options, folder: string): Promise<boolean> {
  if (options.replay !== undefined) return replay(options.replay);
  if (options.rules) return tryRules(options, folder);
  if (options.baseline) {
    console.log(await compareWithTextbook(options, GUARANTEES));
    return true;
  }
  return searchHistories(options, folder);
}

async function main(): Promise<void> {
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'simulate-'));
  // All temporary files are in this folder, which is removed at the end, also after an interruption.
  process.env['TMPDIR'] = folder;
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  if (!(await run(options, folder))) process.exitCode = 1;
}

void main();
