import type { CustomResourceExchange, Exchange, ExchangeOutcome, RequestDraft } from './custom-resource-exchange';
import { stringifiedObject } from './custom-resource-protocol';
import type { JsonObject } from './json';
import type { ResourceDefinition } from './template';

/** How CloudFormation rolls back a custom resource's failed Update. It is not documented (aws-cdk 17040). */
export type FailedUpdate = 'update with the old id' | 'update with the new id' | 'delete the new id';

export type CustomResourceOutcome =
  | {
      readonly kind: 'done';
      readonly physicalId: string;
      readonly data: JsonObject;
      readonly requestId: string;
    }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      /** Undefined if no answer had one. */
      readonly physicalId: string | undefined;
      /** Whether a request was sent before the failure. */
      readonly wasSent: boolean;
    }
  | { readonly kind: 'cancelled' };

export interface ExistingCustomResource {
  readonly physicalId: string;
  readonly properties: JsonObject;
}

const MAX_TIMEOUT_SECONDS = 3600;

export function isCustomResource(type: string): boolean {
  return type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}

export function customResourceProperties(evaluated: JsonObject): JsonObject {
  return stringifiedObject(evaluated);
}

export async function createCustomResource(
  exchange: CustomResourceExchange,
  stackId: string,
  definition: ResourceDefinition,
  properties: JsonObject,
  signal: AbortSignal,
): Promise<CustomResourceOutcome> {
  return ask(exchange, properties, signal, (members) => ({
    RequestType: 'Create',
    ...members,
    StackId: stackId,
    ResourceType: definition.type,
    LogicalResourceId: definition.logicalId,
    ResourceProperties: properties,
  }));
}

export async function updateCustomResource(
  exchange: CustomResourceExchange,
  stackId: string,
  definition: ResourceDefinition,
  before: ExistingCustomResource,
  properties: JsonObject,
  signal: AbortSignal,
): Promise<CustomResourceOutcome> {
  if (before.properties['ServiceToken'] !== properties['ServiceToken']) {
    return failed('Modifying service token is not allowed.', false);
  }
  return ask(exchange, properties, signal, (members) => ({
    RequestType: 'Update',
    ...members,
    StackId: stackId,
    ResourceType: definition.type,
    LogicalResourceId: definition.logicalId,
    PhysicalResourceId: before.physicalId,
    ResourceProperties: properties,
    OldResourceProperties: before.properties,
  }));
}

export async function deleteCustomResource(
  exchange: CustomResourceExchange,
  stackId: string,
  definition: ResourceDefinition,
  { physicalId, properties }: ExistingCustomResource,
): Promise<CustomResourceOutcome> {
  return ask(exchange, properties, undefined, (members) => ({
    RequestType: 'Delete',
    ...members,
    StackId: stackId,
    ResourceType: definition.type,
    LogicalResourceId: definition.logicalId,
    PhysicalResourceId: physicalId,
    ResourceProperties: properties,
  }));
}

async function ask(
  exchange: CustomResourceExchange,
  properties: JsonObject,
  signal: AbortSignal | undefined,
  draft: (members: { readonly ServiceToken: string }) => RequestDraft,
): Promise<CustomResourceOutcome> {
  const { ServiceToken: serviceToken, ServiceTimeout: serviceTimeout = String(MAX_TIMEOUT_SECONDS) } = properties;
  if (typeof serviceToken !== 'string') return failed('Missing ServiceToken', false);
  const timeoutSeconds = Number(serviceTimeout);
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 1 || timeoutSeconds > MAX_TIMEOUT_SECONDS) {
    return failed(
      `ServiceTimeout must be a whole number from 1 to ${MAX_TIMEOUT_SECONDS}, not ${serviceTimeout}`,
      false,
    );
  }
  const problem = exchange.problemWith(serviceToken);
  if (problem !== undefined) return failed(problem, false);
  const sent = exchange.send(draft({ ServiceToken: serviceToken }), timeoutSeconds);
  const outcome = await unlessCancelled(sent, signal);
  if (outcome.kind === 'cancelled') return outcome;
  const requestId = sent.request.RequestId;
  if (outcome.kind === 'no answer') {
    return failed(
      `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${requestId}].`,
      true,
    );
  }
  const { answer } = outcome;
  if (answer.kind === 'failed') return failed(answer.reason, true, answer.physicalResourceId);
  return { kind: 'done', physicalId: answer.physicalResourceId, data: answer.data, requestId };
}

function failed(reason: string, wasSent: boolean, physicalId?: string): CustomResourceOutcome {
  return { kind: 'failed', reason, wasSent, physicalId };
}

function unlessCancelled(
  sent: Exchange,
  signal: AbortSignal | undefined,
): Promise<ExchangeOutcome | { readonly kind: 'cancelled' }> {
  if (signal === undefined) return sent.outcome;
  return new Promise((resolve) => {
    const cancel = (): void => {
      sent.abandon();
      resolve({ kind: 'cancelled' });
    };
    signal.addEventListener('abort', cancel, { once: true });
    void sent.outcome.then((outcome) => {
      signal.removeEventListener('abort', cancel);
      resolve(outcome);
    });
  });
}
