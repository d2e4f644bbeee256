import type { Clock } from '../clock';
import type { Random } from '../random';
import {
  type App,
  contentAt,
  type Environment,
  environmentNow,
  isTaken,
  type Job,
  metaConfigOf,
  type Outcome,
  operationOf,
  runningClone,
  type StackFailure,
  type Work,
} from './app-state';
import {
  answered,
  badRequest,
  notFound,
  type Result,
  refused,
  type ServiceException,
  validationFailed,
} from './exceptions';
import { Faults } from './faults';
import { describeJob, pageOfJobs, readToken, remembers, statusAt } from './job-reads';
import { type Caller, Journal, type Origin, type Remover } from './journal';
import { clonedMetaConfig, stackNameOf, typicalMetaConfig, unfinishedMetaConfig } from './meta-config';
import type { Acceptance, BackendDescription, CallOf, JobDescription, JobPage, Operation } from './operations';
import type { Variants } from './variants';

/** Whether the caller has the permissions that a job needs: the service acts with the caller's permissions (amplify-studio 355). */
export type CallerRights = 'enough' | 'missing';

export interface AmplifyBackendOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly variants: Variants;
  /** @default - no faults */
  readonly faults?: Faults;
  /** Milliseconds. @default - a clone takes 3 to 12 minutes, a deletion 1 to 4 */
  readonly jobDuration?: (
    operation: 'CloneBackend' | 'DeleteBackend',
    random: Random,
    appId: string,
    environment: string,
  ) => number;
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

/** The role of all callers without a role. */
const ONLY_ROLE = 'the role';

/** The caller of other people's clones. */
export const SOMEBODY_ELSE: Caller = 'somebody else';

/** Jobs were seen RUNNING for hours (amplify-hosting issue 1722). The simulator ends each after this time. */
const STUCK_MILLISECONDS = 6 * 60 * 60 * 1000;
const FIRST_MINUTE_MILLISECONDS = 60 * 1000;
const MINUTE = 60 * 1000;

/**
 * The service's state and rules, without HTTP. It needs no timers: each method first ends the jobs that are due by now, in
 * order and at their own times.
 */
export class AmplifyBackend {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Can be replaced at any time. Accepted jobs do not change. */
  variants: Variants;
  private readonly random: Random;
  private readonly options: AmplifyBackendOptions;
  private readonly events: Journal;
  private readonly apps = new Map<string, App>();
  private readonly stackFailures = new Map<string, StackFailure>();
  private running: Job[] = [];
  private nextEnd = Number.POSITIVE_INFINITY;
  private accepted = 0;
  private added = 0;
  /** The time from which IAM knows the permissions, by role. */
  private readonly permissionsKnownAt = new Map<string, number>();

  constructor(options: AmplifyBackendOptions) {
    this.options = options;
    this.clock = options.clock;
    this.random = options.random;
    this.variants = options.variants;
    this.faults = options.faults ?? new Faults(options.random);
    this.events = new Journal(options.journalLimit ?? 10_000);
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
    const now = this.settle();
    const app = this.apps.get(appId);
    if (app === undefined || isTaken(app, name)) return false;
    const environment = this.createEnvironment(app, name, { kind: 'other' }, now);
    this.added += 1;
    const complete = metaConfig ?? typicalMetaConfig(appId, name, this.added);
    if (madeInMilliseconds > 0) environment.contents.push({ since: now, metaConfig: unfinishedMetaConfig(complete) });
    environment.contents.push({ since: now + madeInMilliseconds, metaConfig: complete });
    return true;
  }

  /** Deletes an environment at once and without a job. A clone that is creating it fails. False if it does not exist. */
  removeEnvironment(appId: string, name: string): boolean {
    const now = this.settle();
    const app = this.apps.get(appId);
    if (app === undefined) return false;
    const clone = runningClone(app, name);
    const environment = environmentNow(app, name);
    if (clone !== undefined) this.endJob(clone, now, { failed: 'The environment was removed while it was cloned.' });
    if (environment !== undefined) this.deleteEnvironment(app, environment, now, { kind: 'other' });
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

  /** Starts the first minute of a role that is created or changed at this time. Infinity: its permissions never work. */
  grantPermissions(at: number, role = ONLY_ROLE): void {
    this.permissionsKnownAt.set(role, at + FIRST_MINUTE_MILLISECONDS);
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
    this.settle();
    const present = (this.apps.get(appId)?.environments ?? []).filter(({ deletedAt }) => deletedAt === undefined);
    return present.map((environment) => {
      const { name, origin, createdAt } = environment;
      const content = contentAt(environment, this.clock.now());
      return { name, origin, createdAt, populated: content !== undefined, metaConfig: metaConfigOf(content) };
    });
  }

  /** All jobs, oldest first, including those that the service does not show any more. */
  jobs(appId: string): JobTruth[] {
    this.settle();
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
    this.settle();
    return this.stackFailures.get(stackName);
  }

  get journal(): Journal {
    this.settle();
    return this.events;
  }

  // ---- The five operations ---------------------------------------------------------------------------------------

  /** IAM's refusal, before the service receives the call. Undefined if IAM allows it. */
  accessDenied(operation: Operation, appId: string, role = ONLY_ROLE): ServiceException | undefined {
    return this.isAccessDenied(role) ? this.accessDeniedException(operation, appId) : undefined;
  }

  /**
   * Whether IAM refuses a call of the role now, to this service or to another one. In one variant, each answer is random, so
   * each call asks for itself.
   */
  isAccessDenied(role = ONLY_ROLE): boolean {
    const knownAt = this.permissionsKnownAt.get(role);
    if (this.variants.firstMinute === 'works' || knownAt === undefined || this.clock.now() >= knownAt) return false;
    return this.variants.firstMinute === 'AccessDeniedException' || this.random.chance(0.5);
  }

  accessDeniedException(operation: Operation, appId: string): ServiceException {
    const resource = `arn:aws:amplifybackend:us-east-1:123456789012:/backend/${appId}/${RESOURCE_TYPES[operation]}`;
    const action = `amplifybackend:${operation}`;
    const message = `User: ${this.principal} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
    return { name: 'AccessDeniedException', message };
  }

  cloneBackend(
    { appId, source, target }: CallOf<'CloneBackend'>,
    caller: Caller,
    rights: CallerRights = 'enough',
  ): Result<Acceptance> {
    const now = this.settle();
    const app = this.apps.get(appId);
    const original = app && environmentNow(app, source);
    const refuse = (result: { kind: 'refused'; exception: ServiceException }): Result<Acceptance> => {
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

    const lacksRights = rights === 'missing' ? this.missingRight('iam:PutRolePolicy', target) : undefined;
    if (lacksRights === 'refused') return refuse(this.rightsRefused('CloneBackend', appId));
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

    const jobId = this.newJobId();
    const origin: Origin = { kind: 'clone', jobId, caller };
    this.events.append({ kind: 'clone-accepted', at: now, appId, caller, source, target, jobId, ontoExisting });
    const metaConfig = clonedMetaConfig(metaConfigOf(contentAt(original, now)), { appId, source, target }, jobId);
    const listed = !ontoExisting && this.variants.targetListed === 'on acceptance';
    const environment = listed ? this.createEnvironment(app, target, origin, now) : undefined;
    const job = this.startJob(app, {
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
    const now = this.settle();
    const app = this.apps.get(appId);
    const refuse = (result: { kind: 'refused'; exception: ServiceException }): Result<Acceptance> => {
      const reason = result.exception.message;
      this.events.append({ kind: 'delete-refused', at: now, appId, caller, environment: name, reason });
      return result;
    };
    if (app === undefined) return refuse(notFound('App', `App ${appId} not found.`));
    const lacksRights = rights === 'missing' ? this.missingRight('cloudformation:DeleteStack', name) : undefined;
    if (lacksRights === 'refused') return refuse(this.rightsRefused('DeleteBackend', appId));
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
    const jobId = this.newJobId();
    const origin = environment?.origin;
    this.events.append({ kind: 'delete-accepted', at: now, appId, caller, environment: name, jobId, origin });
    if (clone !== undefined) this.endJob(clone, now, { failed: 'The environment was deleted while it was cloned.' });
    const job = this.startJob(app, {
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
    const seenAt = this.settle() - this.lag();
    const app = this.apps.get(appId);
    if (app === undefined) return notFound('App', `App ${appId} not found.`);
    const job = app.jobs.find((candidate) => candidate.jobId === jobId && candidate.filedUnder === environment);
    if (job === undefined || !remembers(job, seenAt, this.variants)) return notFound('Job', `Job ${jobId} not found.`);
    return answered({ ...describeJob(job, seenAt, this.variants), ...this.operationShown(operationOf(job)) });
  }

  listBackendJobs(call: CallOf<'ListBackendJobs'>): Result<JobPage> {
    const seenAt = this.settle() - this.lag();
    const app = this.apps.get(call.appId);
    if (app === undefined) return notFound('App', `App ${call.appId} not found.`);
    const after = call.nextToken === undefined ? undefined : readToken(call.nextToken);
    if (after === 'invalid') return badRequest('Invalid nextToken.');
    return answered(pageOfJobs(app.jobs, call, after, seenAt, this.variants));
  }

  getBackend({ appId, environment: name }: CallOf<'GetBackend'>): Result<BackendDescription> {
    const seenAt = this.settle() - this.lag();
    const app = this.apps.get(appId);
    if (app === undefined || this.isHidden(appId)) return notFound('App', `App ${appId} not found.`);
    const visible = app.environments.filter(
      ({ createdAt, deletedAt }) => createdAt <= seenAt && (deletedAt === undefined || seenAt < deletedAt),
    );
    if (name === undefined) {
      return answered({ appId, appName: 'myapp', backendEnvironmentList: visible.map((each) => each.name) });
    }
    const environment = visible.find((each) => each.name === name);
    if (environment === undefined) return notFound('BackendEnvironment', `Environment ${name} not found.`);
    const failure = this.detailsFailure(environment);
    if (failure !== undefined) return failure;
    return answered({
      appId,
      appName: 'myapp',
      backendEnvironmentName: name,
      amplifyMetaConfig: metaConfigOf(contentAt(environment, seenAt)),
      amplifyFeatureFlags: '{}',
    });
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
  private pendingJob(app: App, names: readonly string[]): { kind: 'refused'; exception: ServiceException } | undefined {
    if (this.variants.pendingJob === 'accepted') return undefined;
    const concerns = ({ environment, work }: Job): string[] =>
      work.kind === 'deletion' ? [environment] : [environment, work.source];
    const busy = names.find((name) => app.jobs.some((job) => job.end === undefined && concerns(job).includes(name)));
    if (busy === undefined) return undefined;
    return validationFailed(
      `There is already a pending job for the requested appId: ${app.appId} and backendEnvironmentName: ${busy}, wait for it to complete before creating a new job`,
    );
  }

  private missingRight(action: string, environment: string): Exclude<Outcome, string> | 'refused' {
    switch (this.variants.missingRights) {
      case 'AccessDeniedException':
        return 'refused';
      case 'the job FAILS without a reason':
        return { failed: undefined };
      case 'the job FAILS with the reason':
        return {
          failed: `User: "${this.principal}" is not authorized to perform: "${action}" on resource: "role ${stackNameOf(environment)}-authRole". Please contact your administrator`,
        };
    }
  }

  private rightsRefused(operation: Operation, appId: string): { kind: 'refused'; exception: ServiceException } {
    return refused(this.accessDeniedException(operation, appId));
  }

  private detailsFailure({
    origin,
    createdAt,
  }: Environment): { kind: 'refused'; exception: ServiceException } | undefined {
    const { environmentDetails } = this.variants;
    if (environmentDetails === 'work') return undefined;
    const { answer, of, fromAgeMilliseconds } = environmentDetails;
    if (of !== 'every environment' && (of === 'clones') !== (origin.kind === 'clone')) return undefined;
    if (this.clock.now() < createdAt + fromAgeMilliseconds) return undefined;
    switch (answer) {
      case '504':
        return refused({ name: 'GatewayTimeoutException', message: 'Endpoint request timed out' });
      case 'ValidationException':
        return validationFailed('ValidationException - An error occurred while processing your request: null');
      case 'ResourceNotFoundException':
        return refused({ name: 'ResourceNotFoundException', message: 'Amplify meta file not found.' });
    }
  }

  private get principal(): string {
    return this.options.principalArn ?? 'arn:aws:sts::123456789012:assumed-role/clone-handler/handler';
  }

  // ---- How jobs run ----------------------------------------------------------------------------------------------

  /** Ends the jobs that are due, in the order of their ends. @returns the time */
  private settle(): number {
    const now = this.clock.now();
    while (this.nextEnd <= now) {
      const due = this.running.find((job) => job.endsAt === this.nextEnd);
      if (due === undefined) throw new Error('no running job ends when the next one should');
      this.endJob(due, due.endsAt, due.outcome === 'stuck' ? { failed: undefined } : due.outcome);
    }
    return now;
  }

  private startJob(
    app: App,
    job: Pick<Job, 'jobId' | 'caller' | 'environment' | 'filedUnder' | 'work' | 'outcome'>,
  ): Job {
    const now = this.clock.now();
    const operation = job.work.kind === 'deletion' ? 'DeleteBackend' : 'CloneBackend';
    const duration = (this.options.jobDuration ?? defaultDuration)(operation, this.random, app.appId, job.environment);
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
    this.running.push(started);
    this.nextEnd = Math.min(this.nextEnd, started.endsAt);
    return started;
  }

  private endJob(job: Job, at: number, outcome: Exclude<Outcome, 'stuck'>): void {
    this.running = this.running.filter((other) => other !== job);
    this.nextEnd = this.running.reduce((earliest, { endsAt }) => Math.min(earliest, endsAt), Number.POSITIVE_INFINITY);
    const completed = typeof outcome === 'string';
    const error = completed ? undefined : outcome.failed;
    job.end = { at, status: completed ? 'COMPLETED' : 'FAILED', error };
    const { appId, caller, jobId, environment, end } = job;
    const operation = operationOf(job);
    this.events.append({
      kind: 'job-ended',
      at,
      appId,
      caller,
      jobId,
      operation,
      environment,
      status: end.status,
      error,
    });
    const app = this.apps.get(appId);
    if (app === undefined) return;
    if (job.work.kind === 'clone') this.endClone(app, job, job.work, at, completed);
    if (!completed && outcome.cause !== undefined) this.stackFailures.set(stackNameOf(environment), outcome.cause);
    if (job.work.kind === 'deletion' && outcome === 'COMPLETED' && job.work.environment !== undefined) {
      this.deleteEnvironment(app, job.work.environment, at, { kind: 'deletion job', jobId, caller });
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
    if (this.variants.failedCloneLeaves === 'nothing') {
      if (work.environment !== undefined) {
        this.deleteEnvironment(app, work.environment, at, { kind: 'failed clone', jobId: job.jobId });
      }
    } else if (work.environment === undefined) {
      this.createEnvironment(app, job.environment, origin, at);
    }
  }

  private createEnvironment(app: App, name: string, origin: Origin, at: number): Environment {
    const environment: Environment = { name, origin, createdAt: at, contents: [], deletedAt: undefined };
    app.environments.push(environment);
    this.events.append({ kind: 'environment-created', at, appId: app.appId, environment: name, origin });
    return environment;
  }

  private deleteEnvironment(app: App, environment: Environment, at: number, by: Remover): void {
    if (environment.deletedAt !== undefined) return;
    environment.deletedAt = at;
    const { name, origin } = environment;
    this.events.append({ kind: 'environment-deleted', at, appId: app.appId, environment: name, origin, by });
    const forgotten = at - this.variants.readLag.maxMilliseconds;
    app.environments = app.environments.filter(({ deletedAt }) => deletedAt === undefined || deletedAt >= forgotten);
  }

  // ---- Reads -----------------------------------------------------------------------------------------------------

  private lag(): number {
    const { maxMilliseconds } = this.variants.readLag;
    return maxMilliseconds > 0 ? this.random.integer(0, maxMilliseconds) : 0;
  }

  private newJobId(): string {
    this.accepted += 1;
    const digits = (count: number): string => {
      let text = '';
      while (text.length < count) text += this.random.integer(0, 15).toString(16);
      return text;
    };
    return `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${this.accepted.toString(16).padStart(12, '0')}`;
  }
}

/** From AWS's service authorization reference: the resource type that each action is checked against. */
const RESOURCE_TYPES: Readonly<Record<Operation, string>> = {
  CloneBackend: '*',
  GetBackend: '*',
  DeleteBackend: 'environments/*',
  GetBackendJob: 'job/*',
  ListBackendJobs: 'job/*',
};

function defaultDuration(operation: 'CloneBackend' | 'DeleteBackend', random: Random): number {
  return operation === 'CloneBackend'
    ? random.integer(3 * MINUTE, 12 * MINUTE)
    : random.integer(1 * MINUTE, 4 * MINUTE);
}
