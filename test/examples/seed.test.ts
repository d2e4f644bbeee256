import { CfnResource } from 'aws-cdk-lib';
import { SeededStack } from '../../examples/seed/app';
import type { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import type { JsonObject } from '../../simulator/cloudformation/json';
import type { RegionSettings } from '../../simulator/cloudformation/region';
import type { LambdaCode } from '../../simulator/lambda/code';
import { APP, ExampleAccount, type ServiceCall, synthesized } from './example-account';
import { runtimeSdk } from './runtime-sdk';
import { refused, UserPools } from './user-pools';

jest.setTimeout(120_000);

const STACK = 'Seeded';
const MODELS = ['Todo', 'Category'];

let runtimePackages: ReadonlyMap<string, LambdaCode>;
let preview: CloudAssembly;
let renamed: CloudAssembly;

beforeAll(async () => {
  runtimePackages = await runtimeSdk(
    '@aws-sdk/client-cognito-identity-provider',
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/lib-dynamodb',
  );
  const stack = (target: string) =>
    synthesized({ appId: APP, source: 'dev', target }, (app) => new SeededStack(app, STACK));
  preview = await stack('preview');
  renamed = await stack('qa');
});

/** Each environment, including `dev`, has its tables and its user pool as soon as it is complete, so wrong rows are visible. */
class SeededAccount extends ExampleAccount {
  readonly userPools: UserPools;

  constructor(settings: Partial<RegionSettings> = {}, deny: (call: ServiceCall) => boolean = () => false) {
    const userPools = new UserPools();
    super({
      settings,
      runtimePackages,
      services: (call) => {
        for (const { name, populated } of this.backend.environments(APP)) if (populated) this.addResources(name);
        if (isSeeding(call) && deny(call)) return refused('AccessDeniedException', 'not yet');
        return call.service === 'cognito-idp' ? userPools.answer(call) : undefined;
      },
    });
    this.userPools = userPools;
  }

  /** Creates the resources of an environment, as Amplify does. */
  addResources(environment: string): void {
    for (const model of MODELS) {
      const name = `${model}-${this.apiOf(environment)}-${environment}`;
      this.region.dynamoDb.putTable({ name, keyAttribute: 'id', ttlAttribute: undefined });
    }
    const pool = this.poolOf(environment);
    this.userPools.users.set(pool, this.userPools.users.get(pool) ?? []);
  }

  apiOf(environment: string): string {
    return this.metaOutput(environment, 'api', 'GraphQLAPIIdOutput');
  }

  poolOf(environment: string): string {
    return this.metaOutput(environment, 'auth', 'UserPoolId');
  }

  /** The IDs of the rows in a model's table. */
  rows(environment: string, model: string): string[] {
    const table = this.region.dynamoDb.table(`${model}-${this.apiOf(environment)}-${environment}`);
    return (table?.contents() ?? []).map((item) => JSON.stringify(item.get('id')));
  }

  seeding(): ServiceCall[] {
    return this.calls.filter(isSeeding);
  }
}

/** Excludes the handler's ledger, which is a table, too. */
function isSeeding({ service, operation, input }: ServiceCall): boolean {
  return service === 'cognito-idp' || (operation === 'PutItem' && /^(Todo|Category)-/.test(String(input['TableName'])));
}

describe('the seed', () => {
  it('is written to the tables and the user pool of the clone only, once that is complete', async () => {
    const account = new SeededAccount();
    expect((await account.deploy(preview, STACK)).status).toBe('CREATE_COMPLETE');

    expect(account.rows('preview', 'Todo')).toEqual(['{"S":"first"}', '{"S":"second"}']);
    expect(account.rows('preview', 'Category')).toEqual(['{"S":"work"}']);
    expect(account.userPools.users.get(account.poolOf('preview'))).toEqual(['tester@example.com']);

    const clonedAt = account.clonedAt('preview');
    expect(account.seeding().filter(({ at }) => at < clonedAt)).toEqual([]);
    expect(account.seeding()).toHaveLength(4);
    expect([account.rows('dev', 'Todo'), account.userPools.users.get(account.poolOf('dev'))]).toEqual([[], []]);
  });

  it('has the attributes that AppSync gives a row', async () => {
    const account = new SeededAccount();
    await account.deploy(preview, STACK);
    const [first] = account.seeding();
    expect(first?.input['Item']).toMatchObject({
      id: { S: 'first' },
      name: { S: 'Look at the preview' },
      priority: { N: '1' },
      __typename: { S: 'Todo' },
      createdAt: { S: expect.stringMatching(/^2026-01-01T00:0\d:\d\d\.\d{3}Z$/) },
      updatedAt: { S: expect.stringMatching(/^2026-01-01T/) },
    });
  });

  it('sends nobody an invitation', async () => {
    const account = new SeededAccount();
    await account.deploy(preview, STACK);
    const users = account.seeding().filter(({ service }) => service === 'cognito-idp');
    expect(users.map(({ input }) => input['MessageAction'])).toEqual(['SUPPRESS']);
  });

  it('is written to the next clone, too, and not again if nothing is cloned', async () => {
    const account = new SeededAccount();
    await account.deploy(preview, STACK);
    const before = account.seeding().length;
    await account.deploy(preview, STACK);
    expect(account.seeding()).toHaveLength(before);

    expect((await account.deploy(renamed, STACK)).status).toBe('UPDATE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test', 'qa']);
    expect(account.rows('qa', 'Todo')).toEqual(['{"S":"first"}', '{"S":"second"}']);
    const later = account.seeding().slice(before);
    expect(later.filter(({ at }) => at < account.clonedAt('qa'))).toEqual([]);
    expect(new Set(later.map(({ input }) => input['UserPoolId'] ?? input['TableName']))).toEqual(
      new Set([`Todo-${account.apiOf('qa')}-qa`, `Category-${account.apiOf('qa')}-qa`, account.poolOf('qa')]),
    );
  });

  it('is not written if the clone fails', async () => {
    const account = new SeededAccount();
    account.nextCloneFails('Resource limit exceeded');
    expect((await account.deploy(preview, STACK)).succeeded).toBe(false);
    expect(account.seeding()).toEqual([]);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('is not written to an adopted environment', async () => {
    const adopting = await synthesized({ appId: APP, source: 'dev', target: 'test' }, (app) => {
      const clone = new SeededStack(app, STACK).node.findChild('Environment').node.defaultChild;
      if (!CfnResource.isCfnResource(clone)) throw new Error('the clone is no resource');
      clone.addPropertyOverride('ExistingEnvironment', 'ADOPT');
    });
    const account = new SeededAccount();
    expect((await account.deploy(adopting, STACK)).status).toBe('CREATE_COMPLETE');
    expect(account.seeding()).toEqual([]);
  });

  it('is written once if its request is delivered twice', async () => {
    const account = new SeededAccount({ delivery: () => [0, 20_000] });
    expect((await account.deploy(preview, STACK)).status).toBe('CREATE_COMPLETE');
    await account.clock.advance(60_000);
    expect(account.seeding()).toHaveLength(8);
    expect(account.rows('preview', 'Todo')).toHaveLength(2);
    expect(account.userPools.users.get(account.poolOf('preview'))).toEqual(['tester@example.com']);
  });

  it('waits while IAM does not know its role yet', async () => {
    let denied = 0;
    const account = new SeededAccount({}, () => {
      denied += 1;
      return denied <= 6;
    });
    expect((await account.deploy(preview, STACK)).status).toBe('CREATE_COMPLETE');
    expect(account.rows('preview', 'Todo')).toHaveLength(2);
  });

  it('is deleted with its environment', async () => {
    const account = new SeededAccount();
    await account.deploy(preview, STACK);
    expect(await account.destroy(STACK)).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });
});

it('the function may write to the tables and the user pool of the clone, and to no other', async () => {
  const account = new SeededAccount();
  await account.deploy(preview, STACK);
  const resources = [...(account.region.stack(STACK)?.resources.values() ?? [])];
  const policy = resources.find(({ definition }) => definition.logicalId.startsWith('SeederServiceRoleDefaultPolicy'));
  expect(statements(policy?.properties)).toEqual([
    {
      Action: 'dynamodb:PutItem',
      Effect: 'Allow',
      Resource: `arn:aws:dynamodb:us-east-1:123456789012:table/*-${account.apiOf('preview')}-preview`,
    },
    {
      Action: 'cognito-idp:AdminCreateUser',
      Effect: 'Allow',
      Resource: `arn:aws:cognito-idp:us-east-1:123456789012:userpool/${account.poolOf('preview')}`,
    },
  ]);
});

function statements(properties: JsonObject | undefined): unknown {
  const document = properties?.['PolicyDocument'];
  return typeof document === 'object' && document !== null ? Reflect.get(document, 'Statement') : undefined;
}
