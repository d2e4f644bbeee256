import { Token } from 'aws-cdk-lib';
import { APP_ID, ENVIRONMENT_NAME, NEW_ENVIRONMENT_NAME, OUTPUT_PART } from './name-patterns';

/*
 * The service's rules for names. Each function returns a sentence that names the invalid value, or `undefined` for a valid one.
 * The value of a token is not known at synthesis, so tokens are not checked. Callers in other languages can pass no value.
 */

export function appIdProblem(appId: string): string | undefined {
  if (Token.isUnresolved(appId) || isMatch(APP_ID, appId)) {
    return undefined;
  }
  return `appId ${quoted(appId)} is not an Amplify app ID: "d", then lowercase letters and digits, at most 20 characters`;
}

export function isNewEnvironmentName(name: string): boolean {
  return isMatch(NEW_ENVIRONMENT_NAME, name);
}

/** For the name of a new environment. */
export function newNameProblem(property: string, name: string): string | undefined {
  if (Token.isUnresolved(name) || isNewEnvironmentName(name)) {
    return undefined;
  }
  return `${property} ${quoted(name)} is not a valid name for a new environment: 2 to 10 lowercase letters`;
}

/** For an environment that may be older than the rule for new names. */
export function existingNameProblem(property: string, name: string): string | undefined {
  if (Token.isUnresolved(name) || isMatch(ENVIRONMENT_NAME, name)) {
    return undefined;
  }
  return `${property} ${quoted(name)} is not the name of an environment: a letter or digit, then letters, digits and "_.-", at most 255 characters`;
}

/** The template lists the outputs, so a token is an error, too. */
export function outputPartProblem(part: string, value: string): string | undefined {
  if (Token.isUnresolved(value)) {
    return `${part} is a token, but which outputs a clone reports has to be known at synthesis`;
  }
  return isMatch(OUTPUT_PART, value)
    ? undefined
    : `${part} ${quoted(value)} is not 1 to 100 letters, digits, "_" and "-"`;
}

function isMatch(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}

export function quoted(value: string): string {
  return JSON.stringify(value);
}
