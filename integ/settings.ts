import type { CloneProvider } from '../lib';

export interface IntegSettings {
  readonly appId: string;
  readonly source: string;
  /** The service's endpoint, if it is not AWS. */
  readonly endpoint: string | undefined;
}

/** @throws Error that names the missing variable */
export function integSettings(environment: NodeJS.ProcessEnv = process.env): IntegSettings {
  const appId = environment['AMPLIFY_APP_ID'];
  if (appId === undefined)
    throw new Error('AMPLIFY_APP_ID is not set: the ID of an Amplify app in this account and Region');
  return {
    appId,
    source: environment['AMPLIFY_SOURCE'] ?? 'dev',
    endpoint: environment['AMPLIFY_SERVICE_ENDPOINT'],
  };
}

export function useEndpoint({ onEventHandler, isCompleteHandler }: CloneProvider, { endpoint }: IntegSettings): void {
  if (endpoint === undefined) return;
  for (const handler of [onEventHandler, isCompleteHandler]) {
    handler.addEnvironment('AWS_ENDPOINT_URL_AMPLIFYBACKEND', endpoint);
  }
}
