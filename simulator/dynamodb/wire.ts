import type { WireReply, WireRequest } from '../amplify-backend/wire';
import { secret } from '../cloudformation/identifiers';
import { isJsonObject, type Json, type JsonObject } from '../cloudformation/json';
import type { Random } from '../random';
import { type Condition, parseCondition } from './condition';
import { DynamoDbException, invalid, notSerialized } from './exceptions';
import { type Item, missing, parseItem } from './item';

/** The two supported operations, with their parameters after parsing. */
export type Call =
  | { readonly operation: 'GetItem'; readonly tableName: string; readonly key: Item }
  | {
      readonly operation: 'PutItem';
      readonly tableName: string;
      readonly item: Item;
      readonly condition: Condition | undefined;
    };

const CONTENT_TYPE = 'application/x-amz-json-1.0';

const MEMBERS = {
  GetItem: ['TableName', 'Key', 'ConsistentRead'],
  PutItem: ['TableName', 'Item', 'ConditionExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues'],
} as const;

/** Undefined for a request to another service. */
export function operationOf({ headers }: WireRequest): string | undefined {
  return /^DynamoDB_20120810\.(\w+)$/.exec(headers['x-amz-target'] ?? '')?.[1];
}

/** @throws DynamoDbException for a request that is invalid for any table, or that the simulator does not support */
export function parseCall(request: WireRequest): Call {
  const operation = operationOf(request);
  const isCall = request.method === 'POST' && request.path === '/' && request.headers['content-type'] === CONTENT_TYPE;
  if (!isCall || (operation !== 'GetItem' && operation !== 'PutItem')) {
    const asked = `${request.method} ${request.path} with the target ${request.headers['x-amz-target']}`;
    throw new DynamoDbException('UnknownOperationException', `the simulator does not support ${asked}`);
  }
  const input = parseInput(request.body);
  const known: readonly string[] = MEMBERS[operation];
  const unknown = Object.keys(input).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw invalid(`the simulator does not support ${unknown.join(', ')} of ${operation}`);
  const tableName = optionalText(input, 'TableName');
  if (tableName === undefined) throw missing('TableName');
  if (operation === 'PutItem') {
    return { operation, tableName, item: parseItem(input['Item'], 'Item'), condition: conditionIn(input) };
  }
  const { ConsistentRead: isConsistent = false } = input;
  if (typeof isConsistent !== 'boolean') throw notSerialized('ConsistentRead should be true or false');
  return { operation, tableName, key: parseItem(input['Key'], 'Key') };
}

function parseInput(body: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw notSerialized('the body is not JSON');
  }
  if (!isJsonObject(parsed)) throw notSerialized('the body should be a JSON object');
  return parsed;
}

function conditionIn(input: JsonObject): Condition | undefined {
  const expression = optionalText(input, 'ConditionExpression');
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input;
  if (expression === undefined) {
    for (const member of ['ExpressionAttributeNames', 'ExpressionAttributeValues']) {
      if (input[member] !== undefined) throw invalid(`${member} can only be specified when using expressions`);
    }
    return undefined;
  }
  if (expression === '') throw invalid('Invalid ConditionExpression: The expression can not be empty;');
  return parseCondition(expression, {
    names: names === undefined ? new Map() : parseNames(names),
    values: values === undefined ? new Map() : notEmpty('ExpressionAttributeValues', parseItem(values, 'values')),
  });
}

function parseNames(value: Json): ReadonlyMap<string, string> {
  if (!isJsonObject(value)) throw notSerialized('ExpressionAttributeNames should be an object');
  const names = new Map<string, string>();
  for (const [placeholder, name] of Object.entries(value)) {
    if (typeof name !== 'string') throw notSerialized(`the name for ${placeholder} should be a text`);
    names.set(placeholder, name);
  }
  return notEmpty('ExpressionAttributeNames', names);
}

function notEmpty<T extends ReadonlyMap<string, unknown>>(member: string, given: T): T {
  if (given.size === 0) throw invalid(`${member} must not be empty`);
  return given;
}

function optionalText(input: JsonObject, member: string): string | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw notSerialized(`${member} should be a text`);
  return value;
}

export function outputReply(output: JsonObject, random: Random): WireReply {
  return reply(200, output, random);
}

export function exceptionReply({ name, message, type }: DynamoDbException, random: Random): WireReply {
  // A layer in front of the service checks permissions. Its only field begins with a capital letter.
  const words = name === 'AccessDeniedException' ? { Message: message } : { message };
  return reply(name === 'InternalServerError' ? 500 : 400, { __type: type, ...words }, random);
}

function reply(statusCode: number, body: JsonObject, random: Random): WireReply {
  const headers = { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': secret(52, random).toUpperCase() };
  return { kind: 'response', statusCode, headers, body: JSON.stringify(body) };
}
