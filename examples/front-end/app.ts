import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { App, CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnBranch } from 'aws-cdk-lib/aws-amplify';
import type { Construct } from 'constructs';
// In your own project, import from 'cdk-amplify-backend-clone'.
import { ClonedBackendEnvironment, EnvironmentName } from '../../lib';

/** A clone for a git branch, and a hosting branch of the same Amplify app that is built against it. */
export class FrontEndStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const appId: string = this.node.getContext('appId');
    const branchName: string = this.node.getContext('branch');
    const clone = new ClonedBackendEnvironment(this, 'Environment', {
      appId,
      sourceEnvironmentName: this.node.getContext('source'),
      targetEnvironmentName: EnvironmentName.fromBranch(branchName),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new CfnBranch(this, 'Branch', {
      appId,
      branchName,
      stage: 'PULL_REQUEST',
      enableAutoBuild: true,
      buildSpec: readFileSync(path.join(__dirname, 'amplify.yml'), 'utf8'),
      // Available once the clone is complete, so the branch is created after its environment, and deleted before it.
      environmentVariables: [{ name: 'USER_BRANCH', value: clone.environmentName }],
    });
    new CfnOutput(this, 'EnvironmentName', { value: clone.environmentName });
  }
}

if (require.main === module) {
  const app = new App();
  new FrontEndStack(app, 'FrontEnd');
  app.synth();
}
