import { deepStrictEqual, equal } from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { codeBlocks, writePrograms } from './docs-snippets';
import { deadLinks } from './markdown-links';
import type { Command, Language } from './package-language';
import { LANGUAGES } from './package-languages';
import { installedVersion, isRecord, MANIFEST, onlyFile, ROOT, readManifest } from './package-manifest';
import { lowestPeers } from './package-peers';
import { interpreterIn } from './package-python';
import { documentFiles, JSII_ENVIRONMENT, LICENSES } from './package-staging';
import { testPythonExamples } from './package-test-examples';
import { runCommand, tryCommand } from './run-command';

/** Templates, by the file name of the stack. */
type Templates = Readonly<Record<string, unknown>>;

/** Templates, by the name of the program. */
type TemplatesOfPrograms = ReadonlyMap<string, Templates>;

/** The quick start of each language except TypeScript. TypeScript's is the first program in README.md. */
const QUICK_STARTS = path.join('docs', 'languages.md');

/**
 * `npm run package:test`: tests the packages that `npm run package` built as a user has them: in folders outside of the checkout,
 * with only the package and its peers installed.
 */
function testPackages(outside: string): void {
  const tarball = onlyFile(path.join(ROOT, 'dist', 'js'), '.tgz');
  checkContents(tarball, outside);
  checkDependencies();

  const inCheckout = path.join(ROOT, 'dist', 'docs');
  const programs = writePrograms(inCheckout, '../../lib');
  const expected = programs.map((name) =>
    synthesize({ command: process.execPath, args: ['--import', 'tsx', `${name}.ts`] }, inCheckout),
  );

  const peers = Object.keys(MANIFEST.peerDependencies);
  const current = peers.map((name) => `${name}@${installedVersion(name)}`);
  const found = synthesizeOutside(path.join(outside, 'current'), tarball, current);
  for (const [index, name] of programs.entries()) {
    deepStrictEqual(found.get(name), expected[index], `the templates of ${name}, outside of the checkout and in it`);
  }
  report(`the same templates with ${current.join(' and ')} as in the checkout: ${programs.join(', ')}`);

  const lowest = [...lowestPeers()].map(([name, version]) => `${name}@${version}`);
  const withLowest = synthesizeOutside(path.join(outside, 'lowest'), tarball, lowest);
  report(`compiles and synthesizes with ${lowest.join(' and ')}`);

  // One at a time: each uses all cores.
  for (const language of LANGUAGES) {
    const isPackaged = existsSync(path.join(ROOT, 'dist', language.target));
    const missing = isPackaged ? language.whyNot() : 'it was not built';
    if (missing === undefined) {
      testLanguage(language, path.join(outside, language.target), withLowest);
    } else {
      console.log(`SKIPPED: the package for ${language.name} is not tested, since ${missing}`);
    }
  }
  const python = interpreterIn(path.join(outside, 'python'));
  if (existsSync(python)) {
    report(
      `Python synthesizes the same templates of ${testPythonExamples(path.join(outside, 'lowest'), python).join(', ')}`,
    );
  }
}

/** Compares the language's programs with those in TypeScript: the quick start, and the app in package-test/ if it exists. */
function testLanguage(language: Language, folder: string, inTypeScript: TemplatesOfPrograms): void {
  const startedAt = Date.now();
  mkdirSync(folder);
  const project = language.makeProject(folder);
  const [quickStart, ...others] = codeBlocks(
    readFileSync(path.join(ROOT, QUICK_STARTS), 'utf8'),
    language.target,
    QUICK_STARTS,
  );
  if (quickStart === undefined || others.length > 0) {
    throw new Error(`${QUICK_STARTS} should have one block of code marked \`${language.target}\`: its quick start`);
  }
  const [inReadme = ''] = inTypeScript.keys();
  const programs = [{ name: 'the quick start', code: quickStart.code, twin: inReadme }];
  const app = path.join(ROOT, 'package-test', `app.${language.extension}`);
  if (existsSync(app)) {
    programs.push({ name: `app.${language.extension}`, code: readFileSync(app, 'utf8'), twin: 'app' });
  }

  for (const { name, code, twin } of programs) {
    deepStrictEqual(
      synthesize(project.build(code), folder),
      inTypeScript.get(twin),
      `the templates of ${name} in ${language.name}, and of ${twin} in TypeScript`,
    );
  }
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  report(
    `${language.name} synthesizes the same templates: ${programs.map(({ name }) => name).join(', ')} (${seconds} s)`,
  );
}

/** The tarball has the expected files, and the links in its documents work within it. */
function checkContents(tarball: string, outside: string): void {
  const sources = readdirSync(path.join(ROOT, 'lib')).map((name) => path.basename(name, '.ts'));
  const expected = [
    ...sources.flatMap((name) => [`lib/${name}.js`, `lib/${name}.d.ts`]),
    ...documentFiles(),
    ...[
      '.jsii',
      'API.md',
      'README.md',
      LICENSES,
      'assets/handler/index.js',
      'package.json',
      'rosetta/default.ts-fixture',
    ],
  ];
  runCommand('tar', ['-xzf', tarball], { cwd: outside });
  const root = path.join(outside, 'package');
  const files = filesIn(root);
  deepStrictEqual(files.sort(), expected.sort(), 'what is in the tarball');
  report(`the tarball has the ${files.length} expected files`);

  const documents = files.filter((name) => name.endsWith('.md'));
  const dead = deadLinks(new Map(documents.map((name) => [name, readFileSync(path.join(root, name), 'utf8')])), files);
  deepStrictEqual(
    dead,
    [],
    'dead links in the tarball: add their targets to `files` in package.json and to `DOCUMENTS` in scripts/package-staging.ts, ' +
      'or use full addresses',
  );
  report(`no dead link in ${documents.join(', ')}`);
}

/** The paths of all files in a folder, relative to it, with `/`. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
}

function checkDependencies(): void {
  deepStrictEqual(
    ['dependencies', 'optionalDependencies', 'bundledDependencies', 'bundleDependencies'].filter(
      (key) => key in MANIFEST.all,
    ),
    [],
    'run-time dependencies',
  );
  const { status, stdout } = tryCommand('npm', ['audit', '--omit=dev', '--json'], { cwd: ROOT });
  const audit: unknown = JSON.parse(stdout);
  if (isRecord(audit) && isRecord(audit['metadata'])) {
    equal(status, 0, `npm audit --omit=dev:\n${stdout}`);
    report('no run-time dependencies, and no findings of npm audit --omit=dev');
  } else {
    console.log('SKIPPED: npm audit, because the registry does not support it');
  }
}

/** Installs the package and these peers in an empty folder. Returns the templates of each program. */
function synthesizeOutside(folder: string, tarball: string, peers: readonly string[]): TemplatesOfPrograms {
  const programs = writePrograms(folder);
  const here = { cwd: folder };
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline'];
  runCommand('npm', [...install, tarball, ...peers, `typescript@${installedVersion('typescript')}`], here);
  for (const peer of peers) {
    const [name = '', version] = peer.split('@');
    equal(readManifest(path.join(folder, 'node_modules', name)).version, version, `the version of ${name}`);
  }
  runCommand(path.join('node_modules', '.bin', 'tsc'), ['--project', '.'], here);
  return new Map(
    programs.map((name) => [name, synthesize({ command: process.execPath, args: [`${name}.js`] }, folder)]),
  );
}

/** Runs a CDK app as the CDK CLI does, without the CLI's context. */
function synthesize({ command, args }: Command, cwd: string): Templates {
  const outdir = mkdtempSync(path.join(cwd, 'cdk.out-'));
  runCommand(command, args, { cwd, env: { ...JSII_ENVIRONMENT, CDK_OUTDIR: outdir } });
  const files = readdirSync(outdir).filter((name) => name.endsWith('.template.json'));
  const templates = files.map((name) => [name, JSON.parse(readFileSync(path.join(outdir, name), 'utf8'))] as const);
  equal(templates.length > 0, true, `${args.join(' ')} synthesizes templates`);
  return Object.fromEntries(templates);
}

function report(line: string): void {
  console.log(`ok: ${line}`);
}

const outside = mkdtempSync(path.join(tmpdir(), 'package-test-'));
try {
  testPackages(outside);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(outside, { recursive: true });
}
