import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, CloneProvider, ExistingEnvironment } from '../../lib';
import { answerFrom } from './emulator-endpoint';
import { contextText } from './required-context';

/*
 * A stack with two providers, and a clone that has one of them.
 */

const app = new App({ analyticsReporting: false });
const text = contextText((key) => app.node.tryGetContext(key));

const stack = new Stack(app, text('stack'));
const [first, second] = ['First', 'Second'].map((id) => {
  const provider = new CloneProvider(stack, id, { pollInterval: Duration.seconds(1) });
  // The one that the clone has no more has to delete what it made.
  provider.allowApp(text('appId'));
  answerFrom(text('emulator'), provider);
  return provider;
});
const provider = text('provider') === 'First' ? first : second;
if (provider === undefined) throw new Error('there is no provider');
const adopt = text('adopt') === 'true';

new ClonedBackendEnvironment(stack, text('construct'), {
  appId: text('appId'),
  sourceEnvironmentName: text('source'),
  targetEnvironmentName: text('target'),
  // What exists is adopted once reads have settled, after a minute. A clone is looked at again then, where its timeout has room for that.
  timeout: Duration.minutes(adopt ? 2 : 1),
  removalPolicy: text('keep') === 'true' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  existingEnvironment: adopt ? ExistingEnvironment.ADOPT : ExistingEnvironment.FAIL,
  provider,
});
