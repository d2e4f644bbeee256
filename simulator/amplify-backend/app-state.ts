import type { Caller, Origin } from './journal';
import { EMPTY_META_CONFIG } from './meta-config';

/* The actual state of the service: apps, environments and jobs, without lag. */

/** The resource of a stack that failed first. */
export interface StackFailure {
  readonly logicalId: string;
  readonly type: string;
  readonly reason: string;
}

/** The planned result of a job. The words are the service's own, and may be missing. */
export type Outcome =
  | 'COMPLETED'
  /** Only for a deletion: its job completes, and the service continues to list the environment. */
  | 'COMPLETED, and the environment stays'
  | 'stuck'
  | {
      readonly failed: string | undefined;
      /** Only for a clone: the failure in the events of its stack. */
      readonly cause?: StackFailure;
    };

export interface App {
  readonly appId: string;
  studio: boolean;
  /** Deleted environments remain for as long as a stale read can show them. */
  environments: Environment[];
  /** In the order of acceptance. */
  readonly jobs: Job[];
}

export interface Environment {
  readonly name: string;
  readonly origin: Origin;
  readonly createdAt: number;
  /** Oldest first. */
  readonly contents: Content[];
  deletedAt: number | undefined;
}

export interface Content {
  readonly since: number;
  readonly metaConfig: string;
}

export type Work =
  | {
      readonly kind: 'clone';
      readonly source: string;
      readonly metaConfig: string;
      /** Undefined if the environment is not listed from the start, but created when the job ends. */
      readonly environment: Environment | undefined;
    }
  | { readonly kind: 'clone onto a taken name'; readonly source: string }
  /** A deletion affects the environment that existed when it was accepted, not a later one of the same name. */
  | { readonly kind: 'deletion'; readonly environment: Environment | undefined };

export interface Job {
  readonly jobId: string;
  readonly appId: string;
  readonly sequence: number;
  readonly caller: Caller;
  readonly environment: string;
  readonly filedUnder: string;
  readonly work: Work;
  readonly outcome: Outcome;
  readonly acceptedAt: number;
  readonly endsAt: number;
  end: { readonly at: number; readonly status: 'COMPLETED' | 'FAILED'; readonly error: string | undefined } | undefined;
}

export function environmentNow(app: App, name: string): Environment | undefined {
  return app.environments.find((environment) => environment.name === name && environment.deletedAt === undefined);
}

/** The job that is creating an environment of this name. A clone to an existing name creates nothing. */
export function runningClone(app: App, name: string): Job | undefined {
  return app.jobs.find((job) => job.end === undefined && job.work.kind === 'clone' && job.environment === name);
}

export function isTaken(app: App, name: string): boolean {
  return environmentNow(app, name) !== undefined || runningClone(app, name) !== undefined;
}

export function operationOf(job: Job): 'CloneBackend' | 'DeleteBackend' {
  return job.work.kind === 'deletion' ? 'DeleteBackend' : 'CloneBackend';
}

/** Undefined if the list is empty. */
export function contentAt({ contents }: Environment, at: number): Content | undefined {
  return contents.findLast(({ since }) => since <= at);
}

export function metaConfigOf(content: Content | undefined): string {
  return content?.metaConfig ?? EMPTY_META_CONFIG;
}
