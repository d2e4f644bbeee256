import type { Random } from '../random';
import type { Operation } from './operations';

/** The faults of one call. "After acceptance" means that the service did what was requested, whatever the answer says. */
export const FAULTS = [
  '429',
  '500 before acceptance',
  '500 after acceptance',
  '504 before acceptance',
  '504 after acceptance',
  'reset before acceptance',
  'reset after acceptance',
  'AccessDeniedException',
  /** Answers that violate the service's model. All come after acceptance. */
  'HTML body',
  'empty body',
  'broken JSON',
  'wrong types',
  'unknown status',
] as const;

export type Fault = (typeof FAULTS)[number];

export interface FaultRates {
  /** The probability of each fault per call, from 0 to 1. Their sum is at most 1. */
  readonly probabilities?: Partial<Readonly<Record<Fault, number>>>;
  /** Periods in which every call is answered 429. Each gap and each burst lasts half to one and a half times its mean. */
  readonly bursts?: { readonly meanGapMilliseconds: number; readonly meanBurstMilliseconds: number };
  /** The number of calls that the service accepts per second of its clock. It answers 429 beyond that. */
  readonly callsPerSecond?: number;
}

interface Burst {
  readonly startsAt: number;
  readonly endsAt: number;
}

interface Scripted {
  readonly operation: Operation | 'any';
  readonly fault: Fault | 'none';
  timesLeft: number;
}

/** Decides the fault of each call. Scripted faults come before random ones. */
export class Faults {
  private scripted: Scripted[] = [];
  private burst: Burst | undefined;
  private second = 0;
  private callsInSecond = 0;

  constructor(
    private readonly random: Random,
    private readonly rates: FaultRates = {},
  ) {}

  /** The next `times` calls of the operation have this fault; with `none`, no fault. Earlier scripted faults come first. */
  next(operation: Operation | 'any', fault: Fault | 'none', times = 1): void {
    this.scripted.push({ operation, fault, timesLeft: times });
  }

  /** Every call has this fault, until `clear`. */
  always(operation: Operation | 'any', fault: Fault | 'none'): void {
    this.next(operation, fault, Number.POSITIVE_INFINITY);
  }

  /** Removes all scripted faults. */
  clear(): void {
    this.scripted = [];
  }

  draw(operation: Operation, now: number): Fault | undefined {
    const script = this.scripted.find((entry) => entry.operation === operation || entry.operation === 'any');
    if (script !== undefined) {
      script.timesLeft -= 1;
      if (script.timesLeft <= 0) this.scripted = this.scripted.filter((entry) => entry !== script);
      return script.fault === 'none' ? undefined : script.fault;
    }
    if (this.isOverRate(now) || this.isInBurst(now)) return '429';
    return this.drawn();
  }

  private drawn(): Fault | undefined {
    const { probabilities } = this.rates;
    if (probabilities === undefined) return undefined;
    let left = this.random.next();
    for (const fault of FAULTS) {
      left -= probabilities[fault] ?? 0;
      if (left < 0) return fault;
    }
    return undefined;
  }

  private isOverRate(now: number): boolean {
    const { callsPerSecond } = this.rates;
    if (callsPerSecond === undefined) return false;
    const second = Math.floor(now / 1000);
    if (second !== this.second) {
      this.second = second;
      this.callsInSecond = 0;
    }
    this.callsInSecond += 1;
    return this.callsInSecond > callsPerSecond;
  }

  private isInBurst(now: number): boolean {
    if (this.rates.bursts === undefined) return false;
    const { meanGapMilliseconds, meanBurstMilliseconds } = this.rates.bursts;
    const around = (mean: number): number => Math.max(1, mean * (0.5 + this.random.next()));
    let burst = this.burst;
    while (burst === undefined || burst.endsAt <= now) {
      const startsAt: number = (burst?.endsAt ?? now) + around(meanGapMilliseconds);
      burst = { startsAt, endsAt: startsAt + around(meanBurstMilliseconds) };
    }
    this.burst = burst;
    return burst.startsAt <= now;
  }
}
