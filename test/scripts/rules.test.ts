import * as fs from 'node:fs';
import * as path from 'node:path';
import { transformSync } from 'esbuild';
import { sourceOf, withoutRule } from '../../scripts/search/broken-handler';
import { RULES } from '../../scripts/search/rules';

const TESTS = path.join(__dirname, '..');

test.each(RULES.map((rule) => [rule.name, rule] as const))(
  'the rule can be taken out of the handler: %s',
  (_, rule) => {
    const source = sourceOf(rule);
    const broken = withoutRule(rule, source);
    expect(broken).not.toBe(source);
    expect(() => transformSync(broken, { loader: 'ts' })).not.toThrow();
  },
);

test('a rule whose text does not occur exactly once is an error that names the file', () => {
  const rule = { name: 'It rains', file: 'weather.ts', before: 'rain()', after: '' };
  expect(() => withoutRule(rule, 'sun()')).toThrow(
    'the text of the rule "It rains" occurs 0 times in lambda/weather.ts, not once: rain()',
  );
  expect(() => withoutRule(rule, 'rain(); rain()')).toThrow('2 times');
  expect(withoutRule({ ...rule, after: '$&' }, 'rain();')).toBe('$&;');
});

test('each rule has a unique name', () => {
  expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
});

test('a rule that histories do not notice names an existing test', () => {
  for (const { heldBy } of RULES) {
    if (heldBy !== undefined) expect(fs.readFileSync(path.join(TESTS, heldBy.file), 'utf8')).toContain(heldBy.test);
  }
});
