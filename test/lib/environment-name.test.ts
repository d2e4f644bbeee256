import { createHash } from 'node:crypto';
import { CfnParameter, Stack } from 'aws-cdk-lib';
import { EnvironmentName } from '../../lib';

describe('a name that is valid', () => {
  test.each(['ab', 'main', 'dev', 'preview', 'production', 'zzzzzzzzzz'])('%s is unchanged', (branch) => {
    expect(EnvironmentName.isValid(branch)).toBe(true);
    expect(EnvironmentName.fromBranch(branch)).toBe(branch);
  });

  test('is changed if it looks like a name with a hash, so that the two kinds never collide', () => {
    const hashed = EnvironmentName.fromBranch('feature/login');

    expect(EnvironmentName.isValid(hashed)).toBe(true);
    expect(EnvironmentName.fromBranch(hashed)).not.toBe(hashed);
  });
});

describe('a name that is not valid', () => {
  test.each([
    ['feature/JIRA-123-new-thing', 'ji'],
    ['Main', 'ma'],
    ['release/2', 're'],
    ['x/a', 'ax'],
    ['a', 'aa'],
    ['main2', 'ma'],
    ['a-very-long-name', 'av'],
    ['élan', 'la'],
    ['123', 'xx'],
    ['2024/10', 'xx'],
    ['日本語', 'xx'],
    ['main ', 'ma'],
    ['refs/heads/main', 'ma'],
  ])('%j begins with %s, an x and seven letters of a hash', (branch, readable) => {
    expect(EnvironmentName.isValid(branch)).toBe(false);
    expect(EnvironmentName.fromBranch(branch)).toMatch(new RegExp(`^${readable}x[a-z]{7}$`));
  });

  test('has letters from the SHA-256 of the whole name', () => {
    const branch = 'feature/JIRA-123-new-thing';
    let rest = BigInt(`0x${createHash('sha256').update(branch).digest('hex').slice(0, 16)}`);
    let letters = '';
    for (let place = 0; place < 7; place += 1) {
      letters += 'abcdefghijklmnopqrstuvwxyz'.charAt(Number(rest % 26n));
      rest /= 26n;
    }

    expect(EnvironmentName.fromBranch(branch)).toBe(`jix${letters}`);
  });

  test('has the same name in every version', () => {
    const branches = [
      'feature/JIRA-123-new-thing',
      'Main',
      'a',
      '123',
      '日本語',
      'dependabot/npm_and_yarn/lodash-4.17.21',
    ];

    expect(Object.fromEntries(branches.map((name) => [name, EnvironmentName.fromBranch(name)]))).toMatchSnapshot();
  });

  test.each(['caf\u00e9', '\u00fcber', 'release/\u00fc'])(
    '%j is the same in every Unicode form of its text',
    (composed) => {
      const decomposed = composed.normalize('NFD');

      expect(decomposed).not.toBe(composed);
      expect(EnvironmentName.fromBranch(decomposed)).toBe(EnvironmentName.fromBranch(composed));
    },
  );
});

test.each(['', 'a', 'Main', 'abcdefghijk', 'a1', 'ma in', 'main\n'])('%j is not valid', (name) => {
  expect(EnvironmentName.isValid(name)).toBe(false);
});

test('an empty branch is an error', () => {
  expect(() => EnvironmentName.fromBranch('')).toThrow('the name of the branch is empty');
});

test('a branch that is a token is an error', () => {
  const branch = new CfnParameter(new Stack(), 'Branch').valueAsString;

  expect(() => EnvironmentName.fromBranch(branch)).toThrow('is a token, but has to be known at synthesis');
  expect(EnvironmentName.isValid(branch)).toBe(false);
});

test('100,000 branches have 100,000 valid names, the same each time', () => {
  const branches = manyBranches(100_000);
  const names = branches.map((branch) => EnvironmentName.fromBranch(branch));

  expect(new Set(branches).size).toBe(100_000);
  expect(names.filter((name) => !EnvironmentName.isValid(name))).toEqual([]);
  expect(new Set(names).size).toBe(100_000);
  expect(branches.map((branch) => EnvironmentName.fromBranch(branch))).toEqual(names);
});

test('every letter of the hash is as likely as any other', () => {
  const counts = new Map<string, number>();
  for (const branch of manyBranches(100_000)) {
    const name = EnvironmentName.fromBranch(branch);
    for (const [place, letter] of [...(name === branch ? '' : name.slice(3))].entries()) {
      const key = `${place}${letter}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const all = [...counts.values()];
  const mean = all.reduce((sum, count) => sum + count, 0) / all.length;

  expect(all).toHaveLength(7 * 26);
  // About 3,800 of each: six standard deviations are a tenth of that.
  expect(Math.min(...all)).toBeGreaterThan(mean * 0.9);
  expect(Math.max(...all)).toBeLessThan(mean * 1.1);
});

/** Different names of every kind that people and tools give to branches, the same ones each time. */
function manyBranches(count: number): string[] {
  const branches = new Set<string>([...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZéß日語']);
  for (let number = 0; branches.size < count; number += 1) {
    const word = lettersOf(number * 7919);
    branches.add(
      [
        word,
        String(number),
        `feature/${word}`,
        `feature/JIRA-${number}-new-thing`,
        `${word.charAt(0).toUpperCase()}${word}`,
        `release/${number}.0`,
        `日本語/${number}`,
        `übung-${word}`,
        `🚀${number}`,
        `dependabot/npm_and_yarn/${word}-${number}`,
      ][number % 10] ?? word,
    );
  }
  return [...branches];
}

function lettersOf(number: number): string {
  return [...number.toString(26)].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 26))).join('');
}
