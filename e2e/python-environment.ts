import { readFile, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { Finished, ProcessGroups } from './process-groups';

/** This machine lacks a prerequisite of the run. The message is one sentence. */
export class NotAvailable extends Error {}

const FOLDER = path.join(__dirname, '.venv');
const REQUIREMENTS = path.join(__dirname, 'requirements.txt');
const INSTALLED = path.join(FOLDER, 'installed-requirements.txt');
const OLDEST_PYTHON = '3.10';

/**
 * A virtual environment with the packages of `requirements.txt`. It is created if it does not exist or is outdated, and kept
 * for the next run.
 * @returns the path of its Python
 * @throws NotAvailable without Python 3, or without a package index to install from
 */
export async function pythonEnvironment(processes: ProcessGroups, note: (line: string) => void): Promise<string> {
  const python = path.join(FOLDER, 'bin', 'python');
  const run = (command: string, args: readonly string[]): Promise<Finished> =>
    processes.run({ command, args, cwd: __dirname, env: process.env });
  const requirements = await readFile(REQUIREMENTS, 'utf8');
  const installed = await readFile(INSTALLED, 'utf8').catch(() => '');
  if (installed === requirements && (await run(python, ['-c', 'import boto3, ministack'])).exitCode === 0)
    return python;

  const [major, minor] = OLDEST_PYTHON.split('.');
  const version = await run('python3', ['-c', `import sys; sys.exit(sys.version_info < (${major}, ${minor}))`]);
  if (version.exitCode !== 0) {
    throw new NotAvailable(
      `The end-to-end test needs Python ${OLDEST_PYTHON} or newer as python3, and did not find it.`,
    );
  }
  note('creating a virtual environment and installing MiniStack into it');
  await rm(FOLDER, { recursive: true, force: true });
  const created = await run('python3', ['-m', 'venv', FOLDER]);
  if (created.exitCode !== 0) {
    await rm(FOLDER, { recursive: true, force: true });
    throw new NotAvailable(`The end-to-end test needs Python's venv module. It says: ${lastLine(created.output)}`);
  }
  const options = ['--quiet', '--disable-pip-version-check', '--no-input'];
  const pip = await run(python, ['-m', 'pip', 'install', ...options, '--requirement', REQUIREMENTS]);
  if (pip.exitCode !== 0) {
    await rm(FOLDER, { recursive: true, force: true });
    throw new NotAvailable(
      `The end-to-end test needs a Python package index to install MiniStack from, and pip says: ${lastLine(pip.output)}`,
    );
  }
  await writeFile(INSTALLED, requirements);
  return python;
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? 'nothing';
}
