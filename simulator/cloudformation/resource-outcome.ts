import type { Clock } from '../clock';
import type { CustomResourceOutcome } from './custom-resource';
import { generatedId } from './identifiers';
import { waitForFailure } from './planned-failure';
import type { ResourceState } from './stack-resource';
import type { DesiredResource, Resource, StackOperation, StackState } from './stack-state';
import type { ResourceDefinition } from './template';

type State = ResourceState<StackState>;

/** How the creation or update of a resource ended. `remains` is true if the resource may exist and has to be deleted. */
export type ResourceOutcome =
  | { readonly kind: 'done'; readonly physicalId: string; readonly state: State }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly physicalId: string | undefined;
      readonly state: State;
      readonly remains: boolean;
    }
  | { readonly kind: 'cancelled'; readonly state: State; readonly remains: boolean };

export function customOutcome(outcome: CustomResourceOutcome): ResourceOutcome {
  const nothing: State = { kind: 'custom', data: {}, requestId: '' };
  switch (outcome.kind) {
    case 'done': {
      const { physicalId, data, requestId } = outcome;
      return { kind: 'done', physicalId, state: { kind: 'custom', data, requestId } };
    }
    case 'failed':
      return { ...outcome, state: nothing, remains: outcome.wasSent };
    case 'cancelled':
      return { ...outcome, state: nothing, remains: true };
  }
}

/** Undefined if no failure is planned. */
export async function plannedOutcome(
  logicalId: string,
  operation: StackOperation,
  clock: Clock,
): Promise<ResourceOutcome | undefined> {
  const planned = operation.failing[logicalId];
  if (planned === undefined) return undefined;
  const kind = await waitForFailure(logicalId, planned, operation, clock);
  const rest = { state: { kind: 'plain' }, remains: false } as const;
  return kind === 'failed' ? { kind, reason: planned.reason, physicalId: undefined, ...rest } : { kind, ...rest };
}

export function recordCreation(
  stack: StackState,
  desired: DesiredResource,
  operation: StackOperation,
  outcome: ResourceOutcome,
): void {
  const { definition } = desired;
  const { logicalId } = definition;
  const add = (physicalId: string): void => {
    const resource: Resource = { ...desired, physicalId, state: outcome.state };
    stack.resources.set(logicalId, resource);
    operation.changes.set(logicalId, { kind: 'created', resource });
  };
  if (outcome.kind === 'done') {
    add(outcome.physicalId);
    stack.record(definition, outcome.physicalId, 'CREATE_IN_PROGRESS', 'Resource creation Initiated');
    stack.record(definition, outcome.physicalId, 'CREATE_COMPLETE');
    return;
  }
  const answeredId = outcome.kind === 'failed' ? outcome.physicalId : undefined;
  const physicalId = answeredId ?? generatedId(stack.name, logicalId, stack.context.random);
  if (outcome.remains) add(physicalId);
  if (outcome.kind === 'failed') {
    recordFailure(stack, definition, operation, physicalId, 'CREATE_FAILED', outcome.reason);
  } else {
    stack.record(definition, physicalId, 'CREATE_FAILED', 'Resource creation cancelled');
  }
}

export function recordUpdate(
  stack: StackState,
  before: Resource,
  desired: DesiredResource,
  operation: StackOperation,
  outcome: ResourceOutcome,
): void {
  const { definition } = desired;
  const { logicalId } = definition;
  const physicalId = outcome.kind === 'done' ? outcome.physicalId : before.physicalId;
  const after: Resource = { ...desired, physicalId, state: outcome.state };
  if (outcome.kind === 'done') {
    stack.resources.set(logicalId, after);
    operation.changes.set(logicalId, { kind: 'updated', before, after, result: { kind: 'done' } });
    if (physicalId !== before.physicalId) stack.record(definition, physicalId, 'UPDATE_IN_PROGRESS', REPLACEMENT);
    stack.record(definition, physicalId, 'UPDATE_COMPLETE');
    return;
  }
  const answeredId = outcome.kind === 'failed' ? outcome.physicalId : undefined;
  if (outcome.remains) {
    operation.changes.set(logicalId, { kind: 'updated', before, after, result: { kind: 'failed', answeredId } });
  }
  if (outcome.kind === 'failed') {
    recordFailure(stack, definition, operation, before.physicalId, 'UPDATE_FAILED', outcome.reason);
  } else {
    stack.record(definition, before.physicalId, 'UPDATE_FAILED', 'Resource update cancelled');
  }
}

/** Also cancels the rest of the operation. */
export function recordFailure(
  stack: StackState,
  definition: ResourceDefinition,
  operation: StackOperation,
  physicalId: string,
  status: 'CREATE_FAILED' | 'UPDATE_FAILED',
  reason: string,
): void {
  stack.record(definition, physicalId, status, reason);
  const verb = status === 'CREATE_FAILED' ? 'create' : 'update';
  operation.abort(`The following resource(s) failed to ${verb}: [${definition.logicalId}].`);
}

const REPLACEMENT = 'Requested update requires the creation of a new physical resource; hence creating one.';
