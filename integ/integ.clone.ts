import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, CloneProvider } from '../lib';
import { integSettings, useEndpoint } from './settings';

/*
 * A clone with the default provider. Both are deleted with the stack.
 */

const app = new App();
const settings = integSettings();
const stack = new Stack(app, 'AmplifyCloneInteg');

const clone = new ClonedBackendEnvironment(stack, 'Clone', {
  appId: settings.appId,
  sourceEnvironmentName: settings.source,
  targetEnvironmentName: 'integclone',
  removalPolicy: RemovalPolicy.DESTROY,
});
new CfnOutput(stack, 'EnvironmentName', { value: clone.environmentName });

for (const construct of stack.node.findAll()) {
  if (CloneProvider.isCloneProvider(construct)) useEndpoint(construct, settings);
}

new IntegTest(app, 'Clone', { testCases: [stack] });
