import { App as AmplifyApp, Branch } from '@aws-cdk/aws-amplify-alpha';
import { App, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
// In your own project, import from 'cdk-amplify-backend-clone'.
import { ClonedBackendEnvironment, EnvironmentName } from '../../lib';

/** As in app.ts, with CDK's own alpha construct. The build specification is amplify.yml in the front end's repository. */
export class AlphaFrontEndStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const app = AmplifyApp.fromAppId(this, 'App', this.node.getContext('appId'));
    const branchName: string = this.node.getContext('branch');
    const clone = new ClonedBackendEnvironment(this, 'Environment', {
      appId: app.appId,
      sourceEnvironmentName: this.node.getContext('source'),
      targetEnvironmentName: EnvironmentName.fromBranch(branchName),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new Branch(this, 'Branch', {
      app,
      branchName,
      stage: 'PULL_REQUEST',
      pullRequestPreview: false,
      environmentVariables: { USER_BRANCH: clone.environmentName },
    });
  }
}

if (require.main === module) {
  const app = new App();
  new AlphaFrontEndStack(app, 'FrontEnd');
  app.synth();
}
