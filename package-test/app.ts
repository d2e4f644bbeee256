import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  BackendEnvironment,
  ClonedBackendEnvironment,
  CloneProvider,
  EnvironmentName,
  ExistingEnvironment,
} from 'cdk-amplify-backend-clone';

// The public interface from end to end. app.py is the same app: `npm run package:test` compares their templates.
const APP_ID = 'd1a2b3c4d5e6f7';

const app = new App();

const shared = new Stack(app, 'Shared');
const provider = new CloneProvider(shared, 'Provider', {
  pollInterval: Duration.seconds(20),
  logRetention: RetentionDays.ONE_WEEK,
});
provider.allowApp('d9z8y7x6w5v4u3');

const one = new Stack(app, 'One');
const source = BackendEnvironment.fromBackendEnvironmentAttributes(one, 'Source', {
  appId: APP_ID,
  environmentName: 'dev',
});
const first = new ClonedBackendEnvironment(one, 'First', {
  appId: APP_ID,
  sourceEnvironment: source,
  targetEnvironmentName: EnvironmentName.fromBranch('feature/JIRA-123-new-thing'),
  timeout: Duration.minutes(30),
  removalPolicy: RemovalPolicy.DESTROY,
  existingEnvironment: ExistingEnvironment.ADOPT,
  provider,
});
const second = new ClonedBackendEnvironment(one, 'Second', {
  appId: APP_ID,
  sourceEnvironment: first,
  targetEnvironmentName: 'second',
});
second.grants.read(new Role(one, 'Reader', { assumedBy: new AccountRootPrincipal() }));
new CfnOutput(one, 'Name', { value: first.environmentName });
new CfnOutput(one, 'Arn', { value: second.environmentArn });
new CfnOutput(one, 'Job', { value: second.jobId });
new CfnOutput(one, 'Pool', { value: second.output('auth', 'UserPoolId') });
new CfnOutput(one, 'Api', { value: second.output('api', 'GraphQLAPIEndpointOutput', { resource: 'myapi' }) });

const two = new Stack(app, 'Two');
new ClonedBackendEnvironment(two, 'Clone', {
  appId: APP_ID,
  sourceEnvironmentName: 'dev',
  targetEnvironmentName: EnvironmentName.isValid('qa') ? 'qa' : 'never',
  provider: CloneProvider.fromServiceToken(
    two,
    'Imported',
    'arn:aws:lambda:eu-west-1:111122223333:function:clone-provider',
  ),
});

app.synth();
