import * as fc from 'fast-check';
import type { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import { CALM } from '../../simulator/histories/calm';
import type { GUARANTEES, GuaranteeNumber } from '../../simulator/histories/checker/guarantees';
import { history as drawnHistory } from '../../simulator/histories/drawn-history';
import type { History } from '../../simulator/histories/history';
import { runHistory } from '../../simulator/histories/run-history';
import { synthesizeTextbook, synthesizeThisHandler } from '../../test/histories/synthesized';
import { createProgress } from './progress';

interface Tally {
  readonly broken: Map<GuaranteeNumber, number>;
  /** Clones that were reported to a stack. */
  clones: number;
  /** Histories that break no guarantee. */
  kept: number;
}

/**
 * Runs the same histories with both handlers, and counts those that break each guarantee. The histories are calm: single calls
 * do not fail, but clones fail and deployments are cancelled.
 *
 * @returns a table
 */
export async function compareWithTextbook(
  { schedules, seed }: { readonly schedules: number; readonly seed: number },
  guarantees: typeof GUARANTEES,
): Promise<string> {
  const [thisHandler, textbook] = [await synthesizeThisHandler(), await synthesizeTextbook()];
  const tallies = [emptyTally(), emptyTally()] as const;
  const show = createProgress(schedules);
  let virtualSeconds = 0;
  try {
    for (const [index, drawn] of fc.sample(drawnHistory, { numRuns: schedules, seed }).entries()) {
      const calm = calmed(drawn);
      virtualSeconds += await count(calm, thisHandler.assembly, tallies[0]);
      virtualSeconds += await count(calm, textbook.assembly, tallies[1]);
      show(index + 1, virtualSeconds);
    }
  } finally {
    thisHandler.dispose();
    textbook.dispose();
  }
  const [own, other] = tallies;
  const row = (what: string, cells: readonly number[]): string => `| ${[what, ...cells].join(' | ')} |`;
  return [
    `| of ${schedules} histories, seed ${seed} | this handler | textbook handler |\n|---|---|---|`,
    ...([1, 2, 3, 4, 5, 6, 7] as const).map((number) =>
      row(`broken: ${number}. ${guarantees[number]}`, [own.broken.get(number) ?? 0, other.broken.get(number) ?? 0]),
    ),
    row('every guarantee kept', [own.kept, other.kept]),
    row('clones reported, in all of them', [own.clones, other.clones]),
  ].join('\n');
}

function emptyTally(): Tally {
  return { broken: new Map(), clones: 0, kept: 0 };
}

/** Without faults of single calls, and without faults of the ledger, which only one of the handlers has. */
export function calmed(history: History): History {
  const { faults, cloneAnswerLost, deletionAnswerLost } = CALM.service;
  return {
    ...history,
    variants: { ...history.variants, firstMinute: 'works', readLag: CALM.variants.readLag },
    service: { ...history.service, faults, cloneAnswerLost, deletionAnswerLost },
    lambda: { ...CALM.lambda, coldStart: history.lambda.coldStart },
    ledger: CALM.ledger,
  };
}

async function count(drawn: History, assembly: CloudAssembly, tally: Tally): Promise<number> {
  const { violations, virtualSeconds } = await runHistory(drawn, assembly, {
    stackEvent: ({ type, status }) => {
      if (type.startsWith('Custom::') && status === 'CREATE_COMPLETE') tally.clones += 1;
    },
  });
  const broken = new Set(violations.map(({ guarantee }) => guarantee));
  for (const guarantee of broken) tally.broken.set(guarantee, (tally.broken.get(guarantee) ?? 0) + 1);
  if (broken.size === 0) tally.kept += 1;
  return virtualSeconds;
}
