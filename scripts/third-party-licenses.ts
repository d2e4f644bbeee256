import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { ROOT, readManifest } from './package-manifest';

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/**
 * The license of each package in the handler's bundle. These licenses require that they accompany the code.
 *
 * @param files those in the bundle, relative to the checkout
 * @throws Error if a package has no license file
 */
export function thirdPartyLicenses(files: readonly string[]): string {
  const folders = new Set(files.flatMap((file) => PACKAGE.exec(file)?.[1] ?? []));
  return [...folders]
    .sort()
    .map(licenseIn)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licenseIn(folder: string): string {
  const absolute = path.join(ROOT, folder);
  const { name, version } = readManifest(absolute);
  const file = readdirSync(absolute).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} is in the handler's bundle, and has no license file`);
  return `${name} ${version}\n\n${readFileSync(path.join(absolute, file), 'utf8').trim()}\n`;
}
