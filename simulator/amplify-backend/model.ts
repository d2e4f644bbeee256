import type { Clock } from '../clock';
import type { Random } from '../random';
import {
  type App,
  contentAt,
  environmentNow,
  isTaken,
  type Job,
  metaConfigOf,
  type Outcome,
  operationOf,
  runningClone,
  type StackFailure,
} from './app-state';
import { describeBackend, listBackends } from './backend-reads';
import { answered, badRequest, notFound, type Refused, type Result, validationFailed } from './exceptions';
import { Faults } from './faults';
import { describeJob, pageOfJobs, readToken, remembers, statusAt } from './job-reads';
import { type JobDuration, JobRuns } from './job-runs';
import { type Caller, Journal, type Origin } from './journal';
import { clonedMetaConfig, typicalMetaConfig, unfinishedMetaConfig } from './meta-config';
import type { Acceptance, BackendDescription, CallOf, JobDescription, JobPage, Operation } from './operations';
import { type CallerRights, Permissions } from './permissions';
import type { Variants } from './variants';

export interface AmplifyBackendOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly variants: Variants;
  /** @default - no faults */
  readonly faults?: Faults;
  /** @default - a clone takes 3 to 12 minutes, a deletion 1 to 4 */
  readonly jobDuration?: JobDuration;
  /** @default - every clone completes */
  readonly cloneOutcome?: (target: string, random: Random) => Outcome;
  /** @default - every deletion completes */
  readonly deletionOutcome?: (environment: string, random: Random) => Outcome;
  /** The number of events that the journal keeps. @default 10000 */
  readonly journalLimit?: number;
  /** The ARN in access-denied messages. @default - the ARN of an invented role */
  readonly principalArn?: string;
}

/** The actual state of an environment, without lag. */
export interface EnvironmentTruth {
  readonly name: string;
  readonly origin: Origin;
  readonly createdAt: number;
  /** False while it is being cloned, and for the empty environment that a failed clone left. */
  readonly populated: boolean;
  readonly metaConfig: string;
}

/** The actual state of a job, without lag. */
export interface JobTruth {
  readonly jobId: string;
  readonly operation: 'CloneBackend' | 'DeleteBackend';
  readonly caller: Caller;
  /** The clone's target, or the environment to delete. */
  readonly environment: string;
  readonly source: string | undefined;
  readonly filedUnder: string;
  readonly acceptedAt: number;
  readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED';
  readonly endedAt: number | undefined;
  readonly error: string | undefined;
}

/** The caller of other people's clones. */
export const SOMEBODY_ELSE: Caller = 'somebody else';

/**
 * The service's state and rules, without HTTP. It needs no timers: each method first ends the jobs that are due by now, in
 * order and at their own times.
 */
export class AmplifyBackend {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Can be replaced at any time. Accepted jobs do not change. */
  variants: Variants;
  readonly permissions: Permissions;
  private readonly random: Random;
  private readonly options: AmplifyBackendOptions;
  private readonly events: Journal;
  private readonly runs: JobRuns;
  private readonly apps = new Map<string, App>();
  private added = 0;

  constructor(options: AmplifyBackendOptions) {
    this.options = options;
    this.clock = options.clock;
    this.random = options.random;
    this.variants = options.variants;
    this.faults = options.faults ?? new Faults(options.random);
    this.events = new Journal(options.journalLimit ?? 10_000);

    const { clock, random, principalArn, jobDuration } = options;
    const variants = (): Variants => this.variants;
    this.permissions = new Permissions({ clock, random, variants, principalArn });
    this.runs = new JobRuns({ clock, random, variants, journal: this.events, jobDuration });
  }

  // ---- Other people's actions, and the actual state --------------------------------------------------------------

  /** If the app exists already, only its Studio setting changes. */
  addApp(appId: string, { studio }: { readonly studio: boolean } = { studio: true }): void {
    const app = this.apps.get(appId);
    if (app === undefined) this.apps.set(appId, { appId, studio, environments: [], jobs: [] });
    else app.studio = studio;
  }

  /**
   * Creates an environment without a job, as the Amplify CLI does: it is listed at once, and has its categories after
   * `madeInMilliseconds`, which is 0 by default. False if the app does not exist or the name is taken.
   */
  addEnvironment(
    appId: string,
    name: string,
    { metaConfig, madeInMilliseconds = 0 }: { readonly metaConfig?: string; readonly madeInMilliseconds?: number } = {},
  ): boolean {
    const now = this.runs.settle();
    const app = this.apps.get(appId);
    if (app === undefined || isTaken(app, name)) return false;
    const environment = this.runs.createEnvironment(app, name, { kind: 'other' }, now);
    this.added += 1;
    const complete = metaConfig ?? typicalMetaConfig(appId, name, this.added);
    if (madeInMilliseconds > 0) environment.contents.push({ since: now, metaConfig: unfinishedMetaConfig(complete) });
    environment.contents.push({ since: now + madeInMilliseconds, metaConfig: complete });
    return true;
  }

  /** Deletes an environment at once and without a job. A clone that is creating it fails. False if it does not exist. */
  removeEnvironment(appId: string, name: string): boolean {
    const now = this.runs.settle();
    const app = this.apps.get(appId);
    if (app === undefined) return false;
    const clone = runningClone(app, name);
    const environment = environmentNow(app, name);
    if (clone !== undefined) this.runs.fail(app, clone, now, 'The environment was removed while it was cloned.');
    if (environment !== undefined) this.runs.deleteEnvironment(app, environment, now, { kind: 'other' });
    return clone !== undefined || environment !== undefined;
  }

  /** Clones without faults and with all permissions. @returns the job's ID, or undefined if the service refuses */
  otherCloneStarts(appId: string, source: string, target: string): string | undefined {
    const result = this.cloneBackend({ operation: 'CloneBackend', appId, source, target }, SOMEBODY_ELSE);
    return result.kind === 'answered' ? result.answer.jobId : undefined;
  }

  /** Deletes without faults and with all permissions. @returns the job's ID, or undefined if the service refuses */
  otherDeletionStarts(appId: string, environment: string): string | undefined {
    const result = this.deleteBackend({ operation: 'DeleteBackend', appId, environment }, SOMEBODY_ELSE);
    return result.kind === 'answered' ? result.answer.jobId : undefined;
  }

  appIds(): string[] {
    return [...this.apps.keys()];
  }

  /** Whether GetBackend answers "not found" for an existing app. */
  isHidden(appId: string): boolean {
    return this.apps.get(appId)?.studio === false && this.variants.studioOff === 'NotFoundException';
  }

  /** The existing environments, without lag. */
  environments(appId: string): EnvironmentTruth[] {
    this.runs.settle();
    const present = (this.apps.get(appId)?.environments ?? []).filter(({ deletedAt }) => deletedAt === undefined);
    return present.map((environment) => {
      const { name, origin, createdAt } = environment;
      const content = contentAt(environment, this.clock.now());
      return { name, origin, createdAt, populated: content !== undefined, metaConfig: metaConfigOf(content) };
    });
  }

  /** All jobs, oldest first, including those that the service does not show any more. */
  jobs(appId: string): JobTruth[] {
    this.runs.settle();
    return (this.apps.get(appId)?.jobs ?? []).map((job) => ({
      jobId: job.jobId,
      operation: operationOf(job),
      caller: job.caller,
      environment: job.environment,
      source: job.work.kind === 'deletion' ? undefined : job.work.source,
      filedUnder: job.filedUnder,
      acceptedAt: job.acceptedAt,
      status: job.end?.status ?? 'RUNNING',
      endedAt: job.end?.at,
      error: job.end?.error,
    }));
  }

  /** The first failure in the newest stack of that name. */
  stackFailure(stackName: string): StackFailure | undefined {
    this.runs.settle();
    return this.runs.stackFailure(stackName);
  }

  get journal(): Journal {
    this.runs.settle();
    return this.events;
  }

  // ---- The five operations ---------------------------------------------------------------------------------------

  cloneBackend(
    { appId, source, target }: CallOf<'CloneBackend'>,
    caller: Caller,
    rights: CallerRights = 'enough',
  ): Result<Acceptance> {
    const now = this.runs.settle();
    const app = this.apps.get(appId);
    const original = app && environmentNow(app, source);
    const refuse = (result: Refused): Result<Acceptance> => {
      const reason = result.exception.message;
      this.events.append({ kind: 'clone-refused', at: now, appId, caller, source, target, reason });
      return result;
    };
    if (!/^[a-z]{2,10}$/.test(target)) {
      const rule = 'should be between 2 and 10 characters (only lowercase alphabets)';
      return refuse(badRequest(`Environment name "${target}" ${rule}`));
    }
    if (app === undefined) return refuse(notFound('App', `App ${appId} not found.`));
    if (original === undefined) return refuse(notFound('BackendEnvironment', `Environment ${source} not found.`));

    const lacksRights = rights === 'missing' ? this.permissions.missingRight('iam:PutRolePolicy', target) : undefined;
    if (lacksRights === 'refused') return refuse(this.permissions.accessDenied('CloneBackend', appId));
    const pending = this.pendingJob(app, [source, target]);
    if (pending !== undefined) return refuse(pending);

    const ontoExisting = isTaken(app, target);
    const taken = `Environment ${target} already exists.`;
    if (ontoExisting && this.variants.cloneOntoExisting === 'BadRequestException') return refuse(badRequest(taken));
    if (ontoExisting && this.variants.cloneOntoExisting === '200 with error') {
      this.events.append({ kind: 'clone-refused', at: now, appId, caller, source, target, reason: taken });
      const backendEnvironmentName = this.variants.cloneJobFiledUnder === 'target' ? target : source;
      return answered({
        appId,
        backendEnvironmentName,
        error: taken,
        ...this.operationShown('CloneBackend'),
        status: 'FAILED',
      });
    }

    const jobId = this.runs.newJobId();
    const origin: Origin = { kind: 'clone', jobId, caller };
    this.events.append({ kind: 'clone-accepted', at: now, appId, caller, source, target, jobId, ontoExisting });
    const metaConfig = clonedMetaConfig(metaConfigOf(contentAt(original, now)), { appId, source, target }, jobId);
    const listed = !ontoExisting && this.variants.targetListed === 'on acceptance';
    const environment = listed ? this.runs.createEnvironment(app, target, origin, now) : undefined;
    const job = this.runs.start(app, {
      jobId,
      caller,
      environment: target,
      filedUnder: this.variants.cloneJobFiledUnder === 'target' ? target : source,
      work: ontoExisting
        ? { kind: 'clone onto a taken name', source }
        : { kind: 'clone', source, metaConfig, environment },
      outcome: ontoExisting
        ? { failed: taken }
        : (lacksRights ?? this.options.cloneOutcome?.(target, this.random) ?? 'COMPLETED'),
    });
    return answered(this.acceptance(job));
  }

  deleteBackend(
    { appId, environment: name }: CallOf<'DeleteBackend'>,
    caller: Caller,
    rights: CallerRights = 'enough',
  ): Result<Acceptance> {
    const now = this.runs.settle();
    const app = this.apps.get(appId);
    const refuse = (result: Refused): Result<Acceptance> => {
      const reason = result.exception.message;
      this.events.append({ kind: 'delete-refused', at: now, appId, caller, environment: name, reason });
      return result;
    };
    if (app === undefined) return refuse(notFound('App', `App ${appId} not found.`));
    const lacksRights =
      rights === 'missing' ? this.permissions.missingRight('cloudformation:DeleteStack', name) : undefined;
    if (lacksRights === 'refused') return refuse(this.permissions.accessDenied('DeleteBackend', appId));
    const pending = this.pendingJob(app, [name]);
    if (pending !== undefined) return refuse(pending);
    const environment = environmentNow(app, name);
    const clone = runningClone(app, name);
    if (clone !== undefined && this.variants.deleteWhileCloning === 'BadRequestException') {
      return refuse(badRequest(`Environment ${name} has a job in progress: ${clone.jobId}.`));
    }
    if (clone === undefined && environment === undefined) {
      if (this.variants.deleteAbsent === 'NotFoundException') {
        return refuse(notFound('BackendEnvironment', `Environment ${name} not found.`));
      }
      if (this.variants.deleteAbsent === 'BadRequestException') {
        return refuse(badRequest(`Environment ${name} does not exist.`));
      }
    }
    const jobId = this.runs.newJobId();
    const origin = environment?.origin;
    this.events.append({ kind: 'delete-accepted', at: now, appId, caller, environment: name, jobId, origin });
    if (clone !== undefined) this.runs.fail(app, clone, now, 'The environment was deleted while it was cloned.');
    const job = this.runs.start(app, {
      jobId,
      caller,
      environment: name,
      filedUnder: name,
      work: { kind: 'deletion', environment },
      outcome:
        environment === undefined
          ? 'COMPLETED'
          : (lacksRights ?? this.options.deletionOutcome?.(name, this.random) ?? 'COMPLETED'),
    });
    return answered(this.acceptance(job));
  }

  getBackendJob({ appId, environment, jobId }: CallOf<'GetBackendJob'>): Result<JobDescription> {
    const seenAt = this.runs.settle() - this.lag();
    const app = this.apps.get(appId);
    if (app === undefined) return notFound('App', `App ${appId} not found.`);
    const job = app.jobs.find((candidate) => candidate.jobId === jobId && candidate.filedUnder === environment);
    if (job === undefined || !remembers(job, seenAt, this.variants)) return notFound('Job', `Job ${jobId} not found.`);
    return answered({ ...describeJob(job, seenAt, this.variants), ...this.operationShown(operationOf(job)) });
  }

  listBackendJobs(call: CallOf<'ListBackendJobs'>): Result<JobPage> {
    const seenAt = this.runs.settle() - this.lag();
    const app = this.apps.get(call.appId);
    if (app === undefined) return notFound('App', `App ${call.appId} not found.`);
    const after = call.nextToken === undefined ? undefined : readToken(call.nextToken);
    if (after === 'invalid') return badRequest('Invalid nextToken.');
    return answered(pageOfJobs(app.jobs, call, after, seenAt, this.variants));
  }

  getBackend({ appId, environment: name }: CallOf<'GetBackend'>): Result<BackendDescription> {
    const seenAt = this.runs.settle() - this.lag();
    const app = this.apps.get(appId);
    if (app === undefined || this.isHidden(appId)) return notFound('App', `App ${appId} not found.`);
    if (name === undefined) return answered(listBackends(app, seenAt));
    return describeBackend(app, name, seenAt, this.clock.now(), this.variants);
  }

  // ---- Answers that depend on the variants ------------------------------------------------------------------------

  private acceptance(job: Job): Acceptance {
    const { appId, filedUnder, jobId } = job;
    const status = statusAt(job, job.acceptedAt, this.variants);
    return { appId, backendEnvironmentName: filedUnder, jobId, ...this.operationShown(operationOf(job)), status };
  }

  private operationShown(operation: Operation): { readonly operation: Operation | undefined } {
    return { operation: this.variants.jobOperation === 'present' ? operation : undefined };
  }

  /** Only jobs of the same environment exclude each other. A clone is a job of its source and of its target. */
  private pendingJob(app: App, names: readonly string[]): Refused | undefined {
    if (this.variants.pendingJob === 'accepted') return undefined;
    const concerns = ({ environment, work }: Job): string[] =>
      work.kind === 'deletion' ? [environment] : [environment, work.source];
    const busy = names.find((name) => app.jobs.some((job) => job.end === undefined && concerns(job).includes(name)));
    if (busy === undefined) return undefined;
    return validationFailed(
      `There is already a pending job for the requested appId: ${app.appId} and backendEnvironmentName: ${busy}, wait for it to complete before creating a new job`,
    );
  }

  private lag(): number {
    const { maxMilliseconds } = this.variants.readLag;
    return maxMilliseconds > 0 ? this.random.integer(0, maxMilliseconds) : 0;
  }
}
