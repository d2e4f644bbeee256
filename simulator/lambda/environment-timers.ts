import type { Clock } from '../clock';

interface Timer {
  readonly callback: () => void;
  readonly dueAt: number;
  /** For intervals. */
  readonly every: number | undefined;
  cancel: () => void;
}

/** The result of `setTimeout`: an object, as in Node.js, that converts to its number. */
class Timeout {
  constructor(
    private readonly id: number,
    private readonly timers: EnvironmentTimers,
  ) {}

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  close(): this {
    this.timers.clear(this.id);
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }
}

/**
 * The timers of one execution environment. Between two invocations, Lambda freezes an environment. A timer that is due
 * meanwhile fires when the next invocation starts.
 */
export class EnvironmentTimers {
  private readonly timers = new Map<number, Timer>();
  private last = 0;
  private frozen = true;

  /** @param run runs a callback of the code, and handles its errors */
  constructor(
    private readonly clock: Clock,
    private readonly run: (callback: () => void) => void,
  ) {}

  set(callback: () => void, milliseconds: unknown, repeat = false): Timeout {
    // Node.js replaces every delay that is not a number from 1 to 2^31-1 by 1.
    const delay = typeof milliseconds === 'number' && milliseconds >= 1 && milliseconds < 2 ** 31 ? milliseconds : 1;
    return this.add(callback, delay, repeat ? delay : undefined);
  }

  setImmediate(callback: () => void): Timeout {
    return this.add(callback, 0, undefined);
  }

  clear(timeout: unknown): void {
    const id = Number(timeout);
    this.timers.get(id)?.cancel();
    this.timers.delete(id);
  }

  freeze(): void {
    this.frozen = true;
    for (const timer of this.timers.values()) timer.cancel();
  }

  thaw(): void {
    this.frozen = false;
    for (const [id, timer] of this.timers) this.schedule(id, timer);
  }

  clearAll(): void {
    this.freeze();
    this.timers.clear();
  }

  private add(callback: () => void, delay: number, every: number | undefined): Timeout {
    this.last += 1;
    const timer: Timer = { callback, dueAt: this.clock.now() + delay, every, cancel: () => {} };
    this.timers.set(this.last, timer);
    if (!this.frozen) this.schedule(this.last, timer);
    return new Timeout(this.last, this);
  }

  private schedule(id: number, timer: Timer): void {
    timer.cancel = this.clock.schedule(
      () => {
        if (timer.every === undefined) {
          this.timers.delete(id);
        } else {
          const next: Timer = { ...timer, dueAt: this.clock.now() + timer.every };
          this.timers.set(id, next);
          this.schedule(id, next);
        }
        this.run(timer.callback);
      },
      Math.max(0, timer.dueAt - this.clock.now()),
    );
  }
}
