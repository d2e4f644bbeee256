import { type ChildProcess, spawn } from 'node:child_process';

export interface Finished {
  /** 127 if the command does not exist, as in a shell; 128 if a signal ended it. */
  readonly exitCode: number;
  /** Standard output and standard error, in the order of their arrival. */
  readonly output: string;
}

export interface Started {
  readonly finished: Promise<Finished>;
  /** The output so far. */
  output(): string;
  kill(): void;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

const LONGEST_RUN = 5 * 60_000;
const TIME_TO_END = 3000;

/**
 * Starts each process as the leader of a process group, so that its own child processes can be ended with it, and Ctrl-C in
 * the terminal signals this process only.
 */
export class ProcessGroups {
  private readonly running = new Map<ChildProcess, Promise<Finished>>();
  private closed = false;

  get areEnding(): boolean {
    return this.closed;
  }

  start({ command, args, cwd, env }: Command): Started {
    if (this.closed) throw new Error(`${command} was not started, because the run is ending`);
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    const output = (): string => Buffer.concat(chunks).toString();
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const finished = new Promise<Finished>((resolve) => {
      child.once('error', (error) => resolve({ exitCode: 127, output: `${output()}${error.message}\n` }));
      // The rest of the group is ended, too: it inherited the output, which would otherwise stay open.
      child.once('exit', () => signalGroup(child, 'SIGKILL'));
      child.once('close', (code) => resolve({ exitCode: code ?? 128, output: output() }));
    });
    this.running.set(child, finished);
    void finished.then(() => this.running.delete(child));
    return { finished, output, kill: () => signalGroup(child, 'SIGKILL') };
  }

  /** Runs a command until it ends, or until its timeout. */
  async run(command: Command, longest = LONGEST_RUN): Promise<Finished> {
    const { finished, kill } = this.start(command);
    const timer = setTimeout(kill, longest);
    try {
      return await finished;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends every group, and refuses to start more. */
  async endAll(): Promise<void> {
    this.closed = true;
    const groups = [...this.running];
    for (const [child] of groups) signalGroup(child, 'SIGTERM');
    const timer = setTimeout(() => {
      for (const [child] of groups) signalGroup(child, 'SIGKILL');
    }, TIME_TO_END);
    await Promise.all(groups.map(([, finished]) => finished));
    clearTimeout(timer);
  }
}

/** Also works if the leader has ended: the group keeps its ID. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has no process any more.
  }
}
