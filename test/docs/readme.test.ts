import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { parseContext } from '../../bin/clone-context';
import { ClonedBackendEnvironment, CloneProvider, EnvironmentName } from '../../lib';
import { GUARANTEES } from '../../simulator/histories/checker/guarantees';
import { policyStatements, resourceTypes } from '../lib/synthesized';

const ROOT = path.join(__dirname, '..', '..');
const README = documentNamed('README.md');

function documentNamed(name: string): string {
  return fs.readFileSync(path.join(ROOT, name), 'utf8');
}

/** The first cells of the table with this header. */
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

/** The documents for people, by file. */
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  path.join('docs', 'architecture.md'),
  path.join('docs', 'service.md'),
  path.join('docs', 'testing.md'),
  path.join('docs', 'trying-it-on-aws.md'),
  path.join('docs', 'troubleshooting.md'),
  path.join('examples', 'pull-request', 'README.md'),
];

test.each(DOCUMENTS)('the commands in %s exist', (document) => {
  const text = documentNamed(document);
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
  const documented = firstCells('| context | |').map((cell) => /-c (\w+)=/.exec(cell)?.[1]);
  expect(documented.sort()).toEqual([...asked].sort());
});

test('branches have the names in its table', () => {
  const rows = README.split('| branch | environment |\n')[1]?.split('\n\n')[0]?.split('\n').slice(1) ?? [];
  expect(rows.length).toBeGreaterThan(2);
  for (const row of rows) {
    const [branch = '', environment] = [...row.matchAll(/`([^`]+)`/g)].map(([, cell = '']) => cell);
    expect({ [branch]: EnvironmentName.fromBranch(branch) }).toEqual({ [branch]: environment });
  }
});

test('the permissions are those in docs/permissions.md', () => {
  const stack = new Stack(new App(), 'Stack');
  new ClonedBackendEnvironment(stack, 'Clone', {
    appId: 'd1a2b3c4d5e6f7',
    sourceEnvironmentName: 'dev',
    targetEnvironmentName: 'preview',
  });
  const said: readonly Record<string, unknown>[] = JSON.parse(
    /<!-- policy -->\n```json\n([^`]*)```/.exec(documentNamed('docs/permissions.md'))?.[1] ?? '[]',
  );
  const inWords = (resource: string): string =>
    resource
      .replace(/^<BackendCloneProviderLedger\w+\.Arn>$/, 'arn:PARTITION:dynamodb:REGION:ACCOUNT:table/LEDGER')
      .replace('<AWS::Partition>', 'PARTITION')
      .replace('<AWS::Region>', 'REGION')
      .replace('<AWS::AccountId>', 'ACCOUNT')
      .replace('d1a2b3c4d5e6f7', 'APPID');
  const statements = policyStatements(stack).filter(({ actions }) =>
    actions.some((action) => /^(amplifybackend|dynamodb|cloudformation):/.test(action)),
  );
  expect(said).toEqual(
    statements.map(({ actions, resources }) => ({
      Effect: 'Allow',
      Action: actions,
      Resource: resources.length === 1 ? inWords(resources[0] ?? '') : resources.map(inWords),
    })),
  );
});

test('the provider has the resources in docs/sharing-a-provider.md', () => {
  const stack = new Stack(new App(), 'Stack');
  new CloneProvider(stack, 'Provider');
  expect(documentNamed('docs/sharing-a-provider.md')).toContain(
    'The provider is five functions, a state machine, a log group and a table.',
  );
  const types = resourceTypes(stack).filter((type) => !/^AWS::(IAM|CDK)::/.test(type));
  expect(types).toEqual([
    'AWS::DynamoDB::Table',
    ...Array.from({ length: 5 }, () => 'AWS::Lambda::Function'),
    'AWS::Logs::LogGroup',
    'AWS::StepFunctions::StateMachine',
  ]);
});

test('the guarantees are those that the simulator checks', () => {
  const plain = (text: string): string => text.replaceAll('’', "'").replaceAll('`', '').replaceAll(/\s+/g, ' ');
  const page = plain(documentNamed('docs/guarantees.md'));
  const missing = Object.entries(GUARANTEES).filter(
    ([number, guarantee]) => !page.includes(`${number}. ${plain(guarantee)}`),
  );
  expect(missing).toEqual([]);
});

test('it has 250 to 300 lines', () => {
  const lines = README.split('\n').length - 1;
  expect(lines).toBeGreaterThanOrEqual(250);
  expect(lines).toBeLessThanOrEqual(300);
});

test('its quick start in Python is the program that the package is tested with', () => {
  const [inReadme, inLanguages] = ['README.md', 'docs/languages.md'].map(
    (name) => /```python\n([^`]*)```/.exec(documentNamed(name))?.[1],
  );
  expect(inReadme).toBeDefined();
  expect(inReadme).toBe(inLanguages);
});

test('the glossary has at most 25 terms, each with a file that exists', () => {
  const [, glossary = ''] = documentNamed('docs/architecture.md').split('## Glossary');
  const files = [...glossary.matchAll(/\| `([\w/.-]+)` \|$/gm)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(10);
  expect(files.length).toBeLessThanOrEqual(25);
  expect(files.filter((file) => !fs.existsSync(path.join(ROOT, file)))).toEqual([]);
});
