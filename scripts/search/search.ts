import type { Variants } from '../../simulator/amplify-backend/variants';
import type { ExceptionName } from '../../simulator/histories/checker/guarantees';
import type { History } from '../../simulator/histories/history';
import { Drawing } from './drawing';
import type { Played } from './player';
import type { Players } from './players';

/** A draw depends on all earlier histories except the last one or two batches of this size, which may still run. */
const ROUND = 40;

export interface Found {
  readonly index: number;
  readonly history: History;
  readonly played: Played | 'DOES NOT END';
}

export interface Searched {
  readonly played: number;
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
  /** A cloud assembly with the patterns of histories. */
  readonly directory: string;
  readonly onPlayed?: (done: number, virtualSeconds: number) => void;
  /** The service's variants in all histories. @default - those that each history draws */
  readonly variants?: Partial<Variants>;
  /** Whether a history that broke a guarantee counts. @default - each does */
  readonly counts?: (history: History) => Promise<boolean>;
}

/** Plays histories until one breaks a guarantee. The search does not depend on the number of cores. */
export async function search(
  players: Players,
  { schedules, seed, directory, onPlayed, variants = {}, counts = async () => true }: Wanted,
): Promise<Searched> {
  const drawing = new Drawing(seed);
  const exceptions = new Map<ExceptionName, number>();
  const rounds: Promise<Found>[][] = [];
  let virtualSeconds = 0;
  let done = 0;
  let isOver = false;
  let found: Found | undefined;

  const play = async (index: number): Promise<Found> => {
    const history = withVariants(drawing.draw(index), variants);
    const played = await players.play(history, directory);
    done += 1;
    if (played !== 'DOES NOT END') {
      virtualSeconds += played.virtualSeconds;
      for (const [name, count] of played.exceptions) exceptions.set(name, (exceptions.get(name) ?? 0) + count);
    }
    onPlayed?.(done, virtualSeconds);
    return { index, history, played };
  };
  const finish = async (round: readonly Promise<Found>[] | undefined): Promise<void> => {
    for (const each of round ?? []) {
      if (found !== undefined) return;
      const { history, played, index } = await each;
      if (isBroken(played) && (await counts(history))) found = { index, history, played };
      else if (played !== 'DOES NOT END') drawing.learn(history, played);
    }
  };
  for (let first = 0; first < schedules && !isOver; first += ROUND) {
    const count = Math.min(ROUND, schedules - first);
    rounds.push(Array.from({ length: count }, (_, index) => play(first + index)));
    if (rounds.length > 2) await finish(rounds.shift());
    isOver = found !== undefined;
  }
  for (const round of rounds) await finish(round);
  players.forgetWaiting();
  return {
    played: found === undefined ? done : found.index + 1,
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

export function isBroken(played: Played | 'DOES NOT END'): boolean {
  return played === 'DOES NOT END' || played.violations.length > 0;
}
