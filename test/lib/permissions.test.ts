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

/** A wildcard is fine at two places only: what is within one app's backend, and the versions of one function. */
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

  test('there is something to check', () => {
    expect(statements.length).toBeGreaterThan(5);
  });

  test('no action has a wildcard', () => {
    expect(statements.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([]);
  });

  test('no resource is wider than one function, one app, or the stacks of Amplify', () => {
    expect(statements.flatMap(({ resources }) => resources).filter((resource) => !isBounded(resource))).toEqual([]);
  });

  test('the one managed policy is for what Amplify does, and no role has a policy of its own inside', () => {
    const roles = resourcesOfType(stack, 'AWS::IAM::Role').map(({ Properties }) => Properties);
    expect(roles.flatMap((properties) => listOf(properties['ManagedPolicyArns'] ?? [])).map(rendered)).toEqual([
      'arn:<AWS::Partition>:iam::aws:policy/AdministratorAccess-Amplify',
    ]);
    expect(roles.filter((properties) => 'Policies' in properties)).toEqual([]);
  });

  test('there is one log group', () => {
    expect(resourcesOfType(stack, 'AWS::Logs::LogGroup')).toHaveLength(1);
  });

  test('the resources are the same', () => {
    expect(resourceTypes(stack)).toEqual(resourceTypes(stackWithAClone({})));
  });
});

test('the handler may do what it needs, and this is all', () => {
  const handlers = policyStatements(stackWithAClone({})).filter(isForTheHandler);
  // With the flag @aws-cdk/aws-iam:minimizePolicies the CDK sorts what is in a statement, and without it does not.
  const sorted = handlers.map(({ actions, resources }) => ({
    actions: [...actions].sort(),
    resources: [...resources].sort(),
  }));

  expect(sorted).toMatchSnapshot();
});

test('a VPC brings the right to make network interfaces, and no other', () => {
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
  '%s would be noticed',
  (resource) => {
    expect(isBounded(resource)).toBe(false);
  },
);

function isForTheHandler({ actions }: SynthesizedStatement): boolean {
  return actions.some((action) => /^(amplifybackend:CloneBackend|cloudformation:.*|dynamodb:.*)$/.test(action));
}
