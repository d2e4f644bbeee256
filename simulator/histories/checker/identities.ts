import type { CustomResourceRequest } from '../../cloudformation/custom-resource-protocol';
import type { Sender } from '../sender';

/** A resource of a stack. */
export type Resource = Pick<Sender, 'stackName' | 'logicalId'>;

/** An environment as one text: `app/name`. */
export function keyOf(appId: string, environmentName: string): string {
  return `${appId}/${environmentName}`;
}

/** The environment that a request is to create, adopt or delete. */
export function keyOfTarget({ ResourceProperties: properties }: CustomResourceRequest): string {
  return keyOf(String(properties['AppId']), String(properties['TargetEnvironmentName']));
}

/** The environment that a request clones. */
export function sourceOf({ ResourceProperties: properties }: CustomResourceRequest): string {
  return keyOf(String(properties['AppId']), String(properties['SourceEnvironmentName']));
}

/** The environment that the resource with that physical ID holds. Undefined if CloudFormation generated the ID. */
export function keyOfId(physicalId: string): string | undefined {
  return /(?:^|:)([^:;/]+\/[^;]+)(?:;|$)/.exec(ownPart(physicalId))?.[1];
}

export function isAdopted(physicalId: string): boolean {
  return ownPart(physicalId).endsWith(';adopted');
}

/** The physical ID without the environment that an update has replaced. */
function ownPart(physicalId: string): string {
  return physicalId.split(REPLACES)[0] ?? '';
}

/** The environment that the resource held before the last update. */
export function keyOfReplaced(physicalId: string): string | undefined {
  const replaced = physicalId.split(REPLACES)[1];
  return replaced === undefined ? undefined : keyOfId(replaced);
}

/** Whether the request with that ID created what the physical ID names. */
export function isIdOf(physicalId: string, { RequestId }: CustomResourceRequest): boolean {
  return ownPart(physicalId).includes(`request=${RequestId}`);
}

const REPLACES = ';replaces=';

export function resourceOf(request: CustomResourceRequest): Resource {
  return { stackName: request.StackId.split('/')[1] ?? '', logicalId: request.LogicalResourceId };
}

export function isSameResource(one: Resource, other: Resource): boolean {
  return one.stackName === other.stackName && one.logicalId === other.logicalId;
}

export function isOf(resource: Resource, request: CustomResourceRequest): boolean {
  return isSameResource(resource, resourceOf(request));
}

export function nameOfResource({ stackName, logicalId }: Resource): string {
  return `${stackName}/${logicalId}`;
}

export function nameOfRequest(request: CustomResourceRequest): string {
  return `the ${request.RequestType} of ${nameOfResource(resourceOf(request))}`;
}

export function nameOfSender(sender: Pick<Sender, 'requestType' | 'stackName' | 'logicalId'>): string {
  return `the ${sender.requestType} of ${nameOfResource(sender)}`;
}
