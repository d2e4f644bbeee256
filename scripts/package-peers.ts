import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { MANIFEST, ROOT, readManifest } from './package-manifest';
import { runCommand } from './run-command';

/**
 * The lowest version of each peer, by name. The library is compiled against these, so its interface uses nothing newer, and the
 * packages for Go and Java require nothing newer.
 *
 * aws-cdk-lib 2.220.0 is of October 2025. Earlier releases lack something: in 2.202.0, Provider does not have
 * `frameworkLambdaLoggingLevel`, which keeps the response URL out of the logs. Up to 2.210.0, `determineLatestNodeRuntime`
 * returns Node.js 18 in three isolated Regions that have Node.js 22.
 */
export function lowestPeers(): Map<string, string> {
  return new Map(Object.entries(MANIFEST.peerDependencies).map(([name, range]) => [name, lowestOf(range)]));
}

/** A node_modules folder with only the lowest peers. A later run uses it again. */
export function installLowestPeers(): string {
  const folder = path.join(ROOT, 'build', 'lowest-peers');
  const modules = path.join(folder, 'node_modules');
  const peers = [...lowestPeers()];
  const isInstalled = ([name, version]: readonly [string, string]): boolean =>
    existsSync(path.join(modules, name)) && readManifest(path.join(modules, name)).version === version;
  if (!peers.every(isInstalled)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
    const wanted = peers.map(([name, version]) => `${name}@${version}`);
    runCommand('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...wanted], { cwd: folder });
  }
  return modules;
}

function lowestOf(range: string): string {
  const version = /^\^(\d+\.\d+\.\d+)$/.exec(range)?.[1];
  if (version === undefined) {
    throw new Error(`the lowest version of ${range} is not known: write it as ^1.2.3`);
  }
  return version;
}
