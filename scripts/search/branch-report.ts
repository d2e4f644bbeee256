import type { Branch } from './branch-counters';

const MOST_SHOWN = 60;

/** The branches that no history reached, then those that few histories reached. One line each. */
export function branchesLeastReached(branches: readonly Branch[], reached: ReadonlyMap<number, number>): string {
  const counted = branches.map((branch, number) => ({ ...branch, count: reached.get(number) ?? 0 }));
  const least = counted.sort((one, other) => one.count - other.count).slice(0, MOST_SHOWN);
  return least
    .map(({ file, line, what, count }) => `${String(count).padStart(6)}  ${file}:${line}  ${what}`)
    .join('\n');
}
