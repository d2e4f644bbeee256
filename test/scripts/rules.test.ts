import * as fs from 'node:fs';
import * as path from 'node:path';
import { transformSync } from 'esbuild';
import { sourceOf, withoutRule } from '../../scripts/search/broken-handler';
import { RULES } from '../../scripts/search/rules';

const TESTS = path.join(__dirname, '..');

test.each(RULES.map((rule) => [rule.name, rule] as const))('can be taken out: %s', (_, rule) => {
  const source = sourceOf(rule);
  const broken = withoutRule(rule, source);
  expect(broken).not.toBe(source);
  expect(() => transformSync(broken, { loader: 'ts' })).not.toThrow();
});

test('a rule whose text does not exist, or exists twice, is an error with its place', () => {
  const rule = { name: 'It rains', file: 'weather.ts', before: 'rain()', after: '' };
  expect(() => withoutRule(rule, 'sun()')).toThrow(/lambda\/weather.ts has this 0 times.*rain\(\)[\s\S]*"It rains"/);
  expect(() => withoutRule(rule, 'rain(); rain()')).toThrow('2 times');
  expect(withoutRule({ ...rule, after: '$&' }, 'rain();')).toBe('$&;');
});

test('each rule has a unique name', () => {
  expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
});

test('what is said to hold a rule that histories cannot notice is a test', () => {
  for (const { heldBy } of RULES) {
    if (heldBy !== undefined) expect(fs.readFileSync(path.join(TESTS, heldBy.file), 'utf8')).toContain(heldBy.test);
  }
});
