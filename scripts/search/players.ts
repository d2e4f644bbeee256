import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import * as path from 'node:path';
import { build } from 'esbuild';
import type { History } from '../../simulator/histories/history';
import type { Played, ToPlay } from './player';

/** Of real time; a history takes less than a second. */
const LONGEST_MILLISECONDS = 60_000;

interface Waiting {
  readonly toPlay: ToPlay;
  readonly resolve: (played: Played | 'DOES NOT END') => void;
  readonly reject: (error: Error) => void;
}

/** Plays histories in as many processes as there are cores. */
export class Players {
  private readonly waiting: Waiting[] = [];
  private readonly idle: ChildProcess[] = [];
  private readonly all = new Set<ChildProcess>();

  private constructor(
    private readonly file: string,
    readonly count: number,
  ) {}

  /** @param folder the folder for the program of the processes */
  static async start(folder: string, count = availableParallelism()): Promise<Players> {
    const outfile = path.join(folder, 'player.js');
    await build({
      entryPoints: [path.join(__dirname, 'player.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
    });
    return new Players(outfile, count);
  }

  /** @param directory a cloud assembly with the patterns of histories */
  play(history: History, directory: string): Promise<Played | 'DOES NOT END'> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ toPlay: { directory, history }, resolve, reject });
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

  private hand({ toPlay, resolve, reject }: Waiting, child: ChildProcess): void {
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
    child.once('message', (played: Played) => {
      resolve(played);
      done(true);
    });
    child.once('exit', (code) => {
      reject(new Error(`a process that played a history ended with code ${code}`));
      done(false);
    });
    child.send(toPlay);
  }
}
