import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { runCommand, tryCommand } from './run-command';

/**
 * Why a package of Python cannot be had here, in a few words, or `undefined` where it can. What fails after this has
 * said `undefined` is a failure, and no reason to skip anything.
 *
 * @param requirement e.g. `cfn-lint==1.58.0`
 */
export function whyNoPython(requirement: string): string | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'python-index-'));
  const succeeds = (...args: readonly string[]): boolean => tryPython(args, folder);
  try {
    if (!succeeds('--version')) {
      return 'python3 is not installed';
    }
    if (!succeeds('-m', 'pip', '--version') || !succeeds('-c', 'import ensurepip, venv')) {
      return 'python3 has no pip, or cannot make virtual environments';
    }
    return succeeds('-m', 'pip', 'download', '--no-deps', '--retries', '1', '--timeout', '20', requirement)
      ? undefined
      : `pip finds no ${requirement}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A new virtual environment with these packages in it. Returns the folder of its commands. */
export function virtualEnvironment(folder: string, requirements: readonly string[]): string {
  rmSync(folder, { recursive: true, force: true });
  runCommand('python3', ['-m', 'venv', folder], { cwd: path.dirname(folder) });
  const bin = path.join(folder, 'bin');
  runCommand(path.join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', ...requirements], { cwd: folder });
  return bin;
}

function tryPython(args: readonly string[], cwd: string): boolean {
  try {
    return tryCommand('python3', args, { cwd }).status === 0;
  } catch {
    return false;
  }
}
