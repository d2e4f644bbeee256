import { Fn, type ResourceEnvironment, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * The resources in this library's policies: the backend of one app, and everything within it.
 *
 * Source: AWS's service authorization reference, "AWS Amplify Admin": backend `/backend/APPID/*`, environment
 * `/backend/APPID/environments/*`, job `/backend/APPID/job/*`. The reference does not have the form that ends with the ID. It is
 * included in case the service checks an ARN without the rest.
 */
export function appBackendArns(scope: IConstruct, appId: string, env: ResourceEnvironment = Stack.of(scope)): string[] {
  const { account, region } = env;
  const resource = { service: 'amplifybackend', resource: '/backend', resourceName: appId };
  const backend = Stack.of(scope).formatArn({ ...resource, account, region });
  return [backend, `${backend}/*`];
}

/** An app of AWS Amplify, and everything within it. Source: AWS's service authorization reference, "AWS Amplify". */
export function appArns(scope: IConstruct, appId: string): string[] {
  const app = Stack.of(scope).formatArn({ service: 'amplify', resource: 'apps', resourceName: appId });
  return [app, `${app}/*`];
}

/** The `backendEnvironmentArn` in an answer of AWS Amplify's GetBackendEnvironment. */
export function backendEnvironmentArn(scope: IConstruct, appId: string, environmentName: string): string {
  return Stack.of(scope).formatArn({
    service: 'amplify',
    resource: 'apps',
    resourceName: `${appId}/backendenvironments/${environmentName}`,
  });
}

const BACKEND_ENVIRONMENT_ARN =
  /^arn:[a-z0-9-]+:amplify:[a-z0-9-]+:\d{12}:apps\/(?<appId>[^/]+)\/backendenvironments\/(?<environmentName>[^/]+)$/;

/** The app and the name in such an ARN. A token gives tokens. Undefined for any other text. */
export function parseBackendEnvironmentArn(
  arn: string,
): { readonly appId: string; readonly environmentName: string } | undefined {
  if (Token.isUnresolved(arn)) {
    const part = (index: number): string => Fn.select(index, Fn.split('/', arn));
    return { appId: part(1), environmentName: part(3) };
  }
  const { appId, environmentName } = BACKEND_ENVIRONMENT_ARN.exec(arn)?.groups ?? {};
  return appId === undefined || environmentName === undefined ? undefined : { appId, environmentName };
}
