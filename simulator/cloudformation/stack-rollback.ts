import { updateCustomResource } from './custom-resource';
import { dependenciesOf, visitInOrder } from './dependency-graph';
import { deleteResources, failedToDelete, withoutRetained } from './stack-deletion';
import type { Updated } from './stack-operation';
import type { StackOperation, StackState } from './stack-state';

/** The second half of a failed deployment. Returns whether it succeeded. Then `cleanUp` has to delete the new resources. */
export function rollBack(stack: StackState): Promise<boolean> {
  const { operation } = stack;
  if (operation === undefined) throw new Error(`the stack ${stack.name} has nothing to roll back`);
  return operation.kind === 'create' ? rollBackCreation(stack, operation) : rollBackUpdate(stack, operation);
}

async function rollBackCreation(stack: StackState, { reason = '' }: StackOperation): Promise<false> {
  stack.setStatus('ROLLBACK_IN_PROGRESS', `${reason} Rollback requested by user.`);
  const removal = 'rollback of the creation';
  const created = withoutRetained(stack, [...stack.resources.values()], removal);
  const failed = await deleteResources(stack, created, removal);
  if (failed.length > 0) stack.setStatus('ROLLBACK_FAILED', failedToDelete(failed));
  else stack.setStatus('ROLLBACK_COMPLETE');
  return false;
}

async function rollBackUpdate(stack: StackState, operation: StackOperation): Promise<boolean> {
  stack.setStatus('UPDATE_ROLLBACK_IN_PROGRESS', operation.reason ?? '');
  const failed = await restoreAll(stack, operation);
  if (failed.length > 0) {
    stack.setStatus('UPDATE_ROLLBACK_FAILED', `The following resource(s) failed to update: [${failed.join(', ')}].`);
    return false;
  }
  for (const [id, change] of operation.changes) {
    if (change.kind === 'created') {
      stack.resources.delete(id);
      stack.leftBehind.push(...withoutRetained(stack, [change.resource], 'rollback of the creation'));
    }
  }
  for (const [id, { definition, assembly }] of operation.before) {
    const resource = stack.resources.get(id);
    if (resource !== undefined) stack.resources.set(id, { ...resource, definition, assembly });
  }
  stack.setStatus('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
  return true;
}

/** Rolls all updates back. Returns the logical IDs of those that failed. */
async function restoreAll(stack: StackState, operation: StackOperation): Promise<string[]> {
  const updated = new Map<string, Updated<StackState>>();
  for (const [id, change] of operation.changes) if (change.kind === 'updated') updated.set(id, change);
  const failed: string[] = [];
  await visitInOrder(
    updated.keys(),
    (id) => {
      const change = updated.get(id);
      return change === undefined ? [] : dependenciesOf(change.before.definition, updated);
    },
    async (id) => {
      const change = updated.get(id);
      if (change === undefined || failed.length > 0) return;
      const { definition, physicalId } = change.before;
      const reason = await restore(stack, change);
      if (reason === undefined) {
        stack.record(definition, stack.resources.get(id)?.physicalId ?? '', 'UPDATE_COMPLETE');
      } else {
        failed.push(id);
        stack.record(definition, physicalId, 'UPDATE_FAILED', reason);
      }
    },
  );
  return failed;
}

/** Rolls one update back. Returns the reason if that fails. */
async function restore(stack: StackState, { before, after, result }: Updated<StackState>): Promise<string | undefined> {
  const { definition } = before;
  const { logicalId } = definition;
  const { failedUpdate, exchange, services } = stack.context;
  stack.record(definition, after.physicalId, 'UPDATE_IN_PROGRESS');
  if (before.state.kind === 'nested') {
    // A nested stack rolls its own failed update back.
    const { stack: nested } = before.state;
    const isBack = result.kind === 'failed' ? nested.status !== 'UPDATE_ROLLBACK_FAILED' : await rollBack(nested);
    stack.resources.set(logicalId, before);
    return isBack ? undefined : `Embedded stack ${nested.id} was not successfully updated`;
  }
  if (before.state.kind === 'plain') {
    services.put({ ...before, type: definition.type }, before.assembly);
    stack.resources.set(logicalId, before);
    return undefined;
  }
  let id = after.physicalId;
  if (result.kind === 'failed' && result.answeredId !== undefined && result.answeredId !== before.physicalId) {
    if (failedUpdate === 'delete the new id') {
      stack.leftBehind.push({ ...after, physicalId: result.answeredId });
      return undefined;
    }
    if (failedUpdate === 'update with the new id') id = result.answeredId;
  }
  const existing = { ...after, physicalId: id };
  const { signal } = new AbortController();
  const outcome = await updateCustomResource(exchange, stack.id, definition, existing, before.properties, signal);
  if (outcome.kind !== 'done') return outcome.kind === 'failed' ? outcome.reason : 'Resource update cancelled';
  const { data, requestId, physicalId } = outcome;
  stack.resources.set(logicalId, { ...before, physicalId, state: { kind: 'custom', data, requestId } });
  if (physicalId !== id) stack.leftBehind.push(existing);
  return undefined;
}
