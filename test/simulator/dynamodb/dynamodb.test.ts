import { CREDENTIALS, IF_ABSENT, ifVersionIs, readReply, TABLE, TablesUnderTest } from './tables-under-test';

const CONDITION_FAILED = { statusCode: 400, exception: 'ConditionalCheckFailedException' };

describe('an item', () => {
  test('is read as it was written', async () => {
    const tables = new TablesUnderTest();
    expect(await tables.put({ version: { N: '1' }, text: { S: '{"ü":1}' } })).toEqual({ statusCode: 200, body: {} });
    const { body } = await tables.get();
    expect(body).toEqual({ Item: { resource: { S: 'r' }, version: { N: '1' }, text: { S: '{"ü":1}' } } });
  });

  test('that does not exist is an answer without an item', async () => {
    const tables = new TablesUnderTest();
    await tables.put({});
    expect(await tables.get('another')).toEqual({ statusCode: 200, body: {} });
  });

  test('replaces the whole item with its key', async () => {
    const tables = new TablesUnderTest();
    await tables.put({ version: { N: '1' }, text: { S: 'a' } });
    await tables.put({ version: { N: '2' } });
    expect((await tables.get()).body).toEqual({ Item: { resource: { S: 'r' }, version: { N: '2' } } });
  });

  test('has its numbers without zeros and signs that do not change their value', async () => {
    const tables = new TablesUnderTest();
    await tables.put({ version: { N: '007.0' }, nothing: { N: '-0' } });
    expect((await tables.get()).body).toMatchObject({ Item: { version: { N: '7' }, nothing: { N: '0' } } });
  });

  test('remains when its table is put again with another TTL attribute', async () => {
    const tables = new TablesUnderTest();
    await tables.put({ gone: { N: String(tables.seconds - 1) } });
    tables.dynamoDb.putTable({ name: TABLE, keyAttribute: 'resource', ttlAttribute: undefined });
    expect(tables.dynamoDb.table(TABLE)?.contents()).toHaveLength(1);
    tables.dynamoDb.putTable({ name: TABLE, keyAttribute: 'resource', ttlAttribute: 'gone' });
    expect(tables.dynamoDb.table(TABLE)?.contents()).toEqual([]);
  });
});

describe('a condition', () => {
  test('that an attribute does not exist holds for the first writer only, whose item remains', async () => {
    const tables = new TablesUnderTest();
    expect(await tables.put({ text: { S: 'first' } }, IF_ABSENT)).toMatchObject({ statusCode: 200 });
    expect(await tables.put({ text: { S: 'second' } }, IF_ABSENT)).toMatchObject(CONDITION_FAILED);
    expect((await tables.get()).body).toMatchObject({ Item: { text: { S: 'first' } } });
  });

  test('that an attribute does not exist can name another attribute than the key', async () => {
    const tables = new TablesUnderTest();
    await tables.put({ version: { N: '1' } });
    const withoutText = { ...IF_ABSENT, ExpressionAttributeNames: { '#resource': 'text' } };
    expect(await tables.put({ text: { S: 'a' } }, withoutText)).toMatchObject({ statusCode: 200 });
    expect(await tables.put({ text: { S: 'b' } }, withoutText)).toMatchObject(CONDITION_FAILED);
  });

  test('that an attribute has a value holds for that value only', async () => {
    const tables = new TablesUnderTest();
    await tables.put({ version: { N: '1' } });
    expect(await tables.put({ version: { N: '3' } }, ifVersionIs('2'))).toMatchObject(CONDITION_FAILED);
    expect(await tables.put({ version: { N: '2' } }, ifVersionIs('1.0'))).toMatchObject({ statusCode: 200 });
    expect((await tables.get()).body).toMatchObject({ Item: { version: { N: '2' } } });
  });

  test('that an attribute has a value does not hold without an item, or with a value of another type', async () => {
    const tables = new TablesUnderTest();
    expect(await tables.put({ version: { N: '1' } }, ifVersionIs('1'))).toMatchObject(CONDITION_FAILED);
    await tables.put({ version: { S: '1' } });
    expect(await tables.put({ version: { N: '2' } }, ifVersionIs('1'))).toMatchObject(CONDITION_FAILED);
  });

  const names = { '#version': 'version' };
  const values = { ':version': { N: '1' } };
  test.each([
    ['another function', { ...IF_ABSENT, ConditionExpression: 'attribute_exists(#resource)' }],
    ['two conditions', { ...ifVersionIs('1'), ConditionExpression: '#version = :version OR #version = :version' }],
    ['a name without a placeholder', { ConditionExpression: 'attribute_not_exists(version)' }],
    ['no text', { ...ifVersionIs('1'), ConditionExpression: '' }],
    ['a name that is not given', { ...ifVersionIs('1'), ExpressionAttributeNames: undefined }],
    ['a value that is not given', { ...ifVersionIs('1'), ExpressionAttributeValues: undefined }],
    ['a name too many', { ...IF_ABSENT, ExpressionAttributeNames: { '#resource': 'resource', ...names } }],
    ['a value too many', { ...IF_ABSENT, ExpressionAttributeValues: values }],
    ['values, but none', { ...IF_ABSENT, ExpressionAttributeValues: {} }],
    ['names without an expression', { ExpressionAttributeNames: names }],
    ['values without an expression', { ExpressionAttributeValues: values }],
  ])('with %s is refused, and nothing is written', async (_, condition) => {
    const tables = new TablesUnderTest();
    expect(await tables.put({}, condition)).toMatchObject({ statusCode: 400, exception: 'ValidationException' });
    expect((await tables.get()).body).toEqual({});
  });
});

describe('a call that DynamoDB does not accept is refused:', () => {
  const resource = { S: 'r' };
  test.each([
    ['an item without the key', 'PutItem', { TableName: TABLE, Item: { version: { N: '1' } } }],
    ['an item with a key of another type', 'PutItem', { TableName: TABLE, Item: { resource: { N: '1' } } }],
    ['an item with an empty key', 'PutItem', { TableName: TABLE, Item: { resource: { S: '' } } }],
    ['an item with a very long key', 'PutItem', { TableName: TABLE, Item: { resource: { S: 'r'.repeat(2049) } } }],
    ['no item', 'PutItem', { TableName: TABLE }],
    ['a value without a type', 'PutItem', { TableName: TABLE, Item: { resource, text: {} } }],
    ['a value with two types', 'PutItem', { TableName: TABLE, Item: { resource, text: { S: 'a', N: '1' } } }],
    [
      'a value of a type that is not modelled',
      'PutItem',
      { TableName: TABLE, Item: { resource, text: { BOOL: true } } },
    ],
    ['a number that is none', 'PutItem', { TableName: TABLE, Item: { resource, version: { N: 'one' } } }],
    ['a number without digits', 'PutItem', { TableName: TABLE, Item: { resource, version: { N: '' } } }],
    ['a member that is not modelled', 'PutItem', { TableName: TABLE, Item: { resource }, ReturnValues: 'ALL_OLD' }],
    ['a read without a key', 'GetItem', { TableName: TABLE }],
    ['a read by another attribute', 'GetItem', { TableName: TABLE, Key: { version: { N: '1' } } }],
    ['a read by more than the key', 'GetItem', { TableName: TABLE, Key: { resource, version: { N: '1' } } }],
    ['a read from no table', 'GetItem', { Key: { resource } }],
  ])('%s', async (_, operation, input) => {
    const tables = new TablesUnderTest();
    expect(await tables.call(operation, input)).toMatchObject({ statusCode: 400, exception: 'ValidationException' });
    expect(tables.dynamoDb.table(TABLE)?.contents()).toEqual([]);
  });

  test('an item of more than 400 kB, including names', async () => {
    const tables = new TablesUnderTest();
    const rest = 400 * 1024 - Buffer.byteLength('resourcertext');
    expect(await tables.put({ text: { S: 'x'.repeat(rest) } })).toMatchObject({ statusCode: 200 });
    expect(await tables.put({ text: { S: `ü${'x'.repeat(rest - 1)}` } })).toMatchObject({
      exception: 'ValidationException',
      body: { message: 'Item size has exceeded the maximum allowed size' },
    });
  });

  test('a call of a table that never existed, or does not exist any more', async () => {
    const tables = new TablesUnderTest();
    const notFound = { statusCode: 400, exception: 'ResourceNotFoundException' };
    expect(await tables.get('r', { TableName: 'Other' })).toMatchObject(notFound);
    tables.dynamoDb.deleteTable(TABLE);
    expect(await tables.put({})).toMatchObject(notFound);
  });

  test.each(['{', '[]', '"text"', `{"TableName":1}`, `{"TableName":"${TABLE}","Key":{"resource":{"S":1}}}`])(
    'the body %s',
    async (body) => {
      const tables = new TablesUnderTest();
      const reply = readReply(tables.dynamoDb.answer(await tables.signed('GetItem', body)));
      expect(reply).toMatchObject({ statusCode: 400, exception: 'SerializationException' });
    },
  );

  test('every other operation', async () => {
    const tables = new TablesUnderTest();
    const scan = await tables.call('Scan', { TableName: TABLE });
    expect(scan).toMatchObject({ statusCode: 400, exception: 'UnknownOperationException' });
  });
});

describe('an expired item', () => {
  test('is neither read nor listed', async () => {
    const tables = new TablesUnderTest();
    await tables.put({ expires: { N: String(tables.seconds + 60) } });
    await tables.clock.advance(60_000);
    expect(tables.dynamoDb.table(TABLE)?.contents()).toHaveLength(1);
    await tables.clock.advance(1);
    expect((await tables.get()).body).toEqual({});
    expect(tables.dynamoDb.table(TABLE)?.contents()).toEqual([]);
  });

  test('does not exist for a condition either', async () => {
    const tables = new TablesUnderTest();
    await tables.put({ version: { N: '1' }, expires: { N: String(tables.seconds - 1) } });
    expect(await tables.put({ version: { N: '2' } }, ifVersionIs('1'))).toMatchObject(CONDITION_FAILED);
    expect(await tables.put({ version: { N: '1' } }, IF_ABSENT)).toMatchObject({ statusCode: 200 });
  });

  test('remains if the time is a text, or the table has no TTL attribute', async () => {
    const tables = new TablesUnderTest();
    await tables.put({ expires: { S: '1' } });
    expect((await tables.get()).body).toHaveProperty('Item');
    tables.dynamoDb.putTable({ name: TABLE, keyAttribute: 'resource', ttlAttribute: undefined });
    await tables.put({ expires: { N: '1' } });
    expect((await tables.get()).body).toHaveProperty('Item');
  });
});

describe('a signature', () => {
  test.each([
    ['with another secret', { credentials: { ...CREDENTIALS, secretAccessKey: 'x' } }, 'InvalidSignatureException'],
    ['for another service', { service: 'amplifybackend' }, 'InvalidSignatureException'],
    ['for another region', { region: 'eu-west-1' }, 'InvalidSignatureException'],
    ['of another key', { credentials: { ...CREDENTIALS, accessKeyId: 'AKIDOTHER' } }, 'UnrecognizedClientException'],
    ['of another session', { credentials: { ...CREDENTIALS, sessionToken: 'x' } }, 'UnrecognizedClientException'],
  ])('%s is refused, and nothing is written', async (_, signing, name) => {
    const tables = new TablesUnderTest();
    const item = JSON.stringify({ TableName: TABLE, Item: { resource: { S: 'r' } } });
    const reply = readReply(tables.dynamoDb.answer(await tables.signed('PutItem', item, signing)));
    expect(reply.statusCode).toBe(400);
    expect(reply.body['__type']).toBe(`com.amazon.coral.service#${name}`);
    expect((await tables.get()).body).toEqual({});
  });

  test('is valid for its body only, and for five minutes', async () => {
    const tables = new TablesUnderTest();
    const request = await tables.signed('GetItem', JSON.stringify({ TableName: TABLE, Key: { resource: { S: 'r' } } }));
    const answer = (body: string) => readReply(tables.dynamoDb.answer({ ...request, body }));
    expect(answer(request.body)).toMatchObject({ statusCode: 200 });
    expect(answer(request.body.replace('"r"', '"s"'))).toMatchObject({ exception: 'InvalidSignatureException' });
    await tables.clock.advance(5 * 60_000 + 1);
    expect(answer(request.body)).toMatchObject({ exception: 'InvalidSignatureException' });
  });

  test('has its own error if it is missing', async () => {
    const { dynamoDb } = new TablesUnderTest();
    const reply = readReply(dynamoDb.answer({ method: 'POST', path: '/', headers: {}, body: '{}' }));
    expect(reply).toMatchObject({ statusCode: 400, exception: 'MissingAuthenticationTokenException' });
  });
});

describe('an answer', () => {
  test('is AWS JSON 1.0 with a unique request ID', async () => {
    const tables = new TablesUnderTest();
    const body = JSON.stringify({ TableName: TABLE, Key: { resource: { S: 'r' } } });
    const replies = [
      tables.dynamoDb.answer(await tables.signed('GetItem', body)),
      tables.dynamoDb.answer(await tables.signed('GetItem', '{')),
    ];
    const ids = replies.map((reply) => (reply.kind === 'response' ? reply.headers['x-amzn-requestid'] : undefined));
    for (const id of ids) expect(id).toMatch(/^[0-9A-Z]{52}$/);
    expect(new Set(ids).size).toBe(2);
    for (const reply of replies) {
      expect(reply).toMatchObject({ headers: { 'content-type': 'application/x-amz-json-1.0' } });
    }
  });

  test('can deny access, with the action and the table, and changes nothing', async () => {
    const tables = new TablesUnderTest();
    const body = JSON.stringify({ TableName: TABLE, Item: { resource: { S: 'r' } } });
    const reply = readReply(tables.dynamoDb.denyAccess(await tables.signed('PutItem', body)));
    expect(reply).toEqual({
      statusCode: 400,
      exception: 'AccessDeniedException',
      body: {
        __type: 'com.amazon.coral.service#AccessDeniedException',
        Message: expect.stringMatching(
          /dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table\/Ledger because/,
        ),
      },
    });
    expect((await tables.get()).body).toEqual({});
  });
});
