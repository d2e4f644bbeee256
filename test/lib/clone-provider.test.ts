import { App, CfnParameter, CfnResource, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ClonedBackendEnvironment, CloneProvider, type CloneProviderProps } from '../../lib';
import {
  allResources,
  CLONE,
  field,
  listOf,
  madeBefore,
  policyStatements,
  rendered,
  resourcesOfType,
  resourceTypes,
} from './synthesized';

const APP_ID = 'd1a2b3c4d5e6f7';
const ROLE_ARN = 'arn:aws:iam::111122223333:role/mine';
const TABLE = 'AWS::DynamoDB::Table';

function providerWith(props: CloneProviderProps): { stack: Stack; provider: CloneProvider } {
  const stack = new Stack(new App(), 'Stack');
  return { stack, provider: new CloneProvider(stack, 'Provider', props) };
}

function functions(stack: Stack): Array<Readonly<Record<string, unknown>>> {
  return resourcesOfType(stack, 'AWS::Lambda::Function').map(({ Properties }) => Properties);
}

function idsOfType(stack: Stack, type: string): string[] {
  return [...allResources(stack)].flatMap(([id, { Type }]) => (Type === type ? [id] : []));
}

function withAnOwnHandler(stack: Stack): Array<Readonly<Record<string, unknown>>> {
  return functions(stack).filter((properties) => rendered(properties['Handler']).startsWith('index.'));
}

const AWS_POLICY = 'arn:<AWS::Partition>:iam::aws:policy';
const BACKEND_POLICY = `${AWS_POLICY}/AdministratorAccess-Amplify`;
const NETWORK_POLICY = `${AWS_POLICY}/service-role/AWSLambdaENIManagementAccess`;

/** The managed policies of each role, by logical ID without the hash. */
function managedPolicies(stack: Stack): Record<string, string[]> {
  const roles = [...allResources(stack)].filter(([, { Type }]) => Type === 'AWS::IAM::Role');
  return Object.fromEntries(
    roles.map(([id, { Properties }]) => [id.slice(0, -8), listOf(Properties['ManagedPolicyArns'] ?? []).map(rendered)]),
  );
}

function warnings(stack: Stack): Array<{ path: string; message: string }> {
  return Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ id, entry }) => ({ path: id, message: String(entry.data) }));
}

describe('its functions', () => {
  test('are two own ones, with 128 MB and two minutes, one file and one role', () => {
    const own = withAnOwnHandler(providerWith({}).stack);

    expect(own.map((properties) => properties['Handler']).sort()).toEqual(['index.isComplete', 'index.onEvent']);
    for (const properties of own) {
      expect(properties).toMatchObject({ Timeout: 120, MemorySize: 128, Description: expect.any(String) });
    }
    expect(new Set(own.map(({ Code, Role, Runtime }) => JSON.stringify({ Code, Role, Runtime }))).size).toBe(1);
  });

  test('run on the Node.js version of CDK’s own providers', () => {
    const runtimes = functions(providerWith({}).stack).map(({ Runtime }) => JSON.stringify(Runtime));

    expect(runtimes).toHaveLength(5);
    expect(new Set(runtimes).size).toBe(1);
  });

  test('log as JSON into one log group, the framework at level FATAL only', () => {
    const { stack } = providerWith({});
    const logGroup = { Ref: expect.stringMatching(/^ProviderLogs/) };

    for (const { Handler, LoggingConfig } of functions(stack)) {
      expect(LoggingConfig).toEqual(
        rendered(Handler).startsWith('index.')
          ? { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'WARN', LogGroup: logGroup }
          : { LogFormat: 'JSON', ApplicationLogLevel: 'FATAL', LogGroup: logGroup },
      );
    }
  });

  test('can get further environment variables', () => {
    const { stack, provider } = providerWith({});
    provider.onEventHandler.addEnvironment('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');

    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.onEvent',
      Environment: { Variables: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } },
    });
  });

  test('are not in a VPC', () => {
    for (const properties of functions(providerWith({}).stack)) {
      expect(properties).not.toHaveProperty('VpcConfig');
    }
  });

  test('can run in a VPC, with permissions for network interfaces', () => {
    const stack = new Stack(new App(), 'Stack');
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['a', 'b'],
      privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      privateSubnetRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
    });
    const securityGroup = new ec2.SecurityGroup(stack, 'SecurityGroup', { vpc });
    new CloneProvider(stack, 'Provider', {
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [securityGroup],
    });

    expect(functions(stack)).toHaveLength(5);
    for (const properties of functions(stack)) {
      expect(properties['VpcConfig']).toEqual({
        SubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
        SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringMatching(/^SecurityGroup/), 'GroupId'] }],
      });
    }
    expect(Object.values(managedPolicies(stack)).filter((policies) => policies.includes(NETWORK_POLICY))).toHaveLength(
      3,
    );
  });
});

describe('its ledger', () => {
  test('is one on-demand table, by resource, with a time to live, which is deleted with the provider', () => {
    expect(resourcesOfType(providerWith({}).stack, TABLE)).toEqual([
      {
        Type: TABLE,
        Properties: {
          AttributeDefinitions: [{ AttributeName: 'resource', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'resource', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
          TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        },
        DeletionPolicy: 'Delete',
        UpdateReplacePolicy: 'Delete',
      },
    ]);
  });

  test('is in the environment variables of both handler functions, and of no other', () => {
    for (const { Handler, Environment } of functions(providerWith({}).stack)) {
      if (!rendered(Handler).startsWith('index.')) {
        expect(JSON.stringify(Environment)).not.toContain('Ledger');
        continue;
      }
      expect(Environment).toEqual({
        Variables: {
          LEDGER_TABLE: { Ref: expect.stringMatching(/^ProviderLedger/) },
          LEDGER_ENDPOINT: {
            'Fn::Join': ['', ['https://dynamodb.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]],
          },
          READ_STACK_EVENTS: 'true',
        },
      });
    }
  });

  test('has an endpoint in the Region of the stack, if that is known', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'eu-central-1' } });
    new CloneProvider(stack, 'Provider');

    for (const { Environment } of withAnOwnHandler(stack)) {
      expect(rendered(field(field(Environment, 'Variables'), 'LEDGER_ENDPOINT'))).toBe(
        'https://dynamodb.eu-central-1.<AWS::URLSuffix>',
      );
    }
  });

  test('can be read and written by the handler only, one item at a time', () => {
    const statements = policyStatements(providerWith({}).stack).filter(({ actions }) =>
      actions.some((action) => action.startsWith('dynamodb:')),
    );

    expect(statements).toEqual([
      {
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
        resources: [expect.stringMatching(/^<ProviderLedger[0-9A-F]{8}\.Arn>$/)],
      },
    ]);
  });

  test.each<[string, (stack: Stack) => CloneProviderProps]>([
    ['of its own', () => ({})],
    [
      'of the same stack',
      (stack) => ({
        role: new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
      }),
    ],
    ['that is imported', (stack) => ({ role: iam.Role.fromRoleArn(stack, 'Mine', ROLE_ARN) })],
    [
      'that is imported as immutable',
      (stack) => ({ role: iam.Role.fromRoleArn(stack, 'Mine', ROLE_ARN, { mutable: false }) }),
    ],
  ])('is created before each clone, and deleted after it, with a role %s', (_, propsIn) => {
    const stack = new Stack(new App(), 'Stack');
    const provider = new CloneProvider(stack, 'Provider', propsIn(stack));
    for (const targetEnvironmentName of ['preview', 'qa']) {
      new ClonedBackendEnvironment(stack, targetEnvironmentName, {
        appId: APP_ID,
        sourceEnvironmentName: 'dev',
        targetEnvironmentName,
        provider,
      });
    }

    const [ledger = 'no table'] = idsOfType(stack, TABLE);
    const clones = idsOfType(stack, CLONE);
    expect(clones).toHaveLength(2);
    for (const clone of clones) {
      expect([...madeBefore(stack, clone)]).toContain(ledger);
    }
    expect([...madeBefore(stack, ledger)]).toEqual([]);
  });
});

describe('its logs', () => {
  test('are kept for a month, and deleted with it', () => {
    expect(resourcesOfType(providerWith({}).stack, 'AWS::Logs::LogGroup')).toEqual([
      {
        Type: 'AWS::Logs::LogGroup',
        Properties: { RetentionInDays: 30 },
        DeletionPolicy: 'Delete',
        UpdateReplacePolicy: 'Delete',
      },
    ]);
  });

  test('can be kept for a given time', () => {
    Template.fromStack(providerWith({ logRetention: logs.RetentionDays.ONE_YEAR }).stack).hasResourceProperties(
      'AWS::Logs::LogGroup',
      { RetentionInDays: 365 },
    );
  });
});

describe('a given log group', () => {
  test('receives the logs of all functions, and only their roles can write to it', () => {
    const stack = new Stack(new App(), 'Stack');
    const logGroup = new logs.LogGroup(stack, 'Mine');
    new CloneProvider(stack, 'Provider', { logGroup });

    expect(idsOfType(stack, 'AWS::Logs::LogGroup')).toEqual([expect.stringMatching(/^Mine/)]);
    const used = functions(stack).map(({ LoggingConfig }) => rendered(field(LoggingConfig, 'LogGroup')));
    expect(used).toEqual(Array(5).fill(expect.stringMatching(/^<Mine\w{8}>$/)));
    const writers = policyStatements(stack).filter(({ actions }) => actions.includes('logs:PutLogEvents'));
    expect(writers.map(({ resources }) => resources)).toEqual(
      Array(3).fill([expect.stringMatching(/^<Mine\w{8}.Arn>$/)]),
    );
  });

  test('can be imported', () => {
    const stack = new Stack(new App(), 'Stack');
    new CloneProvider(stack, 'Provider', { logGroup: logs.LogGroup.fromLogGroupName(stack, 'Mine', '/clones') });

    expect(idsOfType(stack, 'AWS::Logs::LogGroup')).toEqual([]);
    const used = functions(stack).map(({ LoggingConfig }) => field(LoggingConfig, 'LogGroup'));
    expect(used).toEqual(Array(5).fill('/clones'));
    const written = policyStatements(stack)
      .filter(({ actions }) => actions.includes('logs:PutLogEvents'))
      .flatMap(({ resources }) => resources);
    expect(written).toEqual(Array(3).fill(expect.stringMatching(/:log-group:\/clones:\*$/)));
  });

  test('has its own retention, so that logRetention is an error', () => {
    const stack = new Stack(new App(), 'Stack');
    const logGroup = new logs.LogGroup(stack, 'Mine');

    expect(() => new CloneProvider(stack, 'Provider', { logGroup, logRetention: logs.RetentionDays.ONE_DAY })).toThrow(
      'Stack/Provider: logRetention applies to the log group that the provider creates, so it cannot be combined with logGroup',
    );
  });
});

describe('its polls', () => {
  test.each([
    [undefined, 10, 342],
    [Duration.seconds(1), 1, 3420],
    [Duration.seconds(7), 7, 488],
    [Duration.seconds(59), 59, 57],
    [Duration.minutes(1), 60, 57],
  ])('take 57 minutes with an interval of %s', (pollInterval, seconds, attempts) => {
    const { stack } = providerWith(pollInterval === undefined ? {} : { pollInterval });
    const [machine] = resourcesOfType(stack, 'AWS::StepFunctions::StateMachine');
    const definition: unknown = JSON.parse(rendered(machine?.Properties['DefinitionString']));

    expect(field(field(field(definition, 'States'), 'framework-isComplete-task'), 'Retry')).toEqual([
      { ErrorEquals: ['States.ALL'], IntervalSeconds: seconds, MaxAttempts: attempts, BackoffRate: 1 },
    ]);
    expect(seconds * attempts).toBeLessThanOrEqual(57 * 60);
    expect(seconds * (attempts + 1)).toBeGreaterThan(57 * 60);
  });

  test.each([Duration.millis(500), Duration.millis(1500), Duration.seconds(61), Duration.seconds(0)])(
    'cannot have an interval of %s',
    (pollInterval) => {
      expect(() => providerWith({ pollInterval })).toThrow(
        `pollInterval of ${pollInterval.toSeconds({ integral: false })} s is not a whole number of seconds from 1 to 60`,
      );
    },
  );

  test('cannot have a token as their interval', () => {
    const seconds = new CfnParameter(new Stack(), 'Seconds', { type: 'Number' }).valueAsNumber;

    expect(() => providerWith({ pollInterval: Duration.seconds(seconds) })).toThrow('pollInterval is a token');
  });

  test('are not logged by the state machine', () => {
    const [machine] = resourcesOfType(providerWith({}).stack, 'AWS::StepFunctions::StateMachine');

    expect(machine?.Properties).not.toHaveProperty('LoggingConfiguration');
  });
});

test('subnets and security groups without a VPC are an error', () => {
  expect(() => providerWith({ vpcSubnets: {}, securityGroups: [] })).toThrow(
    'Stack/Provider: 2 problems\n  - vpcSubnets needs vpc\n  - securityGroups needs vpc',
  );
});

describe('the provider that clones of a stack share', () => {
  test('is created by the first use, from anywhere in the stack', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const first = CloneProvider.getOrCreate(new Construct(stack, 'Deep'));

    expect(CloneProvider.getOrCreate(stack)).toBe(first);
    expect(Stack.of(first)).toBe(stack);
    expect(CloneProvider.getOrCreate(new Stack(app, 'Other'))).not.toBe(first);
  });

  test('is an error if another construct has its ID', () => {
    const stack = new Stack(new App(), 'Stack');
    new Construct(stack, 'BackendCloneProvider');

    expect(() => CloneProvider.getOrCreate(stack)).toThrow(
      'Stack/BackendCloneProvider is not a CloneProvider, but has its ID',
    );
  });
});

describe('a provider of another app', () => {
  const TOKEN = 'arn:aws:lambda:eu-central-1:111122223333:function:Provider-framework-onEvent';

  test('is used unchanged: nothing is created, nothing is granted', () => {
    const stack = new Stack(new App(), 'Stack');
    const provider = CloneProvider.fromServiceToken(stack, 'Provider', TOKEN);
    new ClonedBackendEnvironment(stack, 'Clone', {
      appId: APP_ID,
      sourceEnvironmentName: 'dev',
      targetEnvironmentName: 'preview',
      provider,
    });

    expect(resourceTypes(stack)).toEqual(['Custom::ClonedBackendEnvironment']);
    expect(resourcesOfType(stack, 'Custom::ClonedBackendEnvironment')).toMatchObject([
      { Properties: { ServiceToken: TOKEN } },
    ]);
  });

  test.each([
    [{ region: 'us-east-1' }, 'Region eu-central-1, not us-east-1'],
    [{ account: '444455556666' }, 'account 111122223333, not 444455556666'],
  ])('is in the account and Region of the stack, and not in %j', (env, difference) => {
    expect(() => CloneProvider.fromServiceToken(new Stack(new App(), 'Stack', { env }), 'Provider', TOKEN)).toThrow(
      `Stack/Provider: serviceToken "${TOKEN}" is in ${difference}`,
    );
  });

  test.each(['live', '7', '$LATEST'])('can have the ARN of a version or alias: %s', (qualifier) => {
    const stack = new Stack(new App(), 'Stack');
    const token = `${TOKEN}:${qualifier}`;

    expect(CloneProvider.fromServiceToken(stack, 'Provider', token).serviceToken).toBe(token);
  });

  test('can have a token as its ARN', () => {
    const stack = new Stack();
    const token = new CfnParameter(stack, 'Token').valueAsString;

    expect(() => CloneProvider.fromServiceToken(stack, 'Provider', token)).not.toThrow();
  });

  test.each(['', 'Provider', `${TOKEN}:`, `${TOKEN}:a:b`, 'arn:aws:sns:eu-central-1:111122223333:topic'])(
    'cannot have %j as its ARN',
    (serviceToken) => {
      expect(() => CloneProvider.fromServiceToken(new Stack(), 'Provider', serviceToken)).toThrow(
        `serviceToken ${JSON.stringify(serviceToken)} is not the ARN of a Lambda function`,
      );
    },
  );
});

describe('an app that is allowed', () => {
  test('gets five actions on its backend, and one on the app, once', () => {
    const { stack, provider } = providerWith({});
    provider.allowApp('d1');
    provider.allowApp('d2');
    provider.allowApp('d1');

    const resources = policyStatements(stack).flatMap((statement) =>
      statement.actions.some((action) => action.startsWith('amplifybackend:')) ? statement.resources : [],
    );
    const backend = 'arn:<AWS::Partition>:amplifybackend:<AWS::Region>:<AWS::AccountId>:/backend';
    const app = 'arn:<AWS::Partition>:amplify:<AWS::Region>:<AWS::AccountId>:apps';
    const ofApp = (id: string): string[] => [
      `${app}/${id}`,
      `${app}/${id}/*`,
      `${backend}/${id}`,
      `${backend}/${id}/*`,
    ];
    expect([...resources].sort()).toEqual([...ofApp('d1'), ...ofApp('d2')].sort());
  });

  test('is an Amplify app', () => {
    expect(() => providerWith({}).provider.allowApp('*')).toThrow('appId "*" is not an Amplify app ID');
  });
});

describe('the permissions for Amplify', () => {
  test('are the managed policy that AWS recommends, on the role of the handler functions only', () => {
    expect(managedPolicies(providerWith({}).stack)).toEqual({
      ProviderRole: [BACKEND_POLICY],
      ProviderFrameworkOnEventRole: [],
      ProviderFrameworkWaitRole: [],
      ProviderFrameworkwaiterstatemachineRole: [],
    });
  });

  test('can be other policies', () => {
    const stack = new Stack(new App(), 'Stack');
    const mine = new iam.ManagedPolicy(stack, 'Mine', {
      statements: [new iam.PolicyStatement({ actions: ['amplify:*'], resources: ['*'] })],
    });
    new CloneProvider(stack, 'Provider', { backendPolicies: [mine] });

    expect(managedPolicies(stack)['ProviderRole']).toEqual([expect.stringMatching(/^<Mine\w{8}>$/)]);
    expect(warnings(stack)).toEqual([]);
  });

  test('can be none', () => {
    const { stack } = providerWith({ backendPolicies: [] });

    expect(managedPolicies(stack)['ProviderRole']).toEqual([]);
    expect(warnings(stack)).toEqual([]);
  });

  test('can have a permissions boundary, as all roles can', () => {
    const { stack, provider } = providerWith({});
    iam.PermissionsBoundary.of(provider).apply(iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'Boundary'));

    const boundaries = resourcesOfType(stack, 'AWS::IAM::Role').map(({ Properties }) =>
      rendered(Properties['PermissionsBoundary']),
    );
    expect(boundaries).toEqual(Array(4).fill(expect.stringMatching(/:policy\/Boundary$/)));
  });
});

describe('a given role', () => {
  const ownRole = (stack: Stack): iam.Role =>
    new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });

  test('gets the same statements', () => {
    const stack = new Stack(new App(), 'Stack');
    const role = ownRole(stack);
    const provider = new CloneProvider(stack, 'Provider', { role });
    provider.allowApp(APP_ID);

    expect(provider.role).toBe(role);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('^Mine') }],
      PolicyDocument: {
        Statement: [
          { Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] },
          { Action: ['dynamodb:GetItem', 'dynamodb:PutItem'] },
          { Action: 'cloudformation:DescribeStackEvents' },
          { Action: Match.arrayWith(['amplifybackend:CloneBackend']) },
        ],
      },
    });
    for (const properties of withAnOwnHandler(stack)) {
      expect(properties['Role']).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Mine/), 'Arn'] });
    }
  });

  test('gets no managed policy by default, and a warning says so', () => {
    const stack = new Stack(new App(), 'Stack');
    new CloneProvider(stack, 'Provider', { role: ownRole(stack) });

    expect(managedPolicies(stack)['Mine']).toEqual([]);
    expect(warnings(stack)).toEqual([
      {
        path: '/Stack/Provider',
        message:
          'Amplify creates and deletes backends with the permissions of "role", and this library does not add them to a role that you pass. Without them, every clone fails. List the managed policies to attach in "backendPolicies" (AWS\'s own is AdministratorAccess-Amplify). If the role has the permissions already, pass an empty list. [ack: cdk-amplify-backend-clone:roleWithoutBackendPolicies]',
      },
    ]);
  });

  test('gets the managed policies of backendPolicies', () => {
    const stack = new Stack(new App(), 'Stack');
    const backendPolicies = [iam.ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess-Amplify')];
    new CloneProvider(stack, 'Provider', { role: ownRole(stack), backendPolicies });

    expect(managedPolicies(stack)['Mine']).toEqual([BACKEND_POLICY]);
    expect(warnings(stack)).toEqual([]);
  });

  test.each<[string, (stack: Stack) => iam.IRole]>([
    ['is created by the app', ownRole],
    ['is created by the app on first use', (stack) => lazyRole(stack)],
    ['is imported', (stack) => iam.Role.fromRoleArn(stack, 'Mine', ROLE_ARN)],
  ])('is changed without a warning if it %s', (_, roleIn) => {
    const stack = new Stack(new App(), 'Stack');
    const provider = new CloneProvider(stack, 'Provider', { role: roleIn(stack), backendPolicies: [] });
    provider.allowApp(APP_ID);

    expect(policyStatements(stack).flatMap(({ actions }) => actions)).toEqual(
      expect.arrayContaining(['dynamodb:PutItem', 'amplifybackend:CloneBackend']),
    );
    expect(warnings(stack)).toEqual([]);
  });

  describe('that is imported as immutable', () => {
    test('is unchanged, and warnings say what its owner has to add', () => {
      const stack = new Stack(new App(), 'Stack');
      const provider = new CloneProvider(stack, 'Provider', {
        role: iam.Role.fromRoleArn(stack, 'Mine', ROLE_ARN, { mutable: false }),
        backendPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess-Amplify')],
      });
      for (const targetEnvironmentName of ['preview', 'qa']) {
        new ClonedBackendEnvironment(stack, targetEnvironmentName, {
          appId: APP_ID,
          sourceEnvironmentName: 'dev',
          targetEnvironmentName,
          provider,
        });
      }

      const actions = policyStatements(stack).flatMap((statement) => statement.actions);
      expect(actions.filter((action) => /^(amplifybackend|dynamodb):/.test(action))).toEqual([]);
      const backend = 'arn:<AWS::Partition>:amplifybackend:<AWS::Region>:<AWS::AccountId>:/backend';
      const app = 'arn:<AWS::Partition>:amplify:<AWS::Region>:<AWS::AccountId>:apps';
      expect(requestsToTheOwner(stack)).toEqual([
        {
          path: '/Stack/Provider',
          statements: [
            {
              Effect: 'Allow',
              Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              Resource: expect.stringMatching(/^<ProviderLogs\w{8}.Arn>$/),
            },
            {
              Effect: 'Allow',
              Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
              Resource: expect.stringMatching(/^<ProviderLedger\w{8}.Arn>$/),
            },
            {
              Effect: 'Allow',
              Action: 'cloudformation:DescribeStackEvents',
              Resource: 'arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/amplify-*/*',
            },
          ],
          rest: `, and to attach ${BACKEND_POLICY}. [ack: cdk-amplify-backend-clone:roleCannotBeChanged]`,
        },
        {
          path: '/Stack/Provider',
          statements: [
            {
              Effect: 'Allow',
              Action: expect.arrayContaining(['amplifybackend:CloneBackend', 'amplifybackend:DeleteBackend']),
              Resource: [`${backend}/${APP_ID}`, `${backend}/${APP_ID}/*`, `${app}/${APP_ID}`, `${app}/${APP_ID}/*`],
            },
          ],
          rest: '. [ack: cdk-amplify-backend-clone:roleCannotBeChanged]',
        },
      ]);
    });

    test('is unchanged by a clone whose app is created in a separate stack', () => {
      const app = new App();
      const shared = new Stack(app, 'Shared');
      const provider = new CloneProvider(shared, 'Provider', {
        role: iam.Role.fromRoleArn(shared, 'Mine', ROLE_ARN, { mutable: false }),
        backendPolicies: [],
      });
      const stack = new Stack(app, 'Stack');
      const amplifyApp = new CfnResource(stack, 'App', { type: 'AWS::Amplify::App', properties: { Name: 'app' } });
      new ClonedBackendEnvironment(stack, 'Clone', {
        appId: amplifyApp.getAtt('AppId').toString(),
        sourceEnvironmentName: 'dev',
        targetEnvironmentName: 'preview',
        provider,
      });

      expect(policyStatements(stack)).toEqual([]);
      expect(requestsToTheOwner(stack)).toMatchObject([
        {
          path: '/Stack/Clone',
          statements: [{ Resource: expect.arrayContaining([expect.stringMatching(/:\/backend\/<App.AppId>\/\*$/)]) }],
        },
      ]);
    });
  });
});

function lazyRole(stack: Stack): iam.LazyRole {
  return new iam.LazyRole(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
}

/** The permissions that the owner of the role `mine` has to add. Values from CloudFormation are `<…>`. */
function requestsToTheOwner(stack: Stack): Array<{ path: string; statements: unknown; rest: string }> {
  return warnings(stack).flatMap(({ path, message }) => {
    const text = message.replaceAll(/\$\{([^}]+)\}/g, '<$1>');
    const match = /^The role mine cannot be changed by this app. Its owner has to allow (\[\{.*\}\])(.*)$/.exec(text);
    return match === null ? [] : [{ path, statements: JSON.parse(match[1] ?? ''), rest: match[2] ?? '' }];
  });
}

describe('the events of the stacks of clones', () => {
  const ofStacks = (stack: Stack): string[] =>
    policyStatements(stack)
      .flatMap(({ actions }) => actions)
      .filter((action) => /^(amplify|cloudformation):/.test(action))
      .sort();
  const variables = (stack: Stack): string => JSON.stringify(functions(stack).map(({ Environment }) => Environment));

  test.each([
    ['are read by default', undefined, true],
    ['are neither read nor allowed to be read if readStackEvents is false', false, false],
  ])('%s', (_, readStackEvents, expected) => {
    const { stack, provider } = providerWith(readStackEvents === undefined ? {} : { readStackEvents });
    provider.allowApp(APP_ID);
    expect(ofStacks(stack)).toEqual(
      expected ? ['amplify:GetBackendEnvironment', 'cloudformation:DescribeStackEvents'] : [],
    );
    expect(variables(stack).includes('"READ_STACK_EVENTS":"true"')).toBe(expected);
  });
});
