import type { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import { ServiceError, type ServiceErrorReason } from './backend-service';
import type { LedgerTable, StoredItem } from './ledger';
import { signedCalls } from './signed-calls';
import { isRecord, isText } from './unknown-value';

/* The ledger in a DynamoDB table, by the two calls that it takes: GetItem, and PutItem under a condition. */

export interface LedgerTableProps {
  readonly tableName: string;
  readonly endpoint: string;
}

type Call =
  | { readonly operation: 'GetItem'; readonly input: object }
  | { readonly operation: 'PutItem'; readonly input: object };

type Answer =
  | { readonly kind: 'done'; readonly output: Readonly<Record<string, unknown>> }
  | { readonly kind: 'failed'; readonly status: number; readonly type: string; readonly words: string };

const CONDITION_FAILED = 'ConditionalCheckFailedException';

export function ledgerTable(
  config: AmplifyBackendClient['config'],
  { tableName, endpoint }: LedgerTableProps,
): LedgerTable {
  const call = signedCalls(config, 'dynamodb', endpoint);

  const send = async ({ operation, input }: Call): Promise<Answer> => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    };
    try {
      const answer = await call({ method: 'POST', path: '/', headers, body: JSON.stringify(input) });
      const body: unknown = JSON.parse(answer.body);
      if (!isRecord(body)) throw new Error("the answer is not what the service's model says");
      if (answer.status === 200) return { kind: 'done', output: body };
      const { __type: type, message = body['Message'] } = body;
      return {
        kind: 'failed',
        status: answer.status,
        type: isText(type) ? type.slice(type.indexOf('#') + 1) : 'no type',
        words: isText(message) ? message : 'no reason given',
      };
    } catch (error) {
      throw new ServiceError(
        'UNAVAILABLE',
        operation,
        error instanceof Error ? error.message : 'unknown error',
        'dynamodb',
      );
    }
  };

  return {
    async read(resource): Promise<StoredItem | undefined> {
      const input = { TableName: tableName, Key: { resource: { S: resource } }, ConsistentRead: true };
      const answer = await send({ operation: 'GetItem', input });
      if (answer.kind === 'failed') throw serviceError('GetItem', answer);
      const item = answer.output['Item'];
      return item === undefined ? undefined : parseItem(item);
    },

    async write(resource, { version, text }, expiresAt): Promise<boolean> {
      const item = {
        resource: { S: resource },
        version: { N: String(version) },
        text: { S: text },
        // DynamoDB counts in seconds.
        ...(expiresAt !== undefined && { expires: { N: String(Math.ceil(expiresAt / 1000)) } }),
      };
      const condition =
        version === 1
          ? {
              ConditionExpression: 'attribute_not_exists(#resource)',
              ExpressionAttributeNames: { '#resource': 'resource' },
            }
          : {
              ConditionExpression: '#version = :version',
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':version': { N: String(version - 1) } },
            };
      const answer = await send({ operation: 'PutItem', input: { TableName: tableName, Item: item, ...condition } });
      if (answer.kind === 'done') return true;
      if (answer.type === CONDITION_FAILED) return false;
      throw serviceError('PutItem', answer);
    },
  };
}

function parseItem(item: unknown): StoredItem {
  if (isRecord(item) && isRecord(item['version']) && isRecord(item['text'])) {
    const version = Number(item['version']['N']);
    const text = item['text']['S'];
    if (Number.isSafeInteger(version) && isText(text)) return { version, text };
  }
  throw new ServiceError('UNAVAILABLE', 'GetItem', "the answer is not what the service's model says", 'dynamodb');
}

function serviceError(operation: string, { status, type, words }: Extract<Answer, { kind: 'failed' }>): ServiceError {
  return new ServiceError(causeOf(status, type), operation, `${type} (HTTP ${status}): ${words}`, 'dynamodb');
}

function causeOf(status: number, type: string): ServiceErrorReason {
  if (/^(ProvisionedThroughputExceeded|RequestLimitExceeded|Throttling)(Exception)?$/.test(type)) return 'THROTTLED';
  if (status >= 500) return 'UNAVAILABLE';
  return /^(AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature)Exception$/.test(type)
    ? 'DENIED'
    : 'REJECTED';
}
