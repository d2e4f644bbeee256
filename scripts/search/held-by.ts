import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT } from '../package-manifest';
import { runCommand } from '../run-command';
import { sourceOf, withoutRule } from './broken-handler';
import type { Rule } from './rules';

/** The parts of Jest's JSON that are used here. */
interface JestResults {
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/** A copy of the project, whose handler can be changed without a change of the project itself. */
export function copyOfProject(folder: string): string {
  const copy = path.join(folder, 'without-rule');
  for (const file of runCommand('git', ['ls-files'], { cwd: ROOT }).split('\n')) {
    if (file !== '' && fs.existsSync(path.join(ROOT, file))) fs.cpSync(path.join(ROOT, file), path.join(copy, file));
  }
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

/** @returns whether the test that the rule names fails without the rule */
export function isHeld(rule: Rule, copy: string): boolean {
  if (rule.heldBy === undefined) return false;
  const source = sourceOf(rule);
  const file = path.join(copy, 'lambda', rule.file);
  const title = rule.heldBy.test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%s', '.*');
  const report = path.join(copy, 'held-by.json');
  fs.rmSync(report, { force: true });
  fs.writeFileSync(file, withoutRule(rule, source));
  try {
    spawnSync(
      process.execPath,
      [
        path.join('node_modules', 'jest', 'bin', 'jest.js'),
        path.join('test', rule.heldBy.file),
        '--selectProjects',
        'cdk defaults',
        '--testNamePattern',
        title,
        '--json',
        '--outputFile',
        report,
      ],
      { cwd: copy, stdio: 'ignore', timeout: 60_000 },
    );
  } finally {
    fs.writeFileSync(file, source);
  }
  if (!fs.existsSync(report)) return false;
  const results: JestResults = JSON.parse(fs.readFileSync(report, 'utf8'));
  return results.numFailedTests > 0 && results.numRuntimeErrorTestSuites === 0;
}
