import { Readable } from 'node:stream';
import { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import type { ServiceErrorReason } from '../../lambda/backend-service';
import type { LedgerTable } from '../../lambda/ledger';
import { ledgerTable } from '../../lambda/ledger-table';
import type { WireReply, WireRequest } from '../../simulator/amplify-backend/wire';
import { VirtualClock } from '../../simulator/clock';
import { placeOf } from '../../simulator/cloudformation/identifiers';
import { DynamoDb } from '../../simulator/dynamodb/dynamodb';
import { DynamoDbException, type ExceptionName } from '../../simulator/dynamodb/exceptions';
import { exceptionReply } from '../../simulator/dynamodb/wire';
import { seededRandom } from '../../simulator/random';

/*
 * The ledger's two calls as they are signed and sent, against the DynamoDB of the simulator, or against one that answers
 * what a test says.
 */

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret', sessionToken: 'a/token+==' };
const TABLE = 'Ledger';
const RESOURCE = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/S/guid|Clone';
const random = seededRandom(7);

let dynamoDb: DynamoDb;
let requests: WireRequest[];
let origins: { protocol: string; hostname: string; port: number | undefined }[];
let respond: (request: WireRequest) => WireReply;
let ledger: LedgerTable;

beforeEach(() => {
  // The SDK signs with the time as it is.
  const clock = new VirtualClock(Date.now());
  dynamoDb = new DynamoDb({ clock, random, place: placeOf('eu-west-1', '111122223333'), credentials: CREDENTIALS });
  dynamoDb.putTable({ name: TABLE, keyAttribute: 'resource', ttlAttribute: 'expires' });
  requests = [];
  origins = [];
  respond = (request) => dynamoDb.answer(request);
  ledger = ledgerAt('https://dynamodb.eu-west-1.amazonaws.com');
});

function ledgerAt(endpoint: string): LedgerTable {
  const client = new AmplifyBackendClient({
    region: 'eu-west-1',
    credentials: CREDENTIALS,
    requestHandler: {
      handle: async (request: HttpRequest) => {
        const { protocol, hostname, port, method, path, headers, body } = request;
        origins.push({ protocol, hostname, port });
        const sent: WireRequest = { method, path, headers, body: String(body) };
        requests.push(sent);
        const reply = respond(sent);
        if (reply.kind !== 'response') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        const { statusCode, headers: answered } = reply;
        return { response: new HttpResponse({ statusCode, headers: answered, body: Readable.from([reply.body]) }) };
      },
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    },
  });
  return ledgerTable(client.config, TABLE, endpoint);
}

const response = (statusCode: number, body: string): WireReply => ({
  kind: 'response',
  statusCode,
  headers: {},
  body,
});
const calls: ['GetItem' | 'PutItem', () => Promise<unknown>][] = [
  ['GetItem', () => ledger.read(RESOURCE)],
  ['PutItem', () => ledger.write(RESOURCE, { version: 1, text: '{}' }, undefined)],
];

test('an item that was never written does not exist', async () => {
  await expect(ledger.read(RESOURCE)).resolves.toBeUndefined();
});

test('an item is read as it was written, by signed calls that DynamoDB accepts', async () => {
  const text = JSON.stringify({ r: { kind: 'follow-up', words: 'ä "quoted" text' } });
  await expect(ledger.write(RESOURCE, { version: 1, text }, undefined)).resolves.toBe(true);
  await expect(ledger.read(RESOURCE)).resolves.toEqual({ version: 1, text });
});

test('a read is consistent with the last write of any writer', async () => {
  await ledger.read(RESOURCE);
  expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
    TableName: TABLE,
    Key: { resource: { S: RESOURCE } },
    ConsistentRead: true,
  });
});

test('of two writers of the first version, one succeeds', async () => {
  await expect(ledger.write(RESOURCE, { version: 1, text: 'one' }, undefined)).resolves.toBe(true);
  await expect(ledger.write(RESOURCE, { version: 1, text: 'other' }, undefined)).resolves.toBe(false);
  await expect(ledger.read(RESOURCE)).resolves.toEqual({ version: 1, text: 'one' });
});

test('of two writers over the same version, one succeeds', async () => {
  await ledger.write(RESOURCE, { version: 1, text: 'first' }, undefined);
  await expect(ledger.write(RESOURCE, { version: 2, text: 'one' }, undefined)).resolves.toBe(true);
  await expect(ledger.write(RESOURCE, { version: 2, text: 'other' }, undefined)).resolves.toBe(false);
  await expect(ledger.read(RESOURCE)).resolves.toEqual({ version: 2, text: 'one' });
});

test('a later version is not written if the item does not exist any more', async () => {
  await expect(ledger.write(RESOURCE, { version: 7, text: 'late' }, undefined)).resolves.toBe(false);
});

test('items of other resources are independent', async () => {
  await ledger.write(RESOURCE, { version: 1, text: 'one' }, undefined);
  await expect(ledger.write(`${RESOURCE}2`, { version: 1, text: 'two' }, undefined)).resolves.toBe(true);
  await expect(ledger.read(RESOURCE)).resolves.toEqual({ version: 1, text: 'one' });
});

test('an item expires at its time, to the second', async () => {
  const expiresAt = Date.UTC(2100, 0, 1) + 1;
  await ledger.write(RESOURCE, { version: 1, text: '{}' }, expiresAt);
  const [item] = dynamoDb.table(TABLE)?.contents() ?? [];
  expect(item?.get('expires')).toEqual({ N: String(Date.UTC(2100, 0, 1) / 1000 + 1) });
});

test('a write without an expiry removes the item’s expiry', async () => {
  await ledger.write(RESOURCE, { version: 1, text: '{}' }, Date.UTC(2100, 0, 1));
  await ledger.write(RESOURCE, { version: 2, text: '{}' }, undefined);
  const [item] = dynamoDb.table(TABLE)?.contents() ?? [];
  expect(item?.has('expires')).toBe(false);
});

test.each([
  [
    'of a region',
    'https://dynamodb.eu-west-1.amazonaws.com',
    { protocol: 'https:', hostname: 'dynamodb.eu-west-1.amazonaws.com', port: undefined },
    'dynamodb.eu-west-1.amazonaws.com',
  ],
  ['with a port', 'http://127.0.0.1:8000', { protocol: 'http:', hostname: '127.0.0.1', port: 8000 }, '127.0.0.1:8000'],
])('an endpoint %s is called as configured', async (_name, endpoint, origin, host) => {
  respond = () => response(200, '{}');
  await ledgerAt(endpoint).read(RESOURCE);
  expect(origins).toEqual([origin]);
  expect(requests).toMatchObject([{ method: 'POST', path: '/', headers: { host } }]);
});

describe.each(calls)('%s', (operation, call) => {
  test.each<[ExceptionName, ServiceErrorReason]>([
    ['ThrottlingException', 'UNAVAILABLE'],
    ['AccessDeniedException', 'DENIED'],
    ['UnrecognizedClientException', 'DENIED'],
    ['InvalidSignatureException', 'DENIED'],
    ['ResourceNotFoundException', 'REJECTED'],
    ['ValidationException', 'REJECTED'],
    ['SerializationException', 'REJECTED'],
    ['InternalServerError', 'UNAVAILABLE'],
  ])('maps %s to %s, with the words of DynamoDB', async (name, reason) => {
    respond = () => exceptionReply(new DynamoDbException(name, 'words of DynamoDB'), random);
    await expect(call()).rejects.toMatchObject({ name: 'ServiceError', reason, operation, service: 'dynamodb' });
    await expect(call()).rejects.toThrow('words of DynamoDB');
    await expect(call()).rejects.toThrow(name);
  });

  test.each<[string, WireReply, ServiceErrorReason]>([
    [
      'ProvisionedThroughputExceededException',
      response(400, '{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}'),
      'UNAVAILABLE',
    ],
    [
      'RequestLimitExceeded',
      response(400, '{"__type":"com.amazonaws.dynamodb.v20120810#RequestLimitExceeded"}'),
      'UNAVAILABLE',
    ],
    ['an expired token', response(400, '{"__type":"com.amazon.coral.service#ExpiredTokenException"}'), 'DENIED'],
    ['a type without a namespace', response(400, '{"__type":"AccessDeniedException"}'), 'DENIED'],
    ['status 503 without a type', response(503, '{}'), 'UNAVAILABLE'],
    ['HTML with status 502', response(502, '<html>Bad Gateway</html>'), 'UNAVAILABLE'],
    ['HTML with status 400', response(400, '<html>Bad Request</html>'), 'UNAVAILABLE'],
    ['an empty body', response(200, ''), 'UNAVAILABLE'],
    ['a list', response(200, '[]'), 'UNAVAILABLE'],
    ['a broken connection', { kind: 'reset' }, 'UNAVAILABLE'],
  ])('maps %s to a reason', async (_name, reply, reason) => {
    respond = () => reply;
    await expect(call()).rejects.toMatchObject({ name: 'ServiceError', reason, operation, service: 'dynamodb' });
  });

  test('has words for a failure without a type and a reason', async () => {
    respond = () => response(503, '{}');
    await expect(call()).rejects.toThrow(/^\w+: no type \(HTTP 503\): no reason given$/);
  });

  test.each(['[]', '"text"', 'null'])('rejects %s as an unusable answer', async (body) => {
    respond = () => response(200, body);
    await expect(call()).rejects.toThrow("the answer is not what the service's model says");
  });

  test('is REJECTED if the table does not exist', async () => {
    dynamoDb.deleteTable(TABLE);
    await expect(call()).rejects.toMatchObject({ reason: 'REJECTED' });
  });

  test('is sent once, without retries', async () => {
    respond = () => ({ kind: 'reset' });
    await expect(call()).rejects.toThrow();
    expect(requests).toHaveLength(1);
  });
});

test.each([
  ['no version', { text: { S: '{}' } }],
  ['a version that is not a number', { version: { N: 'one' }, text: { S: '{}' } }],
  ['a version of type S', { version: { S: '1' }, text: { S: '{}' } }],
  ['no text', { version: { N: '1' } }],
  ['empty text', { version: { N: '1' }, text: { S: '' } }],
  ['a list instead of attributes', []],
])('an item with %s is an error', async (_name, Item) => {
  respond = () => response(200, JSON.stringify({ Item }));
  await expect(ledger.read(RESOURCE)).rejects.toMatchObject({
    name: 'ServiceError',
    reason: 'UNAVAILABLE',
    operation: 'GetItem',
    service: 'dynamodb',
    words: "the answer is not what the service's model says",
  });
});
