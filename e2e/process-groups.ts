import { type ChildProcess, spawn } from 'node:child_process';

export interface Finished {
  /** 127 where there is no such command, as in a shell; 128 where a signal ended it. */
  readonly exitCode: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

export interface Started {
  readonly finished: Promise<Finished>;
  /** What it has printed so far. */
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
 * Starts processes, each as the leader of a group of its own, so that whatever they start in turn can be ended with them
 * and a Ctrl-C in the terminal reaches nobody but us.
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
      // Whom it leaves behind is ended with it; else the output, which they inherited, would not close.
      child.once('exit', () => signalGroup(child, 'SIGKILL'));
      child.once('close', (code) => resolve({ exitCode: code ?? 128, output: output() }));
    });
    this.running.set(child, finished);
    void finished.then(() => this.running.delete(child));
    return { finished, output, kill: () => signalGroup(child, 'SIGKILL') };
  }

  /** To its end, or until it takes too long. */
  async run(command: Command, longest = LONGEST_RUN): Promise<Finished> {
    const { finished, kill } = this.start(command);
    const timer = setTimeout(kill, longest);
    try {
      return await finished;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends every group, and lets nothing start any more. */
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

/** Also when its leader is gone: the rest of a group keeps its number. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}
