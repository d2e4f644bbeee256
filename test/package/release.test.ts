import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { compareAssemblies } from '../../scripts/package-compat';
import type { Manifest } from '../../scripts/package-manifest';
import { openItems } from '../../scripts/release-check';
import { publishGoModule } from '../../scripts/release-go';
import { runCommand } from '../../scripts/run-command';

const folder = mkdtempSync(path.join(tmpdir(), 'release-test-'));

afterAll(() => rmSync(folder, { recursive: true }));

describe('the list of what is missing for a release', () => {
  const manifest: Manifest = {
    name: 'clones',
    version: '1.2.3',
    peerDependencies: {},
    all: { repository: 'https://github.com/someone/clones' },
  };
  const documents = new Map([['CHANGELOG.md', '## [1.2.3] - 2027-01-01']]);

  it('is empty if nothing is missing', () => {
    expect(openItems({ manifest, documents, tag: 'v1.2.3' })).toEqual([]);
    expect(openItems({ manifest, documents, tag: undefined })).toEqual([]);
  });

  it('has the address of the repository, once', () => {
    expect(openItems({ manifest: { ...manifest, all: {} }, documents, tag: undefined })).toEqual([
      expect.stringMatching(/^package\.json: put the repository's address into `repository`/),
    ]);
  });

  it('has the owner, in each line of a document that has none yet', () => {
    const text = 'a\ngithub.com/OWNER/x\nio.github.owner:x\nOWNERS';
    expect(openItems({ manifest, documents: new Map([...documents, ['docs/a.md', text]]), tag: undefined })).toEqual([
      'docs/a.md:2: replace OWNER with the owner of the repository.',
      'docs/a.md:3: replace OWNER with the owner of the repository.',
    ]);
  });

  it('has the changelog entry, and the tag of the version', () => {
    expect(openItems({ manifest, documents: new Map([['CHANGELOG.md', '## [1.2.2]']]), tag: 'v1.2.2' })).toEqual([
      'CHANGELOG.md: describe the changes under the heading `## [1.2.3]`.',
      'The tag is v1.2.2, but package.json has the version 1.2.3: use the tag v1.2.3.',
    ]);
  });
});

describe('the Go module', () => {
  const git = (cwd: string, ...args: readonly string[]): string => runCommand('git', args, { cwd }).trim();
  const origin = path.join(folder, 'origin.git');
  const checkout = path.join(folder, 'checkout');
  const modules = path.join(checkout, 'dist', 'go');

  beforeAll(() => {
    runCommand('git', ['init', '--quiet', '--bare', origin], { cwd: folder });
    runCommand('git', ['init', '--quiet', checkout], { cwd: folder });
    git(checkout, 'remote', 'add', 'origin', origin);
    git(checkout, 'config', 'user.name', 'Test');
    git(checkout, 'config', 'user.email', 'test@example.com');
    writeFileSync(path.join(checkout, '.gitignore'), 'dist/\n*.tgz\n');
    mkdirSync(path.join(modules, 'cdkamplifybackendclone', 'jsii'), { recursive: true });
    writeFileSync(path.join(modules, 'cdkamplifybackendclone', 'go.mod'), 'module x\n');
    writeFileSync(path.join(modules, 'cdkamplifybackendclone', 'jsii', 'x.tgz'), '');
  });

  it('is published by a tag of the repository, on a commit with nothing else', () => {
    const tag = publishGoModule(checkout, modules, '1.2.3');

    expect(tag).toBe('cdkamplifybackendclone/v1.2.3');
    expect(git(origin, 'ls-tree', '-r', '--name-only', tag).split('\n')).toEqual([
      'cdkamplifybackendclone/go.mod',
      'cdkamplifybackendclone/jsii/x.tgz',
    ]);
    expect(git(origin, 'rev-list', '--count', tag)).toBe('1');
    expect(git(origin, 'branch', '--list')).toBe('');
    expect(git(checkout, 'status', '--porcelain')).toBe('?? .gitignore');
  });

  it('is not published over an existing version', () => {
    publishGoModule(checkout, modules, '1.2.4');
    writeFileSync(path.join(modules, 'cdkamplifybackendclone', 'go.mod'), 'module y\n');

    expect(() => publishGoModule(checkout, modules, '1.2.4')).toThrow('already exists');
  });
});

describe('npm run compat', () => {
  function assembly(name: string, methods: readonly string[]): string {
    const root = path.join(folder, name);
    mkdirSync(root);
    const common = { name: 'clones', version: '1.0.0', license: 'Apache-2.0' };
    writeFileSync(
      path.join(root, 'package.json'),
      JSON.stringify({ ...common, jsii: { outdir: 'dist', targets: {} } }),
    );
    writeFileSync(
      path.join(root, '.jsii'),
      JSON.stringify({
        ...common,
        schema: 'jsii/0.10.0',
        fingerprint: '*',
        jsiiVersion: '6.0.0',
        description: name,
        homepage: 'x',
        repository: { type: 'git', url: 'x' },
        author: { name: 'x', roles: ['author'] },
        types: {
          'clones.Clone': {
            assembly: 'clones',
            fqn: 'clones.Clone',
            kind: 'class',
            name: 'Clone',
            initializer: {},
            methods: methods.map((method) => ({ name: method })),
          },
        },
      }),
    );
    return root;
  }

  it('fails if a member of the interface was removed, and names its key', () => {
    const original = assembly('original', ['cancel', 'start']);
    expect(compareAssemblies(original, assembly('more', ['cancel', 'start', 'wait'])).status).toBe(0);

    const { status, stderr } = compareAssemblies(original, assembly('less', ['start']));
    expect(status).toBe(1);
    expect(stderr).toContain('METHOD clones.Clone.cancel: has been removed [removed:clones.Clone.cancel]');
  });
});
