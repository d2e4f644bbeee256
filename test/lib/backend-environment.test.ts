import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { BackendEnvironment, ClonedBackendEnvironment, type IBackendEnvironment } from '../../lib';
import { hasResources, rendered } from './synthesized';

const ENVIRONMENT = { appId: 'd1a2b3c4d5e6f7', environmentName: 'dev' };

test('an environment that is there already brings its ARN, and nothing to deploy', () => {
  const stack = new Stack(new App(), 'Stack');
  const environment = BackendEnvironment.fromName(stack, 'Dev', ENVIRONMENT);

  expect(environment).toMatchObject(ENVIRONMENT);
  expect(rendered(stack.resolve(environment.environmentArn))).toBe(
    'arn:<AWS::Partition>:amplify:<AWS::Region>:<AWS::AccountId>:apps/d1a2b3c4d5e6f7/backendenvironments/dev',
  );
  expect(hasResources(stack)).toBe(false);
});

test('its ARN is of the account and region of its stack', () => {
  const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-central-1' } });

  // The partition is a token or, with the flag @aws-cdk/core:enablePartitionLiterals, a text.
  expect(rendered(stack.resolve(BackendEnvironment.fromName(stack, 'Dev', ENVIRONMENT).environmentArn))).toMatch(
    /^arn:[^:]+(::[^:]+)?:amplify:eu-central-1:111122223333:apps\/d1a2b3c4d5e6f7\/backendenvironments\/dev$/,
  );
});

test('what cannot be an environment is an error with all that is wrong', () => {
  expect(() => BackendEnvironment.fromName(new Stack(), 'Dev', { appId: 'x', environmentName: '/' })).toThrow(
    /2 problems\n {2}- appId "x" is not .*\n {2}- environmentName "\/" is not /,
  );
});

test('both values may be tokens', () => {
  const stack = new Stack();
  const environment = BackendEnvironment.fromName(stack, 'Dev', {
    appId: new CfnParameter(stack, 'App').valueAsString,
    environmentName: new CfnParameter(stack, 'Name').valueAsString,
  });

  expect(rendered(stack.resolve(environment.environmentArn))).toMatch(/:apps\/<App>\/backendenvironments\/<Name>$/);
});

test('a clone and an environment of its own are of one type', () => {
  const stack = new Stack(new App(), 'Stack');
  const either: IBackendEnvironment[] = [
    BackendEnvironment.fromName(stack, 'Dev', ENVIRONMENT),
    new ClonedBackendEnvironment(stack, 'Clone', {
      appId: ENVIRONMENT.appId,
      sourceEnvironmentName: 'dev',
      targetEnvironmentName: 'preview',
    }),
  ];

  expect(either.map(({ appId }) => appId)).toEqual([ENVIRONMENT.appId, ENVIRONMENT.appId]);
});
