import * as fs from 'node:fs';
import * as path from 'node:path';
import { buildPlainHandler } from '../plain-sdk';
import { type Branch, branchCounters } from './branch-counters';
import type { Rule } from './rules';

const HANDLER_SOURCES = path.join(__dirname, '..', '..', 'lambda');

/**
 * @param text the content of the rule's file
 * @throws Error unless the text of the rule occurs exactly once
 */
export function withoutRule({ name, file, before, after }: Rule, text: string): string {
  const times = text.split(before).length - 1;
  if (times !== 1) {
    throw new Error(`the text of the rule "${name}" occurs ${times} times in lambda/${file}, not once: ${before}`);
  }
  // A function, since $ has a meaning in a replacement text.
  return text.replace(before, () => after);
}

export function sourceOf({ file }: Rule): string {
  return fs.readFileSync(path.join(HANDLER_SOURCES, file), 'utf8');
}

/** Bundles the handler of the histories without one of its rules. */
export async function buildBrokenHandler(rule: Rule, outfile: string): Promise<void> {
  const branches: Branch[] = [];
  const broken = path.join(HANDLER_SOURCES, rule.file);
  const rewrite = (file: string, text: string): string => (file === broken ? withoutRule(rule, text) : text);
  await buildPlainHandler(outfile, [branchCounters(branches, rewrite)]);
}
