import { deleteCustomResource } from './custom-resource';
import { deleteInOrder } from './deletion-order';
import type { Resource, StackState } from './stack-state';

/** The reason for the deletion of resources. */
export type Removal = 'deletion' | 'rollback of the creation';

export async function deleteStack(stack: StackState, removal: Removal): Promise<void> {
  stack.setStatus('DELETE_IN_PROGRESS', 'User Initiated');
  const inUse = stack.context.exports.publish(stack.name, new Map());
  if (inUse !== undefined) {
    stack.setStatus('DELETE_FAILED', inUse);
    return;
  }
  const doomed = withoutRetained(stack, [...stack.resources.values()], removal);
  const failed = await deleteResources(stack, [...stack.leftBehind, ...doomed], removal);
  if (failed.length > 0) {
    stack.setStatus('DELETE_FAILED', failedToDelete(failed));
    return;
  }
  stack.leftBehind = [];
  stack.context.exports.setImports(stack.name, []);
  stack.setStatus('DELETE_COMPLETE');
}

/** The resources to delete. Those with a DeletionPolicy that retains them are only removed from the stack. */
export function withoutRetained(stack: StackState, resources: readonly Resource[], removal: Removal): Resource[] {
  return resources.filter((resource) => {
    const { definition, physicalId } = resource;
    const policy = definition.deletionPolicy;
    const kept = policy === 'Retain' || (policy === 'RetainExceptOnCreate' && removal === 'deletion');
    if (kept) {
      stack.forget(resource);
      stack.record(definition, physicalId, 'DELETE_SKIPPED');
    }
    return !kept;
  });
}

/** Returns the logical IDs of those that could not be deleted. */
export function deleteResources(
  stack: StackState,
  resources: readonly Resource[],
  removal: Removal,
): Promise<string[]> {
  return deleteInOrder(resources, (resource) => deleteResource(stack, resource, removal));
}

export function failedToDelete(ids: readonly string[]): string {
  return `The following resource(s) failed to delete: [${ids.join(', ')}].`;
}

/** Returns whether the resource could be deleted. */
async function deleteResource(stack: StackState, resource: Resource, removal: Removal): Promise<boolean> {
  const { definition, physicalId, state, properties } = resource;
  const { exchange, services } = stack.context;
  stack.record(definition, physicalId, 'DELETE_IN_PROGRESS');
  let reason: string | undefined;
  if (state.kind === 'custom') {
    const outcome = await deleteCustomResource(exchange, stack.id, definition, resource);
    if (outcome.kind === 'failed') reason = outcome.reason;
  } else if (state.kind === 'nested') {
    const { stack: nested } = state;
    await deleteStack(nested, removal);
    if (nested.status !== 'DELETE_COMPLETE') reason = `Embedded stack ${nested.id} was not successfully deleted`;
  } else {
    services.remove({ type: definition.type, physicalId, properties });
  }
  if (reason !== undefined) {
    stack.record(definition, physicalId, 'DELETE_FAILED', reason);
    return false;
  }
  stack.forget(resource);
  stack.record(definition, physicalId, 'DELETE_COMPLETE');
  return true;
}
