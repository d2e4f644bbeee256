import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { LANGUAGES } from '../../scripts/package-languages';
import { isRecord, type Json, MANIFEST, ROOT } from '../../scripts/package-manifest';

/** The commands per major version of Node.js. */
type Commands = ReadonlyMap<number, ReadonlySet<string>>;

interface Job {
  readonly permissions: Json;
  readonly matrix: readonly number[];
  readonly steps: readonly Json[];
}

function record(value: unknown): Json {
  if (!isRecord(value)) throw new Error(`${JSON.stringify(value)} is not a mapping`);
  return value;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${JSON.stringify(value)} is not a list`);
  return value;
}

function workflow(name: string): { readonly permissions: Json; readonly jobs: ReadonlyMap<string, Job> } {
  const all = record(parse(readFileSync(path.join(ROOT, '.github', 'workflows', name), 'utf8')));
  const jobs = Object.entries(record(all['jobs'])).map(([title, value]): [string, Job] => {
    const { permissions = {}, strategy, steps } = record(value);
    const matrix = strategy === undefined ? [] : list(record(record(strategy)['matrix'])['node']).map(Number);
    return [title, { permissions: record(permissions), matrix, steps: list(steps).map(record) }];
  });
  return { permissions: record(all['permissions']), jobs: new Map(jobs) };
}

function commandsOf({ steps }: Job): string[] {
  return steps.flatMap(({ run }) => (typeof run === 'string' ? run.trim().split('\n') : []));
}

/** The versions of Node.js that a job runs with. */
function nodeVersions({ matrix, steps }: Job): readonly number[] {
  return steps.flatMap((step) => {
    const version = isRecord(step['with']) ? step['with']['node-version'] : undefined;
    if (version === undefined) return [];
    return version === '$' + '{{ matrix.node }}' ? matrix : [Number(version)];
  });
}

function inWorkflow(name: string): Commands {
  const found = new Map<number, Set<string>>();
  for (const job of workflow(name).jobs.values()) {
    for (const version of nodeVersions(job)) {
      const commands = found.get(version) ?? new Set();
      for (const command of commandsOf(job)) commands.add(command);
      found.set(version, commands);
    }
  }
  return found;
}

function inScript(): Commands {
  const script = readFileSync(path.join(ROOT, '.ci', 'run'), 'utf8');
  const [forNewest = '', forOthers = ''] = script.split('for version in');
  const steps = (text: string): string[] =>
    [...text.matchAll(/\bstep ((?:npm|bash) [^;|\n]*)/g)].map(([, command = '']) => command.trim());
  const newest = Number(/^newest=(\d+)$/m.exec(script)?.[1]);
  const others = /^others=\(([\d ]+)\)$/m.exec(script)?.[1]?.split(' ').map(Number) ?? [];
  return new Map([
    [newest, new Set(steps(forNewest))],
    ...others.map((version) => [version, new Set(['npm ci', ...steps(forOthers)])] as const),
  ]);
}

const plain = (commands: Commands): Record<string, readonly string[]> =>
  Object.fromEntries([...commands].map(([version, names]) => [version, [...names].sort()]));

describe('continuous integration', () => {
  it('runs the commands of .ci/run on GitHub, each with the same versions of Node.js', () => {
    expect(plain(inWorkflow('ci.yml'))).toEqual(plain(inScript()));
  });

  it('has every check, and the tests with every version of Node.js that is supported', () => {
    const commands = inScript();
    const [newest, ...others] = [...commands.keys()];
    expect([...(commands.get(newest ?? 0) ?? [])]).toEqual(
      expect.arrayContaining(['npm ci', 'npm run check', 'npm test', 'npm run package', 'npm run package:test']),
    );
    expect(others.map((version) => [...(commands.get(version) ?? [])])).toEqual(
      others.map(() => ['npm ci', 'npm test']),
    );
    expect(MANIFEST.all['engines']).toEqual({ node: `>=${Math.min(...commands.keys())}` });
  });

  it('runs only commands that exist', () => {
    const scripts = Object.keys(record(MANIFEST.all['scripts']));
    const named = readdirSync(path.join(ROOT, '.github', 'workflows')).flatMap((name) =>
      [...workflow(name).jobs.values()]
        .flatMap(commandsOf)
        .flatMap((command) => /npm run ([\w:]+)/.exec(command)?.[1] ?? []),
    );
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });
});

describe('the release', () => {
  const { permissions, jobs } = workflow('release.yml');
  const text = readFileSync(path.join(ROOT, '.github', 'workflows', 'release.yml'), 'utf8');
  const job = (name: string): Job => {
    const found = jobs.get(name);
    if (found === undefined) throw new Error(`the workflow has no job ${name}`);
    return found;
  };

  it('publishes the packages that .ci/run has tested, after the release check', () => {
    expect(commandsOf(job('build'))).toEqual(['npm ci', 'npm run release:check -- "$GITHUB_REF_NAME"', 'bash .ci/run']);
  });

  it('has a package for each language', () => {
    const published = LANGUAGES.map(({ target }) => `dist/${target}`);
    expect(['dist/js', ...published].filter((folder) => !text.includes(folder))).toEqual([]);
  });

  it.each(['npm', 'pypi'])('needs no secret for %s: the registry trusts the workflow', (name) => {
    expect(job(name).permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    expect(JSON.stringify(job(name).steps)).not.toContain('secrets.');
  });

  it("has write permission only in the jobs for Go's tag and the release on GitHub", () => {
    expect(permissions).toEqual({ contents: 'read' });
    const writing = [...jobs].filter(([, one]) => one.permissions['contents'] === 'write').map(([name]) => name);
    expect(writing).toEqual(['go', 'github']);
  });
});

describe('the forms for issues', () => {
  const forms = readdirSync(path.join(ROOT, '.github', 'ISSUE_TEMPLATE')).filter((name) => name !== 'config.yml');

  it.each(forms)('%s has the members that GitHub requires', (name) => {
    const form = record(parse(readFileSync(path.join(ROOT, '.github', 'ISSUE_TEMPLATE', name), 'utf8')));
    expect(form).toEqual({
      name: expect.any(String),
      description: expect.any(String),
      labels: [expect.any(String)],
      body: expect.any(Array),
    });
    const fields = list(form['body']).map(record);
    expect(
      fields.filter(({ type, id, attributes }) => {
        const { label, value } = record(attributes);
        return type === 'markdown' ? typeof value !== 'string' : typeof id !== 'string' || typeof label !== 'string';
      }),
    ).toEqual([]);
  });

  it.each(['bug.yml', 'survey.yml'])('%s asks for the report of the survey', (name) => {
    const text = readFileSync(path.join(ROOT, '.github', 'ISSUE_TEMPLATE', name), 'utf8');
    expect(text).toContain('npm run survey');
  });
});
