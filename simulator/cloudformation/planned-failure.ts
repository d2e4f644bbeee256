import type { Clock } from '../clock';
import { isCustomResource } from './custom-resource';
import { STACK_TYPE } from './stack-resource';
import type { ResourceDefinition } from './template';

/**
 * A planned failure to create or update a resource, which is neither a custom resource nor a nested stack. The resource is
 * updated even if it has not changed.
 */
export interface PlannedFailure {
  readonly reason: string;
  /** @default 0 */
  readonly afterSeconds?: number;
  /** The resource whose start begins the time. @default - the resource that fails */
  readonly onceInProgress?: string;
}

export type PlannedFailures = Readonly<Record<string, PlannedFailure>>;

/** @throws Error if the failure of a resource cannot be planned */
export function assertPlanned(failing: PlannedFailures, wanted: ReadonlyMap<string, ResourceDefinition>): void {
  for (const id of Object.keys(failing)) {
    const type = wanted.get(id)?.type;
    if (type === undefined) throw new Error(`${id} cannot be made to fail: the template has no such resource`);
    if (isCustomResource(type) || type === STACK_TYPE) {
      throw new Error(`${id} cannot be made to fail: the result of a ${type} depends on its function or template`);
    }
  }
}

/** The part of a stack operation that a planned failure waits for. */
interface Progress {
  readonly signal: AbortSignal;
  whenStarted(logicalId: string, callback: () => void): void;
}

/** Waits until the failure is due, or until the operation is cancelled. */
export function waitForFailure(
  logicalId: string,
  { afterSeconds = 0, onceInProgress = logicalId }: PlannedFailure,
  operation: Progress,
  clock: Clock,
): Promise<'failed' | 'cancelled'> {
  return new Promise((resolve) => {
    operation.signal.addEventListener('abort', () => resolve('cancelled'));
    operation.whenStarted(onceInProgress, () => {
      clock.schedule(() => resolve('failed'), afterSeconds * 1000);
    });
  });
}
