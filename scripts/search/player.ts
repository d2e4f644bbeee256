import { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import type { History } from '../../simulator/histories/history';
import { type HistoryRun, runHistory } from '../../simulator/histories/run-history';
import { branchCounts } from '../../simulator/lambda/branch-counts';

/*
 * Plays the histories that the parent process sends, one at a time (`players.ts`).
 */

export interface ToPlay {
  readonly directory: string;
  readonly history: History;
}

export interface Played extends HistoryRun {
  /** How often each branch of the handler was reached, as pairs of number and count, if the handler counts branches. */
  readonly reached: readonly (readonly [number, number])[];
}

let loaded: CloudAssembly | undefined;

async function play({ directory, history }: ToPlay): Promise<Played> {
  if (loaded?.directory !== directory) loaded = CloudAssembly.load(directory);
  branchCounts.fill(0);
  const historyRun = await runHistory(history, loaded);
  const reached: [number, number][] = [];
  for (const [branch, count] of branchCounts.entries()) if (count > 0) reached.push([branch, count]);
  return { ...historyRun, reached };
}

// The framework throws an error for each poll that is not complete. Its stack trace takes time, and is not used.
Error.stackTraceLimit = 0;
process.on('message', (toPlay: ToPlay) => {
  play(toPlay).then(
    (played) => process.send?.(played),
    (error: unknown) => {
      console.error(`the history cannot be played: ${error}\n${JSON.stringify(toPlay.history)}`);
      process.exit(1);
    },
  );
});
