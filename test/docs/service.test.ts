import * as fs from 'node:fs';
import * as path from 'node:path';
import { CHOICES, DEFAULT_VARIANTS, DETAILS_ANSWERS } from '../../simulator/amplify-backend/variants';

const PAGE = fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'service.md'), 'utf8');

interface Row {
  readonly variant: string;
  readonly answers: readonly string[];
  readonly source: string;
}

function rows(): Row[] {
  const [, table = ''] = PAGE.split('| variant | question | answers | where the default comes from |\n');
  const [, ...lines] = table.slice(0, table.indexOf('\n\n')).split('\n');
  return lines.map((line) => {
    const [, variant = '', , answers = '', source = ''] = line.split('|').map((cell) => cell.trim());
    return { variant: variant.replaceAll('`', ''), answers: codes(answers), source };
  });
}

function codes(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

test('the table of variants has those of the simulator, each with the source of its default', () => {
  expect(rows().map(({ variant }) => variant)).toEqual(Object.keys(DEFAULT_VARIANTS));
  expect(rows().filter(({ source }) => source === '')).toEqual([]);
});

test('the table has all answers, the default first', () => {
  const choices: readonly [string, readonly string[]][] = [
    ...Object.entries(CHOICES),
    ['environmentDetails', ['work', ...DETAILS_ANSWERS]],
  ];
  const documented = new Map(rows().map(({ variant, answers }) => [variant, answers]));
  const defaults = new Map<string, unknown>(Object.entries(DEFAULT_VARIANTS));
  for (const [variant, answers] of choices) {
    expect({ [variant]: [...(documented.get(variant) ?? [])].sort() }).toEqual({ [variant]: [...answers].sort() });
    expect({ [variant]: documented.get(variant)?.[0] }).toEqual({ [variant]: defaults.get(variant) });
  }
});
