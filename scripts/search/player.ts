import { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import type { History } from '../../simulator/histories/history';
import { type HistoryRun, runHistory } from '../../simulator/histories/run-history';
import { branchCounts } from '../../simulator/lambda/branch-counts';

/*
 * Plays the histories that its parent sends, one at a time, in a process of its own (`players.ts`).
 */

export interface ToPlay {
  readonly directory: string;
  readonly history: History;
}

export interface Played extends HistoryRun {
  /** How often each branch of the handler was reached, where it counts that: pairs of the branch's number and a count. */
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

// A stack trace is made for each "not yet" that the framework throws, and nobody reads it.
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
