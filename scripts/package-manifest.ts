import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

export type Json = Readonly<Record<string, unknown>>;

export const ROOT = path.join(__dirname, '..');

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
  /** All of package.json. */
  readonly all: Json;
}

/** The package.json in a folder. Throws if it is invalid. */
export function readManifest(folder: string): Manifest {
  const file = path.join(folder, 'package.json');
  const all: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isRecord(all)) {
    throw new Error(`${file} is not an object`);
  }
  const { name, version, peerDependencies = {} } = all;
  if (typeof name !== 'string' || typeof version !== 'string' || !isRecord(peerDependencies)) {
    throw new Error(`${file} has no name, no version, or peerDependencies that are not an object`);
  }
  const peers = Object.entries(peerDependencies).map(([peer, range]) => [peer, String(range)] as const);
  return { name, version, peerDependencies: Object.fromEntries(peers), all };
}

/** The package.json of the checkout. */
export const MANIFEST = readManifest(ROOT);

/** The installed version of a package in the checkout. */
export function installedVersion(name: string): string {
  return readManifest(path.join(ROOT, 'node_modules', name)).version;
}

/** The only file with that ending in a folder of dist/. */
export function onlyFile(folder: string, ending: string): string {
  const [name, ...others] = existsSync(folder) ? readdirSync(folder).filter((entry) => entry.endsWith(ending)) : [];
  if (name === undefined || others.length > 0) {
    throw new Error(`expected one *${ending} in ${folder}: run \`npm run package\` first`);
  }
  return path.join(folder, name);
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
