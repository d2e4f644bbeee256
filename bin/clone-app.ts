import { App, type AppProps, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, CloneProvider } from '../lib';
import { type CloneRequest, parseContext } from './clone-context';

/**
 * The app that `cdk.json` starts: a stack with the provider, and one stack for each new environment, so that each can be
 * deployed and destroyed independently. Throws a `ContextError` if the context is incomplete or invalid.
 *
 * @param context the values of `-c`. The CDK CLI passes them in the environment of the process, without this parameter
 */
export function cloneApp(context: Readonly<Record<string, unknown>> = {}, props: AppProps = {}): App {
  // Analytics would add a metadata resource. Without it, the stack of an environment has one resource.
  const app = new App({ analyticsReporting: false, ...props, context: { ...props.context, ...context } });
  const request = parseContext((key) => app.node.tryGetContext(key));

  const providerStack = new Stack(app, 'BackendCloneProvider', {
    description: 'Clones Amplify backend environments. Delete it after the last BackendClone stack',
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
