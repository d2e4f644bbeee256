import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, CloneProvider } from '../lib';
import { integSettings, useEndpoint } from './settings';

/*
 * A stack with a provider, and another stack with a clone that uses it.
 */

const app = new App();
const settings = integSettings();

const shared = new Stack(app, 'AmplifyCloneIntegProvider');
const provider = new CloneProvider(shared, 'Provider');
provider.allowApp(settings.appId);
useEndpoint(provider, settings);

const stack = new Stack(app, 'AmplifyCloneIntegPreview');
const clone = new ClonedBackendEnvironment(stack, 'Clone', {
  appId: settings.appId,
  sourceEnvironmentName: settings.source,
  targetEnvironmentName: 'integshare',
  removalPolicy: RemovalPolicy.DESTROY,
  provider,
});
new CfnOutput(stack, 'EnvironmentName', { value: clone.environmentName });

new IntegTest(app, 'SharedProvider', { testCases: [shared, stack] });
