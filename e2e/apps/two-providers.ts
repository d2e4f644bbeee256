import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, CloneProvider, ExistingEnvironment } from '../../lib';
import { answerFrom } from './emulator-endpoint';
import { contextText } from './required-context';

/*
 * A stack with two providers, and a clone that uses one of them.
 */

const app = new App({ analyticsReporting: false });
const text = contextText((key) => app.node.tryGetContext(key));

const stack = new Stack(app, text('stack'));
const [first, second] = ['First', 'Second'].map((id) => {
  const provider = new CloneProvider(stack, id, { pollInterval: Duration.seconds(1) });
  // The provider that the clone does not use any more has to delete the environment that it created.
  provider.allowApp(text('appId'));
  answerFrom(text('emulator'), provider);
  return provider;
});
const provider = text('provider') === 'First' ? first : second;
if (provider === undefined) throw new Error('the context "provider" is neither First nor Second');
const adopt = text('adopt') === 'true';

new ClonedBackendEnvironment(stack, text('construct'), {
  appId: text('appId'),
  sourceEnvironmentName: text('source'),
  targetEnvironmentName: text('target'),
  // An adoption takes a minute, until reads cannot be stale. With a longer timeout, a clone would be read again then, too.
  timeout: Duration.minutes(adopt ? 2 : 1),
  removalPolicy: text('keep') === 'true' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  existingEnvironment: adopt ? ExistingEnvironment.ADOPT : ExistingEnvironment.FAIL,
  provider,
});
