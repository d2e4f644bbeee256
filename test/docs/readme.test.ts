import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { parseContext } from '../../bin/clone-context';
import { ClonedBackendEnvironment, EnvironmentName } from '../../lib';
import { policyStatements } from '../lib/synthesized';

const ROOT = path.join(__dirname, '..', '..');
const README = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');

/** The first cells of the table whose header this is. */
function firstCells(header: string): string[] {
  const [, rows = ''] = README.split(`${header}\n`);
  const table = rows.slice(0, rows.indexOf('\n\n'));
  return table
    .split('\n')
    .slice(1)
    .map((row) => row.split('|')[1]?.trim() ?? '');
}

/** The names of all properties of an interface of lib/. */
function propertiesOf(file: string, name: string): string[] {
  const source = fs.readFileSync(path.join(ROOT, 'lib', file), 'utf8');
  const [, rest = ''] = source.split(`export interface ${name} {`);
  const body = rest.slice(0, rest.indexOf('\n}'));
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, property = '']) => property);
}

function names(cells: readonly string[]): string[] {
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
}

/** What people read, by file. */
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', path.join('examples', 'pull-request', 'README.md')];

test.each(DOCUMENTS)('the commands in %s are there', (document) => {
  const text = fs.readFileSync(path.join(ROOT, document), 'utf8');
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(
    fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
  );
  const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});

test('its tables have every property', () => {
  const [clone, provider] = README.split('\n| property | | default |\n').slice(1);
  const first = (table = ''): string[] =>
    table
      .slice(0, table.indexOf('\n\n'))
      .split('\n')
      .slice(1)
      .map((row) => row.split('|')[1] ?? '');
  expect(names(first(clone)).sort()).toEqual(
    propertiesOf('cloned-backend-environment.ts', 'ClonedBackendEnvironmentProps').sort(),
  );
  expect(names(first(provider)).sort()).toEqual(propertiesOf('clone-provider.ts', 'CloneProviderProps').sort());
});

test('its table of settings has every key of the context', () => {
  const asked = new Set<string>();
  expect(() =>
    parseContext((key) => {
      asked.add(key);
      return undefined;
    }),
  ).toThrow();
  const told = firstCells('| context | |').map((cell) => /-c (\w+)=/.exec(cell)?.[1]);
  expect(told.sort()).toEqual([...asked].sort());
});

test('branches have the names that it says', () => {
  const rows = README.split('| branch | environment |\n')[1]?.split('\n\n')[0]?.split('\n').slice(1) ?? [];
  expect(rows.length).toBeGreaterThan(2);
  for (const row of rows) {
    const [branch = '', environment] = [...row.matchAll(/`([^`]+)`/g)].map(([, cell = '']) => cell);
    expect({ [branch]: EnvironmentName.fromBranch(branch) }).toEqual({ [branch]: environment });
  }
});

test('the permissions are the ones that it says', () => {
  const stack = new Stack(new App(), 'Stack');
  new ClonedBackendEnvironment(stack, 'Clone', {
    appId: 'd1a2b3c4d5e6f7',
    sourceEnvironmentName: 'dev',
    targetEnvironmentName: 'preview',
  });
  const { Action, Resource, Effect }: Record<string, unknown> = JSON.parse(
    /<!-- policy -->\n```json\n([^`]*)```/.exec(README)?.[1] ?? '{}',
  );
  const inWords = (arn: string): string =>
    arn
      .replace('<AWS::Partition>', 'PARTITION')
      .replace('<AWS::Region>', 'REGION')
      .replace('<AWS::AccountId>', 'ACCOUNT')
      .replace('d1a2b3c4d5e6f7', 'APPID');
  const [statement, ...others] = policyStatements(stack).filter(({ actions }) =>
    actions.some((action) => action.startsWith('amplifybackend:')),
  );
  expect(others).toEqual([]);
  expect({ Effect, Action, Resource }).toEqual({
    Effect: 'Allow',
    Action: statement?.actions,
    Resource: statement?.resources.map(inWords),
  });
});

test('what can remain has a row for each limit that the simulator knows', () => {
  const promises = fs.readFileSync(path.join(ROOT, 'simulator', 'histories', 'promises.ts'), 'utf8');
  const [, limits = ''] = promises.split('export type Limit =');
  const known = limits.slice(0, limits.indexOf('\n\n')).match(/\| '/g) ?? [];
  expect(firstCells('| what happens | how likely | what is left | what to do |')).toHaveLength(known.length);
});

test('what it links to within the project is there', () => {
  const links = [...README.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const headings = [...README.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
  for (const [link, file = '', anchor] of links) {
    if (file !== '') expect({ link, exists: fs.existsSync(path.join(ROOT, file)) }).toEqual({ link, exists: true });
    else expect({ link, exists: headings.includes(anchor ?? '') }).toEqual({ link, exists: true });
  }
});
