import { App, type IPropertyInjector, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import {
  ClonedBackendEnvironment,
  type ClonedBackendEnvironmentProps,
  CloneProvider,
  type CloneProviderProps,
} from '../../lib';
import { onlyClone, resourcesOfType } from './synthesized';

const PROPS: ClonedBackendEnvironmentProps = {
  appId: 'd1a2b3c4d5e6f7',
  sourceEnvironmentName: 'dev',
  targetEnvironmentName: 'preview',
};

const clonesGo: IPropertyInjector = {
  constructUniqueId: ClonedBackendEnvironment.PROPERTY_INJECTION_ID,
  inject: (props: ClonedBackendEnvironmentProps) => ({ removalPolicy: RemovalPolicy.DESTROY, ...props }),
};

const logsAreKept: IPropertyInjector = {
  constructUniqueId: CloneProvider.PROPERTY_INJECTION_ID,
  inject: (props: CloneProviderProps) => ({ logRetention: logs.RetentionDays.ONE_YEAR, ...props }),
};

function stackWithInjectors(): Stack {
  return new Stack(new App({ propertyInjectors: [clonesGo, logsAreKept] }), 'Stack');
}

test('an app can set defaults for every clone, and a clone can override them', () => {
  const stack = stackWithInjectors();
  const clone = new ClonedBackendEnvironment(stack, 'Clone', PROPS);
  expect(clone).toBeInstanceOf(ClonedBackendEnvironment);
  expect(onlyClone(stack)).toMatchObject({ DeletionPolicy: 'Delete' });

  const other = stackWithInjectors();
  new ClonedBackendEnvironment(other, 'Clone', { ...PROPS, removalPolicy: RemovalPolicy.RETAIN });
  expect(onlyClone(other)).toMatchObject({ DeletionPolicy: 'Retain' });
});

test('an app can set defaults for the shared provider, which gets no properties otherwise', () => {
  const stack = stackWithInjectors();
  new ClonedBackendEnvironment(stack, 'Clone', PROPS);

  expect(resourcesOfType(stack, 'AWS::Logs::LogGroup')).toMatchObject([{ Properties: { RetentionInDays: 365 } }]);
});
