import { Duration } from 'aws-cdk-lib';
import { EnvironmentName, ExistingEnvironment } from '../lib';
import { LONGEST_TIMEOUT } from '../lib/clone-timeout';
import { appIdProblem, existingNameProblem, newNameProblem, quoted } from '../lib/naming-rules';

/** The clones that the context of the app requests. */
export interface CloneRequest {
  readonly appId: string;
  readonly source: string;
  readonly targets: readonly string[];
  readonly retain: boolean;
  readonly timeout: Duration | undefined;
  readonly existingEnvironment: ExistingEnvironment;
}

/** The context is incomplete or invalid. The user of the command reads the message. */
export class ContextError extends Error {
  constructor(problems: readonly string[]) {
    super(
      `${['The context is incomplete or invalid:', ...problems.map((line) => `  - ${line}`)].join('\n')}\n\n${USAGE}`,
    );
    this.name = 'ContextError';
  }
}

const LONGEST_TIMEOUT_MINUTES = LONGEST_TIMEOUT.toMinutes();

const USAGE = `The full command:

  npx cdk deploy --all -c appId=d1a2b3c4d5e6f7 -c source=dev -c targets=preview,qa

  -c appId=ID             the Amplify app (required)
  -c source=NAME          the environment to clone (required)
  -c targets=NAME,NAME    the new environments, 2 to 10 lowercase letters each
  -c branch=BRANCH        one more, named after a git branch; targets or branch is required
  -c retain=false         delete the new environments with their stacks (default: true, keep them)
  -c existing=adopt       use the target environment, if it exists (default: fail)
  -c timeoutMinutes=N     how long each clone may take, 1 to ${LONGEST_TIMEOUT_MINUTES} (default: 45)`;

/** Throws a `ContextError` that lists every problem. `get` has the behavior of `node.tryGetContext`. */
export function parseContext(get: (key: string) => unknown): CloneRequest {
  const problems: string[] = [];
  const note = (problem: string | undefined): void => {
    if (problem !== undefined) {
      problems.push(problem);
    }
  };
  // On the command line, each value is text. In cdk.json, it can be a number or a boolean.
  const text = (key: string): string => {
    const value = get(key);
    if (value === undefined || value === null) {
      return '';
    }
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      return String(value).trim();
    }
    note(`${key} is not text`);
    return '';
  };

  const appId = text('appId');
  note(appId === '' ? 'appId is missing' : appIdProblem(appId));

  const source = text('source');
  note(source === '' ? 'source is missing' : existingNameProblem('source', source));

  const targets = new Set(
    text('targets')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
  for (const target of targets) {
    note(newNameProblem('target', target));
  }
  const branch = text('branch');
  if (branch !== '') {
    targets.add(EnvironmentName.fromBranch(branch));
  }
  note(targets.size === 0 ? 'targets and branch are missing: one of them is needed' : undefined);
  note(source !== '' && targets.has(source) ? `target ${quoted(source)} is the source itself` : undefined);

  const retain = text('retain') || 'true';
  note(retain === 'true' || retain === 'false' ? undefined : `retain ${quoted(retain)} is neither true nor false`);

  const existing = text('existing') || 'fail';
  note(
    existing === 'adopt' || existing === 'fail' ? undefined : `existing ${quoted(existing)} is neither adopt nor fail`,
  );

  const timeoutText = text('timeoutMinutes');
  const minutes = Number(timeoutText);
  note(
    timeoutText === '' || (Number.isInteger(minutes) && minutes >= 1 && minutes <= LONGEST_TIMEOUT_MINUTES)
      ? undefined
      : `timeoutMinutes ${quoted(timeoutText)} is not a whole number from 1 to ${LONGEST_TIMEOUT_MINUTES}`,
  );

  if (problems.length > 0) {
    throw new ContextError(problems);
  }
  return {
    appId,
    source,
    targets: [...targets],
    retain: retain === 'true',
    timeout: timeoutText === '' ? undefined : Duration.minutes(minutes),
    existingEnvironment: existing === 'adopt' ? ExistingEnvironment.ADOPT : ExistingEnvironment.FAIL,
  };
}
