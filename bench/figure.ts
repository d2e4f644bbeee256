import type { Distribution } from './distribution';

/** One line of the table: two things that were measured in one run, and how one is to the other. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly against: string;
  readonly ratio: Distribution;
  readonly target: string;
  readonly reached: boolean;
}

/** What one part of the benchmark has found. */
export interface Finding {
  readonly figures: readonly Figure[];
  /** Paragraphs and tables for the document: how it was measured, and what the figures leave out. */
  readonly notes: readonly string[];
}

export interface Measurement {
  readonly title: string;
  /** @param tell shows how far it is */
  run(tell: (progress: string) => void): Promise<Finding>;
}

/** The same each time, so that once is enough. */
export function exactly(ratio: number): Distribution {
  return { median: ratio, low: ratio, high: ratio, count: 1 };
}
