import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
// In your own project, import from 'cdk-amplify-backend-clone'.
import { ClonedBackendEnvironment, CloneProvider } from '../../lib';

/** One stack with the provider, and one for each environment, so that each can be deployed and destroyed independently. */
export function addStacks(app: Construct): void {
  const appId: string = app.node.getContext('appId');
  const targets: string = app.node.getContext('targets');

  const shared = new Stack(app, 'SharedProvider', { description: 'Delete it after the last clone' });
  const provider = new CloneProvider(shared, 'Provider');
  // Keeps both in the stack when it is deployed from an app without any clone.
  provider.allowApp(appId);
  shared.exportValue(provider.serviceToken);

  for (const target of targets.split(',').filter((name) => name !== '')) {
    const stack = new Stack(app, `Clone-${target}`);
    new ClonedBackendEnvironment(stack, 'Environment', {
      appId,
      sourceEnvironmentName: app.node.getContext('source'),
      targetEnvironmentName: target,
      removalPolicy: RemovalPolicy.DESTROY,
      provider,
    });
  }
}

if (require.main === module) {
  const app = new App();
  addStacks(app);
  app.synth();
}
