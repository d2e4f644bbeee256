import { deepStrictEqual, equal } from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { writePrograms } from './docs-snippets';
import { installedVersion, isRecord, ROOT, readManifest } from './package-manifest';
import { JSII_ENVIRONMENT } from './package-staging';
import { virtualEnvironment, whyNoPython } from './python-index';
import { runCommand, tryCommand } from './run-command';

/** By the name of each stack's file. */
type Templates = Readonly<Record<string, unknown>>;

const MANIFEST = readManifest(ROOT);

/**
 * `npm run package:test`: what `npm run package` made, as a user meets it: in folders outside of the checkout, with nothing
 * installed but the package and its peers.
 */
function testPackage(outside: string): void {
  const tarball = onlyFile(path.join(ROOT, 'dist', 'js'), '.tgz');
  checkContents(tarball);
  checkDependencies();

  const inCheckout = path.join(ROOT, 'dist', 'docs');
  const programs = writePrograms(inCheckout, '../../lib');
  const expected = programs.map((name) => synthesize(process.execPath, ['--import', 'tsx', `${name}.ts`], inCheckout));

  const peers = Object.keys(MANIFEST.peerDependencies);
  const current = peers.map((name) => `${name}@${installedVersion(name)}`);
  const found = synthesizeOutside(path.join(outside, 'current'), tarball, current);
  for (const [index, name] of programs.entries()) {
    deepStrictEqual(found.get(name), expected[index], `the templates of ${name}, outside and in the checkout`);
  }
  report(`the same templates with ${current.join(' and ')} as in the checkout: ${programs.join(', ')}`);

  const lowest = Object.entries(MANIFEST.peerDependencies).map(([name, range]) => `${name}@${lowestOf(range)}`);
  const withLowest = synthesizeOutside(path.join(outside, 'lowest'), tarball, lowest);
  report(`compiles and synthesizes with ${lowest.join(' and ')}`);

  const wheels = path.join(ROOT, 'dist', 'python');
  const python = Object.entries(MANIFEST.peerDependencies).map(([name, range]) => `${name}==${lowestOf(range)}`);
  const missing = existsSync(wheels) ? whyNoPython('constructs') : 'there is no wheel';
  if (missing !== undefined) {
    console.log(`SKIPPED: the Python package is not tested, since ${missing}`);
    return;
  }
  const bin = virtualEnvironment(path.join(outside, 'venv'), [onlyFile(wheels, '.whl'), ...python]);
  writeFileSync(path.join(outside, 'app.py'), readFileSync(path.join(ROOT, 'package-test', 'app.py')));
  deepStrictEqual(
    synthesize(path.join(bin, 'python'), ['app.py'], outside),
    withLowest.get('app'),
    'the templates of app.py and app.ts',
  );
  report(`Python with ${python.join(' and ')} makes the same templates`);
}

function checkContents(tarball: string): void {
  const sources = readdirSync(path.join(ROOT, 'lib')).map((name) => path.basename(name, '.ts'));
  const expected = [
    ...sources.flatMap((name) => [`lib/${name}.js`, `lib/${name}.d.ts`]),
    ...['.jsii', 'API.md', 'CHANGELOG.md', 'LICENSE', 'README.md', 'assets/handler/index.js', 'package.json'],
  ];
  const listed = runCommand('tar', ['-tzf', tarball], { cwd: ROOT }).trim().split('\n');
  deepStrictEqual(listed.sort(), expected.map((name) => `package/${name}`).sort(), 'what is in the tarball');
  report(`the tarball has ${listed.length} files, and each is meant to be there`);
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
    report('no run-time dependencies, and nothing for npm audit --omit=dev');
  } else {
    console.log('SKIPPED: no npm audit, since the registry does not answer it');
  }
}

/** Installs the package and these peers in an empty folder, and answers with the templates of each program there. */
function synthesizeOutside(folder: string, tarball: string, peers: readonly string[]): Map<string, Templates> {
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
  return new Map(programs.map((name) => [name, synthesize(process.execPath, [`${name}.js`], folder)]));
}

/** Runs a CDK app as the CDK CLI does, but without its context. */
function synthesize(command: string, args: readonly string[], cwd: string): Templates {
  const outdir = mkdtempSync(path.join(cwd, 'cdk.out-'));
  runCommand(command, args, { cwd, env: { ...JSII_ENVIRONMENT, CDK_OUTDIR: outdir } });
  const files = readdirSync(outdir).filter((name) => name.endsWith('.template.json'));
  const templates = files.map((name) => [name, JSON.parse(readFileSync(path.join(outdir, name), 'utf8'))] as const);
  equal(templates.length > 0, true, `${args.join(' ')} makes templates`);
  return Object.fromEntries(templates);
}

function onlyFile(folder: string, ending: string): string {
  const [name, ...others] = existsSync(folder) ? readdirSync(folder).filter((entry) => entry.endsWith(ending)) : [];
  if (name === undefined || others.length > 0) {
    throw new Error(`expected one *${ending} in ${folder}: run \`npm run package\` first`);
  }
  return path.join(folder, name);
}

function lowestOf(range: string): string {
  const version = /^\^(\d+\.\d+\.\d+)$/.exec(range)?.[1];
  if (version === undefined) {
    throw new Error(`the lowest version of ${range} is not known: write it as ^1.2.3`);
  }
  return version;
}

function report(line: string): void {
  console.log(`ok: ${line}`);
}

const outside = mkdtempSync(path.join(tmpdir(), 'package-test-'));
try {
  testPackage(outside);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(outside, { recursive: true });
}
