import type { Clock } from '../clock';
import type { Random } from '../random';
import type { CloudAssembly } from './cloud-assembly';
import {
  type CustomResourceOutcome,
  createCustomResource,
  customResourceProperties,
  deleteCustomResource,
  type FailedUpdate,
  isCustomResource,
  updateCustomResource,
} from './custom-resource';
import type { CustomResourceExchange } from './custom-resource-exchange';
import { deleteInOrder } from './deletion-order';
import { dependenciesOf, visitInOrder } from './dependency-graph';
import type { Deployment, DesiredStack } from './deployment';
import { activeResources, evaluationScope } from './evaluation-scope';
import type { ExportRegistry } from './export-registry';
import { generatedId, type Place, stackArn } from './identifiers';
import { type EvaluationScope, evaluateObject } from './intrinsic-functions';
import { isJsonArray, isJsonObject, isSameJson, type Json, type JsonObject } from './json';
import { type PlainResource, physicalIdOf } from './plain-resource';
import { assertPlanned, type PlannedFailures, waitForFailure } from './planned-failure';
import type { ResourceStatus, StackEvent, StackStatus } from './stack-event';
import { Operation, type Updated } from './stack-operation';
import { evaluateOutputs, type StackOutputs } from './stack-outputs';
import { type ResourceState, STACK_TYPE, type StackResource } from './stack-resource';
import type { ResourceDefinition, Template } from './template';

/** Receives the resources that other services run: functions, state machines and tables. */
export interface ResourceServices {
  put(resource: PlainResource, assembly: CloudAssembly): void;
  remove(resource: PlainResource): void;
}

export interface StackContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly place: Place;
  readonly exchange: CustomResourceExchange;
  readonly exports: ExportRegistry;
  /** The outputs of a stack. Undefined if it does not exist. */
  readonly outputsOf: (stackName: string) => Readonly<Record<string, Json>> | undefined;
  readonly services: ResourceServices;
  readonly failedUpdate: FailedUpdate;
  readonly onEvent?: ((event: StackEvent) => void) | undefined;
}

type ResourceOutcome =
  | { readonly kind: 'done'; readonly physicalId: string; readonly state: State }
  /** `remains` is true if the resource may exist and has to be deleted. */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly physicalId: string | undefined;
      readonly state: State;
      readonly remains: boolean;
    }
  | { readonly kind: 'cancelled'; readonly state: State; readonly remains: boolean };

type Resource = StackResource<Stack>;
type State = ResourceState<Stack>;
type StackOperation = Operation<Stack>;

/** One stack, with CloudFormation's operations on it. */
export class Stack {
  readonly id: string;
  readonly events: StackEvent[] = [];
  private currentStatus: StackStatus | undefined;
  private currentOutputs: Readonly<Record<string, Json>> = {};
  private live = new Map<string, Resource>();
  /** Physical resources that have no logical ID any more, and have to be deleted. */
  private leftBehind: Resource[] = [];
  private operation: StackOperation | undefined;
  /** The reason for the deletion of resources. */
  private removal: Removal = 'deletion';
  private busy: Promise<unknown> | undefined;

  constructor(
    readonly name: string,
    private readonly context: StackContext,
  ) {
    this.id = stackArn(context.place, name, context.random);
  }

  /** Undefined before the first deployment. */
  get status(): StackStatus | undefined {
    return this.currentStatus;
  }

  get outputs(): Readonly<Record<string, Json>> {
    return this.currentOutputs;
  }

  get resources(): ReadonlyMap<string, Resource> {
    return this.live;
  }

  get isBusy(): boolean {
    return this.busy !== undefined;
  }

  /** Creates or updates the stack, rolls a failure back, and cleans up. */
  deploy(desired: DesiredStack, failing: PlannedFailures = {}): Promise<Deployment> {
    return this.exclusively(async () => {
      const kind = this.currentStatus === undefined ? 'create' : 'update';
      if (kind === 'update' && !UPDATABLE.has(this.currentStatus)) {
        throw new Error(`Stack ${this.name} is in ${this.currentStatus} state and can not be updated.`);
      }
      const firstEvent = this.events.length;
      const succeeded = await this.forward(kind, desired, failing);
      const { reason } = this.operation ?? {};
      if (succeeded || (await this.rollback())) await this.cleanUp();
      this.operation = undefined;
      return {
        status: this.currentStatus ?? 'CREATE_COMPLETE',
        succeeded,
        outputs: this.currentOutputs,
        events: this.events.slice(firstEvent),
        reason: succeeded ? undefined : reason,
      };
    });
  }

  /** Fails a running deployment, as a failed resource or a user's cancellation does. Returns whether one was running. */
  cancel(reason = 'Cancelled by user.'): boolean {
    const { operation } = this;
    if (operation === undefined || operation.signal.aborted || !this.currentStatus?.match(/^(CREATE|UPDATE)_IN_/)) {
      return false;
    }
    operation.abort(reason);
    return true;
  }

  /** Deletes the stack. A running deployment is cancelled first. */
  async destroy(): Promise<StackStatus> {
    while (this.busy !== undefined) {
      this.cancel('Stack deletion was requested.');
      await this.busy;
    }
    return this.exclusively(async () => {
      await this.deleteEverything('deletion');
      return this.currentStatus ?? 'DELETE_COMPLETE';
    });
  }

  private async exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.busy !== undefined) {
      throw new Error(`Stack ${this.name} is in ${this.currentStatus} state and can not be changed now.`);
    }
    const working = work();
    const settled = working.then(
      () => {},
      () => {},
    );
    this.busy = settled;
    try {
      return await working;
    } finally {
      this.busy = undefined;
    }
  }

  /** The first half of a deployment. Returns whether it succeeded. Otherwise, `rollback` has to follow. */
  private async forward(
    kind: 'create' | 'update',
    desired: DesiredStack,
    failing: PlannedFailures,
    parentSignal?: AbortSignal,
  ): Promise<boolean> {
    const operation = new Operation<Stack>(kind, desired, failing, new Map(this.live));
    this.operation = operation;
    const scope = evaluationScope(this, this.context, desired, operation.imports);
    const wanted = activeResources(desired.template, scope);
    assertPlanned(failing, wanted);
    parentSignal?.addEventListener('abort', () => operation.abort('The parent stack is rolled back.'), { once: true });

    this.setStatus(kind === 'create' ? 'CREATE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS', 'User Initiated');
    await visitInOrder(
      wanted.keys(),
      (id) => {
        const definition = wanted.get(id);
        return definition === undefined ? [] : dependenciesOf(definition, wanted);
      },
      async (id) => {
        const definition = wanted.get(id);
        if (definition !== undefined && !operation.signal.aborted) await this.change(definition, operation, scope);
      },
    );
    if (!operation.signal.aborted) this.publishOutputs(desired.template, operation, scope);
    if (operation.signal.aborted) return false;

    this.context.exports.setImports(this.name, operation.imports);
    this.setStatus(kind === 'create' ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    return true;
  }

  private async change(
    definition: ResourceDefinition,
    operation: StackOperation,
    scope: EvaluationScope,
  ): Promise<void> {
    const { logicalId } = definition;
    const before = this.live.get(logicalId);
    let properties: JsonObject;
    try {
      properties = evaluateObject(definition.properties, scope);
      if (isCustomResource(definition.type)) properties = customResourceProperties(properties);
      if (before !== undefined && before.definition.type !== definition.type) {
        throw new Error(
          `Update of resource type is not permitted. The new template modifies resource type of ${logicalId}`,
        );
      }
    } catch (error) {
      const status = before === undefined ? 'CREATE_FAILED' : 'UPDATE_FAILED';
      this.fail(operation, definition, before?.physicalId ?? '', status, messageOf(error));
      return;
    }
    if (before === undefined) {
      await this.create(definition, properties, operation);
    } else if (isSameJson(before.properties, properties) && operation.failing[logicalId] === undefined) {
      this.live.set(logicalId, { ...before, definition });
    } else {
      await this.update(before, definition, properties, operation);
    }
  }

  private async create(
    definition: ResourceDefinition,
    properties: JsonObject,
    operation: StackOperation,
  ): Promise<void> {
    const { logicalId } = definition;
    const { assembly } = operation.desired;
    this.record(definition, '', 'CREATE_IN_PROGRESS');
    operation.markStarted(logicalId);
    const outcome = await this.applyPhysical(undefined, definition, properties, operation);
    const add = (physicalId: string): void => {
      const resource: Resource = { definition, physicalId, properties, state: outcome.state, assembly };
      this.live.set(logicalId, resource);
      operation.changes.set(logicalId, { kind: 'created', resource });
    };
    if (outcome.kind === 'done') {
      add(outcome.physicalId);
      this.record(definition, outcome.physicalId, 'CREATE_IN_PROGRESS', 'Resource creation Initiated');
      this.record(definition, outcome.physicalId, 'CREATE_COMPLETE');
      return;
    }
    const answeredId = outcome.kind === 'failed' ? outcome.physicalId : undefined;
    const physicalId = answeredId ?? generatedId(this.name, logicalId, this.context.random);
    if (outcome.remains) add(physicalId);
    if (outcome.kind === 'failed') this.fail(operation, definition, physicalId, 'CREATE_FAILED', outcome.reason);
    else this.record(definition, physicalId, 'CREATE_FAILED', 'Resource creation cancelled');
  }

  private async update(
    before: Resource,
    definition: ResourceDefinition,
    properties: JsonObject,
    operation: StackOperation,
  ): Promise<void> {
    const { logicalId } = definition;
    this.record(definition, before.physicalId, 'UPDATE_IN_PROGRESS');
    operation.markStarted(logicalId);
    const outcome = await this.applyPhysical(before, definition, properties, operation);
    const { assembly } = operation.desired;
    const physicalId = outcome.kind === 'done' ? outcome.physicalId : before.physicalId;
    const after: Resource = { definition, physicalId, properties, state: outcome.state, assembly };
    if (outcome.kind === 'done') {
      this.live.set(logicalId, after);
      operation.changes.set(logicalId, { kind: 'updated', before, after, result: { kind: 'done' } });
      if (physicalId !== before.physicalId) this.record(definition, physicalId, 'UPDATE_IN_PROGRESS', REPLACEMENT);
      this.record(definition, physicalId, 'UPDATE_COMPLETE');
      return;
    }
    const answeredId = outcome.kind === 'failed' ? outcome.physicalId : undefined;
    if (outcome.remains) {
      operation.changes.set(logicalId, { kind: 'updated', before, after, result: { kind: 'failed', answeredId } });
    }
    if (outcome.kind === 'failed') this.fail(operation, definition, before.physicalId, 'UPDATE_FAILED', outcome.reason);
    else this.record(definition, before.physicalId, 'UPDATE_FAILED', 'Resource update cancelled');
  }

  /** Updates the resource, or creates it if nothing was there before. */
  private async applyPhysical(
    before: Resource | undefined,
    definition: ResourceDefinition,
    properties: JsonObject,
    operation: StackOperation,
  ): Promise<ResourceOutcome> {
    const { exchange, services, place, random } = this.context;
    const { logicalId, type } = definition;
    const { signal, desired } = operation;
    if (isCustomResource(type)) {
      return customOutcome(
        before === undefined
          ? await createCustomResource(exchange, this.id, definition, properties, signal)
          : await updateCustomResource(exchange, this.id, definition, before, properties, signal),
      );
    }
    if (before?.state.kind === 'nested') return this.forwardNested(before.state.stack, 'update', properties, operation);
    if (type === STACK_TYPE) {
      const stack = new Stack(generatedId(this.name, logicalId, random), this.context);
      return this.forwardNested(stack, 'create', properties, operation);
    }
    const planned = await this.plannedOutcome(definition, operation);
    if (planned !== undefined) return planned;
    const physicalId = before?.physicalId ?? physicalIdOf(type, logicalId, properties, this.name, place, random);
    services.put({ type, physicalId, properties }, desired.assembly);
    return { kind: 'done', physicalId, state: { kind: 'plain' } };
  }

  private async forwardNested(
    stack: Stack,
    kind: 'create' | 'update',
    properties: JsonObject,
    { desired: { assembly }, signal }: StackOperation,
  ): Promise<ResourceOutcome> {
    const { TemplateURL: url, Parameters: given = {} } = properties;
    if (typeof url !== 'string' || !isJsonObject(given)) throw new Error(`${stack.name} needs a TemplateURL`);
    const parameters = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, isJsonArray(value) ? value.join(',') : String(value)]),
    );
    const state: State = { kind: 'nested', stack };
    const desired: DesiredStack = { template: assembly.nestedTemplate(url), parameters, assembly };
    if (await stack.forward(kind, desired, {}, signal)) return { kind: 'done', physicalId: stack.id, state };
    await stack.rollback();
    if (signal.aborted) return { kind: 'cancelled', state, remains: true };
    const verb = kind === 'create' ? 'created' : 'updated';
    const reason = `Embedded stack ${stack.id} was not successfully ${verb}: ${stack.operation?.reason ?? ''}`;
    return { kind: 'failed', reason, physicalId: stack.id, state, remains: true };
  }

  /** Undefined if no failure is planned. */
  private async plannedOutcome(
    { logicalId }: ResourceDefinition,
    operation: StackOperation,
  ): Promise<ResourceOutcome | undefined> {
    const planned = operation.failing[logicalId];
    if (planned === undefined) return undefined;
    const kind = await waitForFailure(logicalId, planned, operation, this.context.clock);
    const rest = { state: { kind: 'plain' }, remains: false } as const;
    return kind === 'failed' ? { kind, reason: planned.reason, physicalId: undefined, ...rest } : { kind, ...rest };
  }

  /** The second half of a failed deployment. Returns whether it succeeded. Then `cleanUp` has to delete the new resources. */
  private async rollback(): Promise<boolean> {
    const { operation } = this;
    if (operation === undefined) throw new Error(`the stack ${this.name} has nothing to roll back`);
    const reason = operation.reason ?? '';
    this.removal = 'rollback of the creation';
    if (operation.kind === 'create') {
      this.setStatus('ROLLBACK_IN_PROGRESS', `${reason} Rollback requested by user.`);
      const failed = await this.deleteInOrder(this.withoutRetained([...this.live.values()]));
      if (failed.length > 0) this.setStatus('ROLLBACK_FAILED', failedToDelete(failed));
      else this.setStatus('ROLLBACK_COMPLETE');
      return false;
    }
    this.setStatus('UPDATE_ROLLBACK_IN_PROGRESS', reason);
    const failed = await this.restoreAll(operation);
    if (failed.length > 0) {
      this.setStatus('UPDATE_ROLLBACK_FAILED', `The following resource(s) failed to update: [${failed.join(', ')}].`);
      return false;
    }
    for (const [id, change] of operation.changes) {
      if (change.kind === 'created') {
        this.live.delete(id);
        this.leftBehind.push(...this.withoutRetained([change.resource]));
      }
    }
    for (const [id, { definition, assembly }] of operation.before) {
      const resource = this.live.get(id);
      if (resource !== undefined) this.live.set(id, { ...resource, definition, assembly });
    }
    this.setStatus('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    return true;
  }

  private async restoreAll(operation: StackOperation): Promise<string[]> {
    const updated = new Map<string, Updated<Stack>>();
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
        const reason = await this.restore(change);
        if (reason === undefined) {
          this.record(change.before.definition, this.live.get(id)?.physicalId ?? '', 'UPDATE_COMPLETE');
        } else {
          failed.push(id);
          this.record(change.before.definition, change.before.physicalId, 'UPDATE_FAILED', reason);
        }
      },
    );
    return failed;
  }

  /** Rolls one update back. Returns the reason if that fails. */
  private async restore(change: Updated<Stack>): Promise<string | undefined> {
    const { before, after, result } = change;
    const { definition } = before;
    const { logicalId } = definition;
    this.record(definition, after.physicalId, 'UPDATE_IN_PROGRESS');
    if (before.state.kind === 'nested') {
      // A nested stack rolls its own failed update back.
      const { stack } = before.state;
      const isBack = result.kind === 'failed' ? stack.status !== 'UPDATE_ROLLBACK_FAILED' : await stack.rollback();
      this.live.set(logicalId, before);
      return isBack ? undefined : `Embedded stack ${stack.id} was not successfully updated`;
    }
    if (before.state.kind === 'plain') {
      this.context.services.put({ ...before, type: definition.type }, before.assembly);
      this.live.set(logicalId, before);
      return undefined;
    }
    const { failedUpdate, exchange } = this.context;
    let id = after.physicalId;
    if (result.kind === 'failed' && result.answeredId !== undefined && result.answeredId !== before.physicalId) {
      if (failedUpdate === 'delete the new id') {
        this.leftBehind.push({ ...after, physicalId: result.answeredId });
        return undefined;
      }
      if (failedUpdate === 'update with the new id') id = result.answeredId;
    }
    const existing = { ...after, physicalId: id };
    const { signal } = new AbortController();
    const outcome = await updateCustomResource(exchange, this.id, definition, existing, before.properties, signal);
    if (outcome.kind !== 'done') return outcome.kind === 'failed' ? outcome.reason : 'Resource update cancelled';
    const { data, requestId, physicalId } = outcome;
    this.live.set(logicalId, { ...before, physicalId, state: { kind: 'custom', data, requestId } });
    if (physicalId !== id) this.leftBehind.push(existing);
    return undefined;
  }

  /** The last part of an update, or of its rollback: deletes the resources that are not needed any more. */
  private async cleanUp(): Promise<void> {
    const { operation } = this;
    if (operation?.kind !== 'update') return;
    const rolledBack = this.currentStatus === 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS';
    this.removal = rolledBack ? 'rollback of the creation' : 'deletion';
    if (!rolledBack) {
      for (const change of operation.changes.values()) {
        if (change.kind !== 'updated' || change.before.physicalId === change.after.physicalId) continue;
        if (change.after.definition.updateReplacePolicy === 'Delete') this.leftBehind.push(change.before);
        else this.record(change.before.definition, change.before.physicalId, 'DELETE_SKIPPED');
      }
      const wanted = activeResources(
        operation.desired.template,
        evaluationScope(this, this.context, operation.desired, operation.imports),
      );
      const removed = [...this.live].filter(([id]) => !wanted.has(id));
      for (const [id, resource] of removed) {
        this.live.delete(id);
        this.leftBehind.push(...this.withoutRetained([resource]));
      }
    }
    const leftBehind = this.leftBehind;
    this.leftBehind = [];
    const nested = [...operation.changes.values()].flatMap((change) =>
      change.kind === 'updated' && change.before.state.kind === 'nested' ? [change.before.state.stack.cleanUp()] : [],
    );
    await Promise.all([this.deleteInOrder(leftBehind), ...nested]);
    this.setStatus(rolledBack ? 'UPDATE_ROLLBACK_COMPLETE' : 'UPDATE_COMPLETE');
  }

  private async deleteEverything(removal: Removal): Promise<void> {
    this.removal = removal;
    this.setStatus('DELETE_IN_PROGRESS', 'User Initiated');
    const inUse = this.context.exports.publish(this.name, new Map());
    if (inUse !== undefined) {
      this.setStatus('DELETE_FAILED', inUse);
      return;
    }
    const doomed = this.withoutRetained([...this.live.values()]);
    const failed = await this.deleteInOrder([...this.leftBehind, ...doomed]);
    if (failed.length > 0) {
      this.setStatus('DELETE_FAILED', failedToDelete(failed));
      return;
    }
    this.leftBehind = [];
    this.context.exports.setImports(this.name, []);
    this.setStatus('DELETE_COMPLETE');
  }

  /** The resources to delete. Those with a DeletionPolicy that retains them are only removed from the stack. */
  private withoutRetained(resources: readonly Resource[]): Resource[] {
    return resources.filter((resource) => {
      const { definition, physicalId } = resource;
      const policy = definition.deletionPolicy;
      const kept = policy === 'Retain' || (policy === 'RetainExceptOnCreate' && this.removal === 'deletion');
      if (kept) {
        this.forget(resource);
        this.record(definition, physicalId, 'DELETE_SKIPPED');
      }
      return !kept;
    });
  }

  private deleteInOrder(resources: readonly Resource[]): Promise<string[]> {
    return deleteInOrder(resources, (resource) => this.deletePhysical(resource));
  }

  private async deletePhysical(resource: Resource): Promise<boolean> {
    const { definition, physicalId, state, properties } = resource;
    const { exchange, services } = this.context;
    this.record(definition, physicalId, 'DELETE_IN_PROGRESS');
    let reason: string | undefined;
    if (state.kind === 'custom') {
      const outcome = await deleteCustomResource(exchange, this.id, definition, resource);
      if (outcome.kind === 'failed') reason = outcome.reason;
    } else if (state.kind === 'nested') {
      const { stack } = state;
      await stack.deleteEverything(this.removal);
      if (stack.status !== 'DELETE_COMPLETE') reason = `Embedded stack ${stack.id} was not successfully deleted`;
    } else {
      services.remove({ type: definition.type, physicalId, properties });
    }
    if (reason !== undefined) {
      this.record(definition, physicalId, 'DELETE_FAILED', reason);
      return false;
    }
    this.forget(resource);
    this.record(definition, physicalId, 'DELETE_COMPLETE');
    return true;
  }

  private forget({ definition: { logicalId }, physicalId }: Resource): void {
    if (this.live.get(logicalId)?.physicalId === physicalId) this.live.delete(logicalId);
  }

  private publishOutputs(template: Template, operation: StackOperation, scope: EvaluationScope): void {
    let outputs: StackOutputs;
    try {
      outputs = evaluateOutputs(template, scope);
    } catch (error) {
      operation.abort(messageOf(error));
      return;
    }
    const refusal = this.context.exports.publish(this.name, outputs.exported);
    if (refusal === undefined) this.currentOutputs = outputs.values;
    else operation.abort(refusal);
  }

  private fail(
    operation: StackOperation,
    definition: ResourceDefinition,
    physicalId: string,
    status: ResourceStatus,
    reason: string,
  ): void {
    this.record(definition, physicalId, status, reason);
    const verb = status === 'CREATE_FAILED' ? 'create' : 'update';
    operation.abort(`The following resource(s) failed to ${verb}: [${definition.logicalId}].`);
  }

  private record(definition: ResourceDefinition, physicalId: string, status: ResourceStatus, reason?: string): void {
    this.emit({ logicalId: definition.logicalId, physicalId, type: definition.type, status, reason });
  }

  private setStatus(status: StackStatus, reason?: string): void {
    this.currentStatus = status;
    this.emit({ logicalId: this.name, physicalId: this.id, type: STACK_TYPE, status, reason });
  }

  private emit(event: Omit<StackEvent, 'at' | 'stackId' | 'stackName'>): void {
    const full: StackEvent = { at: this.context.clock.now(), stackId: this.id, stackName: this.name, ...event };
    this.events.push(full);
    this.context.onEvent?.(full);
  }
}

type Removal = 'deletion' | 'rollback of the creation';

const REPLACEMENT = 'Requested update requires the creation of a new physical resource; hence creating one.';

const UPDATABLE: ReadonlySet<StackStatus | undefined> = new Set([
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
]);

function customOutcome(outcome: CustomResourceOutcome): ResourceOutcome {
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

function failedToDelete(ids: readonly string[]): string {
  return `The following resource(s) failed to delete: [${ids.join(', ')}].`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
