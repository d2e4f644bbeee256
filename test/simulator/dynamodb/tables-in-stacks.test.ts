import { type App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ProbeRegion, probeAssembly, removeTemporaryDirectories, synthesize } from '../cloudformation/probe';
import { TABLE_USER_SOURCE } from './table-user';

// The first synthesis loads the CDK.
jest.setTimeout(60_000);

afterAll(removeTemporaryDirectories);

const silent = { onEvent: () => undefined };

interface TableOptions {
  readonly ttlAttribute?: string;
  readonly sortKey?: boolean;
  readonly removalPolicy?: RemovalPolicy;
}

function tableAndUser(app: App, options: TableOptions = {}): void {
  const { ttlAttribute = 'expires', sortKey = false, removalPolicy } = options;
  const stack = new Stack(app, 'Test');
  const table = new dynamodb.Table(stack, 'Ledger', {
    partitionKey: { name: 'resource', type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: ttlAttribute,
    ...(removalPolicy && { removalPolicy }),
    ...(sortKey && { sortKey: { name: 'version', type: dynamodb.AttributeType.NUMBER } }),
  });
  const user = new lambda.Function(stack, 'User', {
    code: lambda.Code.fromInline(TABLE_USER_SOURCE),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    timeout: Duration.minutes(2),
    environment: {
      LEDGER_TABLE: table.tableName,
      LEDGER_ENDPOINT: `https://dynamodb.${stack.region}.${stack.urlSuffix}`,
    },
  });
  new CfnOutput(stack, 'TableName', { value: table.tableName });
  new CfnOutput(stack, 'TableArn', { value: table.tableArn });
  new CfnOutput(stack, 'UserArn', { value: user.functionArn });
}

async function deployed(props: ConstructorParameters<typeof ProbeRegion>[2] = {}) {
  const probe = new ProbeRegion(silent, {}, props);
  const { outputs } = await probe.deploy(synthesize((app) => tableAndUser(app)));
  const user = probe.region.function(String(outputs['UserArn']));
  if (user === undefined) throw new Error('the stack has no function');
  const call = async (operation: string, input: object): Promise<unknown> => {
    const { payload } = await probe.clock.runUntil(user.invoke({ operation, input }));
    return JSON.parse(payload);
  };
  return { probe, call, outputs, tableName: String(outputs['TableName']) };
}

const resource = { S: 'r' };

describe('a table of a stack', () => {
  test('has the name and the ARN that CloudFormation generates', async () => {
    const { tableName, outputs } = await deployed();
    expect(tableName).toMatch(/^Test-Ledger[0-9A-F]{8}-[0-9A-Z]{12}$/);
    expect(outputs['TableArn']).toBe(`arn:aws:dynamodb:us-east-1:123456789012:table/${tableName}`);
  });

  test('is called by functions without the network', async () => {
    const { probe, call, tableName } = await deployed();
    expect(await call('PutItem', { Item: { resource, text: { S: 'a' } } })).toEqual({ status: 200 });
    expect(await call('GetItem', { Key: { resource } })).toEqual({
      status: 200,
      Item: { resource, text: { S: 'a' } },
    });
    expect(probe.region.dynamoDb.table(tableName)?.contents()).toHaveLength(1);
    expect(probe.calls).toEqual([]);
  });

  test('removes items that have expired by its TTL attribute', async () => {
    const { probe, call, tableName } = await deployed();
    await call('PutItem', { Item: { resource, expires: { N: '1' } } });
    expect(probe.region.dynamoDb.table(tableName)?.contents()).toEqual([]);
  });

  test('keeps its items when the stack is updated', async () => {
    const { probe, call, tableName } = await deployed();
    await call('PutItem', { Item: { resource, expires: { N: '1' } } });
    await call('PutItem', { Item: { resource: { S: 's' } } });
    const { status } = await probe.deploy(synthesize((app) => tableAndUser(app, { ttlAttribute: 'other' })));
    expect(status).toBe('UPDATE_COMPLETE');
    expect(probe.region.dynamoDb.table(tableName)?.contents()).toHaveLength(2);
  });

  test.each([
    { removalPolicy: RemovalPolicy.DESTROY, remains: false },
    { removalPolicy: RemovalPolicy.RETAIN, remains: true },
  ])('with the removal policy $removalPolicy exists after the stack: $remains', async (each) => {
    const probe = new ProbeRegion(silent);
    const { outputs } = await probe.deploy(synthesize((app) => tableAndUser(app, each)));
    await probe.destroy();
    expect(probe.region.dynamoDb.table(String(outputs['TableName'])) !== undefined).toBe(each.remains);
  });

  test('that has a sort key is refused', async () => {
    const probe = new ProbeRegion(silent);
    const deployment = probe.deploy(synthesize((app) => tableAndUser(app, { sortKey: true })));
    await expect(deployment).rejects.toThrow(/the key of the table Test-Ledger.* is not one attribute of type S/);
  });
});

describe('aroundCall', () => {
  test("sees the calls of the Region's own services, with their caller, and can answer instead", async () => {
    const seen: string[] = [];
    const { call } = await deployed({
      aroundCall: async (request, { handler }, proceed) => {
        seen.push(`${handler} ${request.headers['x-amz-target']}`);
        if (seen.length > 1) return { kind: 'response', statusCode: 500, headers: {}, body: '{}' };
        return proceed();
      },
    });
    expect(await call('PutItem', { Item: { resource } })).toEqual({ status: 200 });
    expect(await call('GetItem', { Key: { resource } })).toEqual({ status: 500 });
    expect(seen).toEqual(['index.handler DynamoDB_20120810.PutItem', 'index.handler DynamoDB_20120810.GetItem']);
  });

  test('sees the calls to the network, but no answer to CloudFormation', async () => {
    const hosts: (string | undefined)[] = [];
    const probe = new ProbeRegion({ onEvent: () => ({ PhysicalResourceId: 'one', Data: { Name: 'a' } }) }, undefined, {
      aroundCall: (request, _, proceed) => {
        hosts.push(request.headers['host']);
        return proceed();
      },
    });
    const { status } = await probe.deploy(probeAssembly({ waits: false }));
    expect(status).toBe('CREATE_COMPLETE');
    expect(hosts).toEqual(['probe.example']);
    expect(probe.answers).toHaveLength(1);
  });
});
