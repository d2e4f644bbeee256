import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json';
import { ClonedBackendEnvironment, CloneProvider } from '../../lib';
import {
  listOf,
  policyStatements,
  rendered,
  resourcesOfType,
  resourceTypes,
  type SynthesizedStatement,
} from './synthesized';

const APP_ID = 'd1a2b3c4d5e6f7';

function stackWithAClone(context: Record<string, unknown>): Stack {
  const stack = new Stack(new App({ context }), 'Stack');
  const clone = new ClonedBackendEnvironment(stack, 'Clone', {
    appId: APP_ID,
    sourceEnvironmentName: 'dev',
    targetEnvironmentName: 'preview',
  });
  clone.grants.read(new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() }));
  return stack;
}

/** Wildcards are allowed at two places only: within one app's backend, and for the versions of one function. */
function isBounded(resource: string): boolean {
  const ends = [
    /(:\/backend\/[a-z0-9]+\/)\*$/,
    /(:apps\/[a-z0-9]+\/)\*$/,
    /(:stack\/amplify-)\*\/\*$/,
    /(^<[A-Za-z0-9]+\.Arn>:)\*$/,
  ];
  const withoutEnd = ends.reduce((text, end) => text.replace(end, '$1'), resource);
  return !withoutEnd.includes('*');
}

describe.each([
  ['without feature flags', {}],
  ['with the feature flags of a new app', recommendedFlags],
])('%s', (_, flags) => {
  const stack = stackWithAClone(flags);
  const statements = policyStatements(stack);

  test('the stack has statements to check', () => {
    expect(statements.length).toBeGreaterThan(5);
  });

  test('no action has a wildcard', () => {
    expect(statements.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([]);
  });

  test('no resource is wider than one function, one app, or the stacks of Amplify', () => {
    expect(statements.flatMap(({ resources }) => resources).filter((resource) => !isBounded(resource))).toEqual([]);
  });

  test('the only managed policy is the one for Amplify, and no role has inline policies', () => {
    const roles = resourcesOfType(stack, 'AWS::IAM::Role').map(({ Properties }) => Properties);
    expect(roles.flatMap((properties) => listOf(properties['ManagedPolicyArns'] ?? [])).map(rendered)).toEqual([
      'arn:<AWS::Partition>:iam::aws:policy/AdministratorAccess-Amplify',
    ]);
    expect(roles.filter((properties) => 'Policies' in properties)).toEqual([]);
  });

  test('the stack has one log group', () => {
    expect(resourcesOfType(stack, 'AWS::Logs::LogGroup')).toHaveLength(1);
  });

  test('the resources are the same', () => {
    expect(resourceTypes(stack)).toEqual(resourceTypes(stackWithAClone({})));
  });
});

test('the handler has exactly the permissions that it needs', () => {
  const handlers = policyStatements(stackWithAClone({})).filter(isForTheHandler);
  // With the flag @aws-cdk/aws-iam:minimizePolicies, CDK sorts the members of a statement.
  const sorted = handlers.map(({ actions, resources }) => ({
    actions: [...actions].sort(),
    resources: [...resources].sort(),
  }));

  expect(sorted).toMatchSnapshot();
});

test('a VPC adds the permissions for network interfaces only', () => {
  const stack = new Stack(new App(), 'Stack');
  new CloneProvider(stack, 'Provider', {
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['a'],
      privateSubnetIds: ['subnet-0123456789abcdef0'],
      privateSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
    }),
  });

  expect(
    policyStatements(stack)
      .flatMap(({ resources }) => resources)
      .filter((resource) => !isBounded(resource)),
  ).toEqual([]);
});

test.each(['*', 'arn:aws:logs:*:*:*', '<Fn.Arn>*', 'arn:aws:amplifybackend:eu-west-1:1:/backend/*'])(
  '%s is recognized as too wide',
  (resource) => {
    expect(isBounded(resource)).toBe(false);
  },
);

function isForTheHandler({ actions }: SynthesizedStatement): boolean {
  return actions.some((action) => /^(amplifybackend:CloneBackend|cloudformation:.*|dynamodb:.*)$/.test(action));
}
