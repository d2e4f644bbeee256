import { App, CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
// In your own project, import from 'cdk-amplify-backend-clone'.
import { ClonedBackendEnvironment } from '../../lib';

/** One stack with one clone, which is deleted with the stack. */
export class CloneStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const clone = new ClonedBackendEnvironment(this, 'Environment', {
      appId: this.node.getContext('appId'),
      sourceEnvironmentName: this.node.getContext('source'),
      targetEnvironmentName: this.node.getContext('target'),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new CfnOutput(this, 'EnvironmentName', { value: clone.environmentName });
    new CfnOutput(this, 'UserPoolId', { value: clone.output('auth', 'UserPoolId') });
  }
}

if (require.main === module) {
  const app = new App();
  new CloneStack(app, 'Clone');
  app.synth();
}
