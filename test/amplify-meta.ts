import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetaConfig } from '../lambda/backend-service';
import { isRecord } from '../lambda/unknown-value';

const FOLDER = join(__dirname, 'amplify-meta');

/** Files `amplify-meta.json` of public repositories, by name. Their IDs and accounts are replaced. */
export function amplifyMetaFiles(): readonly (readonly [name: string, config: MetaConfig])[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => [file.replace(/\.json$/, ''), configIn(file)]);
}

export function amplifyMetaFile(name: string): MetaConfig {
  return configIn(`${name}.json`);
}

function configIn(file: string): MetaConfig {
  const config: unknown = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
  if (!isRecord(config)) throw new Error(`${file} is not the text of a JSON object`);
  return config;
}
