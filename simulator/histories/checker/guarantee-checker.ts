import type { JournalEvent } from '../../amplify-backend/journal';
import type { Reception } from '../../cloudformation/custom-resource-exchange';
import type { CustomResourceAnswer, CustomResourceRequest } from '../../cloudformation/custom-resource-protocol';
import type { JsonObject } from '../../cloudformation/json';
import type { StackEvent } from '../../cloudformation/stack-event';
import { senderOf } from '../sender';
import {
  isConfusable,
  whyCloneWasEnded,
  whyLeft,
  whyOthersWereDeleted,
  whyRetainedWasDeleted,
  whySuccessIsWrong,
} from './exceptions';
import type { ExceptionName, GuaranteeNumber, Violation } from './guarantees';
import {
  isAdopted,
  isIdOf,
  isOf,
  isSameResource,
  keyOf,
  keyOfId,
  keyOfTarget,
  nameOfRequest,
  nameOfResource,
  nameOfSender,
  type Resource,
  resourceOf,
  sourceOf,
} from './identities';
import {
  type Creation,
  creationOf,
  environmentNow,
  isOwner,
  longestAnswerDelay,
  nothingObserved,
  type Observed,
  type Truth,
} from './observed';
import { timeoutOf } from './observed-requests';
import { Retention } from './retention';

/**
 * Observes a history from outside, and records each guarantee that is broken. It does not know how the handler works: it sees
 * the requests and answers of CloudFormation, the events of the stacks, and the actual state of the service.
 */
export class GuaranteeChecker {
  readonly violations: Violation[] = [];
  /** How often each case occurred that no handler can prevent. */
  readonly exceptions = new Map<ExceptionName, number>();
  private readonly observed: Observed;
  private readonly retention: Retention;

  constructor(private readonly truth: Truth) {
    this.observed = nothingObserved(truth);
    this.retention = new Retention(this.observed);
  }

  requestSent(request: CustomResourceRequest): void {
    this.observed.requests.sent(request, this.truth.now());
  }

  answered(request: CustomResourceRequest, answer: CustomResourceAnswer, reception: Reception): void {
    if (reception === 'ignored') return;
    if (answer.kind === 'failed') {
      this.checkFailure(request, answer.reason);
      return;
    }
    if (request.RequestType === 'Delete') return;
    const now = this.truth.now();
    this.checkSuccess(request, answer.data);
    const { physicalResourceId: id } = answer;
    if (isAdopted(id) && isIdOf(id, request)) this.checkAdopted(request);
    this.observed.requests.succeeded(request, now);
    this.observed.stacks.answered(request, answer.physicalResourceId, now);
    this.retention.answered(request, answer.physicalResourceId);
  }

  serviceDid(event: JournalEvent): void {
    this.observed.requests.serviceDid(event);
    this.observed.service.happened(event);
    if (event.kind === 'clone-accepted') this.checkClones(event.caller);
    if (event.kind === 'delete-accepted') this.checkInterruption(event);
    if (event.kind === 'environment-deleted') this.checkDeletion(event);
  }

  stackDid(event: StackEvent): void {
    if (event.reason?.includes('did not receive a response')) {
      this.broken(3, `CloudFormation got no answer for ${nameOfResource(event)} within the hour`);
    }
    this.observed.stacks.happened(event);
    this.retention.happened(event);
    if (event.physicalId === event.stackId && event.status.endsWith('_COMPLETE')) this.checkHeld(event.stackName);
  }

  private checkClones(caller: string): void {
    const observed = this.observed.requests.get(senderOf(caller)?.requestId);
    if (observed === undefined) return;
    const clones = this.observed.service.clonesFor(observed.request).filter(({ ontoExisting }) => !ontoExisting);
    if (clones.length > 1)
      this.broken(2, `the service accepted a second CloneBackend for ${nameOfRequest(observed.request)}`);
  }

  /** If the service deletes an environment that is being cloned, that clone fails. */
  private checkInterruption({ appId, environment: name, caller, jobId }: DeleteAccepted): void {
    const deleter = senderOf(caller);
    if (deleter === undefined) return;
    const environment = keyOf(appId, name);
    const clone = this.observed.service.cloneRunningOnto(environment);
    if (clone === undefined || (clone.caller !== undefined && isSameResource(clone.caller, deleter))) return;
    this.except(whyCloneWasEnded(clone, deleter, jobId, this.observed), () =>
      this.broken(1, `${nameOfResource(deleter)} ended another owner's clone ${clone.jobId} to ${environment}`),
    );
  }

  private checkDeletion({ appId, environment: name, origin, by }: Deleted): void {
    const deleter = by.kind === 'deletion job' ? senderOf(by.caller) : undefined;
    if (by.kind !== 'deletion job' || deleter === undefined) return;
    const environment = keyOf(appId, name);
    const creation = creationOf(origin);
    if (creation !== undefined && isOwner(deleter, environment, creation, this.observed)) {
      if (!this.retention.mustRemain(creation)) return;
      this.except(whyRetainedWasDeleted(environment, deleter, this.observed), () =>
        this.broken(7, `${nameOfResource(deleter)} deleted ${environment}, which should be retained`),
      );
      return;
    }
    // The remains of a failed clone are no loss, and they look like those of the resource's own clone.
    if (origin.kind === 'clone' && this.observed.service.failedClones.has(origin.jobId)) return;
    const whose = creation === undefined ? 'another owner' : nameOfResource(creation.creator);
    this.except(whyOthersWereDeleted(environment, deleter, by.jobId, this.observed), () =>
      this.broken(1, `${nameOfResource(deleter)} deleted ${environment}, which ${whose} created`),
    );
  }

  /** To be called at the end of the history. */
  allIsQuiet(): void {
    for (const stackName of new Set(this.truth.resources().map((each) => each.stackName))) this.checkHeld(stackName);
    for (const { appId, name, origin } of this.truth.environments()) {
      const creation = creationOf(origin);
      const environment = keyOf(appId, name);
      if (creation === undefined || this.isHeld(environment, creation.creator)) continue;
      this.checkRemains(environment, creation, () =>
        this.broken(5, `${environment} remains, which ${nameOfSender(creation.creator)} created`),
      );
    }
    for (const { caller, jobId, environment } of this.truth.runningClones()) {
      const creation = creationOf({ kind: 'clone', jobId, caller });
      if (creation === undefined) continue;
      this.checkRemains(environment, creation, () =>
        this.broken(
          5,
          `the clone ${jobId} to ${environment}, which ${nameOfSender(creation.creator)} started, still runs`,
        ),
      );
    }
  }

  private checkRemains(environment: string, creation: Creation, broken: () => void): void {
    const { stackName } = creation.creator;
    if (this.truth.unfinishedStacks().includes(stackName)) return;
    if (this.retention.mayRemain(environment, creation) || this.isNamedByFailure(environment)) return;
    const byReturn = this.retention.isLeftByReturn(environment, creation) ? 'cleanupFailed' : undefined;
    this.except(whyLeft(environment, creation, this.observed) ?? byReturn, broken);
  }

  /** A failure keeps the guarantee if it names what remains, with the command that deletes it. */
  private isNamedByFailure(environment: string): boolean {
    const [, name = ''] = environment.split('/');
    return this.observed.stacks.reasons.some((reason) => reason.includes(`--environment-name ${name}`));
  }

  private isHeld(environment: string, creator: Resource): boolean {
    const { stacks } = this.observed;
    return this.truth.resources().some((each) => {
      const shouldBeDeleted = isSameResource(each, creator) && stacks.hasFailedToDelete(each.physicalId);
      return shouldBeDeleted || keyOfId(each.physicalId) === environment;
    });
  }

  /** No resource of a stack deletes the environment that another resource of that stack holds. */
  private checkHeld(ofStack: string): void {
    if (this.truth.unfinishedStacks().includes(ofStack)) return;
    const present = new Set(this.truth.environments().map(({ appId, name }) => keyOf(appId, name)));
    for (const { stackName, logicalId, physicalId } of this.truth.resources()) {
      const environment = keyOfId(physicalId);
      if (stackName !== ofStack || environment === undefined || present.has(environment)) continue;
      const { isUsedByOthers, deleter, deletedBy, createdAt, hasLostRemains } = this.observed.service.of(environment);
      // If another stack also deleted an environment of that name, it can have been the one that the resource held.
      if (isUsedByOthers || deleter?.stackName !== stackName || deletedBy.size !== 1) continue;
      if (isAdopted(physicalId)) {
        const adopted = this.observed.stacks.adoptions.findLast(
          (each) => each.environment === environment && isSameResource(each, { stackName, logicalId }),
        );
        // The environment that it adopted was deleted earlier, or was the remains of a failed clone.
        if ((adopted !== undefined && adopted.at < createdAt) || hasLostRemains) continue;
      }
      this.broken(7, `${stackName}/${logicalId} holds ${environment}, but ${nameOfResource(deleter)} deleted it`);
    }
  }

  private checkSuccess(request: CustomResourceRequest, data: JsonObject): void {
    const { TargetEnvironmentName: target, ExistingEnvironment: existing } = request.ResourceProperties;
    const environment = keyOfTarget(request);
    if (data['EnvironmentName'] !== target) {
      this.broken(
        4,
        `${nameOfRequest(request)} reported the name ${JSON.stringify(data['EnvironmentName'])}, not ${target}`,
      );
    }
    const { isUsedByOthers, deleter } = this.observed.service.of(environment);
    if (isUsedByOthers) return;
    const found = environmentNow(environment, this.observed);
    const creator = found === undefined ? deleter : creationOf(found.origin)?.creator;
    // The owner of an adopted environment may empty or delete it.
    if (existing === 'ADOPT' && creator?.requestId !== request.RequestId) return;
    if (request.RequestType === 'Update' && isAdopted(request.PhysicalResourceId)) return;
    if (creator !== undefined && !isOf(creator, request)) return;
    if (found?.populated === true) return;
    const lack = found === undefined ? 'does not exist' : 'has no backend';
    const exception = whySuccessIsWrong(environment, resourceOf(request), this.observed);
    this.except(exception, () => this.broken(4, `${nameOfRequest(request)} succeeded, but ${environment} ${lack}`));
  }

  /** An environment has to exist to be adopted. While a job clones or deletes it, it is adopted only after the timeout. */
  private checkAdopted(request: CustomResourceRequest): void {
    const environment = keyOfTarget(request);
    const observed = this.observed.requests.get(request.RequestId);
    if (observed === undefined) return;
    const { service } = this.observed;
    const now = this.truth.now();
    const decidedAt = now - longestAnswerDelay(this.truth);
    if (environmentNow(environment, this.observed) === undefined && service.of(environment).deletedAt < decidedAt) {
      this.broken(4, `${nameOfRequest(request)} adopted ${environment}, which does not exist`);
    }
    if (now > timeoutOf(observed)) return;
    // If jobs are filed under their source, the handler does not see the clones of another source.
    const isVisible = ({ source }: { readonly source?: string }): boolean =>
      !this.truth.filedUnderSource || source === undefined || source === sourceOf(request);
    const job = service.runningSince(environment, decidedAt).find(isVisible);
    if (job !== undefined)
      this.broken(4, `${nameOfRequest(request)} adopted ${environment} while ${job.operation} ran`);
  }

  private checkFailure(request: CustomResourceRequest, reason: string): void {
    if (/Task timed out|signal: killed|not ready after/.test(reason)) return;
    // Without permissions, the handler cannot know how a clone ended.
    if (/is not authorized to perform/.test(reason)) return;
    const { service, requests } = this.observed;
    for (const [jobId, words] of service.failedClones) {
      if (words !== undefined && reason.includes(jobId) && reason.includes(words)) return;
    }
    if (isConfusable(resourceOf(request), this.observed)) return;
    const failures = requests.get(request.RequestId)?.failures ?? [];
    const decidedAt = this.truth.now() - longestAnswerDelay(this.truth);
    const last = failures.findLast(({ at }) => at < decidedAt);
    if (last !== undefined && !failures.some(({ text }) => reason.includes(text))) {
      this.broken(6, `${nameOfRequest(request)} failed with "${reason}", which lacks the service's "${last.text}"`);
    }
  }

  private except(exception: ExceptionName | undefined, broken: () => void): void {
    if (exception === undefined) broken();
    else this.exceptions.set(exception, (this.exceptions.get(exception) ?? 0) + 1);
  }

  private broken(guarantee: GuaranteeNumber, what: string): void {
    this.violations.push({ guarantee, at: this.truth.now(), what });
  }
}

type DeleteAccepted = Extract<JournalEvent, { kind: 'delete-accepted' }>;
type Deleted = Extract<JournalEvent, { kind: 'environment-deleted' }>;
