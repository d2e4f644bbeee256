import { Token } from 'aws-cdk-lib';
import { APP_ID, ENVIRONMENT_NAME, NEW_ENVIRONMENT_NAME, OUTPUT_PART } from './name-patterns';

/*
 * The service's rules for names, in sentences. Each function answers with one that names the offending value, or with
 * `undefined` where there is no problem. What a token stands for is not known here, so tokens pass.
 */

export function appIdProblem(appId: string): string | undefined {
  if (Token.isUnresolved(appId) || APP_ID.test(appId)) {
    return undefined;
  }
  return `appId ${quoted(appId)} is not an Amplify app id: "d", then lower-case letters and digits, 20 characters at the most`;
}

export function isNewEnvironmentName(name: string): boolean {
  return NEW_ENVIRONMENT_NAME.test(name);
}

/** For a name that the service is to give to a new environment. */
export function newNameProblem(property: string, name: string): string | undefined {
  if (Token.isUnresolved(name) || isNewEnvironmentName(name)) {
    return undefined;
  }
  return `${property} ${quoted(name)} is not a name that Amplify takes for a new environment: two to ten lower-case letters`;
}

/** For an environment that may be older than the rule for new names. */
export function existingNameProblem(property: string, name: string): string | undefined {
  if (Token.isUnresolved(name) || ENVIRONMENT_NAME.test(name)) {
    return undefined;
  }
  return `${property} ${quoted(name)} is not the name of an environment: a letter or digit, then letters, digits and "_.-", 255 characters at the most`;
}

/** Outputs are addressed when the template is made, so here a token is a problem too. */
export function outputPartProblem(part: string, value: string): string | undefined {
  if (Token.isUnresolved(value)) {
    return `${part} is a token, but which outputs a clone reports has to be known at synthesis`;
  }
  return OUTPUT_PART.test(value) ? undefined : `${part} ${quoted(value)} is not 1 to 100 letters, digits, "_" and "-"`;
}

export function quoted(value: string): string {
  return JSON.stringify(value);
}
