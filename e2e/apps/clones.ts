import { App, CfnOutput, CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, CloneProvider } from '../../lib';
import { parseClonesContext } from './clones-context';
import { answerFrom } from './emulator-endpoint';

/*
 * One stack with a provider and its clones. The context of the journey has the details.
 */

const app = new App({ analyticsReporting: false });
const wanted = parseClonesContext((key) => app.node.tryGetContext(key));

const stack = new Stack(app, wanted.stack);
const isEmulated = wanted.emulator !== undefined;
const provider = new CloneProvider(stack, 'Provider', isEmulated ? { pollInterval: Duration.seconds(1) } : {});
if (wanted.emulator !== undefined) answerFrom(wanted.emulator, provider);

const clones = wanted.clones.map((target, index) => {
  const clone = new ClonedBackendEnvironment(stack, `Clone${index}`, {
    appId: wanted.appId,
    sourceEnvironmentName: wanted.source,
    targetEnvironmentName: target,
    // With a longer timeout, the handler would read a clone that took seconds again after a minute, since reads can be stale.
    ...(isEmulated && { timeout: Duration.minutes(2) }),
    // By default, a clone is retained.
    ...(wanted.keep ? {} : { removalPolicy: RemovalPolicy.DESTROY }),
    provider,
  });
  new CfnOutput(stack, `Name${index}`, { value: clone.environmentName });
  // The outputs of an app at AWS are not known here.
  if (isEmulated) {
    new CfnOutput(stack, `UserPool${index}`, { value: clone.output('auth', 'UserPoolId', { resource: 'myapp' }) });
  }
  return clone;
});

if (wanted.brokenNeighbour) {
  // Waits for a signal that nobody sends.
  const handle = new CfnResource(stack, 'Handle', { type: 'AWS::CloudFormation::WaitConditionHandle' });
  const neighbour = new CfnResource(stack, 'BrokenNeighbour', {
    type: 'AWS::CloudFormation::WaitCondition',
    properties: { Handle: handle.ref, Timeout: '1', Count: 1 },
  });
  neighbour.node.addDependency(...clones);
}
