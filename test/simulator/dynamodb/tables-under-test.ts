import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { WireReply, WireRequest } from '../../../simulator/amplify-backend/wire';
import { VirtualClock } from '../../../simulator/clock';
import { placeOf } from '../../../simulator/cloudformation/identifiers';
import { DynamoDb } from '../../../simulator/dynamodb/dynamodb';
import { seededRandom } from '../../../simulator/random';
import type { Credentials } from '../../../simulator/signature';

export const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret', sessionToken: 'a/token+==' };
export const TABLE = 'Ledger';
const HOST = 'dynamodb.us-east-1.amazonaws.com';

/** The hash function for the SDK's signature. */
class Sha256 {
  private readonly hash;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytes(key));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.hash.digest());
  }

  reset(): void {}
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

export interface Signing {
  readonly credentials?: Credentials;
  readonly service?: string;
  readonly region?: string;
}

export interface Answered {
  readonly statusCode: number;
  /** The text after the `#`. */
  readonly exception: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** DynamoDB of a Region with the table `Ledger`, and a client that signs with the SDK's signer. */
export class TablesUnderTest {
  readonly clock = new VirtualClock(Date.UTC(2026, 3, 1));
  readonly random = seededRandom(5);
  readonly dynamoDb = new DynamoDb({
    clock: this.clock,
    random: this.random,
    place: placeOf('us-east-1', '123456789012'),
    credentials: CREDENTIALS,
  });

  constructor() {
    this.dynamoDb.putTable({ name: TABLE, keyAttribute: 'resource', ttlAttribute: 'expires' });
  }

  /** Seconds since the epoch. */
  get seconds(): number {
    return this.clock.now() / 1000;
  }

  get(resource = 'r', more: object = {}): Promise<Answered> {
    return this.call('GetItem', {
      TableName: TABLE,
      Key: { resource: { S: resource } },
      ConsistentRead: true,
      ...more,
    });
  }

  /** @param more further members of the request. They override those for this item */
  put(item: object, more: object = {}): Promise<Answered> {
    return this.call('PutItem', { TableName: TABLE, Item: { resource: { S: 'r' }, ...item }, ...more });
  }

  async call(operation: string, input: object): Promise<Answered> {
    return readReply(this.dynamoDb.answer(await this.signed(operation, JSON.stringify(input))));
  }

  async signed(operation: string, body: string, signing: Signing = {}): Promise<WireRequest> {
    const { credentials = CREDENTIALS, service = 'dynamodb', region = 'us-east-1' } = signing;
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const signer = new SignatureV4({
      service,
      region,
      sha256: Sha256,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    });
    const { headers } = await signer.sign(
      {
        method: 'POST',
        protocol: 'https:',
        hostname: HOST,
        path: '/',
        headers: {
          host: HOST,
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `DynamoDB_20120810.${operation}`,
        },
        body,
      },
      { signingDate: new Date(this.clock.now()) },
    );
    return { method: 'POST', path: '/', headers, body };
  }
}

export function readReply(reply: WireReply): Answered {
  if (reply.kind !== 'response') throw new Error('the connection broke');
  const body = JSON.parse(reply.body);
  return { statusCode: reply.statusCode, exception: body.__type?.split('#')[1], body };
}

export const IF_ABSENT = {
  ConditionExpression: 'attribute_not_exists(#resource)',
  ExpressionAttributeNames: { '#resource': 'resource' },
};

export function ifVersionIs(version: string): object {
  return {
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': { N: version } },
  };
}
