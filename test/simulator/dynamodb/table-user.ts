/*
 * Code for the simulated Lambda that calls the table of its LEDGER_TABLE and LEDGER_ENDPOINT, and signs its requests itself.
 * `handler` makes one call. `onEvent` writes the item `page` if it does not exist, and then reads it, also after an error.
 */
export const TABLE_USER_SOURCE = `
  const { createHash, createHmac } = require('node:crypto');
  const sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const { LEDGER_TABLE, LEDGER_ENDPOINT, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } =
    process.env;

  async function call(operation, input) {
    const body = JSON.stringify({ TableName: LEDGER_TABLE, ...input });
    const stamp = new Date().toISOString().replace(/[-:]|[.][0-9]+/g, '');
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      host: new URL(LEDGER_ENDPOINT).host,
      'x-amz-date': stamp,
      'x-amz-security-token': AWS_SESSION_TOKEN,
      'x-amz-target': 'DynamoDB_20120810.' + operation,
    };
    const names = Object.keys(headers);
    const lines = names.map((name) => name + ':' + headers[name]);
    const canonical = ['POST', '/', '', ...lines, '', names.join(';'), sha256(body)].join('\\n');
    const scope = [stamp.slice(0, 8), AWS_REGION, 'dynamodb', 'aws4_request'];
    let key = 'AWS4' + AWS_SECRET_ACCESS_KEY;
    for (const part of scope) key = createHmac('sha256', key).update(part).digest();
    const signed = ['AWS4-HMAC-SHA256', stamp, scope.join('/'), sha256(canonical)].join('\\n');
    const signature = createHmac('sha256', key).update(signed).digest('hex');
    headers.authorization =
      'AWS4-HMAC-SHA256 Credential=' + [AWS_ACCESS_KEY_ID, ...scope].join('/') +
      ', SignedHeaders=' + names.join(';') + ', Signature=' + signature;
    const response = await fetch(LEDGER_ENDPOINT, { method: 'POST', headers, body });
    return { status: response.status, ...(await response.json()) };
  }

  exports.handler = ({ operation, input }) => call(operation, input);
  exports.onEvent = async () => {
    const resource = { S: 'page' };
    await call('PutItem', {
      Item: { resource, text: { S: 'a page' } },
      ConditionExpression: 'attribute_not_exists(#resource)',
      ExpressionAttributeNames: { '#resource': 'resource' },
    }).catch(() => {});
    await call('GetItem', { Key: { resource } }).catch(() => {});
    return { PhysicalResourceId: 'one' };
  };`;
