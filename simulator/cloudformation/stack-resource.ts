import type { CloudAssembly } from './cloud-assembly';
import type { Json, JsonObject } from './json';
import type { ResourceDefinition } from './template';

export const STACK_TYPE = 'AWS::CloudFormation::Stack';

/** The part of a nested stack that its parent can reference. */
export interface NestedStack {
  readonly id: string;
  readonly outputs: Readonly<Record<string, Json>>;
}

export type ResourceState<S extends NestedStack> =
  | { readonly kind: 'custom'; readonly data: JsonObject; readonly requestId: string }
  | { readonly kind: 'nested'; readonly stack: S }
  | { readonly kind: 'plain' };

/** A deployed resource of a stack. */
export interface StackResource<S extends NestedStack> {
  readonly definition: ResourceDefinition;
  readonly physicalId: string;
  /** The evaluated properties. In a custom resource, all scalars are texts. */
  readonly properties: JsonObject;
  readonly state: ResourceState<S>;
  readonly assembly: CloudAssembly;
}
