import type { JournalEvent, Origin } from '../../../simulator/amplify-backend/journal';
import type { CustomResourceRequest } from '../../../simulator/cloudformation/custom-resource-protocol';
import type { StackEvent } from '../../../simulator/cloudformation/stack-event';
import { GuaranteeChecker } from '../../../simulator/histories/checker/guarantee-checker';
import type { Truth } from '../../../simulator/histories/checker/observed';

type Settings = Pick<Truth, 'blindMilliseconds' | 'jobsShownMilliseconds' | 'answersGetLost' | 'filedUnderSource'> & {
  readonly isHidden: boolean;
};

const CALM: Settings = {
  blindMilliseconds: 0,
  jobsShownMilliseconds: Number.POSITIVE_INFINITY,
  answersGetLost: false,
  filedUnderSource: false,
  isHidden: false,
};

const APP = 'd1a2b3c4d5e6f7';
const MINUTE = 60_000;

interface Environment {
  readonly name: string;
  readonly origin: Origin;
  readonly populated: boolean;
}

interface StackResource {
  readonly stackName: string;
  readonly logicalId: string;
  readonly physicalId: string;
}

interface RequestOptions {
  readonly target?: string;
  readonly source?: string;
  readonly existing?: 'ADOPT';
  readonly outputs?: readonly string[];
  readonly physicalId?: string;
}

/** A made-up course of events, with a checker that observes it. A minute passes before each of them. */
export class CheckedScene {
  private readonly settings: Settings;
  private readonly environments: Environment[] = [];
  private readonly running: { jobId: string; caller: string; environment: string }[] = [];
  readonly resources: StackResource[] = [];
  readonly unfinishedStacks: string[] = [];
  private readonly checker: GuaranteeChecker;
  private now = 1_800_000_000_000;
  private count = 0;

  constructor(settings: Partial<Settings> = {}) {
    this.settings = { ...CALM, ...settings };
    const { isHidden, ...truth } = this.settings;
    this.checker = new GuaranteeChecker({
      ...truth,
      isHidden: () => isHidden,
      now: () => this.now,
      environments: () => this.environments.map((each) => ({ appId: APP, ...each })),
      runningClones: () => this.running,
      unfinishedStacks: () => this.unfinishedStacks,
      resources: () => this.resources,
    });
  }

  /** The guarantees that were broken. */
  get broken(): number[] {
    return this.checker.violations.map(({ guarantee }) => guarantee);
  }

  get exceptions(): string[] {
    return [...this.checker.exceptions.keys()];
  }

  wait(minutes: number): void {
    this.now += minutes * MINUTE;
  }

  ends(): this {
    this.wait(60);
    this.checker.allIsQuiet();
    return this;
  }

  request(
    type: 'Create' | 'Update' | 'Delete',
    logicalId: string,
    options: RequestOptions = {},
  ): CustomResourceRequest {
    this.wait(1);
    this.count += 1;
    const { target = 'pa', source = 'dev', existing, outputs, physicalId = 'generated' } = options;
    const members = {
      ServiceToken: 'arn',
      ResponseURL: 'https://example.com',
      StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/Stack1/1',
      RequestId: `r${this.count}`,
      ResourceType: 'Custom::AmplifyBackendClone',
      LogicalResourceId: logicalId,
      ResourceProperties: {
        AppId: APP,
        SourceEnvironmentName: source,
        TargetEnvironmentName: target,
        TimeoutSeconds: '2700',
        ...(existing && { ExistingEnvironment: existing }),
        ...(outputs && { Outputs: outputs }),
      },
    };
    const request: CustomResourceRequest =
      type === 'Create'
        ? { RequestType: type, ...members }
        : type === 'Update'
          ? { RequestType: type, PhysicalResourceId: physicalId, OldResourceProperties: {}, ...members }
          : { RequestType: type, PhysicalResourceId: physicalId, ...members };
    this.checker.requestSent(request);
    return request;
  }

  /** The request succeeds, and the resource has the physical ID from then on. */
  succeed(request: CustomResourceRequest, physicalId: string, environmentName?: string): void {
    this.wait(1);
    const { TargetEnvironmentName: target } = request.ResourceProperties;
    const data = { EnvironmentName: environmentName ?? String(target) };
    this.checker.answered(request, { kind: 'success', physicalResourceId: physicalId, data }, 'accepted');
    const logicalId = request.LogicalResourceId;
    const index = this.resources.findIndex((each) => each.logicalId === logicalId);
    if (index >= 0) this.resources.splice(index, 1);
    if (request.RequestType !== 'Delete') this.resources.push({ stackName: 'Stack1', logicalId, physicalId });
  }

  fail(request: CustomResourceRequest, reason: string): void {
    this.wait(1);
    this.checker.answered(request, { kind: 'failed', reason, physicalResourceId: undefined }, 'accepted');
  }

  /** CloneBackend is accepted. @returns the job's ID */
  clone(
    caller: CustomResourceRequest | 'somebody else',
    target = 'pa',
    { ontoExisting = false, source = 'dev' } = {},
  ): string {
    this.wait(1);
    this.count += 1;
    const jobId = `j${this.count}`;
    const common = { caller: callerOf(caller), jobId };
    this.service({ kind: 'clone-accepted', ...common, source, target, ontoExisting });
    this.running.push({ ...common, environment: `${APP}/${target}` });
    return jobId;
  }

  /** @param error the service's words, if the clone fails */
  endClone(
    jobId: string,
    outcome: 'COMPLETED' | { readonly error: string; readonly leaves: 'nothing' | 'remains' },
  ): void {
    this.wait(4);
    const index = this.running.findIndex((each) => each.jobId === jobId);
    const [job] = this.running.splice(index, 1);
    if (job === undefined) throw new Error(`${jobId} does not run`);
    const name = job.environment.slice(APP.length + 1);
    const origin: Origin = { kind: 'clone', jobId, caller: job.caller };
    const isComplete = outcome === 'COMPLETED';
    this.service({
      kind: 'job-ended',
      operation: 'CloneBackend',
      caller: job.caller,
      jobId,
      environment: name,
      status: isComplete ? 'COMPLETED' : 'FAILED',
      error: isComplete ? undefined : outcome.error,
    });
    if (isComplete || outcome.leaves === 'remains') this.create(name, origin, isComplete);
  }

  /** A clone fails whose target was listed on acceptance. The service removes the target. */
  listedCloneFails(name = 'pa'): void {
    const jobId = this.clone('somebody else', name);
    this.create(name, { kind: 'clone', jobId, caller: 'somebody else' }, false);
    this.endClone(jobId, { error: 'limit', leaves: 'nothing' });
    this.removeEnvironment(name, { kind: 'failed clone', jobId });
  }

  /** A request clones an environment, reports it, and the resource holds it. @returns the physical ID */
  cloned(logicalId: string, options: RequestOptions = {}): string {
    const { target = 'pa' } = options;
    const request = this.request('Create', logicalId, options);
    this.endClone(this.clone(request, target), 'COMPLETED');
    const physicalId = idOf(request, target);
    this.succeed(request, physicalId);
    return physicalId;
  }

  /** The resource uses an environment that exists. @returns the physical ID */
  adopted(logicalId: string, target = 'pa'): string {
    const request = this.request('Create', logicalId, { target, existing: 'ADOPT' });
    const physicalId = `${idOf(request, target)};adopted`;
    this.succeed(request, physicalId);
    return physicalId;
  }

  /** Other people do this with the Amplify CLI, without a job. */
  othersCreate(name = 'pa'): void {
    this.wait(1);
    this.create(name, { kind: 'other' }, true);
  }

  othersRemove(name = 'pa'): void {
    this.wait(1);
    this.removeEnvironment(name, { kind: 'other' });
  }

  /** DeleteBackend is called, and completes. */
  delete(caller: CustomResourceRequest | 'somebody else', name = 'pa'): void {
    this.wait(1);
    this.count += 1;
    const common = { caller: callerOf(caller), jobId: `j${this.count}`, environment: name };
    this.service({ kind: 'delete-accepted', ...common, origin: undefined });
    this.wait(1);
    const { jobId } = common;
    this.service({ kind: 'job-ended', operation: 'DeleteBackend', ...common, status: 'COMPLETED', error: undefined });
    this.removeEnvironment(name, { kind: 'deletion job', jobId, caller: common.caller });
  }

  /** DeleteBackend is accepted, and its job still runs. */
  beginDeletion(caller: CustomResourceRequest | 'somebody else', name = 'pa'): void {
    this.wait(1);
    this.count += 1;
    const job = { caller: callerOf(caller), jobId: `j${this.count}` };
    this.service({ kind: 'delete-accepted', ...job, environment: name, origin: undefined });
  }

  /** An event of a resource of the stack. */
  stackEvent(logicalId: string, status: StackEvent['status'], { physicalId = '', reason = '' } = {}): void {
    const stackId = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Stack1/1';
    const type = 'Custom::AmplifyBackendClone';
    const members = { at: this.now, stackId, stackName: 'Stack1', logicalId, physicalId, type, status };
    this.checker.stackDid({ ...members, reason: reason === '' ? undefined : reason });
  }

  /** The whole stack has that status. */
  stackStatus(status: StackEvent['status']): void {
    this.stackEvent('Stack1', status, { physicalId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/Stack1/1' });
  }

  private create(name: string, origin: Origin, populated: boolean): void {
    this.environments.push({ name, origin, populated });
    this.service({ kind: 'environment-created', environment: name, origin });
  }

  private removeEnvironment(name: string, by: Extract<JournalEvent, { kind: 'environment-deleted' }>['by']): void {
    const index = this.environments.findIndex((each) => each.name === name);
    const [environment] = this.environments.splice(index, 1);
    if (environment === undefined) throw new Error(`${name} does not exist`);
    this.service({ kind: 'environment-deleted', environment: name, origin: environment.origin, by });
  }

  private service(event: Distributed<JournalEvent>): void {
    this.checker.serviceDid({ ...event, at: this.now, appId: APP });
  }
}

type Distributed<T> = T extends unknown ? Omit<T, 'at' | 'appId'> : never;

export function idOf({ RequestId }: CustomResourceRequest, target = 'pa'): string {
  return `amplify-clone:v1:${APP}/${target};source=dev;request=${RequestId}`;
}

function callerOf(caller: CustomResourceRequest | 'somebody else'): string {
  if (caller === 'somebody else') return caller;
  return `Stack1|${caller.LogicalResourceId}|${caller.RequestType}|${caller.RequestId}|isComplete`;
}
