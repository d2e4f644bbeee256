import { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import type { History } from '../../simulator/histories/history';
import { type HistoryRun, runHistory } from '../../simulator/histories/run-history';
import { branchCounts } from '../../simulator/lambda/branch-counts';

/*
 * Runs the histories that the parent process sends, one at a time (`history-workers.ts`).
 */

export interface HistoryTask {
  readonly directory: string;
  readonly history: History;
}

export interface CountedRun extends HistoryRun {
  /** How often each branch of the handler was reached, as pairs of number and count, if the handler counts branches. */
  readonly reached: readonly (readonly [number, number])[];
}

/** A run that takes too long is ended from outside. */
export type RunOutcome = CountedRun | 'DOES NOT END';

let loaded: CloudAssembly | undefined;

async function run({ directory, history }: HistoryTask): Promise<CountedRun> {
  if (loaded?.directory !== directory) loaded = CloudAssembly.load(directory);
  branchCounts.fill(0);
  const historyRun = await runHistory(history, loaded);
  const reached: [number, number][] = [];
  for (const [branch, count] of branchCounts.entries()) if (count > 0) reached.push([branch, count]);
  return { ...historyRun, reached };
}

// The framework throws an error for each poll that is not complete. Its stack trace takes time, and is not used.
Error.stackTraceLimit = 0;
process.on('message', (task: HistoryTask) => {
  run(task).then(
    (counted) => process.send?.(counted),
    (error: unknown) => {
      console.error(`the history cannot be run: ${error}\n${JSON.stringify(task.history)}`);
      process.exit(1);
    },
  );
});
