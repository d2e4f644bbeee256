import { App, type AppProps, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
// In your own project, import from 'cdk-amplify-backend-clone'.
import { ClonedBackendEnvironment, CloneProvider, EnvironmentName } from '../../lib';

/** The tag of a preview's stack. Its value is the ID of the Amplify app. */
export const PREVIEW_TAG = 'amplify-preview';

/**
 * A backend environment for each pull request. All of them share the stack `PreviewProvider`. `Preview` is the environment of
 * the branch in the context.
 *
 * @param context the values of `-c`, which the CDK CLI passes without this parameter
 */
export function previewApp(context: Readonly<Record<string, unknown>> = {}, props: AppProps = {}): App {
  const app = new App({ ...props, context: { ...context } });
  const appId = requiredContext(app, 'appId');
  const source = requiredContext(app, 'source');

  const shared = new Stack(app, 'PreviewProvider', { description: 'Delete it after the last preview' });
  const provider = new CloneProvider(shared, 'Provider');
  // This stack is deployed without any preview in the app. It must keep what existing previews rely on:
  provider.allowApp(appId); // the permissions to delete their environments,
  shared.exportValue(provider.serviceToken); // and the name under which their stacks find the provider.

  const branch: unknown = app.node.tryGetContext('branch');
  if (typeof branch === 'string' && branch !== '') {
    addPreview(app, { appId, source, target: EnvironmentName.fromBranch(branch), provider });
  }
  return app;
}

interface Preview {
  readonly appId: string;
  readonly source: string;
  readonly target: string;
  readonly provider: CloneProvider;
}

function addPreview(app: App, { appId, source, target, provider }: Preview): void {
  // `cdk deploy Preview` and `cdk destroy Preview` select the stack of the branch, whatever its name in the account is.
  // clean-up.ts finds the previews of an app by this tag.
  const stack = new Stack(app, 'Preview', { stackName: `Preview-${target}`, tags: { [PREVIEW_TAG]: appId } });
  const clone = new ClonedBackendEnvironment(stack, 'Environment', {
    appId,
    sourceEnvironmentName: source,
    targetEnvironmentName: target,
    removalPolicy: RemovalPolicy.DESTROY,
    provider,
  });
  new CfnOutput(stack, 'EnvironmentName', { value: clone.environmentName });
}

function requiredContext(app: App, key: string): string {
  const value: unknown = app.node.tryGetContext(key);
  if (typeof value !== 'string' || value === '') {
    throw new Error(`${key} is missing: npx cdk deploy Preview -c appId=ID -c source=NAME -c branch=BRANCH`);
  }
  return value;
}

if (require.main === module) {
  previewApp().synth();
}
