import type { Deployment, DesiredStack } from './deployment';
import type { Json } from './json';
import type { PlannedFailures } from './planned-failure';
import { cleanUp } from './stack-cleanup';
import { createOrUpdate } from './stack-create-or-update';
import { deleteStack } from './stack-deletion';
import type { StackStatus } from './stack-event';
import { rollBack } from './stack-rollback';
import { type Resource, type StackContext, StackState } from './stack-state';

/** One stack, with CloudFormation's operations on it. */
export class Stack {
  private readonly state: StackState;
  private busy: Promise<unknown> | undefined;

  constructor(
    readonly name: string,
    context: StackContext,
  ) {
    this.state = new StackState(name, context);
  }

  get id(): string {
    return this.state.id;
  }

  /** Undefined before the first deployment. */
  get status(): StackStatus | undefined {
    return this.state.status;
  }

  get outputs(): Readonly<Record<string, Json>> {
    return this.state.outputs;
  }

  get resources(): ReadonlyMap<string, Resource> {
    return this.state.resources;
  }

  /** Creates or updates the stack, rolls a failure back, and cleans up. */
  deploy(desired: DesiredStack, failing: PlannedFailures = {}): Promise<Deployment> {
    return this.exclusively(async () => {
      const { state } = this;
      const kind = state.status === undefined ? 'create' : 'update';
      if (kind === 'update' && !UPDATABLE.has(state.status)) {
        throw new Error(`Stack ${this.name} is in ${state.status} state and can not be updated.`);
      }
      const firstEvent = state.events.length;
      const succeeded = await createOrUpdate(state, kind, desired, failing);
      const { reason } = state.operation ?? {};
      if (succeeded || (await rollBack(state))) await cleanUp(state);
      state.operation = undefined;
      return {
        status: state.status ?? 'CREATE_COMPLETE',
        succeeded,
        outputs: state.outputs,
        events: state.events.slice(firstEvent),
        reason: succeeded ? undefined : reason,
      };
    });
  }

  /** Fails a running deployment, as a failed resource or a user's cancellation does. Returns whether one was running. */
  cancel(reason = 'Cancelled by user.'): boolean {
    const { operation, status } = this.state;
    if (operation === undefined || operation.signal.aborted || !status?.match(/^(CREATE|UPDATE)_IN_/)) return false;
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
      await deleteStack(this.state, 'deletion');
      return this.status ?? 'DELETE_COMPLETE';
    });
  }

  private async exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.busy !== undefined) {
      throw new Error(`Stack ${this.name} is in ${this.status} state and can not be changed now.`);
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
}

const UPDATABLE: ReadonlySet<StackStatus | undefined> = new Set([
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
]);
