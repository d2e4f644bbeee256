import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import * as path from 'node:path';
import { build } from 'esbuild';
import type { History } from '../../simulator/histories/history';
import type { CountedRun, HistoryTask, RunOutcome } from './history-worker';

/** Of real time; a history takes less than a second. */
const LONGEST_MILLISECONDS = 60_000;

interface Waiting {
  readonly task: HistoryTask;
  readonly resolve: (played: RunOutcome) => void;
  readonly reject: (error: Error) => void;
}

/** Runs histories in as many processes as there are cores. */
export class HistoryWorkers {
  private readonly waiting: Waiting[] = [];
  private readonly idle: ChildProcess[] = [];
  private readonly all = new Set<ChildProcess>();

  private constructor(
    private readonly file: string,
    readonly count: number,
  ) {}

  /** @param folder the folder for the program of the processes */
  static async start(folder: string, count = availableParallelism()): Promise<HistoryWorkers> {
    const outfile = path.join(folder, 'history-worker.js');
    await build({
      entryPoints: [path.join(__dirname, 'history-worker.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
    });
    return new HistoryWorkers(outfile, count);
  }

  /** @param directory a cloud assembly with the sample stacks of histories (`test/histories/synthesized.ts`) */
  run(history: History, directory: string): Promise<RunOutcome> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ task: { directory, history }, resolve, reject });
      this.next();
    });
  }

  /** Removes the histories that no process has started. */
  forgetWaiting(): void {
    this.waiting.length = 0;
  }

  stop(): void {
    this.forgetWaiting();
    for (const child of this.all) {
      child.removeAllListeners();
      child.kill('SIGKILL');
    }
  }

  private next(): void {
    const child = this.idle.pop() ?? this.start();
    if (child === undefined) return;
    const task = this.waiting.shift();
    if (task === undefined) this.idle.push(child);
    else this.hand(task, child);
  }

  private start(): ChildProcess | undefined {
    if (this.all.size >= this.count) return undefined;
    const child = fork(this.file);
    this.all.add(child);
    return child;
  }

  private hand({ task, resolve, reject }: Waiting, child: ChildProcess): void {
    const done = (isAlive: boolean): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      if (isAlive) this.idle.push(child);
      else this.all.delete(child);
      this.next();
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve('DOES NOT END');
      done(false);
    }, LONGEST_MILLISECONDS);
    child.once('message', (counted: CountedRun) => {
      resolve(counted);
      done(true);
    });
    child.once('exit', (code) => {
      reject(new Error(`a process that ran a history ended with code ${code}`));
      done(false);
    });
    child.send(task);
  }
}
