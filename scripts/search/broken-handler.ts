import * as fs from 'node:fs';
import * as path from 'node:path';
import { buildPlainHandler } from '../plain-sdk';
import { type Branch, branchCounters } from './branch-counters';
import type { Rule } from './rules';

const HANDLER_SOURCES = path.join(__dirname, '..', '..', 'lambda');

/**
 * @param text of the rule's file
 * @throws Error when the text of the rule is not in it, or not just once
 */
export function withoutRule({ name, file, before, after }: Rule, text: string): string {
  const times = text.split(before).length - 1;
  if (times !== 1) {
    throw new Error(
      `lambda/${file} has this ${times} times, and should have it once: ${before}\nscripts/search/rules.ts takes it for the rule "${name}"`,
    );
  }
  // Not a text, in which $ would have a meaning.
  return text.replace(before, () => after);
}

export function sourceOf({ file }: Rule): string {
  return fs.readFileSync(path.join(HANDLER_SOURCES, file), 'utf8');
}

/** Bundles the handler, as histories run it, without one of its rules. */
export async function buildBrokenHandler(rule: Rule, outfile: string): Promise<void> {
  const branches: Branch[] = [];
  const broken = path.join(HANDLER_SOURCES, rule.file);
  const rewrite = (file: string, text: string): string => (file === broken ? withoutRule(rule, text) : text);
  await buildPlainHandler(outfile, [branchCounters(branches, rewrite)]);
}
