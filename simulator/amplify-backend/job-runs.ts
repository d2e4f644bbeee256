import type { Clock } from '../clock';
import type { Random } from '../random';
import {
  type App,
  type Environment,
  type Job,
  type Outcome,
  operationOf,
  type StackFailure,
  type Work,
} from './app-state';
import type { Journal, Origin, Remover } from './journal';
import { stackNameOf } from './meta-config';
import type { Variants } from './variants';

/** The duration of a job in milliseconds. */
export type JobDuration = (
  operation: 'CloneBackend' | 'DeleteBackend',
  random: Random,
  appId: string,
  environment: string,
) => number;

interface JobRunsProps {
  readonly clock: Clock;
  readonly random: Random;
  /** The variants now. They can change while a job runs. */
  readonly variants: () => Variants;
  readonly journal: Journal;
  readonly jobDuration?: JobDuration | undefined;
}

interface Run {
  readonly app: App;
  readonly job: Job;
}

/** Jobs were seen RUNNING for hours (amplify-hosting issue 1722). The simulator ends each after this time. */
const STUCK_MILLISECONDS = 6 * 60 * 60 * 1000;
const MINUTE = 60 * 1000;

/** Runs the jobs: starts and ends them, and makes their changes to the environments. */
export class JobRuns {
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly variants: () => Variants;
  private readonly journal: Journal;
  private readonly jobDuration: JobDuration;
  private readonly stackFailures = new Map<string, StackFailure>();
  private running: Run[] = [];
  private nextEnd = Number.POSITIVE_INFINITY;
  private accepted = 0;

  constructor({ clock, random, variants, journal, jobDuration = defaultDuration }: JobRunsProps) {
    this.clock = clock;
    this.random = random;
    this.variants = variants;
    this.journal = journal;
    this.jobDuration = jobDuration;
  }

  /** Ends the jobs that are due, in the order of their ends. @returns the time */
  settle(): number {
    const now = this.clock.now();
    while (this.nextEnd <= now) {
      const due = this.running.find(({ job }) => job.endsAt === this.nextEnd);
      if (due === undefined) throw new Error('no running job ends when the next one should');
      const { endsAt, outcome } = due.job;
      this.end(due, endsAt, outcome === 'stuck' ? { failed: undefined } : outcome);
    }
    return now;
  }

  /** The ID of the job that starts next. */
  newJobId(): string {
    this.accepted += 1;
    const digits = (count: number): string => {
      let text = '';
      while (text.length < count) text += this.random.integer(0, 15).toString(16);
      return text;
    };
    return `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${this.accepted.toString(16).padStart(12, '0')}`;
  }

  start(app: App, job: Pick<Job, 'jobId' | 'caller' | 'environment' | 'filedUnder' | 'work' | 'outcome'>): Job {
    const now = this.clock.now();
    const operation = job.work.kind === 'deletion' ? 'DeleteBackend' : 'CloneBackend';
    const duration = this.jobDuration(operation, this.random, app.appId, job.environment);
    const started: Job = {
      ...job,
      appId: app.appId,
      sequence: this.accepted,
      acceptedAt: now,
      // At least a millisecond: otherwise, the job would end at the time of its acceptance, and never be RUNNING.
      endsAt: now + (job.outcome === 'stuck' ? STUCK_MILLISECONDS : Math.max(1, duration)),
      end: undefined,
    };
    app.jobs.push(started);
    this.running.push({ app, job: started });
    this.nextEnd = Math.min(this.nextEnd, started.endsAt);
    return started;
  }

  /** Fails a running job at this time, before it is due. */
  fail(app: App, job: Job, at: number, reason: string): void {
    this.end({ app, job }, at, { failed: reason });
  }

  /** The first failure in the newest stack of that name. */
  stackFailure(stackName: string): StackFailure | undefined {
    return this.stackFailures.get(stackName);
  }

  /** For a job, or for other people, who need none. */
  createEnvironment(app: App, name: string, origin: Origin, at: number): Environment {
    const environment: Environment = { name, origin, createdAt: at, contents: [], deletedAt: undefined };
    app.environments.push(environment);
    this.journal.append({ kind: 'environment-created', at, appId: app.appId, environment: name, origin });
    return environment;
  }

  /** For a job, or for other people, who need none. Does nothing if the environment is deleted already. */
  deleteEnvironment(app: App, environment: Environment, at: number, by: Remover): void {
    if (environment.deletedAt !== undefined) return;
    environment.deletedAt = at;
    const { name, origin } = environment;
    this.journal.append({ kind: 'environment-deleted', at, appId: app.appId, environment: name, origin, by });
    const forgotten = at - this.variants().readLag.maxMilliseconds;
    app.environments = app.environments.filter(({ deletedAt }) => deletedAt === undefined || deletedAt >= forgotten);
  }

  private end({ app, job }: Run, at: number, outcome: Exclude<Outcome, 'stuck'>): void {
    this.running = this.running.filter((other) => other.job !== job);
    this.nextEnd = Math.min(...this.running.map((other) => other.job.endsAt));
    const completed = typeof outcome === 'string';
    const error = completed ? undefined : outcome.failed;
    const status = completed ? 'COMPLETED' : 'FAILED';
    job.end = { at, status, error };
    const { appId, caller, jobId, environment, work } = job;
    const operation = operationOf(job);
    this.journal.append({ kind: 'job-ended', at, appId, caller, jobId, operation, environment, status, error });
    if (work.kind === 'clone') this.endClone(app, job, work, at, completed);
    if (!completed && outcome.cause !== undefined) this.stackFailures.set(stackNameOf(environment), outcome.cause);
    if (work.kind === 'deletion' && outcome === 'COMPLETED' && work.environment !== undefined) {
      this.deleteEnvironment(app, work.environment, at, { kind: 'deletion job', jobId, caller });
    }
  }

  private endClone(app: App, job: Job, work: Extract<Work, { kind: 'clone' }>, at: number, completed: boolean): void {
    const origin: Origin = { kind: 'clone', jobId: job.jobId, caller: job.caller };
    if (completed) {
      const environment = work.environment ?? this.createEnvironment(app, job.environment, origin, at);
      environment.contents.push({ since: at, metaConfig: work.metaConfig });
      return;
    }
    // The deletion of its target ended this clone early, and removes the environment.
    if (at < job.endsAt) return;
    if (this.variants().failedCloneLeaves === 'nothing') {
      if (work.environment !== undefined) {
        this.deleteEnvironment(app, work.environment, at, { kind: 'failed clone', jobId: job.jobId });
      }
    } else if (work.environment === undefined) {
      this.createEnvironment(app, job.environment, origin, at);
    }
  }
}

function defaultDuration(operation: 'CloneBackend' | 'DeleteBackend', random: Random): number {
  return operation === 'CloneBackend'
    ? random.integer(3 * MINUTE, 12 * MINUTE)
    : random.integer(1 * MINUTE, 4 * MINUTE);
}
