import { activeResources, evaluationScope } from './evaluation-scope';
import { deleteResources, withoutRetained } from './stack-deletion';
import type { StackOperation, StackState } from './stack-state';

/** The last part of an update, or of its rollback: deletes the resources that are not needed any more. */
export async function cleanUp(stack: StackState): Promise<void> {
  const { operation } = stack;
  if (operation?.kind !== 'update') return;
  const rolledBack = stack.status === 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS';
  if (!rolledBack) leaveOldBehind(stack, operation);
  const { leftBehind } = stack;
  stack.leftBehind = [];
  const nested = [...operation.changes.values()].flatMap((change) =>
    change.kind === 'updated' && change.before.state.kind === 'nested' ? [cleanUp(change.before.state.stack)] : [],
  );
  const removal = rolledBack ? 'rollback of the creation' : 'deletion';
  await Promise.all([deleteResources(stack, leftBehind, removal), ...nested]);
  stack.setStatus(rolledBack ? 'UPDATE_ROLLBACK_COMPLETE' : 'UPDATE_COMPLETE');
}

/** After an update: resources that were replaced, and those that the template does not have any more. */
function leaveOldBehind(stack: StackState, operation: StackOperation): void {
  for (const change of operation.changes.values()) {
    if (change.kind !== 'updated' || change.before.physicalId === change.after.physicalId) continue;
    if (change.after.definition.updateReplacePolicy === 'Delete') stack.leftBehind.push(change.before);
    else stack.record(change.before.definition, change.before.physicalId, 'DELETE_SKIPPED');
  }
  const { desired, imports } = operation;
  const wanted = activeResources(desired.template, evaluationScope(stack, desired, imports));
  const removed = [...stack.resources].filter(([id]) => !wanted.has(id));
  for (const [id, resource] of removed) {
    stack.resources.delete(id);
    stack.leftBehind.push(...withoutRetained(stack, [resource], 'deletion'));
  }
}
