import { AMPLIFY_BACKEND_REGIONS } from '../lib/service-regions';
import type { Job, ServiceError } from './backend-service';
import type { FailureCause } from './failure-cause';
import type { Failure, OwnedClone } from './ledger';
import type { HeldEnvironment, Named } from './physical-id';
import type { Properties } from './request';

type Sentences = readonly (string | undefined)[];

/**
 * What ends a request as failed. People read the message in CloudFormation's events, and search for its code. It has no stack,
 * which the provider framework would put under the message.
 */
export class DeploymentError extends Error {
  /** The message without the code. */
  readonly text: string;

  constructor(
    override readonly name: string,
    ...sentences: Sentences
  ) {
    const text = sentences.filter((sentence) => sentence !== undefined).join(' ');
    super(`[${name}] ${text}`);
    this.text = text;
    this.stack = '';
  }
}

export function errorOf<Code extends FailureCode>(code: Code, ...about: About[Code]): DeploymentError {
  return new DeploymentError(code, ...byCode[code](...about));
}

type Messages = typeof messages;
export type FailureCode = keyof Messages;
type About = { readonly [Code in FailureCode]: Parameters<Messages[Code]> };

const NOTHING_CHANGED = 'Nothing was changed.';

/** The sentences of each failure, by its code. */
export const messages = {
  InvalidRequest: (problems: readonly string[]) => [
    `The request is not valid: ${oneLine(problems.join('; '), LONGEST_PROBLEMS)}.`,
    NOTHING_CHANGED,
  ],
  AppNotFound: ({ appId }: Pick<Properties, 'appId'>) => [
    `App ${appId} does not exist in this account and Region, or its Amplify Studio is off.`,
    'Check the app ID, account and Region.',
    `To switch Amplify Studio on, run "aws amplifybackend create-backend-config --app-id ${appId}".`,
  ],
  SourceNotFound: (properties: Properties, names: ReadonlySet<string>) => [
    `${cannotClone(properties)}: "${properties.sourceName}" does not exist.`,
    names.size === 0 ? 'The app has no environments.' : `Available environments: ${listed([...names].sort())}.`,
    NOTHING_CHANGED,
  ],
  TargetExists: (properties: Properties) => [
    `${cannotClone(properties)}: "${properties.targetName}" already exists.`,
    NOTHING_CHANGED,
    'Choose another target name, use the environment as it is with existingEnvironment: ADOPT, or delete it if nobody needs it.',
    byHand({ appId: properties.appId, environmentName: properties.targetName }),
  ],
  /** With ADOPT, of a target with an old name that does not exist. */
  NameNotAllowed: (properties: Properties) => [
    `${cannotClone(properties)}: "${properties.targetName}" does not exist, and a new environment cannot have this name.`,
    'Use 2 to 10 lowercase letters.',
    NOTHING_CHANGED,
  ],
  CloneRefused: (properties: Properties, words: string) => [
    `${cannotClone(properties)}: the service refused the request. It says: ${quote(words)}.`,
    NOTHING_CHANGED,
  ],
  RegionNotSupported: (properties: Properties, region: string) => [
    `${cannotClone(properties)}: AmplifyBackend has no endpoint in Region ${region}.`,
    NOTHING_CHANGED,
    `Deploy to a Region that has one: ${AMPLIFY_BACKEND_REGIONS.join(', ')}.`,
  ],
  AccessDenied: ({ service, operation, words }: ServiceError, unseen: Named | undefined, role: string) => [
    `${role} may not call ${service}:${operation}.`,
    said(words),
    "Allow it in the role's policies, its permissions boundary and the organization's service control policies, then deploy again.",
    service === 'dynamodb' ? undefined : PERMISSIONS_OF_CALLER,
    notLookedAt(unseen),
  ],
  LedgerUnusable: ({ operation, words }: ServiceError, unseen: Named | undefined) => [
    `The provider's ledger table cannot be used. DynamoDB says to ${operation}: ${quote(words)}. No further step was taken.`,
    "Check that the table exists under the name in the variable LEDGER_TABLE of the provider's functions, then deploy again.",
    notLookedAt(unseen),
  ],
  /** @param error of the last call; undefined where its answer was lost */
  CloneNotStarted: (properties: Properties, error: ServiceError | undefined) => [
    `${cannotClone(properties)}: the service did not accept the request within ${minutes(properties.timeoutMilliseconds)} minutes.`,
    error === undefined
      ? 'Its answers to CloneBackend were lost, and no clone began.'
      : `It says to ${error.operation}: ${quote(error.words)}.`,
    error?.reason === 'BUSY'
      ? `To see the pending job, run: aws amplifybackend list-backend-jobs --app-id ${properties.appId} ` +
        `--backend-environment-name ${properties.sourceName}. AWS Support can end a job that hangs.`
      : undefined,
    NOTHING_CHANGED,
    'Deploy again.',
  ],
  /** Nobody waits for the answer, but it may show in the logs. */
  Cancelled: (properties: Properties) => [`${cannotClone(properties)}: CloudFormation cancelled the request.`],
  AnswerLost: (clone: OwnedClone) => [
    `${cloning(clone)} failed: the answer to CloneBackend was lost, and the app lists no new environment.`,
    'Deploy again.',
  ],
  /** To be followed by what has become of the remains. */
  CloneFailed: (clone: OwnedClone, { id, error }: Job, cause: FailureCause | undefined, role: string) => [
    `${cloning(clone)} failed (job ${id}).`,
    ...whyFailed(clone, error, cause, role),
    'Then deploy again.',
  ],
  CloneTimedOut: (clone: OwnedClone, timeoutMilliseconds: number, seen: string) => [
    `${cloning(clone)} was not complete after ${minutes(timeoutMilliseconds)} minutes (job ${clone.job.id ?? 'unknown'}): ${seen}.`,
    'The rollback deletes it.',
    'Deploy again, with a longer timeout (at most 50 minutes) if clones of this app take that long.',
    `If the environment remains, delete it by hand: ${stepsByHand(clone)}`,
  ],
  /** @param because a sentence: see {@link reasonOf} */
  RemovalFailed: (environment: Named, because: string) => [
    `${named(environment)} was not deleted, and may still exist.`,
    because,
    'Delete the stack, or deploy, again.',
    byHand(environment),
  ],
  SourceChanged: (clone: HeldEnvironment, properties: Properties) => [
    `The source of environment "${clone.environmentName}" of app ${clone.appId} cannot change from "${clone.sourceName}" to ` +
      `"${properties.sourceName}": a clone cannot be made again in place.`,
    NOTHING_CHANGED,
    'Choose a new targetEnvironmentName with the new source.',
    'The removal policy decides what happens to the present environment.',
  ],
  EnvironmentGone: (environment: Named) => [`${named(environment)} does not exist any more.`, 'Deploy again.'],
  /** The service has failed until the last moment at which CloudFormation takes an answer. */
  ServiceUnavailable: ({ operation, words }: ServiceError, unseen: Named | undefined) => [
    `The service gave no usable answer to ${operation} for as long as CloudFormation waits.`,
    said(words),
    notLookedAt(unseen),
  ],
  NotOurs: (physicalId: string) => [
    `The physical ID ${quote(physicalId.slice(0, 100))} is not one of this construct, so nothing was changed.`,
    'Remove the resource from the template, deploy, and add it again.',
  ],
  OutputsMissing: (environmentName: string, problems: readonly string[], available: readonly string[]) => [
    `Environment "${environmentName}" does not have the requested outputs: ${oneLine(problems.join('; '), LONGEST_PROBLEMS)}.`,
    available.length === 0 ? 'It has no outputs.' : `Available outputs: ${listed(available)}.`,
  ],
  ConfigurationUnreadable: (environmentName: string, words: string) => [
    `The outputs of environment "${environmentName}" cannot be read, because GetBackend fails for it.`,
    said(words),
  ],
  OutputsTooLarge: (environmentName: string, bytes: number, most: number) => [
    `The requested outputs of environment "${environmentName}" take ${bytes} bytes, and CloudFormation's answer of 4,096 ` +
      `bytes has room for ${most}.`,
    'Request fewer.',
  ],
};

const byCode: { readonly [Code in FailureCode]: (...about: About[Code]) => Sentences } = messages;

/** What is wrong with the app or the source is found before anything is cloned. */
export function notSuitable(properties: Properties, { name, text }: DeploymentError): DeploymentError {
  return new DeploymentError(name, `${cannotClone(properties)}.`, text, NOTHING_CHANGED);
}

/** An update back has failed. Which environment CloudFormation deletes with the stack depends on how far the update had come. */
export function returnFailed({ name, text }: Failure, ...mayRemain: readonly Named[]): DeploymentError {
  const remains = mayRemain.map((environment) => left(environment, 'CloudFormation may not delete it with the stack.'));
  return new DeploymentError(name, text, 'To finish a failed rollback, fix that and continue it.', ...remains);
}

/** The source had them, so that they were looked for until the timeout. */
export function keptWithoutOutputs(environment: Named, { name, text }: DeploymentError): DeploymentError {
  return new DeploymentError(
    name,
    text,
    'The clone is complete, and is kept.',
    'Request outputs that can be read and use it with existingEnvironment: ADOPT, or delete it and deploy again.',
    byHand(environment),
  );
}

/** A failure, and what remains after it. Advice that is the same for both is given once. */
export function withRemains({ name, text }: Failure, remains: string | undefined): DeploymentError {
  const isGiven = text.includes(PERMISSIONS_OF_CALLER);
  return new DeploymentError(name, text, isGiven ? remains?.replace(`${PERMISSIONS_OF_CALLER} `, '') : remains);
}

/** Why nothing is left to delete, and what has become of what a failed clone left, in sentences. */
export type RemovalEnd = keyof typeof remainsAfter;

export const remainsAfter = {
  /** The app was seen not to list the environment. */
  GONE: ({ environmentName }: Named) => `The app does not list "${environmentName}" any more.`,
  /** Nothing shows that the clone has created an environment. */
  NOTHING_KNOWN: () => undefined,
  /** Somebody else created the environment of that name. */
  NOT_OURS: ({ environmentName }: Named) =>
    `An environment "${environmentName}" exists that this resource did not create. It was not touched.`,
  /** It has a root stack and no category: a clone that failed may leave that, and the Amplify CLI begins with it. */
  MAY_BE_BEING_CREATED: (environment: Named) =>
    `An environment "${environment.environmentName}" exists that has a root stack and no categories. The failed clone may have ` +
    `left it, or somebody may be creating it with the Amplify CLI, so it was not touched. ${byHand(environment)}`,
};

export function left(environment: Named, because: string): string {
  return `Environment "${environment.environmentName}" may remain. ${because} ${byHand(environment)}`;
}

/** What a request that could look at nothing may leave. The name may be somebody else's as well. */
function notLookedAt(unseen: Named | undefined): string | undefined {
  return (
    unseen &&
    `${named(unseen)} may remain. If this resource created it, and CloudFormation does not delete it, delete it by hand: ` +
      stepsByHand(unseen)
  );
}

function whyFailed(
  clone: OwnedClone,
  error: string | undefined,
  cause: FailureCause | undefined,
  role: string,
): Sentences {
  if (cause === undefined) {
    const stack = `amplify-*-${clone.environmentName}-*`;
    const see = `For the cause, see the events of the CloudFormation stack ${stack} and of its nested stacks.`;
    return [reasonOf(error, role), see];
  }
  const [stack, resource, type] = [cause.stackName, cause.logicalId, cause.type].map((name) =>
    oneLine(name, LONGEST_NAME),
  );
  return [
    error && said(error),
    `First failure in its CloudFormation stack ${stack}: ${resource} (${type}) failed with ${quote(cause.reason)}.`,
    missingPermission(error, role) ?? missingPermission(cause.reason, role),
    'Fix that.',
  ];
}

function named({ appId, environmentName }: Named): string {
  return `Environment "${environmentName}" of app ${appId}`;
}

/**
 * `delete-backend-environment` removes the record of an environment alone; stack, tables, pools and buckets stay
 * (amplify-cli's own order in `delete-env.ts`). DeleteBackend does not work where this is needed.
 */
function stepsByHand({ appId, environmentName }: Named): string {
  const options = `--app-id ${appId} --environment-name ${environmentName}`;
  return (
    `delete the CloudFormation stack that "aws amplify get-backend-environment ${options}" names, run ` +
    `"aws amplify delete-backend-environment ${options}", then delete the deployment bucket.`
  );
}

export function byHand(environment: Named): string {
  return `To delete it by hand, ${stepsByHand(environment)}`;
}

function cannotClone(properties: Properties): string {
  return `Cannot clone environment "${properties.sourceName}" of app ${properties.appId} to "${properties.targetName}"`;
}

function cloning(clone: OwnedClone): string {
  return `The clone of environment "${clone.sourceName}" of app ${clone.appId} to "${clone.environmentName}"`;
}

function minutes(milliseconds: number): number {
  return milliseconds / 60_000;
}

/** Amplify-studio 160, 355, 698 and 852: the principal that a failed job names is the caller. */
const PERMISSIONS_OF_CALLER =
  'Amplify acts with the permissions of its caller. The AWS managed policy AdministratorAccess-Amplify has the permissions that it needs.';
const NOT_AUTHORIZED = /is not authorized to perform:? "?([\w-]{1,64}:\w{1,64})/;

/** Why a job failed, or a call was refused, in sentences. */
export function reasonOf(words: string | undefined, role: string): string {
  if (words === undefined)
    return `The service gives no reason. ${role} may lack a permission. ${PERMISSIONS_OF_CALLER}`;
  const missing = missingPermission(words, role);
  return missing === undefined ? said(words) : `${said(words)} ${missing}`;
}

function missingPermission(words: string | undefined, role: string): string | undefined {
  const action = words && NOT_AUTHORIZED.exec(words)?.[1];
  return action && `${role} lacks ${action}. ${PERMISSIONS_OF_CALLER}`;
}

function said(words: string): string {
  return `The service says: ${quote(words)}.`;
}

/*
 * CloudFormation takes answers of 4,096 bytes, and the framework adds ids and the name of a log group. A message keeps its
 * advice, so the parts that can be long are shortened, each by itself. All of these are bytes.
 */
const LONGEST_NAME = 120;
const LONGEST_WORDS = 300;
const LONGEST_LIST = 400;
/** Each says what is wrong, and what would be right. */
const LONGEST_PROBLEMS = 1000;

/** Whole entries, and how many do not fit. */
function listed(entries: readonly string[]): string {
  const names = entries.map((entry) => oneLine(entry, LONGEST_NAME));
  const shown = names.filter((_, index) => names.slice(0, index + 1).join(', ').length <= LONGEST_LIST);
  const more = names.length - shown.length;
  return more === 0 ? names.join(', ') : `${shown.join(', ')}, and ${more} more`;
}

function quote(words: string): string {
  return `"${oneLine(words, LONGEST_WORDS)}"`;
}

function oneLine(text: string, longest: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  let bytes = 0;
  let end = 0;
  for (const character of line) {
    // As it travels to CloudFormation, in JSON.
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (bytes > longest) return `${line.slice(0, end)}...`;
    end += character.length;
  }
  return line;
}
