import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * What the policies of this library name: the backend of one app, and what is within it.
 *
 * Source: AWS's service authorization reference, "AWS Amplify Admin": backend `/backend/APPID/*`, environment
 * `/backend/APPID/environments/*`, job `/backend/APPID/job/*`. The first form, without anything after the id, is not
 * in that reference; it costs nothing, and covers a service that leaves the end out.
 */
export function appBackendArns(scope: IConstruct, appId: string): string[] {
  const backend = Stack.of(scope).formatArn({ service: 'amplifybackend', resource: '/backend', resourceName: appId });
  return [backend, `${backend}/*`];
}

/** The form that GetBackendEnvironment of AWS Amplify answers with, as its `backendEnvironmentArn`. */
export function backendEnvironmentArn(scope: IConstruct, appId: string, environmentName: string): string {
  return Stack.of(scope).formatArn({
    service: 'amplify',
    resource: 'apps',
    resourceName: `${appId}/backendenvironments/${environmentName}`,
  });
}
