import { type Clock, sleep } from '../clock';
import type { Moment, When } from './history';

/** What a moment is about. */
export interface Subject {
  readonly appId: string;
  readonly environment: string;
}

interface Waiting {
  readonly when: Extract<When, { kind: 'around' }>;
  readonly act: (subject: Subject) => void;
  timesLeft: number;
}

/** Lets things be done around what happens in a run, whenever that is. */
export class Moments {
  private waiting: Waiting[] = [];

  constructor(private readonly clock: Clock) {}

  /**
   * Does something at that time, counted from now; never, where the moment does not come.
   *
   * @param act is told what the moment is about, where there is one
   */
  plan(when: When, act: (subject: Subject | undefined) => void): void {
    if (when.kind === 'at') void sleep(this.clock, when.seconds * 1000).then(() => act(undefined));
    else this.waiting.push({ when, act, timesLeft: when.nth });
  }

  /**
   * @param at when it is, where that is known before or something is still under way. @default - now, and nothing comes
   * between it and what is planned for it
   */
  happens(moment: Moment, subject: Subject, at?: number): void {
    const concerned = this.waiting.filter(({ when }) => when.moment === moment);
    if (concerned.length === 0) return;
    for (const each of concerned) each.timesLeft -= 1;
    const due = concerned.filter(({ timesLeft }) => timesLeft === 0);
    this.waiting = this.waiting.filter((each) => !due.includes(each));
    const now = this.clock.now();
    for (const { when, act } of due) {
      const wait = (at ?? now) + when.milliseconds - now;
      if (at === undefined && wait <= 0) act(subject);
      else this.clock.schedule(() => act(subject), wait);
    }
  }
}
