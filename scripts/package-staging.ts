import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { buildHandler, bundledFiles } from './build-handler';
import { markPrograms, rosettaFixture } from './docs-snippets';
import { type Addresses, addressesOf } from './package-addresses';
import { isRecord, type Json, MANIFEST, ROOT } from './package-manifest';
import { installLowestPeers, lowestPeers } from './package-peers';
import { runCommand, tryCommand } from './run-command';
import { thirdPartyLicenses } from './third-party-licenses';

const STAGING = path.join(ROOT, 'dist', 'staging');

/** jsii-rosetta's translations of the samples, for jsii-pacmak. */
const SAMPLES = path.join(ROOT, 'dist', 'samples.tabl.json');

/** Published as in the checkout, and compiled. */
const COMPILED = ['lib', 'assets/handler'];

/** Published as in the checkout, and not compiled: everything that the documents link to. */
const DOCUMENTS = ['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'SECURITY.md', 'docs', 'examples'];

/** The licenses of the packages in the handler's bundle. */
export const LICENSES = 'THIRD-PARTY-LICENSES';

/** Only the checkout needs these. `private` prevents the checkout itself, which is not compiled, from being published. */
const ONLY_IN_THE_CHECKOUT = ['private', 'scripts', 'devDependencies'];

export const JSII_ENVIRONMENT = {
  // Each jsii tool prints a box of exclamation marks about a version of Node.js that is newer than the tool.
  JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1',
};

/**
 * Copies the library to a separate folder, and compiles it there with jsii against the lowest versions of its peers. Next to the
 * sources, tests would load the .js files instead. Returns the folder.
 */
export async function stageLibrary(): Promise<string> {
  await buildHandler();
  rmSync(STAGING, { recursive: true, force: true });
  mkdirSync(STAGING, { recursive: true });
  copyToStaging(COMPILED);
  // jsii reads it, and puts it into the assembly.
  const readme = markPrograms(readFileSync(path.join(ROOT, 'README.md'), 'utf8'));
  writeFileSync(path.join(STAGING, 'README.md'), readme);
  writeFileSync(path.join(STAGING, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`);
  writeFileSync(path.join(STAGING, LICENSES), thirdPartyLicenses(await bundledFiles()));
  linkModules(installLowestPeers());

  jsiiTool('jsii', ['--fail-on-warnings']);
  copyToStaging(documentFiles());
  mkdirSync(path.join(STAGING, 'rosetta'));
  writeFileSync(path.join(STAGING, 'rosetta', 'default.ts-fixture'), rosettaFixture());
  return STAGING;
}

/** Skips what git ignores, such as the files that a run of an example leaves in its folder. */
export function documentFiles(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...DOCUMENTS];
  const files = runCommand('git', args, { cwd: ROOT }).split('\0');
  return files.filter((name) => name !== '' && existsSync(path.join(ROOT, name)));
}

/** The API.md of the staged library. It stays in the staging folder as well, to be packed. */
export function apiReference(): string {
  jsiiTool('jsii-docgen', ['--output', 'API.md']);
  return readFileSync(path.join(STAGING, 'API.md'), 'utf8');
}

/** @throws Error where code in README.md or in a doc comment does not compile, and so cannot be translated */
export function translateSamples(): void {
  rmSync(SAMPLES, { force: true });
  const { status, stdout, stderr } = tryJsiiTool('jsii-rosetta', ['extract', '--strict', '--cache-to', SAMPLES]);
  if (status !== 0) {
    throw new Error(
      [
        `${stdout}${stderr}`.trim(),
        '',
        'jsii-rosetta translates each block of code marked `ts` in README.md, and each @example in lib/, for the other',
        'languages, and the ones above do not compile. A block imports everything that it uses, or nothing. Without imports, it',
        'runs in the constructor of a stack (`this`), with what `rosettaFixture` in scripts/docs-snippets.ts declares.',
      ].join('\n'),
    );
  }
}

/** The staged package for the language, in dist/ and the language's name. */
export function pack(target: string, args: readonly string[] = []): void {
  // The manifest's list of files says what goes into the tarball; jsii-pacmak would write an .npmignore as well.
  const outdir = path.join(ROOT, 'dist');
  const samples = ['--rosetta-tablet', SAMPLES, '--rosetta-unknown-snippets', 'fail'];
  jsiiTool('jsii-pacmak', ['--no-npmignore', '--targets', target, '--outdir', outdir, ...samples, ...args]);
}

function publishedManifest(): Json {
  const published = Object.entries(MANIFEST.all).filter(([key]) => !ONLY_IN_THE_CHECKOUT.includes(key));
  const addresses = addressesOf(MANIFEST);
  return {
    ...Object.fromEntries(published),
    repository: { type: 'git', url: `${addresses.repository}.git` },
    homepage: `${addresses.repository}#readme`,
    bugs: { url: `${addresses.repository}/issues` },
    // jsii requires the versions that it compiles against.
    devDependencies: Object.fromEntries(lowestPeers()),
    jsii: withAddresses(record(MANIFEST.all['jsii'], 'jsii'), addresses),
  };
}

/** The settings of jsii, with those that follow from the repository's address. */
function withAddresses(jsii: Json, { goModule, mavenGroup, javaPackage }: Addresses): Json {
  const targets = record(jsii['targets'], 'jsii.targets');
  const { go, java } = targets;
  const maven = record(record(java, 'jsii.targets.java')['maven'], 'jsii.targets.java.maven');
  return {
    ...jsii,
    targets: {
      ...targets,
      go: { ...record(go, 'jsii.targets.go'), moduleName: goModule },
      java: { package: javaPackage, maven: { ...maven, groupId: mavenGroup } },
    },
  };
}

function record(value: unknown, name: string): Json {
  if (!isRecord(value)) {
    throw new Error(`package.json has no ${name}`);
  }
  return value;
}

function copyToStaging(names: readonly string[]): void {
  for (const name of names) {
    cpSync(path.join(ROOT, name), path.join(STAGING, name), { recursive: true });
  }
}

/** jsii's tools look for the peers' assemblies and for types nowhere else. npm leaves node_modules out of a tarball. */
function linkModules(peers: string): void {
  const modules = path.join(STAGING, 'node_modules');
  mkdirSync(modules);
  for (const name of lowestPeers().keys()) {
    symlinkSync(path.join(peers, name), path.join(modules, name), 'dir');
  }
  symlinkSync(path.join(ROOT, 'node_modules', '@types'), path.join(modules, '@types'), 'dir');
}

/** Runs one of jsii's commands in the staging folder. */
function jsiiTool(name: string, args: readonly string[]): void {
  runCommand(jsiiCommand(name), args, { cwd: STAGING, env: JSII_ENVIRONMENT });
}

function tryJsiiTool(name: string, args: readonly string[]): ReturnType<typeof tryCommand> {
  return tryCommand(jsiiCommand(name), args, { cwd: STAGING, env: JSII_ENVIRONMENT });
}

function jsiiCommand(name: string): string {
  return path.join(ROOT, 'node_modules', '.bin', name);
}
