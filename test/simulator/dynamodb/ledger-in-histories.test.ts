import { CustomResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as customResources from 'aws-cdk-lib/custom-resources';
import { DEFAULT_VARIANTS } from '../../../simulator/amplify-backend/variants';
import type { CloudAssembly } from '../../../simulator/cloudformation/cloud-assembly';
import { FAULTS } from '../../../simulator/dynamodb/faults';
import { operationOf } from '../../../simulator/dynamodb/wire';
import { CALM } from '../../../simulator/histories/calm';
import { APP_IDS, type CloneSpec, type History, type StackPlan } from '../../../simulator/histories/history';
import { runHistory } from '../../../simulator/histories/run-history';
import { textOf, traceOf } from '../../../simulator/histories/trace';
import { removeTemporaryDirectories, synthesize } from '../cloudformation/probe';
import { TABLE_USER_SOURCE } from './table-user';

// The first synthesis loads the CDK.
jest.setTimeout(60_000);

let assembly: CloudAssembly;

beforeAll(() => {
  assembly = synthesize((app) => {
    const stack = new Stack(app, 'Poll10');
    const table = new dynamodb.Table(stack, 'Ledger', {
      partitionKey: { name: 'resource', type: dynamodb.AttributeType.STRING },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const onEventHandler = new lambda.Function(stack, 'Handler', {
      code: lambda.Code.fromInline(TABLE_USER_SOURCE),
      handler: 'index.onEvent',
      runtime: lambda.Runtime.NODEJS_24_X,
      environment: {
        LEDGER_TABLE: table.tableName,
        LEDGER_ENDPOINT: `https://dynamodb.${stack.region}.${stack.urlSuffix}`,
      },
    });
    const { serviceToken } = new customResources.Provider(stack, 'Provider', { onEventHandler });
    new CustomResource(stack, 'Pattern', { serviceToken, resourceType: 'Custom::ClonedBackendEnvironment' });
  });
});

afterAll(removeTemporaryDirectories);

function stackWithClonesOnto(...targets: readonly string[]): StackPlan {
  const clones = targets.map(
    (target): CloneSpec => ({
      logicalId: `Onto${target}`,
      appId: APP_IDS[0],
      source: 'dev',
      target,
      removalPolicy: 'DESTROY',
      timeoutMinutes: 45,
      existing: 'FAIL',
      wantsOutput: false,
    }),
  );
  return { steps: [{ kind: 'deploy', waitSeconds: 0, interruption: undefined, clones }] };
}

/** A deployment of one stack with one clone, without faults. */
const ONE_CLONE: History = { ...CALM, pollInterval: 10, stacks: [stackWithClonesOnto('pa')] };

/** Each call of the ledger: its operation and its result. */
async function ledgerCalls(history: Partial<History>): Promise<string[]> {
  const calls: string[] = [];
  await runHistory({ ...ONE_CLONE, ...history }, assembly, {
    call: (_at, request, _invocation, reply) => {
      const body = reply.kind === 'response' ? JSON.parse(reply.body) : {};
      const result = 'Item' in body ? 'the item' : body.__type?.split('#')[1];
      const status = reply.kind === 'response' ? reply.statusCode : reply.kind;
      calls.push([operationOf(request), status, result].filter((part) => part !== undefined).join(' '));
    },
  });
  return calls;
}

describe('in a history', () => {
  test('the calls of the ledger are observed and answered', async () => {
    expect(await ledgerCalls({})).toEqual(['PutItem 200', 'GetItem 200 the item']);
  });

  test.each(FAULTS)('the ledger can have the fault "%s"', async (fault) => {
    const calls = await ledgerCalls({ ledger: { ...ONE_CLONE.ledger, [fault]: 1 } });
    const seen = {
      ThrottlingException: '400 ThrottlingException',
      '500 before acceptance': '500 InternalServerError',
      '500 after acceptance': '500 InternalServerError',
      'reset before acceptance': 'reset',
      'reset after acceptance': 'reset',
    }[fault];
    expect(calls).toEqual([`PutItem ${seen}`, `GetItem ${seen}`]);
  });

  test.each([
    { killed: 'killedBeforeCall', theOtherFinds: 'PutItem 200' },
    { killed: 'killedAfterCall', theOtherFinds: 'PutItem 400 ConditionalCheckFailedException' },
  ])('the first of two writers of an item can meet $killed', async ({ killed, theOtherFinds }) => {
    const stacks = [stackWithClonesOnto('pa', 'pb')];
    const calls = await ledgerCalls({ stacks, lambda: { ...ONE_CLONE.lambda, [killed]: 1 } });
    expect(calls.slice(0, 2)).toEqual(['PutItem killed', theOtherFinds]);
  });

  test('a call of the ledger can hang until the function’s timeout', async () => {
    expect(await ledgerCalls({ lambda: { ...ONE_CLONE.lambda, callHangs: 1 } })).toEqual([]);
  });

  test('the ledger is denied while the service is', async () => {
    const variants = { ...DEFAULT_VARIANTS, firstMinute: 'AccessDeniedException' } as const;
    expect(await ledgerCalls({ variants })).toEqual([
      'PutItem 400 AccessDeniedException',
      'GetItem 400 AccessDeniedException',
    ]);
  });
});

describe('a trace', () => {
  test('has the writes of the ledger, and not the reads', async () => {
    const trace = textOf(await traceOf(ONE_CLONE, assembly));
    expect(trace).toContain('index.onEvent PutItem a page: 200 {}');
    expect(trace).not.toContain('GetItem');
  });

  test('has each failed call of the ledger', async () => {
    const throttled = { ...ONE_CLONE, ledger: { ...ONE_CLONE.ledger, ThrottlingException: 1 } };
    const trace = textOf(await traceOf(throttled, assembly));
    expect(trace).toContain('index.onEvent PutItem a page: 400 {"__type":"com.amazon.coral');
    expect(trace).toContain('index.onEvent GetItem: 400 {"__type":"com.amazon.coral');
  });
});
