import type { CloudAssembly } from './cloud-assembly';
import type { Json } from './json';
import type { StackEvent, StackStatus } from './stack-event';
import type { Template } from './template';

/** The desired state of a stack. */
export interface DesiredStack {
  readonly template: Template;
  readonly parameters: Readonly<Record<string, string>>;
  /** The assembly with the template's assets. */
  readonly assembly: CloudAssembly;
}

export interface Deployment {
  readonly status: StackStatus;
  /** Whether the status is CREATE_COMPLETE or UPDATE_COMPLETE. */
  readonly succeeded: boolean;
  readonly outputs: Readonly<Record<string, Json>>;
  /** The events of this deployment. */
  readonly events: readonly StackEvent[];
  /** Why the stack was rolled back. */
  readonly reason: string | undefined;
}
