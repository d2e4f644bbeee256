import * as os from 'node:os';
import type { Figure, Finding } from './figure';
import { table } from './table';

export interface Part extends Finding {
  readonly title: string;
}

export function figureTable(figures: readonly Figure[]): string {
  return table(
    ['what', 'measured', 'against', 'ratio', 'middle half', 'target', 'reached'],
    figures.map(({ what, measured, against, ratio, target, reached }) => [
      what,
      measured,
      against,
      number(ratio.median),
      ratio.count === 1 ? 'exact' : `${number(ratio.low)} to ${number(ratio.high)}`,
      target,
      reached ? 'yes' : 'NO',
    ]),
  );
}

/** A sentence that names the missed targets. */
export function verdict(figures: readonly Figure[]): string {
  const missed = figures.filter(({ reached }) => !reached);
  if (missed.length === 0) return 'Every target is reached.';
  const names = missed.map(({ what, ratio, target }) => `${what} (${number(ratio.median)}, target ${target})`);
  const miss = missed.length === 1 ? 'misses its' : 'miss their';
  return `${missed.length} of ${figures.length} figures ${miss} target: ${names.join('; ')}.`;
}

export function performanceDocument(parts: readonly Part[], versions: Readonly<Record<string, string>>): string {
  const figures = parts.flatMap((part) => part.figures);
  const sections = parts.map(({ title, notes }) => `## ${title}\n\n${notes.join('\n\n')}`);
  return `# Performance

Written by \`npm run bench\`, which overwrites changes by hand. Each figure is the ratio of two things that were measured
in the same run, in turns. The ratio is the median, and the middle half of the ratios lies between the two numbers next
to it.

${figureTable(figures)}

${verdict(figures)}

Measured with ${machine()}; ${Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.

${sections.join('\n\n')}
`;
}

function machine(): string {
  const gigabytes = Math.round(os.totalmem() / 2 ** 30);
  return `${os.cpus().length} cores, ${gigabytes} GB of memory, ${os.type()} on ${os.arch()}, Node.js ${process.versions.node}`;
}

function number(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value < 10 ? 3 : 1);
}
