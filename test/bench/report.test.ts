import type { Figure } from '../../bench/figure';
import { verdict } from '../../bench/report';
import { table } from '../../bench/table';

const FIGURE: Figure = {
  what: 'bundle',
  measured: '1 kB',
  against: '2 kB',
  ratio: { median: 0.5, low: 0.4, high: 0.6, count: 3 },
  target: '≤ 0.5',
  reached: true,
};

test('the columns of a table are aligned', () => {
  expect(table(['a', 'long title'], [['some text', 'b']]).split('\n')).toEqual([
    '| a         | long title |',
    '| --------- | ---------- |',
    '| some text | b          |',
  ]);
});

test('missed targets are named, with their ratios', () => {
  expect(verdict([FIGURE, { ...FIGURE, what: 'start', reached: false }])).toBe(
    '1 of 2 figures misses its target: start (0.500, target ≤ 0.5).',
  );
  expect(verdict([FIGURE])).toBe('Every target is reached.');
});
