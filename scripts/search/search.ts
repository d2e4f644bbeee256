import type { Variants } from '../../simulator/amplify-backend/variants';
import type { ExceptionName } from '../../simulator/histories/checker/guarantees';
import type { History } from '../../simulator/histories/history';
import { Drawing } from './drawing';
import type { RunOutcome } from './history-worker';
import type { HistoryWorkers } from './history-workers';

/** A draw depends on all earlier histories except the last one or two batches of this size, which may still run. */
const BATCH = 40;

export interface Found {
  readonly index: number;
  readonly history: History;
  readonly outcome: RunOutcome;
}

export interface Searched {
  /** The number of histories that ran, up to the one that was found. */
  readonly ran: number;
  /** The first history that broke a guarantee. */
  readonly found: Found | undefined;
  /** The number of histories that reached each branch of the handler, if the handler counts branches. */
  readonly reached: ReadonlyMap<number, number>;
  readonly virtualSeconds: number;
  /** How often each exception occurred, which no handler can prevent. */
  readonly exceptions: ReadonlyMap<ExceptionName, number>;
}

export interface Wanted {
  readonly schedules: number;
  readonly seed: number;
  /** A cloud assembly with the sample stacks of histories. */
  readonly directory: string;
  readonly onRun?: (done: number, virtualSeconds: number) => void;
  /** The service's variants in all histories. @default - those that each history draws */
  readonly variants?: Partial<Variants>;
  /** Whether a history that broke a guarantee counts. @default - each does */
  readonly counts?: (history: History) => Promise<boolean>;
}

/** Runs histories until one breaks a guarantee. The search does not depend on the number of cores. */
export async function search(
  workers: HistoryWorkers,
  { schedules, seed, directory, onRun, variants = {}, counts = async () => true }: Wanted,
): Promise<Searched> {
  const drawing = new Drawing(seed);
  const exceptions = new Map<ExceptionName, number>();
  const batches: Promise<Found>[][] = [];
  let virtualSeconds = 0;
  let done = 0;
  let isOver = false;
  let found: Found | undefined;

  const run = async (index: number): Promise<Found> => {
    const history = withVariants(drawing.draw(index), variants);
    const outcome = await workers.run(history, directory);
    done += 1;
    if (outcome !== 'DOES NOT END') {
      virtualSeconds += outcome.virtualSeconds;
      for (const [name, count] of outcome.exceptions) exceptions.set(name, (exceptions.get(name) ?? 0) + count);
    }
    onRun?.(done, virtualSeconds);
    return { index, history, outcome };
  };
  const finish = async (batch: readonly Promise<Found>[] | undefined): Promise<void> => {
    for (const each of batch ?? []) {
      if (found !== undefined) return;
      const { history, outcome, index } = await each;
      if (isBroken(outcome) && (await counts(history))) found = { index, history, outcome };
      else if (outcome !== 'DOES NOT END') drawing.learn(history, outcome);
    }
  };
  for (let first = 0; first < schedules && !isOver; first += BATCH) {
    const count = Math.min(BATCH, schedules - first);
    batches.push(Array.from({ length: count }, (_, index) => run(first + index)));
    if (batches.length > 2) await finish(batches.shift());
    isOver = found !== undefined;
  }
  for (const batch of batches) await finish(batch);
  workers.forgetWaiting();
  return {
    ran: found === undefined ? done : found.index + 1,
    found,
    reached: drawing.reached,
    virtualSeconds,
    exceptions,
  };
}

/** The history keeps its other variants. */
export function withVariants(history: History, variants: Partial<Variants>): History {
  return { ...history, variants: { ...history.variants, ...variants } };
}

export function isBroken(outcome: RunOutcome): boolean {
  return outcome === 'DOES NOT END' || outcome.violations.length > 0;
}
