import { type ResourceEnvironment, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { AMPLIFY_BACKEND_REGIONS } from './service-regions';

/*
 * What has to be so of accounts and regions, in sentences, or `undefined` where there is no problem. A stack whose account or
 * region is not known at synthesis has a token for it; tokens pass.
 */

/** AmplifyBackend has to be in the region of the stack. */
export function regionProblem(scope: IConstruct): string | undefined {
  const { region } = Stack.of(scope);
  return Token.isUnresolved(region) || AMPLIFY_BACKEND_REGIONS.includes(region)
    ? undefined
    : `AmplifyBackend is not in region ${region}. It is in ${AMPLIFY_BACKEND_REGIONS.join(', ')}`;
}

/** A provider calls AmplifyBackend where it is. */
export function providerPlaceProblem(
  provider: string,
  place: ResourceEnvironment,
  clone: IConstruct,
): string | undefined {
  const differences = differencesOf(place, clone);
  return differences && `${provider} is of ${differences}: a clone needs a provider of its own account and region`;
}

/** The service clones within one app, which is in one account and region. */
export function sourcePlaceProblem(source: string, place: ResourceEnvironment, clone: IConstruct): string | undefined {
  const differences = differencesOf(place, clone);
  return differences && `${source} is of ${differences}: a clone stays within its account and region`;
}

function differencesOf(place: ResourceEnvironment, construct: IConstruct): string | undefined {
  const stack = Stack.of(construct);
  const isOther = (one: string, other: string): boolean =>
    one !== other && !Token.isUnresolved(one) && !Token.isUnresolved(other);
  const differences = [
    isOther(place.account, stack.account) ? `account ${place.account}, not ${stack.account}` : undefined,
    isOther(place.region, stack.region) ? `region ${place.region}, not ${stack.region}` : undefined,
  ].filter((difference) => difference !== undefined);
  return differences.length === 0 ? undefined : differences.join(', and of ');
}
