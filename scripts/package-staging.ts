import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { buildHandler } from './build-handler';
import { ROOT, readManifest } from './package-manifest';
import { runCommand } from './run-command';

const STAGING = path.join(ROOT, 'dist', 'staging');

/** What is published as it lies in the checkout. */
const COPIED = ['lib', 'assets/handler', 'README.md', 'LICENSE', 'CHANGELOG.md'];

/** What only the checkout needs. `private` keeps the checkout itself, which is not compiled, from being published. */
const ONLY_IN_THE_CHECKOUT = ['private', 'scripts', 'devDependencies'];

/** jsii insists on one. Whoever publishes the package puts theirs into package.json, and this is not used any more. */
const NO_REPOSITORY_YET = { type: 'git', url: 'https://repository.invalid/cdk-amplify-backend-clone.git' };

/**
 * jsii wants a devDependency on the lowest version of each peer. The tests here run with a current one instead, and
 * `npm run package:test` compiles and synthesizes with the lowest.
 */
const SILENCED_WARNINGS = ['JSII6'];

export const JSII_ENVIRONMENT = {
  // Each jsii tool prints a box of exclamation marks about the version of Node.js.
  JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1',
  JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION: '1',
};

/**
 * Copies the library to a folder of its own and compiles it there with jsii, so that no .js file comes to lie beside
 * the sources, where tests would load it in their place. Returns the folder.
 */
export async function stageLibrary(): Promise<string> {
  await buildHandler();
  rmSync(STAGING, { recursive: true, force: true });
  mkdirSync(STAGING, { recursive: true });
  for (const name of COPIED) {
    cpSync(path.join(ROOT, name), path.join(STAGING, name), { recursive: true });
  }
  const published = Object.entries(readManifest(ROOT).all).filter(([key]) => !ONLY_IN_THE_CHECKOUT.includes(key));
  const manifest = { repository: NO_REPOSITORY_YET, ...Object.fromEntries(published) };
  writeFileSync(path.join(STAGING, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  // jsii-docgen looks for the peers' assemblies nowhere else. npm leaves node_modules out of a tarball.
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(STAGING, 'node_modules'), 'dir');

  jsiiTool('jsii', ['--fail-on-warnings', '--silence-warnings', ...SILENCED_WARNINGS]);
  return STAGING;
}

/** API.md, as the staged library has it now. It is left in the staging folder too, to be packed. */
export function apiReference(): string {
  jsiiTool('jsii-docgen', ['--output', 'API.md']);
  return readFileSync(path.join(STAGING, 'API.md'), 'utf8');
}

/** Runs one of jsii's commands in the staging folder. */
export function jsiiTool(name: string, args: readonly string[]): void {
  runCommand(path.join(ROOT, 'node_modules', '.bin', name), args, { cwd: STAGING, env: JSII_ENVIRONMENT });
}
