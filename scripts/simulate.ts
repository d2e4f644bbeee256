import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import * as fc from 'fast-check';
import type { CloudAssembly } from '../simulator/cloudformation/cloud-assembly';
import { history } from '../simulator/histories/drawn-history';
import { enact } from '../simulator/histories/enact';
import type { History } from '../simulator/histories/history';
import { PROMISES, type PromiseNumber } from '../simulator/histories/promises';
import { tell } from '../simulator/histories/story';
import { type Synthesized, synthesizeOurs, synthesizeTextbook } from '../test/histories/synthesized';
import { parsePlayed } from './simulate-part';

const USAGE = `npm run simulate -- [--schedules 1000] [--seed N] [--path P] [--baseline]

  --schedules N  how many random histories to run
  --seed N       which ones (default: drawn, and printed)
  --path P       just the one that a violation named
  --baseline     all of them, with the textbook handler beside ours; counts broken promises`;

interface Options {
  readonly schedules: number;
  readonly seed: number;
  readonly path: string | undefined;
  readonly baseline: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      schedules: { type: 'string', default: '1000' },
      seed: { type: 'string' },
      path: { type: 'string' },
      baseline: { type: 'boolean', default: false },
    },
  });
  const whole = (name: string, text: string): number => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 0) return number;
    throw new RangeError(`--${name} takes a whole number, not ${text}`);
  };
  return {
    schedules: whole('schedules', values.schedules),
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : whole('seed', values.seed),
    path: values.path,
    baseline: values.baseline,
  };
}

interface Sum {
  readonly done: number;
  readonly virtualSeconds: number;
}

function createProgress(total: number): (sum: Sum, megabytes: number) => void {
  const startedAt = Date.now();
  let lastShown = 0;
  return ({ done, virtualSeconds }, megabytes) => {
    const now = Date.now();
    const isTerminal = process.stderr.isTTY;
    if (done < total && now - lastShown < (isTerminal ? 500 : 30_000)) return;
    lastShown = now;
    const rate = Math.round(virtualSeconds / Math.max(0.001, (now - startedAt) / 1000));
    process.stderr.write(
      `${isTerminal ? '\r' : ''}${done}/${total} histories, ${rate} virtual seconds a second, ${Math.round(megabytes)} MB ` +
        `a process${isTerminal ? '' : '\n'}`,
    );
    if (isTerminal && done === total) process.stderr.write('\n');
  };
}

/** @returns whether every promise was kept */
async function search(options: Options, { assembly }: Synthesized): Promise<boolean> {
  const { seed } = options;
  const { played, path: found } =
    options.path === undefined ? await play(options, assembly) : { ...options, played: 1 };
  if (found === undefined) {
    console.log(`${played} schedules, 0 violations, seed ${seed}`);
    return true;
  }
  console.error(`history ${found} breaks a promise; looking for a shorter one that does`);
  const result = await fc.check(
    fc.asyncProperty(history, async (drawn) => (await enact(drawn, assembly)).violations.length === 0),
    { numRuns: 1, seed, path: found },
  );
  const [shrunken] = result.counterexample ?? [];
  if (shrunken !== undefined) {
    console.log((await tell(shrunken, assembly)).story);
    console.log(`\nTo run it again: npm run simulate -- --seed ${seed} --path ${result.counterexamplePath}`);
  }
  console.log(`${played} schedules, ${result.failed ? 1 : 0} violations, seed ${seed}`);
  return !result.failed;
}

/** What came of many histories; `path` is that of one that broke a promise. */
interface Search {
  readonly played: number;
  readonly path: string | undefined;
}

/** The histories are dealt out to as many processes as there are cores. */
async function play({ schedules, seed }: Options, assembly: CloudAssembly): Promise<Search> {
  const players = Math.min(availableParallelism(), schedules);
  const show = createProgress(schedules);
  let left = 0;
  let taken = 0;
  let sum: Sum = { done: 0, virtualSeconds: 0 };
  let violated: number | undefined;
  const children = Array.from({ length: players }, (_, share) =>
    fork(path.join(__dirname, 'simulate-part.ts'), [assembly.directory, schedules, seed, share, players].map(String)),
  );
  const ends = children.map(async (child) => {
    child.on('message', (message) => {
      const played = parsePlayed(message);
      sum = { done: sum.done + 1, virtualSeconds: sum.virtualSeconds + played.virtualSeconds };
      left += played.left;
      taken += played.taken;
      show(sum, played.megabytes);
      if (!played.isViolated) return;
      violated ??= played.index;
      for (const each of children) each.kill();
    });
    const [code] = await once(child, 'exit');
    if (code !== 0 && violated === undefined)
      throw new Error(`a process that played histories ended with code ${code}`);
  });
  await Promise.all(ends);
  if (left > 0) {
    console.log(`${left} times something was left that CloudFormation did not ask for again, after a failed cleanup`);
  }
  if (taken > 0)
    console.log(
      `${taken} times somebody else's clone was taken for ours, whose answer was lost (README, "What can remain")`,
    );
  return { played: sum.done, path: violated?.toString() };
}

/** Runs all histories with both handlers, and counts the histories in which each promise was broken. */
async function compare({ schedules, seed }: Options, ours: Synthesized, textbook: Synthesized): Promise<void> {
  const show = createProgress(schedules);
  const histories = fc.sample(history, { numRuns: schedules, seed });
  const broken = { ours: new Map<PromiseNumber, number>(), textbook: new Map<PromiseNumber, number>() };
  let virtualSeconds = 0;
  for (const [index, drawn] of histories.entries()) {
    virtualSeconds += await count(drawn, ours.assembly, broken.ours);
    virtualSeconds += await count(drawn, textbook.assembly, broken.textbook);
    show({ done: index + 1, virtualSeconds }, process.memoryUsage.rss() / 1e6);
  }
  console.log(`| promise | ours | textbook |\n|---|---|---|`);
  for (const number of [1, 2, 3, 4, 5, 6, 7] as const) {
    const [kept, naive] = [broken.ours.get(number) ?? 0, broken.textbook.get(number) ?? 0];
    console.log(`| ${number}. ${PROMISES[number]} | ${kept} | ${naive} |`);
  }
  console.log(`histories of ${schedules} in which the promise was broken, seed ${seed}`);
}

async function count(drawn: History, assembly: CloudAssembly, broken: Map<PromiseNumber, number>): Promise<number> {
  const { violations, virtualSeconds } = await enact(drawn, assembly);
  for (const promise of new Set(violations.map((violation) => violation.promise))) {
    broken.set(promise, (broken.get(promise) ?? 0) + 1);
  }
  return virtualSeconds;
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
  const ours = await synthesizeOurs();
  const textbook = options.baseline ? await synthesizeTextbook() : undefined;
  try {
    if (textbook !== undefined) await compare(options, ours, textbook);
    else if (!(await search(options, ours))) process.exitCode = 1;
  } finally {
    ours.dispose();
    textbook?.dispose();
  }
}

void main();
