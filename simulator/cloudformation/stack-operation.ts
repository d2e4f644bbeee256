import { setMaxListeners } from 'node:events';
import type { DesiredStack } from './deployment';
import type { PlannedFailures } from './planned-failure';
import type { NestedStack, StackResource } from './stack-resource';

interface Created<S extends NestedStack> {
  readonly kind: 'created';
  readonly resource: StackResource<S>;
}

export interface Updated<S extends NestedStack> {
  readonly kind: 'updated';
  readonly before: StackResource<S>;
  /** With the physical ID after the update, if it succeeded. */
  readonly after: StackResource<S>;
  readonly result: { readonly kind: 'done' } | { readonly kind: 'failed'; readonly answeredId: string | undefined };
}

type Change<S extends NestedStack> = Created<S> | Updated<S>;

/** One creation or update of a stack, from its start until the end of its cleanup. */
export class Operation<S extends NestedStack> {
  readonly changes = new Map<string, Change<S>>();
  reason: string | undefined;
  readonly imports = new Set<string>();
  private readonly controller = new AbortController();
  private readonly started = new Set<string>();
  private readonly waiting = new Map<string, (() => void)[]>();

  constructor(
    readonly kind: 'create' | 'update',
    readonly desired: DesiredStack,
    readonly failing: PlannedFailures,
    /** The resources before the operation. */
    readonly before: ReadonlyMap<string, StackResource<S>>,
  ) {
    // Each resource of the stack listens for the end.
    setMaxListeners(0, this.controller.signal);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Cancels everything that is not finished. */
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
