import type { Distribution } from './distribution';

/** One line of the table: two measurements of one run, and their ratio. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly against: string;
  readonly ratio: Distribution;
  readonly target: string;
  readonly reached: boolean;
}

/** The result of one part of the benchmark. */
export interface Finding {
  readonly figures: readonly Figure[];
  /** Paragraphs and tables for the document: how it was measured, and what the figures leave out. */
  readonly notes: readonly string[];
}

export interface Measurement {
  readonly title: string;
  /** @param report shows the progress */
  run(report: (progress: string) => void): Promise<Finding>;
}

/** A ratio that is the same in each run, so that one measurement is enough. */
export function exactly(ratio: number): Distribution {
  return { median: ratio, low: ratio, high: ratio, count: 1 };
}
