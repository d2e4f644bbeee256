import type { CustomResourceRequest } from '../../cloudformation/custom-resource-protocol';
import type { StackEvent } from '../../cloudformation/stack-event';
import { isAdopted, isIdOf, keyOf, keyOfId, keyOfReplaced, keyOfTarget, resourceOf } from './identities';
import { type Creation, creationOf, environmentNow, isOwner, type Observed, type TrueEnvironment } from './observed';

/** The status of a stack. */
const SUCCEEDED = /^(CREATE_COMPLETE|UPDATE_COMPLETE_CLEANUP_IN_PROGRESS|UPDATE_COMPLETE)$/;

/** The environments that CloudFormation has retained: it skipped their deletion. */
export class Retention {
  /** By job ID of the clone. Only complete clones would be a loss. */
  private readonly retained = new Map<string, 'COMPLETE' | 'NOT COMPLETE'>();
  /** The requests whose physical ID CloudFormation did not have when it skipped the deletion. */
  private readonly skippedRequests = new Set<string>();
  /** As `stack/environment`. */
  private readonly skippedAdoptions = new Set<string>();
  private readonly leftByReturns = new Set<string>();

  constructor(private readonly observed: Observed) {}

  /** The resource may not delete the environment any more. */
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
   * If an update goes back to an environment that a failed cleanup left, the handler cannot distinguish that from an update back to
   * a retained environment, or from its rollback. So it can retain the environment from which the update goes back.
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
    // The physical ID of a failed request can name the environment of another owner.
    const isOfOwner =
      isOwner(event, environment, creation, this.observed) && !this.isOfFailure(event, creator.requestId);
    // The environment can still pass on to a resource that has adopted it.
    const mayHaveAdopted = isAdopted(event.physicalId) || stacks.wasCreateKilled(event);
    if (!isOfOwner && !(mayHaveAdopted && creator.stackName === event.stackName)) return;
    // A rollback may have begun to delete it before the stack skipped the deletion.
    const isComplete = isOfOwner && populated && !service.isBeingDeleted(environment);
    if (isComplete || !this.retained.has(jobId)) this.retained.set(jobId, isComplete ? 'COMPLETE' : 'NOT COMPLETE');
  }

  /** The physical ID is that of a request that has failed, and did not create the environment. */
  private isOfFailure(event: StackEvent, creationId: string): boolean {
    return this.observed.requests
      .of(event)
      .filter(({ request }) => isIdOf(event.physicalId, request) && request.RequestId !== creationId)
      .some(({ succeededAt }) => succeededAt === undefined);
  }

  /** If CloudFormation generated the physical ID, all that the resource's requests have created is retained. */
  private skipRequests(event: StackEvent): void {
    for (const { request } of this.observed.requests.of(event)) {
      this.skippedRequests.add(request.RequestId);
      if (request.ResourceProperties['ExistingEnvironment'] === 'ADOPT') {
        this.skippedAdoptions.add(`${event.stackName}/${keyOfTarget(request)}`);
      }
    }
  }

  /** A stack that holds a retained environment again, after a successful deployment, may delete it. */
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
