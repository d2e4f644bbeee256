import { isJsonObject, parseJsonObject } from '../cloudformation/json';
import type { Invocation } from '../lambda/lambda-function';
import type { Subject } from './moments';

/** The request for which the handler makes a call. As one text, it is the `caller` in the service's journal. */
export interface Sender {
  readonly stackName: string;
  readonly logicalId: string;
  readonly requestType: string;
  readonly requestId: string;
  readonly entryPoint: string;
}

/** The environment that an invocation's request is to create or delete. */
export function targetOf({ payload }: Invocation): Subject {
  const { ResourceProperties: properties } = parseJsonObject(payload, 'the payload of an invocation');
  const { AppId, TargetEnvironmentName } = isJsonObject(properties) ? properties : {};
  return { appId: String(AppId), environment: String(TargetEnvironmentName) };
}

const callers = new WeakMap<Invocation, string>();

export function callerOf(invocation: Invocation): string {
  const known = callers.get(invocation);
  if (known !== undefined) return known;
  const caller = readCaller(invocation);
  callers.set(invocation, caller);
  return caller;
}

function readCaller(invocation: Invocation): string {
  const event = parseJsonObject(invocation.payload, 'the payload of an invocation');
  const stackName = String(event['StackId']).split('/')[1];
  const entryPoint = invocation.handler.split('.')[1];
  return [stackName, event['LogicalResourceId'], event['RequestType'], event['RequestId'], entryPoint].join('|');
}

/** Undefined if other people made the call. */
export function senderOf(caller: string): Sender | undefined {
  const [stackName, logicalId, requestType, requestId, entryPoint] = caller.split('|');
  if (!stackName || !logicalId || !requestType || !requestId || !entryPoint) return undefined;
  return { stackName, logicalId, requestType, requestId, entryPoint };
}
