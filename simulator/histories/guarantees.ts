import type { JournalEvent, Origin } from '../amplify-backend/journal';
import type { Reception } from '../cloudformation/custom-resource-exchange';
import type { CustomResourceAnswer, CustomResourceRequest } from '../cloudformation/custom-resource-protocol';
import type { JsonObject } from '../cloudformation/json';
import type { StackEvent } from '../cloudformation/stack-event';
import { type Sender, senderOf } from './sender';

/** The guarantees, by their numbers in docs/guarantees.md. */
export const GUARANTEES = {
  1: 'An environment that this resource did not create is never deleted.',
  2: 'One request leads to at most one accepted CloneBackend.',
  3: 'Every request is answered once, within CloudFormation’s hour.',
  4: 'SUCCESS means that the environment exists, its clone completed, and the reported name is its name.',
  5: 'After a rollback, or a deletion with DESTROY, nothing that the resource created remains or runs.',
  6: 'A failure carries the service’s own words.',
  7: 'What is to be retained remains.',
} as const;

export type GuaranteeNumber = keyof typeof GUARANTEES;

export interface Violation {
  readonly guarantee: GuaranteeNumber;
  readonly at: number;
  readonly what: string;
}

/** What is so, in the service and in CloudFormation, at the moment of asking. */
export interface Truth {
  now(): number;
  environments(): readonly TrueEnvironment[];
  runningClones(): readonly { readonly jobId: string; readonly caller: string; readonly environmentName: string }[];
  /** Stacks whose rollback or deletion has failed: it is for people to go on with it. */
  unfinishedStacks(): readonly string[];
  /** How much later than it was looked at an environment may be deleted, all told: reads lag, and calls take time. */
  readonly blindMilliseconds: number;
  /** Answers to CloneBackend can be lost: then clones onto one name look alike, and all of one source where `filedUnderSource`. */
  readonly answersGetLost: boolean;
  readonly filedUnderSource: boolean;
  /** GetBackend shows nothing of the app now, or may fail for its environments. */
  isHidden(appId: string): boolean;
  /** Of the resources in every stack that is there, those included that a stack failed to delete. */
  resources(): readonly { readonly stackName: string; readonly logicalId: string; readonly physicalId: string }[];
}

export interface TrueEnvironment {
  readonly appId: string;
  readonly name: string;
  readonly origin: Origin;
  readonly populated: boolean;
}

interface Asked {
  readonly request: CustomResourceRequest;
  readonly sentAt: number;
  clones: number;
  /** The words of clones of this request that failed, and when. */
  words: { readonly text: string; readonly at: number }[];
}

/**
 * Watches a run from outside, and notes each guarantee that is broken. It knows nothing of how the handler works: it sees
 * the requests and answers of CloudFormation, and what becomes true in the service.
 */
export class GuaranteeChecker {
  readonly violations: Violation[] = [];
  private readonly asked = new Map<string, Asked>();
  private readonly others = new Set<string>();
  /** By whom what is not there any more was deleted. */
  private readonly deleters = new Map<string, Sender>();
  /** App and environment of what a failed clone left, once that is deleted. */
  private readonly remainsDeleted = new Set<string>();
  private readonly stacksThatDeleted = new Map<string, Set<string>>();
  private readonly retained = new Set<string>();
  /** Of these the ones with something in them: the empty remains of a failed clone are nobody's loss. */
  private readonly retainedBackends = new Set<string>();
  private readonly letGo = new Set<string>();
  /** Stack, app and environment, where a request was let go of that may have adopted it: it is to be retained by then. */
  private readonly adoptionsLetGo = new Set<string>();
  /** The service's words on each, if it had any, by the job's id. */
  private readonly failedClones = new Map<string, string | undefined>();
  /** Physical ids. */
  private readonly failedToDelete = new Set<string>();
  /** Stacks in which something was not deleted. */
  private readonly failedCleanups = new Set<string>();
  /** Stacks and logical ids. */
  private readonly killedCleanups = new Set<string>();
  private readonly killedUpdates = new Set<string>();
  /** Stacks, apps and environments. */
  private readonly leftByReturns = new Set<string>();
  private readonly killedCreates = new Set<string>();
  /**
   * How often something was left that no handler could have removed: it was killed while it did, or CloudFormation never
   * asked for it, because what depends on it could not be deleted.
   */
  leftByFailedCleanups = 0;
  /** Those that run: their job ids, and app and environment. */
  private readonly deletions = new Map<string, string>();
  /** When a deletion was accepted, and whether the app could be looked at then, by job id. */
  private readonly deletionsAccepted = new Map<string, { readonly at: number; readonly isBlind: boolean }>();
  /** When it came to its name, by app and environment. */
  private readonly createdAt = new Map<string, number>();
  /** The request whose environment somebody took away without a job, by app and environment. */
  private readonly takenAway = new Map<string, { readonly maker: Sender; readonly at: number }>();
  /** When a clone was accepted, by the request. */
  private readonly clonedAt = new Map<string, number>();
  private readonly clones: {
    readonly caller: Sender | undefined;
    readonly source: string;
    readonly target: string;
    readonly at: number;
  }[] = [];
  /** When a request reported an environment, where that was late enough for its root stack to be known. */
  private readonly rootStackSeen = new Map<string, number>();
  /** By job id, with the requests that were to clone to the same name by then. */
  private readonly meantBy = new Map<string, readonly Asked[]>();
  /**
   * How often an environment was deleted that somebody had put in the place of ours: too shortly before, or without a job
   * before the handler could know the root stack of ours (docs/guarantees.md).
   */
  replacedUnseen = 0;
  /** How often somebody else's clone was taken for ours that began in the same minute, whose answer was lost. */
  takenForOurs = 0;
  private readonly failures: string[] = [];
  /** By the clone's job id, the resource that has adopted what the one that made it was told to delete. */
  private readonly heirs = new Map<string, Named>();
  /** By app and environment. */
  private readonly adopters = new Map<string, readonly Adoption[]>();

  constructor(private readonly truth: Truth) {}

  requestSent(request: CustomResourceRequest): void {
    this.asked.set(request.RequestId, {
      request,
      sentAt: this.truth.now(),
      clones: 0,
      words: [],
    });
  }

  answered(request: CustomResourceRequest, answer: CustomResourceAnswer, reception: Reception): void {
    const asked = this.asked.get(request.RequestId);
    if (asked === undefined) return;
    if (reception === 'ignored') return;
    if (answer.kind === 'failed') {
      this.checkFailure(asked, answer.reason);
      return;
    }
    if (request.RequestType === 'Delete') {
      this.notePassedOn(request, request.PhysicalResourceId);
      return;
    }
    this.checkSuccess(request, answer.data);
    this.noteAdoption(request, answer.physicalResourceId);
    this.noteReturn(request, answer.physicalResourceId);
    const clonedAt = this.clonedAt.get(request.RequestId);
    const now = this.truth.now();
    // A clone that is nearly too late is reported without its root stack, where that does not show yet.
    const timeout = asked.sentAt + Number(request.ResourceProperties['TimeoutSeconds']) * 1000;
    if (clonedAt !== undefined && now - clonedAt > ROOT_STACK_SETTLED && now + ROOT_STACK_SETTLED < timeout) {
      this.rootStackSeen.set(request.RequestId, now);
    }
  }

  serviceDid(event: JournalEvent): void {
    switch (event.kind) {
      case 'clone-accepted': {
        const sender = senderOf(event.caller);
        const asked = sender && this.asked.get(sender.requestId);
        this.meantBy.set(event.jobId, this.requestsOnto(event.appId, event.target));
        this.clones.push({
          caller: sender,
          source: keyOf(event.appId, event.source),
          target: keyOf(event.appId, event.target),
          at: event.at,
        });
        if (asked === undefined) return;
        this.clonedAt.set(asked.request.RequestId, event.at);
        // Onto a name that is taken, the service accepts a clone in one of its variants only to let it fail.
        if (!event.ontoExisting) asked.clones += 1;
        if (asked.clones > 1) this.broken(2, `a second CloneBackend for ${describe(asked.request)} was accepted`);
        return;
      }
      case 'delete-accepted':
        this.deletions.set(event.jobId, keyOf(event.appId, event.environment));
        if (senderOf(event.caller) === undefined) this.others.add(keyOf(event.appId, event.environment));
        this.deletionsAccepted.set(event.jobId, { at: event.at, isBlind: this.truth.isHidden(event.appId) });
        return;
      case 'job-ended': {
        this.deletions.delete(event.jobId);
        const sender = senderOf(event.caller);
        if (event.status === 'FAILED') this.failedClones.set(event.jobId, event.error);
        if (event.error !== undefined && sender !== undefined && event.operation === 'CloneBackend') {
          this.asked.get(sender.requestId)?.words.push({ text: event.error, at: event.at });
        }
        return;
      }
      case 'environment-deleted': {
        const key = keyOf(event.appId, event.environment);
        const maker = event.origin.kind === 'clone' ? senderOf(event.origin.caller) : undefined;
        if (event.by.kind === 'other') {
          this.others.add(key);
          if (maker !== undefined) this.takenAway.set(key, { maker, at: event.at });
        }
        if (event.by.kind !== 'deletion job') return;
        const deleter = senderOf(event.by.caller);
        if (deleter === undefined) {
          this.others.add(key);
          return;
        }
        this.deleters.set(key, deleter);
        if (event.origin.kind === 'clone' && this.failedClones.has(event.origin.jobId)) this.remainsDeleted.add(key);
        this.stacksThatDeleted.set(key, new Set(this.stacksThatDeleted.get(key)).add(deleter.stackName));
        const heir = event.origin.kind === 'clone' ? this.heirs.get(event.origin.jobId) : undefined;
        const isOwner = [maker, heir].some((owner) => owner !== undefined && isSameResource(owner, deleter));
        if (!isOwner) {
          // The empty remains of a clone that failed are nobody's loss, and look like those of ours that failed onto them.
          if (event.origin.kind === 'clone' && this.failedClones.has(event.origin.jobId)) return;
          if (event.origin.kind === 'clone' && this.isTakenForOurs(event.origin.jobId, deleter)) return;
          if (this.looksLikeOurs(deleter) || this.seemsToHaveBeenAccepted(event.appId, event.environment, deleter)) {
            this.takenForOurs += 1;
            return;
          }
          if (this.isUnseenReplacement(key, event.by.jobId, deleter)) {
            this.replacedUnseen += 1;
            return;
          }
          const whose = maker === undefined ? 'somebody else' : `${maker.stackName}/${maker.logicalId}`;
          this.broken(1, `${deleter.stackName}/${deleter.logicalId} deleted ${key}, which ${whose} made`);
        } else if (event.origin.kind === 'clone' && this.retainedBackends.has(event.origin.jobId)) {
          this.broken(7, `${deleter.stackName}/${deleter.logicalId} deleted ${key}, which was to be retained`);
        }
        return;
      }
      case 'environment-created':
        this.createdAt.set(keyOf(event.appId, event.environment), event.at);
        this.deleters.delete(keyOf(event.appId, event.environment));
        if (event.origin.kind === 'other' || senderOf(event.origin.caller) === undefined) {
          this.others.add(keyOf(event.appId, event.environment));
        }
        return;
      default:
        return;
    }
  }

  /** Within a stack, what a resource made and another one has adopted passes on to that one, once the first is deleted. */
  private notePassedOn(request: CustomResourceRequest, physicalId: string): void {
    for (const environment of this.truth.environments()) {
      const { origin } = environment;
      const maker = origin.kind === 'clone' ? senderOf(origin.caller) : undefined;
      if (origin.kind !== 'clone' || maker === undefined || !isOf(maker, request)) continue;
      if (!mentions(physicalId, environment)) continue;
      const isOther = (each: Named): boolean =>
        each.stackName === maker.stackName && each.logicalId !== maker.logicalId;
      const adopters = this.adopters.get(keyOf(environment.appId, environment.name)) ?? [];
      const holders = this.truth.resources().filter((each) => mentions(each.physicalId, environment));
      const heir = [...holders, ...adopters].find(isOther);
      if (heir !== undefined) this.heirs.set(origin.jobId, heir);
    }
  }

  /** It may be held by an id that an update has left, and that no resource has any more. */
  private noteAdoption(request: CustomResourceRequest, physicalId: string): void {
    if (!isAdopted(physicalId)) return;
    const key = keyOfId(physicalId);
    const adopter = { ...resourceOf(request), at: this.truth.now() };
    if (key !== undefined) this.adopters.set(key, [...(this.adopters.get(key) ?? []), adopter]);
  }

  /**
   * An update that goes back to what a failed cleanup has left is, to the handler, the rollback of one that went back to a
   * retained environment. So what it leaves is retained.
   */
  private noteReturn(request: CustomResourceRequest, physicalId: string): void {
    const { stackName } = resourceOf(request);
    const [own = '', replaced] = physicalId.split(';replaces=');
    const isReturn = request.RequestType === 'Update' && !own.includes(`request=${request.RequestId}`);
    const key = replaced === undefined ? undefined : keyOfId(replaced);
    if (isReturn && key !== undefined && this.failedCleanups.has(stackName)) {
      this.leftByReturns.add(`${stackName}/${key}`);
    }
  }

  private requestsOnto(appId: string, target: string): Asked[] {
    return [...this.asked.values()].filter(({ request: { ResourceProperties: properties } }) => {
      return properties['AppId'] === appId && properties['TargetEnvironmentName'] === target;
    });
  }

  /** Its own CloneBackend was never accepted, and nothing but the name of the target told the two apart. */
  private isTakenForOurs(jobId: string, deleter: Sender): boolean {
    const meant = this.meantBy.get(jobId) ?? [];
    const isTaken = meant.some(({ request, clones }) => clones === 0 && isOf(deleter, request));
    if (isTaken) this.takenForOurs += 1;
    return isTaken;
  }

  /** Another clone, which began in the same minute, can be taken for the resource's own. */
  private looksLikeOurs(resource: Named): boolean {
    if (!this.truth.answersGetLost) return false;
    const own = this.clones.filter(({ caller }) => caller !== undefined && isSameResource(caller, resource));
    const isAlike = (one: CloneNames, other: CloneNames): boolean =>
      one.target === other.target ||
      (this.truth.filedUnderSource && (one.source === other.source || one.target === other.source));
    return own.some((one) =>
      this.clones.some(
        (other) => !own.includes(other) && isAlike(one, other) && Math.abs(other.at - one.at) < SAME_MINUTE,
      ),
    );
  }

  /**
   * The service never took the resource's CloneBackend, and the handler could not know: somebody else's clone onto the name, or
   * of the source where clones are filed under it, looks like its own.
   */
  private seemsToHaveBeenAccepted(appId: string, environment: string, resource: Named): boolean {
    if (!this.truth.answersGetLost) return false;
    return this.requestsOnto(appId, environment).some(({ request, sentAt, clones }) => {
      const source = keyOf(appId, String(request.ResourceProperties['SourceEnvironmentName']));
      const isMade = request.RequestType !== 'Delete' && clones === 0 && isOf(resource, request);
      const isAlike = ({ source: of, target }: CloneNames): boolean =>
        this.truth.filedUnderSource ? of === source : target === keyOf(appId, environment);
      return isMade && this.clones.some((clone) => isAlike(clone) && clone.at >= sentAt - SAME_MINUTE);
    });
  }

  /** What is in the place of ours came to it too late to be seen, or nothing could tell the two apart. */
  private isUnseenReplacement(key: string, deletionId: string, deleter: Sender): boolean {
    const { at: deletedAt, isBlind } = this.deletionsAccepted.get(deletionId) ?? { at: 0, isBlind: false };
    const createdAt = this.createdAt.get(key) ?? Number.NEGATIVE_INFINITY;
    if (isBlind || deletedAt - createdAt <= this.truth.blindMilliseconds) return true;
    const former = this.takenAway.get(key);
    if (former === undefined) return false;
    const hasAdopted = (this.adopters.get(key) ?? []).some((each) => isSameResource(each, deleter));
    const isPassedOn = hasAdopted && former.maker.stackName === deleter.stackName;
    if (!isPassedOn && !isSameResource(former.maker, deleter)) return false;
    const seenAt = this.rootStackSeen.get(former.maker.requestId) ?? Number.POSITIVE_INFINITY;
    return former.at <= createdAt && former.at <= seenAt;
  }

  stackDid(event: StackEvent): void {
    if (event.reason?.includes('did not receive a response')) {
      this.broken(3, `${event.stackName}/${event.logicalId} got no answer within the hour`);
    }
    if (event.reason !== undefined) this.failures.push(event.reason);
    if (event.status === 'DELETE_FAILED') {
      this.failedToDelete.add(event.physicalId);
      this.failedCleanups.add(event.stackName);
    }
    this.noteKill(event);
    if (SUCCEEDED.test(event.status) && event.physicalId === event.stackId) this.noteTakenUp(event.stackName);
    if (event.status !== 'DELETE_SKIPPED') return;
    const mentioned = this.truth.environments().filter((environment) => mentions(event.physicalId, environment));
    for (const { appId, name, origin, populated } of mentioned) {
      const maker = origin.kind === 'clone' ? senderOf(origin.caller) : undefined;
      // A resource whose request was refused may have the name of an environment that is another's.
      if (origin.kind !== 'clone' || maker === undefined) continue;
      const heir = this.heirs.get(origin.jobId);
      const isOwner = [maker, heir].some((owner) => owner !== undefined && isSameResource(owner, event));
      // What another resource of the stack has adopted may pass on to that one yet.
      const mayHaveAdopted =
        isAdopted(event.physicalId) || this.killedCreates.has(`${event.stackName}/${event.logicalId}`);
      if (!isOwner && mayHaveAdopted && maker.stackName === event.stackName) this.retained.add(origin.jobId);
      if (!isOwner) continue;
      this.retained.add(origin.jobId);
      // Unless it goes already: a rollback had begun to delete it before the stack let go of it.
      const isBeingDeleted = [...this.deletions.values()].includes(keyOf(appId, name));
      if (populated && !isBeingDeleted) this.retainedBackends.add(origin.jobId);
    }
    if (mentioned.length > 0) return;
    // An id that CloudFormation made up: whatever a request of that resource has begun, it lets go of.
    for (const { request } of this.asked.values()) {
      if (request.StackId === event.stackId && request.LogicalResourceId === event.logicalId) {
        this.letGo.add(request.RequestId);
        const {
          AppId: appId,
          TargetEnvironmentName: target,
          ExistingEnvironment: existing,
        } = request.ResourceProperties;
        if (existing === 'ADOPT') this.adoptionsLetGo.add(`${event.stackName}/${keyOf(String(appId), String(target))}`);
      }
    }
  }

  /** What a stack had let go of and holds again, after a deployment that succeeded, is to be retained no more than the rest. */
  private noteTakenUp(stackName: string): void {
    const held = this.truth.resources().filter((resource) => resource.stackName === stackName);
    for (const environment of this.truth.environments()) {
      if (environment.origin.kind !== 'clone') continue;
      if (held.some(({ physicalId }) => mentions(physicalId, environment))) {
        this.retainedBackends.delete(environment.origin.jobId);
      }
    }
  }

  /** Once nothing is under way any more. */
  allIsQuiet(): void {
    this.checkHeld();
    for (const environment of this.truth.environments()) {
      const { origin } = environment;
      const maker = origin.kind === 'clone' ? senderOf(origin.caller) : undefined;
      if (origin.kind !== 'clone' || maker === undefined) continue;
      const key = keyOf(environment.appId, environment.name);
      if (this.adoptionsLetGo.has(`${maker.stackName}/${key}`) || this.isHeld(environment, maker)) continue;
      if (this.isLeftForAReason(maker, origin.jobId, environment.name)) continue;
      if (this.leftByReturns.has(`${maker.stackName}/${key}`)) {
        this.leftByFailedCleanups += 1;
        continue;
      }
      this.broken(5, `${key} was left behind (made by ${origin.caller})`);
    }
    for (const { caller, jobId, environmentName } of this.truth.runningClones()) {
      const maker = senderOf(caller);
      if (maker === undefined || this.isLeftForAReason(maker, jobId, environmentName)) continue;
      this.broken(5, `the clone ${jobId} onto ${environmentName} of ${caller} still runs`);
    }
  }

  /** It is to be retained, or a failure names it, or no handler could have known or removed it; the last two are counted. */
  private isLeftForAReason(maker: Sender, jobId: string, environmentName: string): boolean {
    if (this.letGo.has(maker.requestId) || this.retained.has(jobId)) return true;
    if (this.isSaidToBeLeft(environmentName) || this.isOutOfReach(maker, environmentName)) return true;
    // Ours is taken for the one that failed: somebody else's must not be deleted.
    if (!this.looksLikeOurs(maker)) return false;
    this.takenForOurs += 1;
    return true;
  }

  /** What a stack has is not taken away by that stack. */
  private checkHeld(): void {
    const environments = this.truth.environments();
    for (const { stackName, logicalId, physicalId } of this.truth.resources()) {
      const key = keyOfId(physicalId);
      if (key === undefined || this.others.has(key) || this.truth.unfinishedStacks().includes(stackName)) continue;
      if (environments.some((environment) => mentions(physicalId, environment))) continue;
      const deleter = this.deleters.get(key);
      // What it adopted is gone, and another one came to the name since.
      const adopted = this.adopters.get(key)?.findLast((each) => isSameResource(each, { stackName, logicalId }));
      if (isAdopted(physicalId) && adopted !== undefined && adopted.at < (this.createdAt.get(key) ?? 0)) continue;
      // What a clone of another resource had left when it failed, which removes that.
      if (isAdopted(physicalId) && this.remainsDeleted.has(key)) continue;
      // Where another stack has deleted one of that name, it may have been this one.
      if (deleter?.stackName !== stackName || this.stacksThatDeleted.get(key)?.size !== 1) continue;
      this.broken(7, `${stackName}/${logicalId} holds ${key}, which ${deleter.stackName}/${deleter.logicalId} deleted`);
    }
  }

  /** CloudFormation does not ask again where a cleanup was killed, nor, once the stack is deleted, where a rollback was. */
  private noteKill({ stackName, logicalId, status, reason = '' }: StackEvent): void {
    if (status === 'UPDATE_ROLLBACK_FAILED') {
      for (const each of this.killedUpdates) if (each.startsWith(`${stackName}/`)) this.killedCleanups.add(each);
    }
    if (!WAS_KILLED.test(reason)) return;
    if (status === 'DELETE_FAILED') this.killedCleanups.add(`${stackName}/${logicalId}`);
    if (status === 'CREATE_FAILED') this.killedCreates.add(`${stackName}/${logicalId}`);
    if (status === 'UPDATE_FAILED') this.killedUpdates.add(`${stackName}/${logicalId}`);
  }

  private isOutOfReach(maker: Sender, environmentName: string): boolean {
    const { stackName, logicalId } = maker;
    if (this.truth.unfinishedStacks().includes(stackName)) return true;
    const wasKilled =
      this.killedCleanups.has(`${stackName}/${logicalId}`) ||
      this.mayBeKeptUntold(maker) ||
      this.mayHavePassedOn(maker, environmentName);
    if (!wasKilled && !this.waitedForFailedCleanup(maker, environmentName)) return false;
    this.leftByFailedCleanups += 1;
    return true;
  }

  /** Another resource of the stack was to adopt it, and the function was killed in the cleanup after that. */
  private mayHavePassedOn({ stackName }: Sender, environmentName: string): boolean {
    return [...this.asked.values()].some(({ request }) => {
      const { TargetEnvironmentName: target, ExistingEnvironment: existing } = request.ResourceProperties;
      const adopter = resourceOf(request);
      const isAdopter = existing === 'ADOPT' && target === environmentName && adopter.stackName === stackName;
      return isAdopter && this.killedCleanups.has(`${stackName}/${adopter.logicalId}`);
    });
  }

  /** A clone whose outputs cannot be read is kept; a function that is killed just then says no word of it. */
  private mayBeKeptUntold({ stackName, logicalId, requestId }: Sender): boolean {
    const outputs = this.asked.get(requestId)?.request.ResourceProperties['Outputs'];
    return outputs !== undefined && this.killedCreates.has(`${stackName}/${logicalId}`);
  }

  /** It was to be deleted after what depends on it; that failed, and CloudFormation has never asked. */
  private waitedForFailedCleanup(maker: Sender, environmentName: string): boolean {
    if (!this.failedCleanups.has(maker.stackName)) return false;
    const requests = [...this.asked.values()].map(({ request }) => request);
    const appId = this.asked.get(maker.requestId)?.request.ResourceProperties['AppId'];
    const since = requests.slice(requests.findIndex(({ RequestId }) => RequestId === maker.requestId));
    return !since.some((request) => {
      if (request.RequestType !== 'Delete' || !isOf(maker, request)) return false;
      // A Delete may ask for what the resource has held since; one with an id that CloudFormation made up asks for whatever there is.
      const asksFor = keyOfId(request.PhysicalResourceId);
      return asksFor === undefined || asksFor === keyOf(String(appId), environmentName);
    });
  }

  private isHeld(environment: TrueEnvironment, maker: Sender): boolean {
    const resources = this.truth.resources();
    return resources.some(({ physicalId }) => mentions(physicalId, environment)) || this.isStillToBeDeleted(maker);
  }

  /** The stack failed to delete it, and says so; whoever deletes the stack again has it tried again. */
  private isStillToBeDeleted({ stackName, logicalId }: Sender): boolean {
    return this.truth
      .resources()
      .some(
        (each) =>
          each.stackName === stackName && each.logicalId === logicalId && this.failedToDelete.has(each.physicalId),
      );
  }

  /** A failure that names what is left, with the command that deletes it, keeps the guarantee. */
  private isSaidToBeLeft(environmentName: string): boolean {
    return this.failures.some((reason) => reason.includes(`--environment-name ${environmentName}`));
  }

  private checkSuccess(request: CustomResourceRequest, data: JsonObject): void {
    const { AppId: appId, TargetEnvironmentName: target } = request.ResourceProperties;
    const key = keyOf(String(appId), String(target));
    if (data['EnvironmentName'] !== target) {
      this.broken(
        4,
        `${describe(request)} reported the name ${JSON.stringify(data['EnvironmentName'])}, not ${target}`,
      );
    }
    // What other people do with the name cannot be promised.
    if (this.others.has(key)) return;
    const found = this.truth.environments().find((each) => each.appId === appId && each.name === target);
    const maker = found?.origin.kind === 'clone' ? senderOf(found.origin.caller) : this.deleters.get(key);
    // What is to be adopted is taken as it is.
    if (request.ResourceProperties['ExistingEnvironment'] === 'ADOPT' && maker?.requestId !== request.RequestId) return;
    if (request.RequestType === 'Update' && isAdopted(request.PhysicalResourceId)) return;
    // Nor what another resource does with an environment that this one adopted.
    if (maker !== undefined && !isOf(maker, request)) return;
    if (found === undefined) this.broken(4, `${describe(request)} succeeded, but ${key} is not there`);
    else if (!found.populated) this.broken(4, `${describe(request)} succeeded, but ${key} has no backend`);
  }

  private checkFailure({ request, words }: Asked, reason: string): void {
    if (/Task timed out|signal: killed|not ready after/.test(reason)) return;
    // What the service said last: whoever may not ask any more cannot know how a clone ended.
    if (/is not authorized to perform/.test(reason)) return;
    // Where an answer was lost, a clone of the same source that began in the same minute cannot be told from ours.
    for (const [jobId, error] of this.failedClones) {
      if (error !== undefined && reason.includes(jobId) && reason.includes(error)) return;
    }
    if (this.looksLikeOurs(resourceOf(request))) return;
    // What the service said just now may not show yet, or the polls since then got no answer that says it.
    const unheard = this.truth.blindMilliseconds + (this.truth.answersGetLost ? TWO_POLLS : 0);
    const [last] = words.filter(({ at }) => this.truth.now() - at > unheard).slice(-1);
    if (last !== undefined && !words.some(({ text }) => reason.includes(text))) {
      this.broken(6, `${describe(request)} failed with "${reason}", without the service's "${last.text}"`);
    }
  }

  private broken(guarantee: GuaranteeNumber, what: string): void {
    this.violations.push({ guarantee, at: this.truth.now(), what });
  }
}

/** Apps and environments. */
interface CloneNames {
  readonly source: string;
  readonly target: string;
}

type Named = Pick<Sender, 'stackName' | 'logicalId'>;

type Adoption = Named & { readonly at: number };

/** Give or take the clocks, and the time that a call takes. */
const SAME_MINUTE = 80_000;

/** At the longest interval. */
const TWO_POLLS = 120_000;

/** From a clone's acceptance on. Before that, what a read shows may be an environment that had the name earlier. */
const ROOT_STACK_SETTLED = 65_000;

/** Of a stack. */
const SUCCEEDED = /^(CREATE_COMPLETE|UPDATE_COMPLETE_CLEANUP_IN_PROGRESS|UPDATE_COMPLETE)$/;

/** CloudFormation lets go of what it failed to delete in the cleanup after an update; the event names it. */
const WAS_KILLED = /signal: killed|Task timed out/;

function isSameResource(one: Named, other: Named): boolean {
  return one.stackName === other.stackName && one.logicalId === other.logicalId;
}

function resourceOf(request: CustomResourceRequest): Named {
  return { stackName: request.StackId.split('/')[1] ?? '', logicalId: request.LogicalResourceId };
}

function isOf({ stackName, logicalId }: Named, request: CustomResourceRequest): boolean {
  return request.StackId.split('/')[1] === stackName && request.LogicalResourceId === logicalId;
}

function keyOf(appId: string, environmentName: string): string {
  return `${appId}/${environmentName}`;
}

function mentions(physicalId: string, { appId, name }: TrueEnvironment): boolean {
  return new RegExp(`(^|:)${appId}/${name}(;|$)`).test(ownPart(physicalId));
}

function isAdopted(physicalId: string): boolean {
  return ownPart(physicalId).endsWith(';adopted');
}

/** App and environment. */
function keyOfId(physicalId: string): string | undefined {
  return /(?:^|:)([^:;/]+\/[^;]+)(?:;|$)/.exec(ownPart(physicalId))?.[1];
}

/** What the resource holds, without what that replaces. */
function ownPart(physicalId: string): string {
  const [own = ''] = physicalId.split(';replaces=');
  return own;
}

function describe(request: CustomResourceRequest): string {
  const stackName = request.StackId.split('/')[1];
  return `the ${request.RequestType} of ${stackName}/${request.LogicalResourceId}`;
}
