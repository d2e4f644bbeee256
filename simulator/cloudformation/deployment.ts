import { setMaxListeners } from 'node:events';
import type { CloudAssembly } from './cloud-assembly';
import { isCustomResource } from './custom-resource';
import type { Json } from './json';
import type { StackEvent, StackStatus } from './stack-event';
import { type NestedStack, STACK_TYPE, type StackResource } from './stack-resource';
import type { ResourceDefinition, Template } from './template';

/** How a stack is to be. */
export interface DesiredStack {
  readonly template: Template;
  readonly parameters: Readonly<Record<string, string>>;
  /** Where the template's assets are. */
  readonly assembly: CloudAssembly;
}

/**
 * That a resource (no custom resource, no nested stack) fails to be created or updated. One that is named here is
 * updated even where nothing of it has changed.
 */
export interface PlannedFailure {
  readonly reason: string;
  /** @default 0 */
  readonly afterSeconds?: number;
  /** The time counts from when this resource of the stack is in progress. @default - from when its own turn comes */
  readonly onceInProgress?: string;
}

export type PlannedFailures = Readonly<Record<string, PlannedFailure>>;

export interface Deployment {
  readonly status: StackStatus;
  /** Of CREATE_COMPLETE and UPDATE_COMPLETE only. */
  readonly succeeded: boolean;
  readonly outputs: Readonly<Record<string, Json>>;
  /** The events of this deployment. */
  readonly events: readonly StackEvent[];
  /** Why the stack was rolled back. */
  readonly reason: string | undefined;
}

/** @throws Error where the failure of a resource cannot be planned */
export function assertPlanned(failing: PlannedFailures, wanted: ReadonlyMap<string, ResourceDefinition>): void {
  for (const id of Object.keys(failing)) {
    const type = wanted.get(id)?.type;
    if (type === undefined) throw new Error(`${id} cannot be made to fail: the template has no such resource`);
    if (isCustomResource(type) || type === STACK_TYPE) {
      throw new Error(`${id} cannot be made to fail: whether a ${type} does is up to what is behind it`);
    }
  }
}

interface Created<S extends NestedStack> {
  readonly kind: 'created';
  readonly resource: StackResource<S>;
}

export interface Updated<S extends NestedStack> {
  readonly kind: 'updated';
  readonly before: StackResource<S>;
  /** With the id after the update, where it succeeded. */
  readonly after: StackResource<S>;
  readonly result: { readonly kind: 'done' } | { readonly kind: 'failed'; readonly answeredId: string | undefined };
}

export type Change<S extends NestedStack> = Created<S> | Updated<S>;

/** One create or update, from its start until it is cleaned up. */
export class Operation<S extends NestedStack> {
  readonly changes = new Map<string, Change<S>>();
  readonly failed: string[] = [];
  reason: string | undefined;
  readonly imports = new Set<string>();
  private readonly controller = new AbortController();
  private readonly started = new Set<string>();
  private readonly waiting = new Map<string, (() => void)[]>();

  constructor(
    readonly kind: 'create' | 'update',
    readonly desired: DesiredStack,
    readonly failing: PlannedFailures,
    /** The resources as they were. */
    readonly before: ReadonlyMap<string, StackResource<S>>,
  ) {
    // Each resource of the stack listens for the end.
    setMaxListeners(0, this.controller.signal);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Ends it for everything that is not finished. */
  abort(reason: string): void {
    this.reason ??= reason;
    this.controller.abort();
  }

  markStarted(logicalId: string): void {
    this.started.add(logicalId);
    const callbacks = this.waiting.get(logicalId) ?? [];
    this.waiting.delete(logicalId);
    for (const callback of callbacks) callback();
  }

  whenStarted(logicalId: string, callback: () => void): void {
    if (this.started.has(logicalId)) callback();
    else this.waiting.set(logicalId, [...(this.waiting.get(logicalId) ?? []), callback]);
  }
}
