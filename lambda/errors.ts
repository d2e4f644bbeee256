import type { Job, ServiceTrouble } from './backend-service';
import type { OwnedClone } from './ledger-entries';
import type { Holding } from './physical-id';
import type { Request, Wanted } from './request';

/**
 * What ends a request as failed. The message is what people read in CloudFormation's events: what was asked, what the
 * service said, what to do next. It has no stack: the provider framework would put it under the message, where it helps
 * nobody with what is not a bug.
 */
export class DeploymentError extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(oneLine(message, LONGEST_MESSAGE));
    this.stack = '';
  }
}

/** CloudFormation takes answers of 4,096 bytes, and the framework adds ids and the name of a log group. */
const LONGEST_MESSAGE = 1800;
const LONGEST_WORDS = 600;

export function invalidRequest(problems: readonly string[]): DeploymentError {
  return new DeploymentError(
    'InvalidRequest',
    `Nothing was done, because the request is not valid: ${problems.join('; ')}.`,
  );
}

export function appNotFound(wanted: Wanted): DeploymentError {
  return new DeploymentError(
    'AppNotFound',
    `${asked(wanted)}, but the service knows no app ${wanted.appId} in this region and account. Nothing was cloned. ` +
      'Check the app id, account and region. For an app whose Amplify Studio is switched off the service says the same: ' +
      `aws amplifybackend create-backend-config --app-id ${wanted.appId} switches it on.`,
  );
}

export function sourceNotFound(wanted: Wanted, names: ReadonlySet<string>): DeploymentError {
  return new DeploymentError(
    'SourceNotFound',
    `${asked(wanted)}, but there is no environment "${wanted.sourceName}". Nothing was cloned. ${whatIsThere(names)}`,
  );
}

export function targetExists(wanted: Wanted): DeploymentError {
  return new DeploymentError(
    'TargetExists',
    `${asked(wanted)}, but there is an environment "${wanted.targetName}" already. It was left untouched. Choose another ` +
      `target name, or take the environment as it is with existingEnvironment: ADOPT, or, if nobody needs it, delete it ` +
      `(${removalCommand(wanted.appId, wanted.targetName)}) and deploy again.`,
  );
}

export function cloneRefused(wanted: Wanted, words: string): DeploymentError {
  return new DeploymentError(
    'CloneRefused',
    `${asked(wanted)}. The service refused: ${quote(words)}. Nothing was cloned, and no environment was touched.`,
  );
}

export function accessDenied(
  trouble: ServiceTrouble,
  request: Request,
  concerned: Concerned | undefined,
  roleHint: string,
): DeploymentError {
  const [, partition = 'aws', , region = '', account = ''] = request.resource.stackId.split(':');
  const place = `arn:${partition}:${trouble.service}:${region}:${account}`;
  const problem =
    `${roleHint} may not do ${trouble.service}:${trouble.operation} on ` +
    `${trouble.service === 'dynamodb' ? `${place}:table/ of the provider` : `${place}:/backend/${concerned?.appId ?? '*'}/*`}. ` +
    `The service said: ${quote(trouble.words)}. ` +
    "Allow it in the role's policies, permissions boundary and the organization's service control policies. ";
  const forClones =
    trouble.service === 'dynamodb'
      ? ''
      : 'A clone can need more rights than the call itself, for what the service creates on behalf of its caller: ' +
        "AWS's managed policy for that is AdministratorAccess-Amplify. ";
  return new DeploymentError('AccessDenied', `${problem}${forClones}Then deploy again.${unseen(request, concerned)}`);
}

export function ledgerUnusable(
  trouble: ServiceTrouble,
  request: Request,
  concerned: Concerned | undefined,
): DeploymentError {
  return new DeploymentError(
    'LedgerUnusable',
    `The table in which the clone's provider keeps its ledger cannot be used; DynamoDB said to ${trouble.operation}: ` +
      `${quote(trouble.words)}. No further step was taken. See that the table is there, under the name that the provider's ` +
      `functions have for it, then deploy again.${unseen(request, concerned)}`,
  );
}

/** What a Delete that could look at nothing may leave. The name may be somebody else's as well. */
function unseen(request: Request, concerned: Concerned | undefined): string {
  if (request.type !== 'Delete' || concerned === undefined || concerned.adopted) return '';
  const { appId, environmentName } = concerned;
  return (
    ` The environment "${environmentName}" of app ${appId} may be left. If it is this resource's clone, and CloudFormation ` +
    `does not try again, delete it by hand: ${removalCommand(appId, environmentName)}.`
  );
}

export function cloneNotStarted(wanted: Wanted, trouble: ServiceTrouble): DeploymentError {
  return new DeploymentError(
    'CloneNotStarted',
    `${asked(wanted)}, but the service did not take the request in ${wanted.timeoutMilliseconds / 60_000} minutes. It said ` +
      `last, to ${trouble.operation}: ${quote(trouble.words)}. Nothing was cloned. Deploy again.`,
  );
}

export function cloneOverdue(wanted: Wanted): DeploymentError {
  return new DeploymentError(
    'CloneNotStarted',
    `${asked(wanted)}, but the service did not take the request in ${wanted.timeoutMilliseconds / 60_000} minutes: its ` +
      'answers to CloneBackend were lost, and no clone has begun. Nothing was cloned. Deploy again.',
  );
}

/** Nobody waits for the answer, but it may show in the logs. */
export function cancelled(wanted: Wanted): DeploymentError {
  return new DeploymentError('Cancelled', `${asked(wanted)}, but the request was cancelled. Nothing is left of it.`);
}

export function answerLost(clone: OwnedClone): DeploymentError {
  return new DeploymentError(
    'AnswerLost',
    `The answer to CloneBackend of "${clone.sourceName}" to "${clone.environmentName}" in app ${clone.appId} was lost, and ` +
      'no clone has begun since. Deploy again.',
  );
}

/** To be followed by what has become of the remains. */
export function cloneFailed(clone: OwnedClone, job: Job): DeploymentError {
  const words = job.error === undefined ? 'the service gives no reason' : `the service says: ${quote(job.error)}`;
  return new DeploymentError(
    'CloneFailed',
    `Cloning the Amplify backend environment "${clone.sourceName}" to "${clone.environmentName}" in app ${clone.appId} ` +
      `failed (job ${job.id}); ${words}. See the events of the CloudFormation stack ` +
      `amplify-*-${clone.environmentName}-* and of its nested stacks for the cause, then deploy again.`,
  );
}

export function cloneTimedOut(clone: OwnedClone, timeoutMilliseconds: number, seen: string): DeploymentError {
  return new DeploymentError(
    'CloneTimedOut',
    `Cloning the Amplify backend environment "${clone.sourceName}" to "${clone.environmentName}" in app ${clone.appId} was ` +
      `not ready after ${timeoutMilliseconds / 60_000} minutes (job ${clone.job.id ?? 'unknown'}): ${seen}. It is deleted ` +
      'when the deployment is rolled back; should it be there afterwards, delete it by hand: ' +
      `${removalCommand(clone.appId, clone.environmentName)}. Deploy again, with a longer timeout (at most 50 minutes) if ` +
      'clones of this app take that long.',
  );
}

export function removalFailed(holding: Named, words: string): DeploymentError {
  return new DeploymentError(
    'RemovalFailed',
    `The Amplify backend environment "${holding.environmentName}" of app ${holding.appId} could not be deleted and may still ` +
      `be there: ${quote(words)}. Delete it by hand (${removalCommand(holding.appId, holding.environmentName)}), then delete ` +
      'the stack, or deploy, again.',
  );
}

export function sourceChanged(clone: Holding, wanted: Wanted): DeploymentError {
  return new DeploymentError(
    'SourceChanged',
    `"${clone.environmentName}" of app ${clone.appId} is a clone of "${clone.sourceName}", and a clone cannot be re-made in ` +
      `place from "${wanted.sourceName}". Nothing was changed. Choose a new targetEnvironmentName with the new source: that ` +
      'makes a new clone and, if the removal policy says so, deletes this one.',
  );
}

export function environmentGone(holding: Named): DeploymentError {
  return new DeploymentError(
    'EnvironmentGone',
    `The environment "${holding.environmentName}" of app ${holding.appId} was there, and is not any more. Deploy again.`,
  );
}

export function gaveUp(
  trouble: ServiceTrouble,
  concerned: Concerned | undefined,
  environment: Named | undefined,
): DeploymentError {
  const app = (environment ?? concerned)?.appId;
  const remains = environment === undefined ? '' : ` ${left(environment, 'the service was not to be reached')}`;
  return new DeploymentError(
    'ServiceUnavailable',
    `For as long as CloudFormation waits, the service gave no usable answer to ${trouble.operation}` +
      `${app === undefined ? '' : ` for app ${app}`}. It said last: ${quote(trouble.words)}.${remains}`,
  );
}

/** What a failed request leaves behind, and how to be rid of it. */
export function left(holding: Named, words: string): string {
  return (
    `The environment "${holding.environmentName}" may be left, because it could not be deleted: ${quote(words)}. Delete it by ` +
    `hand: ${removalCommand(holding.appId, holding.environmentName)}.`
  );
}

export function notOurs(physicalId: string): DeploymentError {
  return new DeploymentError(
    'NotOurs',
    `The physical id ${JSON.stringify(physicalId.slice(0, 100))} is not one that this construct gave out, so nothing was ` +
      'changed. Remove the resource from the template, deploy, and add it again.',
  );
}

export function outputsMissing(environmentName: string, problems: readonly string[], there: string): DeploymentError {
  return new DeploymentError(
    'OutputsMissing',
    `The environment "${environmentName}" does not have the outputs that were asked for: ${problems.join('; ')}. ${there}`,
  );
}

/** The source had them, so that they were looked for until the timeout. */
export function keptWithoutOutputs({ appId, environmentName }: Named, missing: DeploymentError): DeploymentError {
  return new DeploymentError(
    missing.name,
    `${missing.message} The clone is complete, and is kept. Ask for outputs that are there and take it with ` +
      `existingEnvironment: ADOPT, or delete it by hand (${removalCommand(appId, environmentName)}) and deploy again.`,
  );
}

export function outputsTooLarge(environmentName: string, bytes: number, most: number): DeploymentError {
  return new DeploymentError(
    'OutputsTooLarge',
    `The outputs asked for of the environment "${environmentName}" take ${bytes} bytes, and there is ` +
      `room for ${most} in CloudFormation's answer of 4,096 bytes. Ask for fewer.`,
  );
}

type Named = Pick<Holding, 'appId' | 'environmentName'>;

/** What a request is about, as far as it says so itself. */
export type Concerned = Pick<Holding, 'appId' | 'environmentName' | 'adopted'>;

/** A command that works where DeleteBackend does not (amplify-hosting issues 293, 882, 1330). */
export function removalCommand(appId: string, environmentName: string): string {
  return `aws amplify delete-backend-environment --app-id ${appId} --environment-name ${environmentName}`;
}

function asked(wanted: Wanted): string {
  return (
    `The Amplify backend environment "${wanted.sourceName}" of app ${wanted.appId} was to be cloned to ` +
    `"${wanted.targetName}"`
  );
}

function whatIsThere(names: ReadonlySet<string>): string {
  if (names.size === 0) return 'The app has no environments.';
  return `There ${names.size === 1 ? 'is' : 'are'}: ${oneLine([...names].sort().join(', '), LONGEST_WORDS)}.`;
}

function quote(words: string): string {
  return `"${oneLine(words, LONGEST_WORDS)}"`;
}

function oneLine(text: string, longest: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest)}...` : line;
}
