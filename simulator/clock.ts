/** The clock of the whole simulator. With a virtual one, an hour passes in milliseconds. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `callback` once, `milliseconds` from now, and returns a function that cancels it. */
  schedule(callback: () => void, milliseconds: number): () => void;
}

export function sleep(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(resolve, milliseconds);
  });
}

export const realClock: Clock = {
  now: () => Date.now(),
  schedule: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

interface Timer {
  readonly dueAt: number;
  readonly order: number;
  /** Undefined after the timer was cancelled. */
  callback: (() => void) | undefined;
}

/**
 * A clock that jumps to the next timer as soon as no code can run without it. Timers that are due at the same time fire in
 * the order in which they were set, so each run is the same.
 */
export class VirtualClock implements Clock {
  private time: number;
  private scheduled = 0;
  /** A binary heap: no timer is due before the one at half its index. */
  private readonly timers: Timer[] = [];

  constructor(startAt = Date.UTC(2026, 0, 1)) {
    this.time = startAt;
  }

  now(): number {
    return this.time;
  }

  schedule(callback: () => void, milliseconds: number): () => void {
    this.scheduled += 1;
    const timer: Timer = { dueAt: this.time + Math.max(0, Math.trunc(milliseconds)), order: this.scheduled, callback };
    this.insert(timer);
    return () => {
      timer.callback = undefined;
    };
  }

  /** Advances the time until `promise` settles. Throws an error if no timer is left that could settle it. */
  async runUntil<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    for (;;) {
      await idle();
      if (settled) return promise;
      if (!this.fireNext()) throw new Error('the virtual clock has nothing left to run, but the promise is pending');
    }
  }

  /** Advances the time by `milliseconds`. */
  async advance(milliseconds: number): Promise<void> {
    await this.runUntil(sleep(this, milliseconds));
  }

  private fireNext(): boolean {
    for (;;) {
      const next = this.takeFirst();
      if (next === undefined) return false;
      if (next.callback === undefined) continue;
      this.time = Math.max(this.time, next.dueAt);
      next.callback();
      return true;
    }
  }

  private insert(timer: Timer): void {
    const { timers } = this;
    let index = timers.length;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const other = timers[parent];
      if (other === undefined || isBefore(other, timer)) break;
      timers[index] = other;
      index = parent;
    }
    timers[index] = timer;
  }

  private takeFirst(): Timer | undefined {
    const { timers } = this;
    const [first] = timers;
    const last = timers.pop();
    if (last === undefined || last === first) return first;
    let index = 0;
    for (;;) {
      const [left, right] = [timers[2 * index + 1], timers[2 * index + 2]];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || isBefore(last, child)) break;
      timers[index] = child;
      index = 2 * index + (isRight ? 2 : 1);
    }
    timers[index] = last;
    return first;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.order < other.order);
}

/** Resolves after all promise and stream callbacks that do not wait for a timer. */
function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
