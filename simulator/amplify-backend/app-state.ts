import type { Caller, Origin } from './journal';
import { EMPTY_META_CONFIG } from './meta-config';

/* The apps of the service, with their environments and jobs, as they really are. */

/** The resource of a stack that failed first. */
export interface StackFailure {
  readonly logicalId: string;
  readonly type: string;
  readonly reason: string;
}

/** How a job is going to end; the words are the service's own, and may be missing. */
export type Outcome =
  | 'COMPLETED'
  /** Of a deletion: the service says so, and goes on listing the environment. */
  | 'COMPLETED, and the environment stays'
  | 'stuck'
  | {
      readonly failed: string | undefined;
      /** What the events of its stack say, of a clone. */
      readonly cause?: StackFailure;
    };

export interface App {
  readonly appId: string;
  studio: boolean;
  /** Those that were deleted stay for as long as a lagging read can show them. */
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
      /** Listed from the start, or made when the job ends. */
      readonly environment: Environment | undefined;
    }
  | { readonly kind: 'clone onto a taken name'; readonly source: string }
  /** A deletion is about the environment that was there when it was accepted, not about a later one of the same name. */
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

/** The job that is making an environment of this name. One onto a taken name makes nothing. */
export function runningClone(app: App, name: string): Job | undefined {
  return app.jobs.find((job) => job.end === undefined && job.work.kind === 'clone' && job.environment === name);
}

export function isTaken(app: App, name: string): boolean {
  return environmentNow(app, name) !== undefined || runningClone(app, name) !== undefined;
}

export function operationOf(job: Job): 'CloneBackend' | 'DeleteBackend' {
  return job.work.kind === 'deletion' ? 'DeleteBackend' : 'CloneBackend';
}

/** Undefined before there is any. */
export function contentAt({ contents }: Environment, at: number): Content | undefined {
  return contents.findLast(({ since }) => since <= at);
}

export function metaConfigOf(content: Content | undefined): string {
  return content?.metaConfig ?? EMPTY_META_CONFIG;
}
