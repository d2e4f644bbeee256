import * as path from 'node:path';
import { App, CustomResource, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Provider } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
// In your own project, import from 'cdk-amplify-backend-clone'.
import { ClonedBackendEnvironment } from '../../lib';

/** A clone whose users can sign in from the preview's own domain. */
export class SignInStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const clone = new ClonedBackendEnvironment(this, 'Environment', {
      appId: this.node.getContext('appId'),
      sourceEnvironmentName: this.node.getContext('source'),
      targetEnvironmentName: this.node.getContext('target'),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const userPoolId = clone.output('auth', 'UserPoolId');

    const updater = new LambdaFunction(this, 'CallbackUrls', {
      code: Code.fromAsset(path.join(__dirname, 'callback-urls')),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_22_X,
      timeout: Duration.minutes(2),
    });
    updater.addToRolePolicy(
      new PolicyStatement({
        actions: ['cognito-idp:DescribeUserPoolClient', 'cognito-idp:UpdateUserPoolClient'],
        resources: [this.formatArn({ service: 'cognito-idp', resource: 'userpool', resourceName: userPoolId })],
      }),
    );

    new CustomResource(this, 'SignInUrl', {
      resourceType: 'Custom::SignInUrl',
      serviceToken: new Provider(this, 'SignInUrlProvider', { onEventHandler: updater }).serviceToken,
      properties: {
        UserPoolId: userPoolId,
        ClientId: clone.output('auth', 'AppClientIDWeb'),
        Url: this.node.getContext('url'),
      },
    });
  }
}

if (require.main === module) {
  const app = new App();
  new SignInStack(app, 'SignIn');
  app.synth();
}
