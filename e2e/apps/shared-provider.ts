import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, CloneProvider } from '../../lib';
import { answerFrom } from './emulator-endpoint';
import { contextText, optionalText } from './required-context';

/*
 * A stack with a provider, and a second stack with the environment `preview`, if the context has one. The first stack is also
 * deployed from the app without the second, as with previews of branches.
 */

const app = new App({ analyticsReporting: false });
const get = (key: string): unknown => app.node.tryGetContext(key);
const text = contextText(get);
const emulator = optionalText(get, 'emulator');
const shared = new Stack(app, 'Shared', { stackName: text('sharedStack') });
const provider = new CloneProvider(
  shared,
  'Provider',
  emulator === undefined ? {} : { pollInterval: Duration.seconds(1) },
);
provider.allowApp(text('appId'));
shared.exportValue(provider.serviceToken);
if (emulator !== undefined) answerFrom(emulator, provider);

const preview: unknown = app.node.tryGetContext('preview');
if (typeof preview === 'string') {
  new ClonedBackendEnvironment(new Stack(app, 'Preview', { stackName: text('previewStack') }), 'Environment', {
    appId: text('appId'),
    sourceEnvironmentName: text('source'),
    targetEnvironmentName: preview,
    // With a longer timeout, the handler would read a clone that took seconds again after a minute, since reads can be stale.
    ...(emulator !== undefined && { timeout: Duration.minutes(1) }),
    removalPolicy: RemovalPolicy.DESTROY,
    provider,
  });
}
