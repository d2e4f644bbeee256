import { App, CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
// In your own project, import from 'cdk-amplify-backend-clone'.
import { ClonedBackendEnvironment } from '../../lib';

/** A clone to rehearse the migration to Gen 2. It remains, whatever happens to this stack. */
export class RehearsalStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const appId: string = this.node.getContext('appId');
    const clone = new ClonedBackendEnvironment(this, 'Environment', {
      appId,
      sourceEnvironmentName: this.node.getContext('source'),
      targetEnvironmentName: this.node.getContext('target'),
      // Never DESTROY: after `refactor`, the Gen 2 app uses resources of this environment.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    new CfnOutput(this, 'RootStack', { value: clone.output('providers', 'StackName') });
    new CfnOutput(this, 'NextStep', { value: `amplify pull --appId ${appId} --envName ${clone.environmentName}` });
  }
}

if (require.main === module) {
  const app = new App();
  new RehearsalStack(app, 'Rehearsal');
  app.synth();
}
