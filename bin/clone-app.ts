import { App, type AppProps, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, CloneProvider } from '../lib';
import { type CloneRequest, parseContext } from './clone-context';

/**
 * The app that `cdk.json` starts: a stack with the provider, and one stack for each new environment, so that each comes
 * and goes alone. Throws a `ContextError` where the context does not say what to clone.
 *
 * @param context what `-c` gives on the command line; the CDK CLI hands it over by itself, in the process's environment
 */
export function cloneApp(context: Readonly<Record<string, unknown>> = {}, props: AppProps = {}): App {
  // Without analytics there is no metadata resource: a further environment is a stack with one resource.
  const app = new App({ analyticsReporting: false, ...props, context: { ...props.context, ...context } });
  const request = parseContext((key) => app.node.tryGetContext(key));

  const providerStack = new Stack(app, 'BackendCloneProvider', {
    description: 'What clones Amplify backend environments. Delete it after the last BackendClone stack',
  });
  const provider = new CloneProvider(providerStack, 'Provider');
  for (const target of request.targets) {
    addCloneStack(app, target, request, provider);
  }
  return app;
}

function addCloneStack(app: App, target: string, request: CloneRequest, provider: CloneProvider): void {
  const stack = new Stack(app, `BackendClone-${target}`, {
    description: `The Amplify backend environment ${target}, a clone of ${request.source}`,
  });
  const clone = new ClonedBackendEnvironment(stack, 'Clone', {
    appId: request.appId,
    sourceEnvironmentName: request.source,
    targetEnvironmentName: target,
    removalPolicy: request.retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    existingEnvironment: request.existingEnvironment,
    ...(request.timeout && { timeout: request.timeout }),
    provider,
  });
  new CfnOutput(stack, 'EnvironmentName', { value: clone.environmentName });
  new CfnOutput(stack, 'EnvironmentArn', { value: clone.environmentArn });
  new CfnOutput(stack, 'JobId', { value: clone.jobId });
}
