import * as path from 'node:path';
import { App, CustomResource, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Provider } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
// In your own project, import from 'cdk-amplify-backend-clone'.
import { ClonedBackendEnvironment } from '../../lib';

/** A clone, and a custom resource that adds rows and users to it once it is complete. */
export class SeededStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const clone = new ClonedBackendEnvironment(this, 'Environment', {
      appId: this.node.getContext('appId'),
      sourceEnvironmentName: this.node.getContext('source'),
      targetEnvironmentName: this.node.getContext('target'),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const apiId = clone.output('api', 'GraphQLAPIIdOutput');
    const userPoolId = clone.output('auth', 'UserPoolId');

    const seeder = new LambdaFunction(this, 'Seeder', {
      code: Code.fromAsset(path.join(__dirname, 'seeder')),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_22_X,
      timeout: Duration.minutes(5),
    });
    // Amplify names the table of a model MODEL-APIID-ENVIRONMENT, so these are only the clone's tables.
    const tables = { service: 'dynamodb', resource: 'table', resourceName: `*-${apiId}-${clone.environmentName}` };
    const userPool = { service: 'cognito-idp', resource: 'userpool', resourceName: userPoolId };
    seeder.addToRolePolicy(new PolicyStatement({ actions: ['dynamodb:PutItem'], resources: [this.formatArn(tables)] }));
    seeder.addToRolePolicy(
      new PolicyStatement({ actions: ['cognito-idp:AdminCreateUser'], resources: [this.formatArn(userPool)] }),
    );

    new CustomResource(this, 'Seed', {
      resourceType: 'Custom::Seed',
      serviceToken: new Provider(this, 'SeedProvider', { onEventHandler: seeder }).serviceToken,
      properties: {
        // Available once the clone is complete. Another job is another value, so the seed runs again.
        JobId: clone.jobId,
        EnvironmentName: clone.environmentName,
        ApiId: apiId,
        UserPoolId: userPoolId,
      },
    });
  }
}

if (require.main === module) {
  const app = new App();
  new SeededStack(app, 'Seeded');
  app.synth();
}
