import type { JournalEvent } from '../../amplify-backend/journal';
import type { CustomResourceRequest } from '../../cloudformation/custom-resource-protocol';
import { type Sender, senderOf } from '../sender';
import { isOf, keyOfId, keyOfTarget, type Resource } from './identities';

/** A request of CloudFormation, and its outcome. */
export interface ObservedRequest {
  readonly request: CustomResourceRequest;
  readonly sentAt: number;
  /** The service's words on each clone of the request that failed. */
  readonly failures: readonly { readonly text: string; readonly at: number }[];
  readonly succeededAt: number | undefined;
}

/** When the request's `timeout` is over. */
export function timeoutOf({ request, sentAt }: ObservedRequest): number {
  return sentAt + Number(request.ResourceProperties['TimeoutSeconds']) * 1000;
}

export class ObservedRequests {
  private readonly requests = new Map<string, ObservedRequest>();

  sent(request: CustomResourceRequest, sentAt: number): void {
    this.requests.set(request.RequestId, { request, sentAt, failures: [], succeededAt: undefined });
  }

  serviceDid(event: JournalEvent): void {
    if (event.kind === 'job-ended' && event.operation === 'CloneBackend' && event.error !== undefined) {
      const words = { text: event.error, at: event.at };
      this.change(senderOf(event.caller)?.requestId, (each) => ({ ...each, failures: [...each.failures, words] }));
    }
  }

  succeeded({ RequestId }: CustomResourceRequest, succeededAt: number): void {
    this.change(RequestId, (each) => ({ ...each, succeededAt }));
  }

  private change(requestId: string | undefined, how: (observed: ObservedRequest) => ObservedRequest): void {
    const found = this.get(requestId);
    if (found !== undefined) this.requests.set(found.request.RequestId, how(found));
  }

  get(requestId: string | undefined): ObservedRequest | undefined {
    return requestId === undefined ? undefined : this.requests.get(requestId);
  }

  /** In the order in which CloudFormation sent them. */
  all(): readonly ObservedRequest[] {
    return [...this.requests.values()];
  }

  of(resource: Resource): readonly ObservedRequest[] {
    return this.all().filter(({ request }) => isOf(resource, request));
  }

  /** The requests to the same resource after that one. */
  since(sender: Sender): readonly ObservedRequest[] {
    const all = this.of(sender);
    return all.slice(all.findIndex(({ request }) => request.RequestId === sender.requestId) + 1);
  }

  /** The requests to create, adopt or delete the environment. */
  for(environment: string): readonly ObservedRequest[] {
    return this.all().filter(({ request }) => keyOfTarget(request) === environment);
  }

  /** Whether CloudFormation has requested, since that time, that the resource deletes the environment. */
  isDeletionSent(resource: Resource, environment: string, since: number): boolean {
    return this.of(resource).some(
      ({ request, sentAt }) =>
        request.RequestType === 'Delete' && sentAt >= since && keyOfId(request.PhysicalResourceId) === environment,
    );
  }
}
