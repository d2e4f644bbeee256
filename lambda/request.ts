/** A request of CloudFormation, as far as the lifecycle needs it. */
export type Request = MakeRequest | DeleteRequest;

export type MakeRequest = CreateRequest | UpdateRequest;

interface Identified {
  /** CloudFormation gives each request one, and each delivery of the same request the same. */
  readonly id: string;
  readonly resource: ResourceReference;
}

export interface CreateRequest extends Identified {
  readonly type: 'Create';
  readonly wanted: Wanted;
}

export interface UpdateRequest extends Identified {
  readonly type: 'Update';
  readonly physicalId: string;
  /** The one with which the request came, when `physicalId` is the one that `onEvent` has given it. */
  readonly formerPhysicalId: string | undefined;
  readonly wanted: Wanted;
  /** The old properties; in a rollback, the ones that were to be. `undefined` where nothing can have come of them. */
  readonly former: Wanted | undefined;
}

export interface DeleteRequest extends Identified {
  readonly type: 'Delete';
  readonly physicalId: string;
  /** `undefined` where the properties are such that nothing can have been created with them. */
  readonly wanted: Wanted | undefined;
}

export interface ResourceReference {
  readonly stackId: string;
  readonly logicalId: string;
}

/** The resource's properties. */
export interface Wanted {
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
