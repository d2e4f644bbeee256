/** The few things that are asked of the AmplifyBackend service, in the project's words. */
export interface BackendService {
  environmentNames(appId: string): Promise<EnvironmentNames>;
  metaConfig(appId: string, environmentName: string): Promise<ConfigRead>;
  /** Undefined where the service does not know it: not yet, or not any more. */
  job(appId: string, filedUnder: string, jobId: string): Promise<Job | undefined>;
  /** Undefined where the service says that it finds nothing under that name. */
  jobs(appId: string, filedUnder: string): Promise<readonly Job[] | undefined>;
  /**
   * Sent once: the answer of a second request could be about the first one's environment.
   * @throws ServiceError with the reason REJECTED where the service refuses
   */
  startClone(appId: string, sourceName: string, targetName: string): Promise<StartedClone>;
  /**
   * @returns the ID of the job, where the answer has one
   * @throws ServiceError as `startClone` does
   */
  startRemoval(appId: string, environmentName: string): Promise<string | undefined>;
}

/** `APP_NOT_FOUND` is also what the service says of an app whose Amplify Studio is switched off. */
export type EnvironmentNames = ReadonlySet<string> | 'APP_NOT_FOUND';

/** The parsed `amplify-meta.json` of an environment: category, then resource or setting, then values. */
export type MetaConfig = Readonly<Record<string, unknown>>;

/**
 * GetBackend of one environment can fail every time, for good: it times out for a large backend (amplify-studio 54), and is
 * refused where the deployment bucket is gone (amplify-studio 201, 357; amplify-hosting 2369). So this says nothing about
 * whether the environment exists, and nothing may wait for it without an end.
 */
export type ConfigRead =
  | { readonly kind: 'read'; readonly config: MetaConfig }
  | { readonly kind: 'unreadable'; readonly words: string };

export interface Job {
  readonly id: string;
  /** Undefined where the answer does not say it, as in the one that was seen (amplify-hosting 2369). */
  readonly operation: string | undefined;
  readonly status: JobStatus;
  /** Milliseconds since the epoch, by the service's clock. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The service's own words on a failure; it often has none. */
  readonly error: string | undefined;
}

export type JobStatus = 'RUNNING' | 'COMPLETED' | 'FAILED';

export const CLONE = 'CloneBackend';
export const REMOVAL = 'DeleteBackend';

export interface StartedClone {
  readonly id: string;
  /** The environment under which the job is to be asked for: the answer says it, and it need not be the target. */
  readonly filedUnder: string;
}

export type ServiceErrorReason =
  /** Not done: too many requests. */
  | 'THROTTLED'
  /** Not done: another job of the environment has to end first (amplify-studio 336, 417, 483; amplify-cli 9295). */
  | 'BUSY'
  /** Not done: the service's host does not exist. */
  | 'NO_HOST'
  /** Not done: the role may not, or not yet. */
  | 'DENIED'
  /** Not done: the service refuses. */
  | 'REJECTED'
  /** Perhaps done: a 5xx, a lost connection, or an answer that is not what the service's model says. */
  | 'UNAVAILABLE';

/** A call that brought no usable answer. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';

  constructor(
    readonly reason: ServiceErrorReason,
    readonly operation: string,
    readonly words: string,
    /** As IAM and the ARNs call it. */
    readonly service: 'amplifybackend' | 'dynamodb' = 'amplifybackend',
  ) {
    super(`${operation}: ${words}`);
  }
}

export function unexpectedAnswer(operation: string, service?: ServiceError['service']): ServiceError {
  return new ServiceError('UNAVAILABLE', operation, "the answer is not what the service's model says", service);
}
