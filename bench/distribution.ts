/** The distribution of many measurements of one thing. */
export interface Distribution {
  readonly median: number;
  /** The quartiles: half of the measurements lie between them. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** @throws RangeError if the list is empty */
export function distributionOf(measurements: readonly number[]): Distribution {
  if (measurements.length === 0) throw new RangeError('nothing was measured');
  const sorted = [...measurements].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    count: sorted.length,
  };
}

/** The ratio of each measurement to the one taken next to it, so that a slow moment of the machine affects both. */
export function ratiosOf(values: readonly number[], others: readonly number[]): number[] {
  return values.flatMap((value, index) => {
    const other = others[index];
    return other === undefined ? [] : [value / other];
  });
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Interpolates between the two nearest values. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
