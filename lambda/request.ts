/** A request of CloudFormation, as far as the lifecycle needs it. */
export type Request = CreateOrUpdateRequest | DeleteRequest;

export type CreateOrUpdateRequest = CreateRequest | UpdateRequest;

interface Identified {
  /** CloudFormation gives each request one, and each delivery of the same request the same. */
  readonly id: string;
  readonly resource: ResourceReference;
}

export interface CreateRequest extends Identified {
  readonly type: 'Create';
  readonly properties: Properties;
}

export interface UpdateRequest extends Identified {
  readonly type: 'Update';
  readonly physicalId: string;
  /** The one with which the request came, when `physicalId` is the one that `onEvent` has given it. */
  readonly oldPhysicalId: string | undefined;
  readonly properties: Properties;
  /** The old properties; in a rollback, the ones that were to be. `undefined` where nothing can have come of them. */
  readonly former: Properties | undefined;
}

export interface DeleteRequest extends Identified {
  readonly type: 'Delete';
  readonly physicalId: string;
  /** `undefined` where the properties are such that nothing can have been created with them. */
  readonly properties: Properties | undefined;
}

export interface ResourceReference {
  readonly stackId: string;
  readonly logicalId: string;
}

/** The resource's properties. */
export interface Properties {
  readonly appId: string;
  readonly sourceName: string;
  readonly targetName: string;
  readonly timeoutMilliseconds: number;
  readonly existing: 'FAIL' | 'ADOPT';
  readonly outputs: readonly OutputPath[];
}

export interface OutputPath {
  readonly category: string;
  /** `undefined` where the category has just one resource, or is `providers`. */
  readonly resource: string | undefined;
  readonly name: string;
}
