import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { BackendEnvironment, ClonedBackendEnvironment, type IBackendEnvironment } from '../../lib';
import { hasResources, policyStatements, rendered } from './synthesized';

const ENVIRONMENT = { appId: 'd1a2b3c4d5e6f7', environmentName: 'dev' };

test('an imported environment has its ARN, and adds nothing to the template', () => {
  const stack = new Stack(new App(), 'Stack');
  const environment = BackendEnvironment.fromBackendEnvironmentAttributes(stack, 'Dev', ENVIRONMENT);

  expect(environment).toMatchObject(ENVIRONMENT);
  expect(rendered(stack.resolve(environment.environmentArn))).toBe(
    'arn:<AWS::Partition>:amplify:<AWS::Region>:<AWS::AccountId>:apps/d1a2b3c4d5e6f7/backendenvironments/dev',
  );
  expect(hasResources(stack)).toBe(false);
});

test('its ARN has the account and Region of its stack', () => {
  const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-central-1' } });

  // The partition is a token or, with the flag @aws-cdk/core:enablePartitionLiterals, a text.
  expect(
    rendered(
      stack.resolve(BackendEnvironment.fromBackendEnvironmentAttributes(stack, 'Dev', ENVIRONMENT).environmentArn),
    ),
  ).toMatch(/^arn:[^:]+(::[^:]+)?:amplify:eu-central-1:111122223333:apps\/d1a2b3c4d5e6f7\/backendenvironments\/dev$/);
});

test('invalid attributes are one error with all problems', () => {
  expect(() =>
    BackendEnvironment.fromBackendEnvironmentAttributes(new Stack(), 'Dev', { appId: 'x', environmentName: '/' }),
  ).toThrow(/2 problems\n {2}- appId "x" is not .*\n {2}- environmentName "\/" is not /);
});

test('both values can be tokens', () => {
  const stack = new Stack();
  const environment = BackendEnvironment.fromBackendEnvironmentAttributes(stack, 'Dev', {
    appId: new CfnParameter(stack, 'App').valueAsString,
    environmentName: new CfnParameter(stack, 'Name').valueAsString,
  });

  expect(rendered(stack.resolve(environment.environmentArn))).toMatch(/:apps\/<App>\/backendenvironments\/<Name>$/);
});

describe('an ARN', () => {
  const ARN = 'arn:aws:amplify:us-west-2:444455556666:apps/d1a2b3c4d5e6f7/backendenvironments/dev';

  test('has the app, the name, the account and the Region', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-central-1' } });
    const environment = BackendEnvironment.fromBackendEnvironmentArn(stack, 'Dev', ARN);

    expect(environment).toMatchObject({ ...ENVIRONMENT, environmentArn: ARN });
    expect(environment.env).toMatchObject({ account: '444455556666', region: 'us-west-2' });
  });

  test('can be a token, which CloudFormation splits', () => {
    const stack = new Stack();
    const arn = new CfnParameter(stack, 'Arn').valueAsString;
    const { appId, environmentName, environmentArn } = BackendEnvironment.fromBackendEnvironmentArn(stack, 'Dev', arn);

    expect(stack.resolve({ appId, environmentName, environmentArn })).toEqual({
      appId: { 'Fn::Select': [1, { 'Fn::Split': ['/', { Ref: 'Arn' }] }] },
      environmentName: { 'Fn::Select': [3, { 'Fn::Split': ['/', { Ref: 'Arn' }] }] },
      environmentArn: { Ref: 'Arn' },
    });
  });

  test.each(['', 'dev', ARN.replace(':amplify:', ':amplifybackend:'), `${ARN}/more`, ARN.replace('/dev', '')])(
    '%j is not the ARN of an environment',
    (arn) => {
      expect(() => BackendEnvironment.fromBackendEnvironmentArn(new Stack(new App(), 'Stack'), 'Dev', arn)).toThrow(
        `Stack/Dev: backendEnvironmentArn ${JSON.stringify(arn)} is not the ARN of a backend environment`,
      );
    },
  );

  test('with an invalid app or name is an error', () => {
    expect(() =>
      BackendEnvironment.fromBackendEnvironmentArn(new Stack(), 'Dev', ARN.replace('d1a2b3c4d5e6f7', 'app')),
    ).toThrow('appId "app" is not');
  });
});

test.each<[string, (stack: Stack) => IBackendEnvironment, string]>([
  [
    'by its attributes',
    (stack) => BackendEnvironment.fromBackendEnvironmentAttributes(stack, 'Dev', ENVIRONMENT),
    '<AWS::Region>:<AWS::AccountId>',
  ],
  [
    'by its ARN',
    (stack) =>
      BackendEnvironment.fromBackendEnvironmentArn(
        stack,
        'Dev',
        'arn:aws:amplify:us-west-2:444455556666:apps/d1a2b3c4d5e6f7/backendenvironments/dev',
      ),
    'us-west-2:444455556666',
  ],
])('an environment that is imported %s grants read access in its own account and Region', (_, importIn, place) => {
  const stack = new Stack(new App(), 'Stack');
  const reader = new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
  importIn(stack).grants.read(reader).assertSuccess();

  const backend = `arn:<AWS::Partition>:amplifybackend:${place}:/backend/${ENVIRONMENT.appId}`;
  expect(policyStatements(stack)).toEqual([
    {
      actions: ['amplifybackend:GetBackend', 'amplifybackend:GetBackendJob', 'amplifybackend:ListBackendJobs'],
      resources: [backend, `${backend}/*`],
    },
  ]);
});

test('a clone and an imported environment have the same type', () => {
  const stack = new Stack(new App(), 'Stack');
  const either: IBackendEnvironment[] = [
    BackendEnvironment.fromBackendEnvironmentAttributes(stack, 'Dev', ENVIRONMENT),
    new ClonedBackendEnvironment(stack, 'Clone', {
      appId: ENVIRONMENT.appId,
      sourceEnvironmentName: 'dev',
      targetEnvironmentName: 'preview',
    }),
  ];

  expect(either.map(({ appId }) => appId)).toEqual([ENVIRONMENT.appId, ENVIRONMENT.appId]);
});
