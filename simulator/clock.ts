/** What everything in the simulator tells the time by, so that an hour can pass in milliseconds. */
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
  readonly callback: () => void;
}

/**
 * A clock that jumps from one timer to the next as soon as nothing else is left to do. Timers that are due at the same
 * moment fire in the order in which they were set, so a run is the same each time.
 */
export class VirtualClock implements Clock {
  private time: number;
  private scheduled = 0;
  private timers: Timer[] = [];

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
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Lets time pass until `promise` settles; an error when nothing is scheduled any more that could settle it. */
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

  /** Lets `milliseconds` pass. */
  async advance(milliseconds: number): Promise<void> {
    await this.runUntil(sleep(this, milliseconds));
  }

  private fireNext(): boolean {
    const next = this.timers.shift();
    if (next === undefined) return false;
    this.time = Math.max(this.time, next.dueAt);
    next.callback();
    return true;
  }

  private insert(timer: Timer): void {
    let low = 0;
    let high = this.timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.timers[middle];
      if (other !== undefined && other.dueAt <= timer.dueAt) low = middle + 1;
      else high = middle;
    }
    this.timers.splice(low, 0, timer);
  }
}

/** Resolves when every promise and stream callback that can run without time passing has run. */
function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
