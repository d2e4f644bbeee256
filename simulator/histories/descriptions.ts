import type { JournalEvent } from '../amplify-backend/journal';
import { DEFAULT_VARIANTS } from '../amplify-backend/variants';
import type { WireRequest } from '../amplify-backend/wire';
import type { Reception } from '../cloudformation/custom-resource-exchange';
import type { CustomResourceAnswer, CustomResourceRequest } from '../cloudformation/custom-resource-protocol';
import { isJsonObject, isSameJson, parseJsonObject } from '../cloudformation/json';
import type { StackEvent } from '../cloudformation/stack-event';
import { operationOf } from '../dynamodb/wire';
import type { NetworkReply } from '../lambda/lambda-function';
import { CALM } from './calm';
import { nameOfRequest, nameOfSender } from './checker/identities';
import type { History, OtherAction } from './history';
import type { Subject } from './moments';
import { senderOf } from './sender';

/** What differs from a calm history, in a line for each part of the system. */
export function describeBehavior(history: History): string[] {
  const differences = (name: string, behavior: object, calm: object): string[] => {
    const members = Object.entries(behavior).filter(([member, value]) => !isSameJson(value, Reflect.get(calm, member)));
    if (members.length === 0) return [];
    return [`${name}: ${members.map(([member, value]) => `${member} ${JSON.stringify(value)}`).join(', ')}`];
  };
  return [
    ...differences('unknown behavior of the service', history.variants, DEFAULT_VARIANTS),
    ...differences('service', history.service, CALM.service),
    ...differences('CloudFormation', history.cloudFormation, CALM.cloudFormation),
    ...differences('Lambda', history.lambda, CALM.lambda),
    ...differences('ledger', history.ledger, CALM.ledger),
  ];
}

export function describeStackEvent({ stackName, logicalId, status, physicalId, reason = '' }: StackEvent): string {
  return `${stackName}/${logicalId} ${status} ${physicalId} ${reason}`;
}

export function describeRequest(request: CustomResourceRequest): string {
  const { ServiceToken: _, ServiceTimeout: __, ...properties } = request.ResourceProperties;
  return `CloudFormation sends ${withShortId(request)}: ${JSON.stringify(properties)}`;
}

export function describeAnswer(
  request: CustomResourceRequest,
  answer: CustomResourceAnswer,
  reception: Reception,
): string {
  const result = answer.kind === 'success' ? `succeeds: ${answer.physicalResourceId}` : `fails: ${answer.reason}`;
  const ignored = reception === 'ignored' ? ' (too late: CloudFormation ignores it)' : '';
  return `${withShortId(request)} ${result}${ignored}`;
}

/** The beginning of the ID distinguishes requests of one type. Physical IDs have it, too. */
function withShortId(request: CustomResourceRequest): string {
  return `${nameOfRequest(request)} (request ${request.RequestId.slice(0, 8)})`;
}

export function describeOtherAction({ kind }: OtherAction, { environment }: Subject): string {
  switch (kind) {
    case 'creates by CLI':
      return `somebody creates ${environment} with the Amplify CLI`;
    case 'starts to create by CLI':
      return `somebody starts to create ${environment} with the Amplify CLI`;
    case 'deletes by CLI':
      return `somebody deletes ${environment} with the Amplify CLI`;
    case 'recreates by CLI':
      return `somebody deletes ${environment} with the Amplify CLI, and creates it again`;
    case 'clones onto':
      return `somebody calls CloneBackend to ${environment}`;
    case 'deletes':
      return `somebody calls DeleteBackend for ${environment}`;
    case 'clones to an unused name':
      return 'somebody calls CloneBackend to a name that no stack uses';
    case 'switches Amplify Studio off':
      return 'somebody switches Amplify Studio off';
  }
}

export function describeServiceEvent(event: JournalEvent): string {
  switch (event.kind) {
    case 'clone-accepted':
      return `the service accepts CloneBackend from ${event.source} to ${event.target} by ${who(event.caller)}: job ${event.jobId}`;
    case 'clone-refused':
      return `the service refuses CloneBackend from ${event.source} to ${event.target} by ${who(event.caller)}: ${event.reason}`;
    case 'delete-accepted':
      return `the service accepts DeleteBackend for ${event.environment} by ${who(event.caller)}: job ${event.jobId}`;
    case 'delete-refused':
      return `the service refuses DeleteBackend for ${event.environment} by ${who(event.caller)}: ${event.reason}`;
    case 'job-ended':
      return `the job ${event.jobId} (${event.operation}, ${event.environment}) is ${event.status} ${event.error ?? ''}`;
    case 'environment-created':
      return `${event.origin.kind === 'clone' ? `the job ${event.origin.jobId} creates` : 'other people create'} ${event.environment}`;
    case 'environment-deleted':
      return `${event.by.kind === 'other' ? 'other people delete' : `the job ${event.by.jobId} deletes`} ${event.environment}`;
  }
}

function who(caller: string): string {
  const sender = senderOf(caller);
  return sender === undefined ? caller : nameOfSender(sender);
}

export function describeCall(request: WireRequest): string {
  const ledgerOperation = operationOf(request);
  if (ledgerOperation === undefined) return `${request.method} ${request.path}`;
  const { Item: item } = parseJsonObject(request.body, 'the body of a call of the ledger');
  const text = isJsonObject(item) && isJsonObject(item['text']) ? item['text']['S'] : '';
  return `${ledgerOperation} ${String(text).slice(0, 200)}`.trimEnd();
}

export function describeReply(reply: NetworkReply): string {
  return reply.kind === 'response' ? `${reply.statusCode} ${reply.body.slice(0, 150)}` : reply.kind;
}
