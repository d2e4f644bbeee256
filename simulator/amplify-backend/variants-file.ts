import * as fs from 'node:fs';
import { DEFAULT_VARIANTS, parseVariants, type Variants } from './variants';

/** The format of a survey's report, which contains the observed variants. */
const SURVEY = /^amplify-survey\//;

/**
 * The variants in `survey.json`, or in a file with variants only.
 * @throws RangeError if the text is invalid
 */
export function readVariants(text: string): Partial<Variants> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new RangeError('it is not JSON');
  }
  const members = membersOf(parsed);
  const settings = SURVEY.test(String(members?.['format'])) ? membersOf(members?.['variants']) : members;
  if (settings === undefined) throw new RangeError('it has no variants');
  const all = parseVariants(settings, DEFAULT_VARIANTS);
  return Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(settings, name)));
}

/** @throws RangeError that names the file */
export function readVariantsFile(file: string): Partial<Variants> {
  try {
    return readVariants(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RangeError(`variants cannot be read from ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}
