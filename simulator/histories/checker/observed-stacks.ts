import type { CustomResourceRequest } from '../../cloudformation/custom-resource-protocol';
import type { StackEvent } from '../../cloudformation/stack-event';
import { isAdopted, keyOfId, type Resource, resourceOf } from './identities';

interface Adoption extends Resource {
  readonly environment: string;
  readonly at: number;
}

const WAS_KILLED = /signal: killed|Task timed out/;

/** What the events of the stacks show, and the answers to their requests. */
export class ObservedStacks {
  /** The reasons of all events. */
  readonly reasons: string[] = [];
  readonly adoptions: Adoption[] = [];
  /** Physical IDs. */
  private readonly failedToDelete = new Set<string>();
  private readonly withFailedDeletion = new Set<string>();
  /** When the last rollback of each stack's update began. */
  private readonly rollbacks = new Map<string, number>();
  private readonly failedRollbacks = new Map<string, number>();
  private readonly killed = new Map<Killed, Set<string>>();

  answered(request: CustomResourceRequest, physicalId: string, at: number): void {
    const environment = isAdopted(physicalId) ? keyOfId(physicalId) : undefined;
    if (environment !== undefined) this.adoptions.push({ ...resourceOf(request), environment, at });
  }

  happened(event: StackEvent): void {
    const { at, stackName, status, reason, physicalId } = event;
    if (reason !== undefined) this.reasons.push(reason);
    if (status === 'DELETE_FAILED') {
      this.failedToDelete.add(physicalId);
      this.withFailedDeletion.add(stackName);
    }
    if (status === 'UPDATE_ROLLBACK_IN_PROGRESS') this.rollbacks.set(stackName, at);
    if (status === 'UPDATE_ROLLBACK_FAILED') {
      this.failedRollbacks.set(stackName, this.rollbacks.get(stackName) ?? at);
      // If the stack is deleted now, CloudFormation does not send the killed request again.
      for (const each of this.setOf('UPDATE_FAILED')) {
        if (each.startsWith(`${stackName}/`)) this.setOf('DELETE_FAILED').add(each);
      }
    }
    if (isKilled(status) && WAS_KILLED.test(reason ?? '')) this.setOf(status).add(textOf(event));
  }

  private setOf(status: Killed): Set<string> {
    const found = this.killed.get(status) ?? new Set();
    this.killed.set(status, found);
    return found;
  }

  /** Whether the stack failed to delete the resource with that physical ID. A deletion of the stack tries that again. */
  hasFailedToDelete(physicalId: string): boolean {
    return this.failedToDelete.has(physicalId);
  }

  hasFailedDeletion(stackName: string): boolean {
    return this.withFailedDeletion.has(stackName);
  }

  /** When the stack's last rollback began that failed. Undefined if none failed. */
  failedRollbackBegunAt(stackName: string): number | undefined {
    return this.failedRollbacks.get(stackName);
  }

  wasCreateKilled(resource: Resource): boolean {
    return this.setOf('CREATE_FAILED').has(textOf(resource));
  }

  wasUpdateKilled(resource: Resource): boolean {
    return this.setOf('UPDATE_FAILED').has(textOf(resource));
  }

  /** In a Delete, or in the Update of a failed rollback. CloudFormation does not send these again. */
  wasCleanupKilled(resource: Resource): boolean {
    return this.setOf('DELETE_FAILED').has(textOf(resource));
  }

  /** The resources of the stack that have adopted an environment of that name, at that time or later. */
  adoptersOf(environment: string, stackName: string, since: number): readonly Resource[] {
    return this.adoptions.filter(
      (each) => each.environment === environment && each.stackName === stackName && each.at >= since,
    );
  }
}

/** The status of a resource whose function was killed. */
type Killed = 'CREATE_FAILED' | 'UPDATE_FAILED' | 'DELETE_FAILED';

function isKilled(status: string): status is Killed {
  return status === 'CREATE_FAILED' || status === 'UPDATE_FAILED' || status === 'DELETE_FAILED';
}

function textOf({ stackName, logicalId }: Resource): string {
  return `${stackName}/${logicalId}`;
}
