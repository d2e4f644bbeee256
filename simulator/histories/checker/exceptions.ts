import type { Sender } from '../sender';
import type { ExceptionName } from './guarantees';
import { isOf, isSameResource, keyOfId, keyOfTarget, type Resource, resourceOf, sourceOf } from './identities';
import type { Creation, Observed } from './observed';
import { type ObservedRequest, timeoutOf } from './observed-requests';
import type { ObservedClone } from './observed-service';

/*
 * The rows of "What can remain" in docs/guarantees.md: in which cases no handler can know better. Each is as narrow as the
 * simulator can tell, since a fault of the handler that one of these covers is not found.
 */

/** The clocks differ, and a call takes time. */
const SAME_MINUTE = 80_000;

/** Another clone, which began in the same minute, may be taken for one of the resource's own. */
export function isConfusable(resource: Resource, { truth, service }: Observed): boolean {
  if (!truth.answersGetLost) return false;
  const own = service.clonesOf(resource);
  const isAlike = (one: ObservedClone, other: ObservedClone): boolean =>
    one.target === other.target ||
    (truth.filedUnderSource && (one.source === other.source || one.target === other.source));
  return own.some((one) =>
    service.clones.some(
      (other) => !own.includes(other) && isAlike(one, other) && Math.abs(other.at - one.at) < SAME_MINUTE,
    ),
  );
}

/**
 * The service never accepted the resource's CloneBackend, and the handler could not know: somebody else's clone onto the name
 * or, where clones are filed under it, of the source looks like its own.
 */
function seemsAccepted(environment: string, resource: Resource, { truth, requests, service }: Observed): boolean {
  if (!truth.answersGetLost) return false;
  return requests.for(environment).some(({ request, sentAt }) => {
    if (request.RequestType === 'Delete' || !isOf(resource, request)) return false;
    if (service.clonesFor(request).length > 0) return false;
    const source = sourceOf(request);
    return service.clones.some(
      (clone) =>
        (truth.filedUnderSource ? clone.source === source : clone.target === environment) &&
        clone.at >= sentAt - SAME_MINUTE,
    );
  });
}

/** The clone that created the environment can be taken for a clone of the resource, or of one that passed it on to the resource. */
function isTakenForAnother(environment: string, resource: Resource, observed: Observed): boolean {
  return [resource, ...predecessors(environment, resource, observed)].some(
    (each) => isConfusable(each, observed) || seemsAccepted(environment, each, observed),
  );
}

/** The resources that can have passed the environment on: CloudFormation requested their deletion after the adoption. */
function predecessors(environment: string, resource: Resource, { requests, stacks }: Observed): readonly Resource[] {
  const adoption = stacks.adoptions.find((each) => each.environment === environment && isSameResource(each, resource));
  if (adoption === undefined) return [];
  return requests
    .for(environment)
    .map(({ request }) => resourceOf(request))
    .filter((each) => each.stackName === resource.stackName && !isSameResource(each, resource))
    .filter((each) => requests.isDeletionSent(each, environment, adoption.at));
}

/** A resource deleted an environment that it did not create. */
export function whyOthersWereDeleted(
  environment: string,
  deleter: Sender,
  deletionJobId: string,
  observed: Observed,
): ExceptionName | undefined {
  if (isTakenForAnother(environment, deleter, observed)) return 'takenForAnother';
  return isReplacedUnseen(environment, deleter, deletionJobId, observed) ? 'replacedUnseen' : undefined;
}

/** A resource deleted an environment that a clone of somebody else was creating. */
export function whyCloneWasEnded(
  { target, source, at }: ObservedClone,
  deleter: Sender,
  deletionJobId: string,
  observed: Observed,
): ExceptionName | undefined {
  if (isTakenForAnother(target, deleter, observed)) return 'takenForAnother';
  const { truth, service } = observed;
  if (at >= service.acceptedAt(deletionJobId) - truth.blindMilliseconds) return 'replacedUnseen';
  if (!truth.filedUnderSource) return undefined;
  // Filed under its source, it may be a clone to any name. After a failed clone of that source, an empty environment may be its.
  const own = service.clonesOf(deleter).findLast((each) => each.target === target);
  const isSuspected = own !== undefined && own.source === source && service.failedClones.has(own.jobId);
  return isSuspected ? undefined : 'replacedUnseen';
}

/** Somebody replaced the environment too late to be seen, or so that nothing shows it. */
function isReplacedUnseen(environment: string, deleter: Sender, deletionJobId: string, observed: Observed): boolean {
  const { truth, requests, service, stacks } = observed;
  const { createdAt, takenAway } = service.of(environment);
  const deletedAt = service.acceptedAt(deletionJobId);
  const seenUntil = deletedAt - truth.blindMilliseconds;
  if (createdAt >= seenUntil) return true;
  if (isShownByJob(environment, deleter, { seenUntil, deletedAt }, observed)) return false;
  const [appId = ''] = environment.split('/');
  if (truth.isHidden(appId)) return true;
  if (takenAway === undefined) return false;
  const { creator, at } = takenAway;
  const isOwner =
    isSameResource(creator, deleter) ||
    (creator.stackName === deleter.stackName && stacks.adoptions.some((each) => isSameResource(each, deleter)));
  if (!isOwner) return false;
  return at <= createdAt && at <= rootStackSeenAt(requests.get(creator.requestId), observed);
}

/** A job that the service showed, since the clone began, deleted the environment or created another one of that name. */
function isShownByJob(
  environment: string,
  deleter: Sender,
  { seenUntil: until, deletedAt }: { readonly seenUntil: number; readonly deletedAt: number },
  { truth, service }: Observed,
): boolean {
  const own = service.clones.filter(
    ({ caller, target }) => caller?.stackName === deleter.stackName && target === environment,
  );
  const since = Math.max(...own.map(({ at }) => at)) + SAME_MINUTE;
  // The handler may have read the jobs just before DeleteBackend.
  const shownSince = deletedAt - truth.jobsShownMilliseconds;
  return service
    .replacing(environment, { since, until })
    .filter(({ endedAt }) => endedAt >= shownSince)
    .some(({ operation }) => operation === 'DeleteBackend' || !truth.filedUnderSource);
}

/** Before that, a read may show an environment that had the name earlier. */
const ROOT_STACK_SETTLED = 65_000;

/**
 * When the handler knew the root stack of a clone: when it reported the clone, unless that was too early for a read to be
 * trusted, or so late that no time was left to wait for one.
 */
function rootStackSeenAt(creation: ObservedRequest | undefined, { service }: Observed): number {
  const clonedAt = creation && service.clonesFor(creation.request).at(-1)?.at;
  if (creation?.succeededAt === undefined || clonedAt === undefined) return Number.POSITIVE_INFINITY;
  const { succeededAt } = creation;
  const isSeen = succeededAt - clonedAt > ROOT_STACK_SETTLED && succeededAt + ROOT_STACK_SETTLED < timeoutOf(creation);
  return isSeen ? succeededAt : Number.POSITIVE_INFINITY;
}

/** A resource deleted its own environment, which was to be retained. */
export function whyRetainedWasDeleted(
  environment: string,
  deleter: Sender,
  { requests, stacks }: Observed,
): ExceptionName | undefined {
  const updates = requests.of(deleter).filter(({ request }) => request.RequestType === 'Update');
  const wentBack = updates.some(({ request }) => keyOfTarget(request) === environment);
  return wentBack && stacks.wasUpdateKilled(deleter) ? 'returnKilled' : undefined;
}

/** An environment is left, or its clone still runs, although its resource should be gone. */
export function whyLeft(environment: string, { creator }: Creation, observed: Observed): ExceptionName | undefined {
  const { requests, stacks } = observed;
  if (stacks.wasCleanupKilled(creator) || mayBePassedOn(environment, creator, observed)) return 'cleanupKilled';
  // A clone whose outputs cannot be read is kept. A function that is killed just then does not say so.
  const wantsOutputs = requests.get(creator.requestId)?.request.ResourceProperties['Outputs'] !== undefined;
  if (wantsOutputs && stacks.wasCreateKilled(creator)) return 'keptSilently';
  if (!isDeletionSent(environment, creator, observed)) {
    if (stacks.hasFailedDeletion(creator.stackName)) return 'cleanupFailed';
    if (isRollbackUnsent(environment, creator, observed)) return 'rollbackFailed';
  }
  // The resource's own is taken for the one of somebody else, which must not be deleted.
  return isConfusable(creator, observed) ? 'takenForAnother' : undefined;
}

/** Another resource of the stack was to adopt it, and the function was killed in the cleanup after that. */
function mayBePassedOn(environment: string, { stackName }: Sender, { requests, stacks }: Observed): boolean {
  return requests.for(environment).some(({ request }) => {
    const adopter = resourceOf(request);
    const isAdopter = request.ResourceProperties['ExistingEnvironment'] === 'ADOPT' && adopter.stackName === stackName;
    return isAdopter && stacks.wasCleanupKilled(adopter);
  });
}

/** Whether CloudFormation has asked for its deletion, which it skips after the deletion of what depends on it has failed. */
function isDeletionSent(environment: string, creator: Sender, { requests }: Observed): boolean {
  return requests.since(creator).some(({ request }) => {
    if (request.RequestType !== 'Delete') return false;
    // A Delete may be for what the resource has held since. One with a generated ID is for whatever the resource created.
    const asksFor = keyOfId(request.PhysicalResourceId);
    return asksFor === undefined || asksFor === environment;
  });
}

/**
 * A rollback failed before CloudFormation sent its request to the resource. The environment is the one of the update that was
 * rolled back, or the one that it replaced. The physical ID of the resource is that of the other one, as after an update that
 * succeeded, or that was rolled back.
 */
function isRollbackUnsent(environment: string, creator: Sender, { requests, stacks }: Observed): boolean {
  const begunAt = stacks.failedRollbackBegunAt(creator.stackName);
  const creation = requests.get(creator.requestId);
  if (begunAt === undefined || creation === undefined || creation.sentAt >= begunAt) return false;
  const updates = requests.since(creator).filter(({ request }) => request.RequestType === 'Update');
  const isOfUpdate = creator.requestType === 'Update';
  const isReplaced = updates.some(({ request }) => keyOfTarget(request) !== environment);
  return (isOfUpdate || isReplaced) && !updates.some(({ sentAt }) => sentAt >= begunAt);
}
