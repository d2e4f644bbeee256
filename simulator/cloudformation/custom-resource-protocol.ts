import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json';

interface RequestMembers {
  readonly ServiceToken: string;
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly ResourceType: string;
  readonly LogicalResourceId: string;
  readonly ResourceProperties: JsonObject;
}

interface CreateRequest extends RequestMembers {
  readonly RequestType: 'Create';
}

interface UpdateRequest extends RequestMembers {
  readonly RequestType: 'Update';
  readonly PhysicalResourceId: string;
  readonly OldResourceProperties: JsonObject;
}

interface DeleteRequest extends RequestMembers {
  readonly RequestType: 'Delete';
  readonly PhysicalResourceId: string;
}

/** CloudFormation's request to the function of a custom resource. */
export type CustomResourceRequest = CreateRequest | UpdateRequest | DeleteRequest;

/** CloudFormation's interpretation of an answer at the response URL. */
export type CustomResourceAnswer =
  | {
      readonly kind: 'success';
      readonly physicalResourceId: string;
      readonly data: JsonObject;
    }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      /** Undefined if the answer has none, or cannot be parsed. */
      readonly physicalResourceId: string | undefined;
    };

const MAX_ANSWER_BYTES = 4096;
const MAX_PHYSICAL_ID_BYTES = 1024;

/** The properties in a request: every scalar is a text. */
export function stringified(value: Json): Json {
  if (isJsonArray(value)) return value.map(stringified);
  if (isJsonObject(value)) return stringifiedObject(value);
  if (value === null) throw new Error('null values are not allowed in templates');
  return String(value);
}

export function stringifiedObject(properties: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, stringified(value)]));
}

export function readAnswer(body: string, request: CustomResourceRequest): CustomResourceAnswer {
  const failed = (reason: string): CustomResourceAnswer => ({ kind: 'failed', reason, physicalResourceId: undefined });
  if (Buffer.byteLength(body) > MAX_ANSWER_BYTES) return failed('Response object is too long.');
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return failed('Invalid response object: it is not JSON.');
  }
  if (!isJsonObject(answer)) return failed('Invalid response object: it is not an object.');
  const { Status, Reason, PhysicalResourceId, Data } = answer;
  for (const name of ['StackId', 'RequestId', 'LogicalResourceId'] as const) {
    if (answer[name] !== request[name]) return failed(`Invalid response object: ${name} is not that of the request.`);
  }
  const id = typeof PhysicalResourceId === 'string' && PhysicalResourceId !== '' ? PhysicalResourceId : undefined;
  if (id !== undefined && Buffer.byteLength(id) > MAX_PHYSICAL_ID_BYTES) return failed('Invalid PhysicalResourceId');
  if (Status === 'FAILED') {
    const message = typeof Reason === 'string' && Reason !== '' ? Reason : undefined;
    if (message === undefined) return failed('Invalid response object: a failure needs a Reason.');
    return {
      kind: 'failed',
      reason: `Received response status [FAILED] from custom resource. Message returned: ${message} (RequestId: ${request.RequestId})`,
      physicalResourceId: id,
    };
  }
  if (Status !== 'SUCCESS') return failed('Invalid response object: Status is neither SUCCESS nor FAILED.');
  if (id === undefined) return failed('Invalid PhysicalResourceId');
  if (Data !== undefined && Data !== null && !isJsonObject(Data)) {
    return failed('Invalid response object: Data is not an object.');
  }
  return { kind: 'success', physicalResourceId: id, data: isJsonObject(Data) ? Data : {} };
}
