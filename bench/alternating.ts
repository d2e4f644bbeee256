/**
 * Measures the kinds in turn, in `rounds` rounds after a warm-up round that does not count. Each round reverses the order, so
 * that no kind always follows the same other one.
 *
 * @returns the measurements of a kind, in the order of the rounds
 */
export async function alternating<Kind, Measured>(
  rounds: number,
  kinds: readonly Kind[],
  measure: (kind: Kind) => Promise<Measured>,
  report: (progress: string) => void,
): Promise<(kind: Kind) => Measured[]> {
  const measured = new Map<Kind, Measured[]>();
  for (let round = 0; round <= rounds; round += 1) {
    report(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
    for (const kind of round % 2 === 0 ? kinds : [...kinds].reverse()) {
      const value = await measure(kind);
      if (round > 0) measured.set(kind, [...(measured.get(kind) ?? []), value]);
    }
  }
  return (kind) => measured.get(kind) ?? [];
}
