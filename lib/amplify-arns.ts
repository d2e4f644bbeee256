import { Fn, type ResourceEnvironment, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * What the policies of this library name: the backend of one app, and what is within it.
 *
 * Source: AWS's service authorization reference, "AWS Amplify Admin": backend `/backend/APPID/*`, environment
 * `/backend/APPID/environments/*`, job `/backend/APPID/job/*`. The first form, without anything after the id, is not
 * in that reference; it costs nothing, and covers a service that leaves the end out.
 */
export function appBackendArns(scope: IConstruct, appId: string, env: ResourceEnvironment = Stack.of(scope)): string[] {
  const { account, region } = env;
  const resource = { service: 'amplifybackend', resource: '/backend', resourceName: appId };
  const backend = Stack.of(scope).formatArn({ ...resource, account, region });
  return [backend, `${backend}/*`];
}

/** An app of AWS Amplify, and what is within it. Source: AWS's service authorization reference, "AWS Amplify". */
export function appArns(scope: IConstruct, appId: string): string[] {
  const app = Stack.of(scope).formatArn({ service: 'amplify', resource: 'apps', resourceName: appId });
  return [app, `${app}/*`];
}

/** The form that GetBackendEnvironment of AWS Amplify answers with, as its `backendEnvironmentArn`. */
export function backendEnvironmentArn(scope: IConstruct, appId: string, environmentName: string): string {
  return Stack.of(scope).formatArn({
    service: 'amplify',
    resource: 'apps',
    resourceName: `${appId}/backendenvironments/${environmentName}`,
  });
}

const BACKEND_ENVIRONMENT_ARN =
  /^arn:[a-z0-9-]+:amplify:[a-z0-9-]+:\d{12}:apps\/(?<appId>[^/]+)\/backendenvironments\/(?<environmentName>[^/]+)$/;

/** The app and the name in such an ARN: tokens if it is one. Undefined if it is not such an ARN. */
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
