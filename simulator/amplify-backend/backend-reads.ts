import { type App, contentAt, type Environment, metaConfigOf } from './app-state';
import { answered, notFound, type Refused, type Result, refused, validationFailed } from './exceptions';
import type { BackendDescription } from './operations';
import type { Variants } from './variants';

/* The answers of GetBackend. */

/** The names of all environments. */
export function listBackends(app: App, seenAt: number): BackendDescription {
  const backendEnvironmentList = environmentsAt(app, seenAt).map(({ name }) => name);
  return { appId: app.appId, appName: 'myapp', backendEnvironmentList };
}

/**
 * One environment with its meta config.
 *
 * @param now the time of the request. A stale answer shows an earlier state
 */
export function describeBackend(
  app: App,
  name: string,
  seenAt: number,
  now: number,
  variants: Variants,
): Result<BackendDescription> {
  const environment = environmentsAt(app, seenAt).find((each) => each.name === name);
  if (environment === undefined) return notFound('BackendEnvironment', `Environment ${name} not found.`);
  const failure = detailsFailure(environment, now, variants);
  if (failure !== undefined) return failure;
  return answered({
    appId: app.appId,
    appName: 'myapp',
    backendEnvironmentName: name,
    amplifyMetaConfig: metaConfigOf(contentAt(environment, seenAt)),
    amplifyFeatureFlags: '{}',
  });
}

function environmentsAt({ environments }: App, seenAt: number): Environment[] {
  return environments.filter(
    ({ createdAt, deletedAt }) => createdAt <= seenAt && (deletedAt === undefined || seenAt < deletedAt),
  );
}

function detailsFailure(
  { origin, createdAt }: Environment,
  now: number,
  { environmentDetails }: Variants,
): Refused | undefined {
  if (environmentDetails === 'work') return undefined;
  const { answer, of, fromAgeMilliseconds } = environmentDetails;
  if (of !== 'every environment' && (of === 'clones') !== (origin.kind === 'clone')) return undefined;
  if (now < createdAt + fromAgeMilliseconds) return undefined;
  switch (answer) {
    case '504':
      return refused({ name: 'GatewayTimeoutException', message: 'Endpoint request timed out' });
    case 'ValidationException':
      return validationFailed('ValidationException - An error occurred while processing your request: null');
    case 'ResourceNotFoundException':
      return refused({ name: 'ResourceNotFoundException', message: 'Amplify meta file not found.' });
  }
}
