import type { CustomResourceRequest } from '../../cloudformation/custom-resource-protocol';
import type { StackEvent } from '../../cloudformation/stack-event';
import { isAdopted, isIdOf, keyOf, keyOfId, keyOfReplaced, keyOfTarget, resourceOf } from './identities';
import { type Creation, creationOf, environmentNow, isOwner, type Observed, type TrueEnvironment } from './observed';

/** Of a stack. */
const SUCCEEDED = /^(CREATE_COMPLETE|UPDATE_COMPLETE_CLEANUP_IN_PROGRESS|UPDATE_COMPLETE)$/;

/** What CloudFormation has retained: it skipped the deletion. */
export class Retention {
  /** The clones, by job ID: whether they were complete, so that something would be lost with them. */
  private readonly retained = new Map<string, 'COMPLETE' | 'NOT COMPLETE'>();
  /** Requests of which CloudFormation had no physical ID when it skipped the deletion. */
  private readonly skippedRequests = new Set<string>();
  /** Stacks and environments. */
  private readonly skippedAdoptions = new Set<string>();
  private readonly leftByReturns = new Set<string>();

  constructor(private readonly observed: Observed) {}

  /** The resource may not delete it any more: something would be lost. */
  mustRemain({ jobId }: Creation): boolean {
    return this.retained.get(jobId) === 'COMPLETE';
  }

  mayRemain(environment: string, { jobId, creator }: Creation): boolean {
    return (
      this.retained.has(jobId) ||
      this.skippedRequests.has(creator.requestId) ||
      this.skippedAdoptions.has(`${creator.stackName}/${environment}`)
    );
  }

  isLeftByReturn(environment: string, { creator }: Creation): boolean {
    return this.leftByReturns.has(`${creator.stackName}/${environment}`);
  }

  /**
   * An update that returns to what a failed cleanup has left is, to the handler, the rollback of one that returned to a retained
   * environment. So what it leaves is retained.
   */
  answered(request: CustomResourceRequest, physicalId: string): void {
    const { stackName } = resourceOf(request);
    const replaced = keyOfReplaced(physicalId);
    const isReturn = request.RequestType === 'Update' && !isIdOf(physicalId, request);
    if (isReturn && replaced !== undefined && this.observed.stacks.hasFailedDeletion(stackName)) {
      this.leftByReturns.add(`${stackName}/${replaced}`);
    }
  }

  happened(event: StackEvent): void {
    if (SUCCEEDED.test(event.status) && event.physicalId === event.stackId) this.holdAgain(event.stackName);
    if (event.status !== 'DELETE_SKIPPED') return;
    const environment = keyOfId(event.physicalId);
    const present = environment === undefined ? undefined : environmentNow(environment, this.observed);
    if (present === undefined) this.skipRequests(event);
    else this.skip(event, present);
  }

  private skip(event: StackEvent, { appId, name, origin, populated }: TrueEnvironment): void {
    const creation = creationOf(origin);
    if (creation === undefined) return;
    const { service, stacks } = this.observed;
    const environment = keyOf(appId, name);
    const { creator, jobId } = creation;
    // A resource whose request failed may name an environment of somebody else.
    const isOfOwner = isOwner(event, environment, creation, this.observed);
    // Ownership may yet pass to a resource that has adopted the environment.
    const mayHaveAdopted = isAdopted(event.physicalId) || stacks.wasCreateKilled(event);
    if (!isOfOwner && !(mayHaveAdopted && creator.stackName === event.stackName)) return;
    // Unless a rollback has begun to delete it, before the stack skipped the deletion.
    const isComplete = isOfOwner && populated && !service.isBeingDeleted(environment);
    if (isComplete || !this.retained.has(jobId)) this.retained.set(jobId, isComplete ? 'COMPLETE' : 'NOT COMPLETE');
  }

  /** With an ID that CloudFormation generated, whatever a request of the resource has created is retained. */
  private skipRequests(event: StackEvent): void {
    for (const { request } of this.observed.requests.of(event)) {
      this.skippedRequests.add(request.RequestId);
      if (request.ResourceProperties['ExistingEnvironment'] === 'ADOPT') {
        this.skippedAdoptions.add(`${event.stackName}/${keyOfTarget(request)}`);
      }
    }
  }

  /** What a stack has retained, and holds again after a successful deployment, may be deleted again. */
  private holdAgain(stackName: string): void {
    const { truth } = this.observed;
    const held = truth.resources().filter((resource) => resource.stackName === stackName);
    for (const { appId, name, origin } of truth.environments()) {
      const creation = creationOf(origin);
      const isHeld = held.some(({ physicalId }) => keyOfId(physicalId) === keyOf(appId, name));
      if (creation !== undefined && isHeld && this.mustRemain(creation)) {
        this.retained.set(creation.jobId, 'NOT COMPLETE');
      }
    }
  }
}
