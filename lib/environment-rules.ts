import { type ResourceEnvironment, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { AMPLIFY_BACKEND_REGIONS } from './service-regions';

/*
 * The rules for accounts and Regions. Each function returns a sentence that names the problem, or `undefined`. An account or
 * Region that is not known at synthesis is a token, and tokens are not checked.
 */

/** AmplifyBackend has to be available in the Region of the stack. */
export function regionProblem(scope: IConstruct): string | undefined {
  const { region } = Stack.of(scope);
  return Token.isUnresolved(region) || AMPLIFY_BACKEND_REGIONS.includes(region)
    ? undefined
    : `AmplifyBackend is not available in Region ${region}. Its Regions are ${AMPLIFY_BACKEND_REGIONS.join(', ')}`;
}

/** A provider calls AmplifyBackend in its own account and Region. */
export function providerPlaceProblem(
  provider: string,
  place: ResourceEnvironment,
  clone: IConstruct,
): string | undefined {
  const differences = differencesOf(place, clone);
  return differences && `${provider} is in ${differences}: a clone needs a provider in its own account and Region`;
}

/** The service clones within one app, which is in one account and Region. */
export function sourcePlaceProblem(source: string, place: ResourceEnvironment, clone: IConstruct): string | undefined {
  const differences = differencesOf(place, clone);
  return differences && `${source} is in ${differences}: source and clone are in one account and Region`;
}

function differencesOf(place: ResourceEnvironment, construct: IConstruct): string | undefined {
  const stack = Stack.of(construct);
  const isOther = (one: string, other: string): boolean =>
    one !== other && !Token.isUnresolved(one) && !Token.isUnresolved(other);
  const differences = [
    isOther(place.account, stack.account) ? `account ${place.account}, not ${stack.account}` : undefined,
    isOther(place.region, stack.region) ? `Region ${place.region}, not ${stack.region}` : undefined,
  ].filter((difference) => difference !== undefined);
  return differences.length === 0 ? undefined : differences.join(', and in ');
}
