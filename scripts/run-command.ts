import { spawnSync } from 'node:child_process';

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command, and waits for its end. Throws only if the command cannot be started. */
export function tryCommand(command: string, args: readonly string[], { cwd, env }: CommandOptions): CommandResult {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) {
    throw new Error(`${command} could not be run: ${error.message}`);
  }
  return { status, stdout, stderr };
}

/** The output of a command. Throws an error with all of its output if it does not exit with 0. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions): string {
  const { status, stdout, stderr } = tryCommand(command, args, options);
  if (status !== 0) {
    throw new Error(
      `${[command, ...args].join(' ')} (in ${options.cwd}) exited with ${status}:\n${stdout}${stderr}`.trim(),
    );
  }
  return stdout;
}
