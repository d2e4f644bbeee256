export type Request = CreateOrUpdateRequest | DeleteRequest;

export type CreateOrUpdateRequest = CreateRequest | UpdateRequest;

interface Identified {
  /** The same for each delivery of a request. */
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
  /** The physical ID that CloudFormation sent, where `onEvent` has replaced it with `physicalId`. */
  readonly oldPhysicalId: string | undefined;
  readonly properties: Properties;
  /** In a rollback, those of the update that is undone. `undefined` where nothing can have been created with them. */
  readonly oldProperties: Properties | undefined;
}

export interface DeleteRequest extends Identified {
  readonly type: 'Delete';
  readonly physicalId: string;
  /** `undefined` where nothing can have been created with them. */
  readonly properties: Properties | undefined;
}

export interface ResourceReference {
  readonly stackId: string;
  readonly logicalId: string;
}

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
  /** `undefined` where the category has one resource, or is `providers`. */
  readonly resource: string | undefined;
  readonly name: string;
}
