import {
  createCustomResource,
  customResourceProperties,
  isCustomResource,
  updateCustomResource,
} from './custom-resource';
import { dependenciesOf, visitInOrder } from './dependency-graph';
import type { DesiredStack } from './deployment';
import { activeResources, evaluationScope } from './evaluation-scope';
import { generatedId } from './identifiers';
import { type EvaluationScope, evaluateObject } from './intrinsic-functions';
import { isJsonArray, isJsonObject, isSameJson, type JsonObject } from './json';
import { physicalIdOf } from './plain-resource';
import { assertPlanned, type PlannedFailures } from './planned-failure';
import {
  customOutcome,
  plannedOutcome,
  type ResourceOutcome,
  recordCreation,
  recordFailure,
  recordUpdate,
} from './resource-outcome';
import { Operation } from './stack-operation';
import { evaluateOutputs, type StackOutputs } from './stack-outputs';
import { STACK_TYPE } from './stack-resource';
import { rollBack } from './stack-rollback';
import { type DesiredResource, type Resource, type StackOperation, StackState } from './stack-state';
import type { ResourceDefinition } from './template';

/** The first half of a deployment. Returns whether it succeeded. Otherwise, `rollBack` has to follow. */
export async function createOrUpdate(
  stack: StackState,
  kind: 'create' | 'update',
  desired: DesiredStack,
  failing: PlannedFailures,
  parentSignal?: AbortSignal,
): Promise<boolean> {
  const operation: StackOperation = new Operation(kind, desired, failing, new Map(stack.resources));
  stack.operation = operation;
  const scope = evaluationScope(stack, desired, operation.imports);
  const wanted = activeResources(desired.template, scope);
  assertPlanned(failing, wanted);
  parentSignal?.addEventListener('abort', () => operation.abort('The parent stack is rolled back.'), { once: true });

  stack.setStatus(kind === 'create' ? 'CREATE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS', 'User Initiated');
  await visitInOrder(
    wanted.keys(),
    (id) => {
      const definition = wanted.get(id);
      return definition === undefined ? [] : dependenciesOf(definition, wanted);
    },
    async (id) => {
      const definition = wanted.get(id);
      if (definition !== undefined && !operation.signal.aborted) await change(stack, definition, operation, scope);
    },
  );
  if (!operation.signal.aborted) publishOutputs(stack, operation, scope);
  if (operation.signal.aborted) return false;

  stack.context.exports.setImports(stack.name, operation.imports);
  stack.setStatus(kind === 'create' ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  return true;
}

async function change(
  stack: StackState,
  definition: ResourceDefinition,
  operation: StackOperation,
  scope: EvaluationScope,
): Promise<void> {
  const { logicalId, type } = definition;
  const before = stack.resources.get(logicalId);
  let properties: JsonObject;
  try {
    properties = evaluateObject(definition.properties, scope);
    if (isCustomResource(type)) properties = customResourceProperties(properties);
    if (before !== undefined && before.definition.type !== type) {
      throw new Error(
        `Update of resource type is not permitted. The new template modifies resource type of ${logicalId}`,
      );
    }
  } catch (error) {
    const status = before === undefined ? 'CREATE_FAILED' : 'UPDATE_FAILED';
    recordFailure(stack, definition, operation, before?.physicalId ?? '', status, messageOf(error));
    return;
  }
  const desired: DesiredResource = { definition, properties, assembly: operation.desired.assembly };
  if (before === undefined) {
    await create(stack, desired, operation);
  } else if (isSameJson(before.properties, properties) && operation.failing[logicalId] === undefined) {
    stack.resources.set(logicalId, { ...before, definition });
  } else {
    await update(stack, before, desired, operation);
  }
}

async function create(stack: StackState, desired: DesiredResource, operation: StackOperation): Promise<void> {
  stack.record(desired.definition, '', 'CREATE_IN_PROGRESS');
  operation.markStarted(desired.definition.logicalId);
  const outcome = await applyPhysical(stack, undefined, desired, operation);
  recordCreation(stack, desired, operation, outcome);
}

async function update(
  stack: StackState,
  before: Resource,
  desired: DesiredResource,
  operation: StackOperation,
): Promise<void> {
  stack.record(desired.definition, before.physicalId, 'UPDATE_IN_PROGRESS');
  operation.markStarted(desired.definition.logicalId);
  const outcome = await applyPhysical(stack, before, desired, operation);
  recordUpdate(stack, before, desired, operation, outcome);
}

/** Updates the resource, or creates it if nothing was there before. */
async function applyPhysical(
  stack: StackState,
  before: Resource | undefined,
  desired: DesiredResource,
  operation: StackOperation,
): Promise<ResourceOutcome> {
  const { exchange, services, place, random, clock } = stack.context;
  const { definition, properties, assembly } = desired;
  const { logicalId, type } = definition;
  const { signal } = operation;
  if (isCustomResource(type)) {
    return customOutcome(
      before === undefined
        ? await createCustomResource(exchange, stack.id, definition, properties, signal)
        : await updateCustomResource(exchange, stack.id, definition, before, properties, signal),
    );
  }
  if (before?.state.kind === 'nested') return applyNested(before.state.stack, 'update', desired, signal);
  if (type === STACK_TYPE) {
    const nested = new StackState(generatedId(stack.name, logicalId, random), stack.context);
    return applyNested(nested, 'create', desired, signal);
  }
  const planned = await plannedOutcome(logicalId, operation, clock);
  if (planned !== undefined) return planned;
  const physicalId = before?.physicalId ?? physicalIdOf(type, logicalId, properties, stack.name, place, random);
  services.put({ type, physicalId, properties }, assembly);
  return { kind: 'done', physicalId, state: { kind: 'plain' } };
}

/** @param signal cancels the operation of the parent stack */
async function applyNested(
  nested: StackState,
  kind: 'create' | 'update',
  { properties: { TemplateURL: url, Parameters: given = {} }, assembly }: DesiredResource,
  signal: AbortSignal,
): Promise<ResourceOutcome> {
  if (typeof url !== 'string' || !isJsonObject(given)) throw new Error(`${nested.name} needs a TemplateURL`);
  const parameters = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, isJsonArray(value) ? value.join(',') : String(value)]),
  );
  const state = { kind: 'nested', stack: nested } as const;
  const desired: DesiredStack = { template: assembly.nestedTemplate(url), parameters, assembly };
  if (await createOrUpdate(nested, kind, desired, {}, signal)) return { kind: 'done', physicalId: nested.id, state };
  await rollBack(nested);
  if (signal.aborted) return { kind: 'cancelled', state, remains: true };
  const verb = kind === 'create' ? 'created' : 'updated';
  const reason = `Embedded stack ${nested.id} was not successfully ${verb}: ${nested.operation?.reason ?? ''}`;
  return { kind: 'failed', reason, physicalId: nested.id, state, remains: true };
}

function publishOutputs(stack: StackState, operation: StackOperation, scope: EvaluationScope): void {
  let outputs: StackOutputs;
  try {
    outputs = evaluateOutputs(operation.desired.template, scope);
  } catch (error) {
    operation.abort(messageOf(error));
    return;
  }
  const refusal = stack.context.exports.publish(stack.name, outputs.exported);
  if (refusal === undefined) stack.outputs = outputs.values;
  else operation.abort(refusal);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
