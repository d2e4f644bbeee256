import type { CloudAssembly } from './cloud-assembly';
import type { Json, JsonObject } from './json';
import type { ResourceDefinition } from './template';

export const STACK_TYPE = 'AWS::CloudFormation::Stack';

/** What values of the parent see of a nested stack. */
export interface NestedStack {
  readonly id: string;
  readonly outputs: Readonly<Record<string, Json>>;
}

export type ResourceState<S extends NestedStack> =
  | { readonly kind: 'custom'; readonly data: JsonObject; readonly requestId: string }
  | { readonly kind: 'nested'; readonly stack: S }
  | { readonly kind: 'plain' };

/** A resource of a stack, as it was deployed. */
export interface StackResource<S extends NestedStack> {
  readonly definition: ResourceDefinition;
  readonly physicalId: string;
  /** Evaluated; all texts in a custom resource. */
  readonly properties: JsonObject;
  readonly state: ResourceState<S>;
  readonly assembly: CloudAssembly;
}
