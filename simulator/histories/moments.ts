import { type Clock, sleep } from '../clock';
import type { Moment, When } from './history';

/** The environment that a moment is about. */
export interface Subject {
  readonly appId: string;
  readonly environment: string;
}

interface Waiting {
  readonly when: Extract<When, { kind: 'around' }>;
  readonly act: (subject: Subject) => void;
  timesLeft: number;
}

/** Runs actions around moments of a run, whenever these come. */
export class Moments {
  private waiting: Waiting[] = [];

  constructor(private readonly clock: Clock) {}

  /**
   * Acts at that time, which counts from now. Never acts if the moment does not come.
   *
   * @param act receives the environment that the moment is about. Undefined for a fixed time
   */
  plan(when: When, act: (subject: Subject | undefined) => void): void {
    if (when.kind === 'at') void sleep(this.clock, when.seconds * 1000).then(() => act(undefined));
    else this.waiting.push({ when, act, timesLeft: when.nth });
  }

  /**
   * @param at the time of the moment, if it is known in advance, or if the code that reports it has to return before an action
   * follows. @default - now: an action that is due acts before this method returns
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
