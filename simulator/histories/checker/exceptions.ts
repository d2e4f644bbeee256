import type { Sender } from '../sender';
import type { ExceptionName } from './guarantees';
import { isOf, isSameResource, keyOfId, keyOfTarget, type Resource, resourceOf, sourceOf } from './identities';
import type { Creation, Observed } from './observed';
import { type ObservedRequest, timeoutOf } from './observed-requests';
import type { ObservedClone } from './observed-service';

/*
 * The rows of "What can remain" in docs/guarantees.md: the cases in which no handler can know better. Each is as narrow as the
 * observations allow, because the histories do not find a fault of the handler that looks like one of these.
 */

/** By how much the service's time of a clone can differ from the handler's: the clocks differ, and a call takes time. */
const SAME_MINUTE = 80_000;

/** Another clone, which began in the same minute, can be mistaken for one of the resource. */
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
 * The service never accepted the resource's CloneBackend, but the clone of another owner looks like the resource's: it has the
 * same target or, if jobs are filed under their source, the same source.
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

/** The clone of the environment can be mistaken for one of the resource, or of a resource that passed the environment on to it. */
function isMistaken(environment: string, resource: Resource, observed: Observed): boolean {
  return [resource, ...predecessors(environment, resource, observed)].some(
    (each) => isConfusable(each, observed) || seemsAccepted(environment, each, observed),
  );
}

/**
 * The resources that can have passed the environment on, also by way of one another: CloudFormation requested their deletion
 * after the adoption.
 */
function predecessors(
  environment: string,
  resource: Resource,
  observed: Observed,
  known: readonly Resource[] = [resource],
): readonly Resource[] {
  const { requests, stacks } = observed;
  const adoption = stacks.adoptions.find((each) => each.environment === environment && isSameResource(each, resource));
  if (adoption === undefined) return [];
  const found = requests
    .for(environment)
    .map(({ request }) => resourceOf(request))
    .filter((each) => each.stackName === resource.stackName && !known.some((other) => isSameResource(each, other)))
    .filter((each) => requests.isDeletionSent(each, environment, adoption.at));
  return found.flatMap((each) => [each, ...predecessors(environment, each, observed, [...known, ...found])]);
}

/** A resource reported an environment that does not exist or has no backend. */
export function whySuccessIsWrong(
  environment: string,
  resource: Resource,
  observed: Observed,
): ExceptionName | undefined {
  return isMistaken(environment, resource, observed) ? 'takenForAnother' : undefined;
}

/** A resource deleted an environment that it did not create. */
export function whyOthersWereDeleted(
  environment: string,
  deleter: Sender,
  deletionJobId: string,
  observed: Observed,
): ExceptionName | undefined {
  if (isMistaken(environment, deleter, observed)) return 'takenForAnother';
  return wasReplacedUnseen(environment, deleter, deletionJobId, observed) ? 'replacedUnseen' : undefined;
}

/** A resource deleted an environment that the clone of another owner was creating. */
export function whyCloneWasEnded(
  { target, source, at }: ObservedClone,
  deleter: Sender,
  deletionJobId: string,
  observed: Observed,
): ExceptionName | undefined {
  if (isMistaken(target, deleter, observed)) return 'takenForAnother';
  const { truth, service } = observed;
  if (at >= service.acceptedAt(deletionJobId) - truth.blindMilliseconds) return 'replacedUnseen';
  if (!truth.filedUnderSource) return undefined;
  // The job is filed under its source, so it can be a clone to any name. After a failed clone of the same source, the handler has
  // to expect that this one fills the environment.
  const own = service.clonesOf(deleter).findLast((each) => each.target === target);
  const isSuspected = own !== undefined && own.source === source && service.failedClones.has(own.jobId);
  return isSuspected ? undefined : 'replacedUnseen';
}

/** Another owner replaced the environment too late for a read to show it, or in a way that no read shows. */
function wasReplacedUnseen(environment: string, deleter: Sender, deletionJobId: string, observed: Observed): boolean {
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

/** After this time, reads do not show an environment that had the name before. */
const ROOT_STACK_SETTLED = 65_000;

/**
 * From when the handler knew the root stack of a clone: from its answer, unless reads could still be stale then, or the timeout
 * left no time to wait. Infinity if it did not know it.
 */
function rootStackSeenAt(creation: ObservedRequest | undefined, { service }: Observed): number {
  const clonedAt = creation && service.clonesFor(creation.request).at(-1)?.at;
  if (creation?.succeededAt === undefined || clonedAt === undefined) return Number.POSITIVE_INFINITY;
  const { succeededAt } = creation;
  const isSeen = succeededAt - clonedAt > ROOT_STACK_SETTLED && succeededAt + ROOT_STACK_SETTLED < timeoutOf(creation);
  return isSeen ? succeededAt : Number.POSITIVE_INFINITY;
}

/** A resource deleted its own environment, which had to be retained. */
export function whyRetainedWasDeleted(
  environment: string,
  deleter: Sender,
  { requests, stacks }: Observed,
): ExceptionName | undefined {
  const updates = requests.of(deleter).filter(({ request }) => request.RequestType === 'Update');
  const wentBack = updates.some(({ request }) => keyOfTarget(request) === environment);
  return wentBack && stacks.wasUpdateKilled(deleter) ? 'returnKilled' : undefined;
}

/** An environment remains, or its clone still runs, although no resource holds it. */
export function whyLeft(environment: string, creation: Creation, observed: Observed): ExceptionName | undefined {
  const { creator } = creation;
  const { requests, stacks } = observed;
  if (stacks.wasCleanupKilled(creator) || wasAdopterKilled(environment, creator, observed)) return 'cleanupKilled';
  // The handler keeps a clone whose outputs cannot be read. A function that is killed at that moment cannot say so.
  const wantsOutputs = requests.get(creator.requestId)?.request.ResourceProperties['Outputs'] !== undefined;
  if (wantsOutputs && stacks.wasCreateKilled(creator)) return 'keptSilently';
  if (!isDeletionSent(environment, creator, observed)) {
    if (stacks.hasFailedDeletion(creator.stackName)) return 'cleanupFailed';
    if (isRollbackUnsent(environment, creator, observed)) return 'rollbackFailed';
  }
  if (wasForgotten(creation, observed)) return 'forgotten';
  // The handler takes the environment for one of another owner.
  return isConfusable(creator, observed) ? 'takenForAnother' : undefined;
}

/** A Delete of a cancelled Create waits that long before it looks. */
const LATEST_DELIVERY = 4 * 60_000;

/** The answer to CloneBackend was lost, and the service did not show the job any more when the Delete looked for it. */
function wasForgotten({ creator, jobId }: Creation, { truth, requests, service }: Observed): boolean {
  const endedAt = service.completed.find((each) => each.jobId === jobId)?.endedAt;
  if (!truth.answersGetLost || endedAt === undefined) return false;
  return requests
    .since(creator)
    .some(
      ({ request, sentAt }) =>
        request.RequestType === 'Delete' && sentAt + LATEST_DELIVERY >= endedAt + truth.jobsShownMilliseconds,
    );
}

/** Another resource of the stack should adopt the environment, and its function was killed in the cleanup. */
function wasAdopterKilled(environment: string, { stackName }: Sender, { requests, stacks }: Observed): boolean {
  return requests.for(environment).some(({ request }) => {
    const adopter = resourceOf(request);
    const isAdopter = request.ResourceProperties['ExistingEnvironment'] === 'ADOPT' && adopter.stackName === stackName;
    return isAdopter && stacks.wasCleanupKilled(adopter);
  });
}

/** Whether CloudFormation has requested the deletion. It does not if a resource that depends on this one could not be deleted. */
function isDeletionSent(environment: string, creator: Sender, { requests }: Observed): boolean {
  return requests.since(creator).some(({ request }) => {
    if (request.RequestType !== 'Delete') return false;
    // A Delete with a generated ID is for whatever the cancelled Create created.
    const named = keyOfId(request.PhysicalResourceId);
    return named === undefined || named === environment;
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
