import type { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import { ServiceError, type ServiceErrorReason, unexpectedAnswer } from './backend-service';
import type { LedgerTable, StoredItem } from './ledger';
import { signedCalls } from './signed-calls';
import { isRecord, isText } from './unknown-value';

/* The ledger in a DynamoDB table, by the two calls that it takes: GetItem, and PutItem under a condition. */

type Output = Readonly<Record<string, unknown>>;

export function ledgerTable(config: AmplifyBackendClient['config'], tableName: string, endpoint: string): LedgerTable {
  const call = signedCalls(config, 'dynamodb', endpoint);

  const send = async (operation: 'GetItem' | 'PutItem', input: object): Promise<Output | 'CONDITION_FAILED'> => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    };
    let status: number;
    let body: unknown;
    try {
      const answer = await call({ method: 'POST', path: '/', headers, body: JSON.stringify(input) });
      status = answer.status;
      body = JSON.parse(answer.body);
    } catch (error) {
      const words = error instanceof Error ? error.message : 'unknown error';
      throw new ServiceError('UNAVAILABLE', operation, words, 'dynamodb');
    }
    if (!isRecord(body)) throw unexpectedAnswer(operation, 'dynamodb');
    if (status === 200) return body;
    const { __type: type, message = body['Message'] } = body;
    const name = isText(type) ? type.slice(type.indexOf('#') + 1) : 'no type';
    if (name === 'ConditionalCheckFailedException') return 'CONDITION_FAILED';
    const words = `${name} (HTTP ${status}): ${isText(message) ? message : 'no reason given'}`;
    throw new ServiceError(causeOf(status, name), operation, words, 'dynamodb');
  };

  return {
    async read(resource): Promise<StoredItem | undefined> {
      const input = { TableName: tableName, Key: { resource: { S: resource } }, ConsistentRead: true };
      const output = await send('GetItem', input);
      if (output === 'CONDITION_FAILED') throw unexpectedAnswer('GetItem', 'dynamodb');
      return output['Item'] === undefined ? undefined : parseItem(output['Item']);
    },

    async write(resource, { version, text }, expiresAt): Promise<boolean> {
      const item = {
        resource: { S: resource },
        version: { N: String(version) },
        text: { S: text },
        // DynamoDB counts in seconds.
        ...(expiresAt !== undefined && { expires: { N: String(Math.ceil(expiresAt / 1000)) } }),
      };
      const isNew = version === 1;
      const input = {
        TableName: tableName,
        Item: item,
        ConditionExpression: isNew ? 'attribute_not_exists(#version)' : '#version = :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ...(!isNew && { ExpressionAttributeValues: { ':version': { N: String(version - 1) } } }),
      };
      return (await send('PutItem', input)) !== 'CONDITION_FAILED';
    },
  };
}

function parseItem(item: unknown): StoredItem {
  if (isRecord(item) && isRecord(item['version']) && isRecord(item['text'])) {
    const version = Number(item['version']['N']);
    const text = item['text']['S'];
    if (Number.isSafeInteger(version) && isText(text)) return { version, text };
  }
  throw unexpectedAnswer('GetItem', 'dynamodb');
}

function causeOf(status: number, type: string): ServiceErrorReason {
  const isThrottled = /^(ProvisionedThroughputExceeded|RequestLimitExceeded|Throttling)(Exception)?$/.test(type);
  if (status >= 500 || isThrottled) return 'UNAVAILABLE';
  return /^(AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature)Exception$/.test(type)
    ? 'DENIED'
    : 'REJECTED';
}
