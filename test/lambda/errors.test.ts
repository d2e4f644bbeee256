import * as fc from 'fast-check';
import { ServiceError } from '../../lambda/backend-service';
import * as errors from '../../lambda/errors';
import { errorOf } from '../../lambda/errors';
import type { FailureCause } from '../../lambda/failure-cause';
import type { OwnedClone } from '../../lambda/ledger';
import { readOutputs } from '../../lambda/outputs';
import type { Named } from '../../lambda/physical-id';
import { amplifyMetaFiles } from '../amplify-meta';
import { APP, properties as anyWanted, cloneEntryOf, heldOf, jobOf, MINUTE, START } from './test-context';

/*
 * The messages, word by word: they are what people have when a deployment fails. `test/lifecycle/failure-messages.test.ts` shows
 * them as CloudFormation does.
 */

const properties = { ...anyWanted, timeoutMilliseconds: 30 * MINUTE };
const held = heldOf('r');
const clone: OwnedClone = { ...held, calledAt: START, job: { id: 'job-1', filedUnder: 'preview' } };
const serviceErrorOf = (operation: string, service: 'amplifybackend' | 'dynamodb' = 'amplifybackend') =>
  new ServiceError('DENIED', operation, 'its words', service);
const role = 'The role of Lambda function Handler';

const messageOf = ({ message }: errors.DeploymentError): string => message;

test('an invalid request', () => {
  expect(messageOf(errorOf('InvalidRequest', ['one', 'two']))).toMatchInlineSnapshot(
    `"[InvalidRequest] The request is not valid: one; two. Nothing was changed."`,
  );
});

test('a missing app', () => {
  expect(messageOf(errors.notSuitable(properties, errorOf('AppNotFound', properties)))).toMatchInlineSnapshot(
    `"[AppNotFound] Cannot clone environment "dev" of app d1a2b3c4d5e6f7 to "preview". App d1a2b3c4d5e6f7 does not exist in this account and Region, or its Amplify Studio is off. Check the app ID, account and Region. To switch Amplify Studio on, run "aws amplifybackend create-backend-config --app-id d1a2b3c4d5e6f7". Nothing was changed."`,
  );
});

test('a missing source, in an app with several environments, with one, and with none', () => {
  expect(messageOf(errorOf('SourceNotFound', properties, new Set(['test'])))).toContain(
    'Available environments: test.',
  );
  expect(messageOf(errorOf('SourceNotFound', properties, new Set(['test', 'prod'])))).toMatchInlineSnapshot(
    `"[SourceNotFound] Cannot clone environment "dev" of app d1a2b3c4d5e6f7 to "preview": "dev" does not exist. Available environments: prod, test. Nothing was changed."`,
  );
  expect(messageOf(errorOf('SourceNotFound', properties, new Set()))).toMatchInlineSnapshot(
    `"[SourceNotFound] Cannot clone environment "dev" of app d1a2b3c4d5e6f7 to "preview": "dev" does not exist. The app has no environments. Nothing was changed."`,
  );
});

test('an existing target', () => {
  expect(messageOf(errorOf('TargetExists', properties))).toMatchInlineSnapshot(
    `"[TargetExists] Cannot clone environment "dev" of app d1a2b3c4d5e6f7 to "preview": "preview" already exists. Nothing was changed. Choose another target name, use the environment as it is with existingEnvironment: ADOPT, or delete it if nobody needs it. To delete it by hand, delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket."`,
  );
});

test('an Update back that fails, with the environments that may remain', () => {
  const missing = errorOf('OutputsMissing', 'preview', ['auth.UserPoolId does not exist'], []);
  expect(messageOf(errors.returnFailed(missing, held, { ...held, environmentName: 'next' }))).toMatchInlineSnapshot(
    `"[OutputsMissing] Environment "preview" does not have the requested outputs: auth.UserPoolId does not exist. It has no outputs. To finish a failed rollback, fix that and continue it. Environment "preview" may remain. CloudFormation may not delete it with the stack. To delete it by hand, delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket. Environment "next" may remain. CloudFormation may not delete it with the stack. To delete it by hand, delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name next" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name next", then delete the deployment bucket."`,
  );
});

test('a refused clone', () => {
  expect(messageOf(errorOf('CloneRefused', properties, 'no more clones'))).toMatchInlineSnapshot(
    `"[CloneRefused] Cannot clone environment "dev" of app d1a2b3c4d5e6f7 to "preview": the service refused the request. It says: "no more clones". Nothing was changed."`,
  );
});

test('a role that may not call the service, in a Create and in a Delete', () => {
  expect(messageOf(errorOf('AccessDenied', serviceErrorOf('CloneBackend'), undefined, role))).toMatchInlineSnapshot(
    `"[AccessDenied] The role of Lambda function Handler may not call amplifybackend:CloneBackend. The service says: "its words". Allow it in the role's policies, its permissions boundary and the organization's service control policies, then deploy again. Amplify acts with the permissions of its caller. The AWS managed policy AdministratorAccess-Amplify has the permissions that it needs."`,
  );
  expect(messageOf(errorOf('AccessDenied', serviceErrorOf('DeleteBackend'), held, role))).toMatchInlineSnapshot(
    `"[AccessDenied] The role of Lambda function Handler may not call amplifybackend:DeleteBackend. The service says: "its words". Allow it in the role's policies, its permissions boundary and the organization's service control policies, then deploy again. Amplify acts with the permissions of its caller. The AWS managed policy AdministratorAccess-Amplify has the permissions that it needs. Environment "preview" of app d1a2b3c4d5e6f7 may remain. If this resource created it, and CloudFormation does not delete it, delete it by hand: delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket."`,
  );
});

test('a role that may not use the ledger', () => {
  expect(
    messageOf(errorOf('AccessDenied', serviceErrorOf('GetItem', 'dynamodb'), undefined, role)),
  ).toMatchInlineSnapshot(
    `"[AccessDenied] The role of Lambda function Handler may not call dynamodb:GetItem. The service says: "its words". Allow it in the role's policies, its permissions boundary and the organization's service control policies, then deploy again."`,
  );
});

test('a Delete that could read nothing', () => {
  const messages = (unseen: Named | undefined) => [
    messageOf(errorOf('AccessDenied', serviceErrorOf('GetItem', 'dynamodb'), unseen, role)),
    messageOf(errorOf('LedgerUnusable', serviceErrorOf('PutItem', 'dynamodb'), unseen)),
  ];
  expect(messages(held)).toMatchInlineSnapshot(`
[
  "[AccessDenied] The role of Lambda function Handler may not call dynamodb:GetItem. The service says: "its words". Allow it in the role's policies, its permissions boundary and the organization's service control policies, then deploy again. Environment "preview" of app d1a2b3c4d5e6f7 may remain. If this resource created it, and CloudFormation does not delete it, delete it by hand: delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket.",
  "[LedgerUnusable] The provider's ledger table cannot be used. DynamoDB says to PutItem: "its words". No further step was taken. Check that the table exists under the name in the variable LEDGER_TABLE of the provider's functions, then deploy again. Environment "preview" of app d1a2b3c4d5e6f7 may remain. If this resource created it, and CloudFormation does not delete it, delete it by hand: delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket.",
]
`);
  for (const message of messages(undefined)) expect(message).not.toContain('may remain');
});

test('a ledger that cannot be used', () => {
  expect(messageOf(errorOf('LedgerUnusable', serviceErrorOf('PutItem', 'dynamodb'), undefined))).toMatchInlineSnapshot(
    `"[LedgerUnusable] The provider's ledger table cannot be used. DynamoDB says to PutItem: "its words". No further step was taken. Check that the table exists under the name in the variable LEDGER_TABLE of the provider's functions, then deploy again."`,
  );
});

test('a clone that did not start before the timeout, because of the service, or of a lost answer', () => {
  expect(messageOf(errorOf('CloneNotStarted', properties, serviceErrorOf('CloneBackend')))).toMatchInlineSnapshot(
    `"[CloneNotStarted] Cannot clone environment "dev" of app d1a2b3c4d5e6f7 to "preview": the service did not accept the request within 30 minutes. It says to CloneBackend: "its words". Nothing was changed. Deploy again."`,
  );
  expect(messageOf(errorOf('CloneNotStarted', properties, undefined))).toMatchInlineSnapshot(
    `"[CloneNotStarted] Cannot clone environment "dev" of app d1a2b3c4d5e6f7 to "preview": the service did not accept the request within 30 minutes. Its answers to CloneBackend were lost, and no clone began. Nothing was changed. Deploy again."`,
  );
});

test('a cancelled request', () => {
  expect(messageOf(errorOf('Cancelled', properties))).toMatchInlineSnapshot(
    `"[Cancelled] Cannot clone environment "dev" of app d1a2b3c4d5e6f7 to "preview": CloudFormation cancelled the request."`,
  );
});

test('a lost answer', () => {
  expect(messageOf(errorOf('AnswerLost', clone))).toMatchInlineSnapshot(
    `"[AnswerLost] The clone of environment "dev" of app d1a2b3c4d5e6f7 to "preview" failed: the answer to CloneBackend was lost, and the app lists no new environment. Deploy again."`,
  );
});

test('a failed clone, with and without the service’s reason', () => {
  const failed = jobOf('job-1', 'FAILED', { error: 'resource limit exceeded' });
  expect(messageOf(errorOf('CloneFailed', clone, failed, undefined, role))).toMatchInlineSnapshot(
    `"[CloneFailed] The clone of environment "dev" of app d1a2b3c4d5e6f7 to "preview" failed (job job-1). The service says: "resource limit exceeded". For the cause, see the events of the CloudFormation stack amplify-*-preview-* and of its nested stacks. Then deploy again."`,
  );
  expect(messageOf(errorOf('CloneFailed', clone, jobOf('job-1', 'FAILED'), undefined, role))).toMatchInlineSnapshot(
    `"[CloneFailed] The clone of environment "dev" of app d1a2b3c4d5e6f7 to "preview" failed (job job-1). The service gives no reason. The role of Lambda function Handler may lack a permission. Amplify acts with the permissions of its caller. The AWS managed policy AdministratorAccess-Amplify has the permissions that it needs. For the cause, see the events of the CloudFormation stack amplify-*-preview-* and of its nested stacks. Then deploy again."`,
  );
});

test('a failed clone, with the first failure in its stack', () => {
  const cause: FailureCause = {
    stackName: 'amplify-myapp-preview-142201',
    logicalId: 'UserPool',
    type: 'AWS::Cognito::UserPool',
    reason: 'Limit of user pools exceeded',
  };
  const failed = (error: string | undefined, reason = cause.reason) =>
    messageOf(errorOf('CloneFailed', clone, jobOf('job-1', 'FAILED', { error }), { ...cause, reason }, role));
  expect(failed(undefined)).toMatchInlineSnapshot(
    `"[CloneFailed] The clone of environment "dev" of app d1a2b3c4d5e6f7 to "preview" failed (job job-1). First failure in its CloudFormation stack amplify-myapp-preview-142201: UserPool (AWS::Cognito::UserPool) failed with "Limit of user pools exceeded". Fix that. Then deploy again."`,
  );
  expect(failed('cloning backend failed')).toContain(
    'The service says: "cloning backend failed". First failure in its CloudFormation stack amplify-myapp-preview-142201: UserPool',
  );
  const denied = 'User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: cognito-idp:CreateUserPool';
  expect(failed(undefined, denied)).toContain('The role of Lambda function Handler lacks cognito-idp:CreateUserPool');
});

test('a clone that exceeds its timeout, with and without its job', () => {
  const lost: OwnedClone = { ...clone, job: { id: undefined, filedUnder: 'dev' } };
  expect(messageOf(errorOf('CloneTimedOut', clone, 30 * 60_000, 'its job is still running'))).toMatchInlineSnapshot(
    `"[CloneTimedOut] The clone of environment "dev" of app d1a2b3c4d5e6f7 to "preview" was not complete after 30 minutes (job job-1): its job is still running. The rollback deletes it. Deploy again, with a longer timeout (at most 50 minutes) if clones of this app take that long. If the environment remains, delete it by hand: delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket."`,
  );
  expect(messageOf(errorOf('CloneTimedOut', lost, 30 * 60_000, 'its job is still running'))).toContain('(job unknown)');
});

test('a failed deletion', () => {
  expect(
    messageOf(errorOf('RemovalFailed', held, errors.reasonOf('a bucket is not empty', role))),
  ).toMatchInlineSnapshot(
    `"[RemovalFailed] Environment "preview" of app d1a2b3c4d5e6f7 was not deleted, and may still exist. The service says: "a bucket is not empty". Delete the stack, or deploy, again. To delete it by hand, delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket."`,
  );
});

test('another source for the same target', () => {
  expect(messageOf(errorOf('SourceChanged', held, { ...properties, sourceName: 'test' }))).toMatchInlineSnapshot(
    `"[SourceChanged] The source of environment "preview" of app d1a2b3c4d5e6f7 cannot change from "dev" to "test": a clone cannot be made again in place. Nothing was changed. Choose a new targetEnvironmentName with the new source. The removal policy decides what happens to the present environment."`,
  );
});

test('an environment that does not exist any more', () => {
  expect(messageOf(errorOf('EnvironmentGone', held))).toMatchInlineSnapshot(
    `"[EnvironmentGone] Environment "preview" of app d1a2b3c4d5e6f7 does not exist any more. Deploy again."`,
  );
});

test('a service that does not answer for as long as CloudFormation waits', () => {
  const entry = cloneEntryOf({ at: 'cloning', calledAt: START });
  expect(messageOf(errorOf('ServiceUnavailable', serviceErrorOf('GetBackendJob'), entry))).toMatchInlineSnapshot(
    `"[ServiceUnavailable] The service gave no usable answer to GetBackendJob for as long as CloudFormation waits. The service says: "its words". Environment "preview" of app d1a2b3c4d5e6f7 may remain. If this resource created it, and CloudFormation does not delete it, delete it by hand: delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket."`,
  );
  expect(messageOf(errorOf('ServiceUnavailable', serviceErrorOf('GetBackendJob'), undefined))).toMatchInlineSnapshot(
    `"[ServiceUnavailable] The service gave no usable answer to GetBackendJob for as long as CloudFormation waits. The service says: "its words"."`,
  );
});

test('a physical ID of another handler, of any length', () => {
  expect(messageOf(errorOf('NotOurs', '"x"'.padEnd(200, '-')))).toMatchInlineSnapshot(
    `"[NotOurs] The physical ID ""x"-------------------------------------------------------------------------------------------------" is not one of this construct, so nothing was changed. Remove the resource from the template, deploy, and add it again."`,
  );
});

test('missing or too large outputs', () => {
  const missing = errorOf('OutputsMissing', 'preview', ['auth.X does not exist', 'api.Y does not exist'], []);
  expect(messageOf(missing)).toMatchInlineSnapshot(
    `"[OutputsMissing] Environment "preview" does not have the requested outputs: auth.X does not exist; api.Y does not exist. It has no outputs."`,
  );
  expect(messageOf(errors.keptWithoutOutputs(held, missing))).toMatchInlineSnapshot(
    `"[OutputsMissing] Environment "preview" does not have the requested outputs: auth.X does not exist; api.Y does not exist. It has no outputs. The clone is complete, and is kept. Request outputs that can be read and use it with existingEnvironment: ADOPT, or delete it and deploy again. To delete it by hand, delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket."`,
  );
  expect(messageOf(errorOf('OutputsTooLarge', 'preview', 3000, 2500))).toMatchInlineSnapshot(
    `"[OutputsTooLarge] The requested outputs of environment "preview" take 3000 bytes, and CloudFormation's answer of 4,096 bytes has room for 2500. Request fewer."`,
  );
});

describe('the service’s words', () => {
  const quoted = (words: string): string => errorOf('CloneRefused', properties, words).message;

  test('are one line', () => {
    expect(quoted(' one\n  two\tthree\u0007 ')).toContain('"one two three"');
  });

  test('are cut at 300 bytes', () => {
    expect(quoted('x'.repeat(300))).toContain(`"${'x'.repeat(300)}"`);
    expect(quoted('x'.repeat(301))).toContain(`"${'x'.repeat(300)}..."`);
  });

  test('that name a missing permission are followed by the remedy', () => {
    const words =
      'User: "arn:aws:sts::1:assumed-role/r/f" is not authorized to perform: "iam:PutRolePolicy" on resource: "x"';
    const remedy =
      'The role of Lambda function Handler lacks iam:PutRolePolicy. Amplify acts with the permissions of its caller. The AWS managed ' +
      'policy AdministratorAccess-Amplify has the permissions that it needs.';
    expect(
      errorOf('CloneFailed', clone, jobOf('job-1', 'FAILED', { error: words }), undefined, role).message,
    ).toContain(remedy);
    expect(errors.reasonOf(words, role)).toContain(remedy);
  });

  test('are followed by the remedy once if both the clone and its removal lack a permission', () => {
    const { name, text } = errorOf('CloneFailed', clone, jobOf('job-1', 'FAILED'), undefined, role);
    const remains = errors.left(clone, errors.reasonOf(undefined, role));
    const { text: both } = errors.withRemains({ name, text }, remains);
    expect(both.split('AdministratorAccess-Amplify')).toHaveLength(2);
    expect(both).toContain('may lack a permission. To delete it by hand,');
    expect(errors.withRemains({ name, text: 'It failed.' }, remains).text).toBe(`It failed. ${remains}`);
    expect(errors.withRemains({ name, text: 'It failed.' }, undefined).text).toBe('It failed.');
  });
});

describe('a list in a message', () => {
  const available = (names: readonly string[]): string => errorOf('OutputsMissing', 'preview', ['a'], names).message;

  test('is shortened by whole entries, and says how many are omitted', () => {
    const names = Array.from({ length: 100 }, (_, index) => `auth.pool.Output${index}`);
    expect(available(names)).toMatch(
      /Available outputs: auth\.pool\.Output0, .*auth\.pool\.Output\d+, and \d+ more\.$/,
    );
    expect(available(names).length).toBeLessThan(550);
  });

  test('has its long entries cut', () => {
    expect(available(['x'.repeat(121)])).toContain(`${'x'.repeat(120)}...`);
  });
});

test('a message begins with its code, and its text is available without it', () => {
  const { name, text, message } = errorOf('EnvironmentGone', held);
  expect(name).toBe('EnvironmentGone');
  expect(text).toMatch(/^Environment "preview"/);
  expect(message).toBe(`[EnvironmentGone] ${text}`);
});

test('an error has no stack trace, which would not help its reader', () => {
  expect(errorOf('Cancelled', properties).stack).toBe('');
});

/*
 * CloudFormation takes answers of 4,096 bytes, in which each message stands with ids and the name of a log group. What goes
 * beyond that is lost from its end, and at the end is what people are to do.
 */
/** Of CloudFormation's 4,096, the framework and the ids take the rest. */
const MOST_BYTES = 3100;
const BEYOND_A_LINE = /[\p{Cc}\p{Zl}\p{Zp}]/u;

function expectToFit(message: string, lastSentence: string): void {
  expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(MOST_BYTES);
  expect(message).not.toMatch(BEYOND_A_LINE);
  expect(message.endsWith(lastSentence)).toBe(true);
}

/** What the service, the template and the backend can bring into a message. */
interface Drawn {
  readonly words: string;
  readonly list: readonly string[];
  readonly sourceName: string;
  readonly job: string;
  readonly region: string;
  readonly isOfLedger: boolean;
  readonly isDeletion: boolean;
}

/** By code, and by function that says more about another error: the error, whatever is in it, and its last sentence. */
type Factories = Record<
  errors.FailureCode | 'withRemains' | 'returnFailed' | 'notSuitable' | 'keptWithoutOutputs',
  (drawn: Drawn) => readonly [errors.DeploymentError, lastSentence: string]
>;

const ofDrawn = ({ sourceName, job }: Drawn) => {
  const names = { appId: `d${'1'.repeat(19)}`, environmentName: 'abcdefghij', sourceName };
  const asked = { ...properties, appId: names.appId, sourceName, targetName: names.environmentName };
  const longestNames = { ...held, ...names };
  const cloned: OwnedClone = { ...names, calledAt: START, job: { id: job, filedUnder: 'preview' } };
  return { asked, held: longestNames, cloned, byHand: errors.byHand(names) };
};
const longRole = `The role of Lambda function ${'f'.repeat(64)}`;
const stepsByHand = 'then delete the deployment bucket.';
const drawnError = ({ words, isOfLedger }: Drawn) =>
  new ServiceError('BUSY', 'ListBackendJobs', words, isOfLedger ? 'dynamodb' : 'amplifybackend');
/** In half of the cases the events of the stack say more. */
const causeOf = ({ words, isDeletion }: Drawn): FailureCause | undefined =>
  isDeletion ? { stackName: words, logicalId: words, type: words, reason: words } : undefined;
const missing = ({ list }: Drawn) => errorOf('OutputsMissing', 'abcdefghij', list, list);

const factories: Factories = {
  withRemains: (drawn) => [
    errors.withRemains(
      {
        name: 'CloneFailed',
        text: errorOf('CloneFailed', ofDrawn(drawn).cloned, jobOf('j', 'FAILED'), causeOf(drawn), longRole).text,
      },
      errors.left(ofDrawn(drawn).held, errors.reasonOf(drawn.words, longRole)),
    ),
    ofDrawn(drawn).byHand,
  ],
  InvalidRequest: ({ list }) => [errorOf('InvalidRequest', list), 'Nothing was changed.'],
  AppNotFound: (drawn) => [errorOf('AppNotFound', ofDrawn(drawn).asked), `--app-id ${ofDrawn(drawn).asked.appId}".`],
  SourceNotFound: (drawn) => [
    errorOf('SourceNotFound', ofDrawn(drawn).asked, new Set(drawn.list)),
    'Nothing was changed.',
  ],
  TargetExists: (drawn) => [errorOf('TargetExists', ofDrawn(drawn).asked), ofDrawn(drawn).byHand],
  NameNotAllowed: (drawn) => [
    errorOf('NameNotAllowed', { ...ofDrawn(drawn).asked, targetName: drawn.sourceName }),
    'Nothing was changed.',
  ],
  CloneRefused: (drawn) => [errorOf('CloneRefused', ofDrawn(drawn).asked, drawn.words), 'Nothing was changed.'],
  RegionNotSupported: (drawn) => [errorOf('RegionNotSupported', ofDrawn(drawn).asked, drawn.region), 'us-west-2.'],
  AccessDenied: (drawn) => {
    const ofTheCall = drawn.isOfLedger ? 'then deploy again.' : 'has the permissions that it needs.';
    return [
      errorOf('AccessDenied', drawnError(drawn), drawn.isDeletion ? ofDrawn(drawn).held : undefined, longRole),
      drawn.isDeletion ? stepsByHand : ofTheCall,
    ];
  },
  LedgerUnusable: (drawn) => [
    errorOf('LedgerUnusable', drawnError(drawn), drawn.isDeletion ? ofDrawn(drawn).held : undefined),
    drawn.isDeletion ? stepsByHand : 'then deploy again.',
  ],
  CloneNotStarted: (drawn) => [errorOf('CloneNotStarted', ofDrawn(drawn).asked, drawnError(drawn)), 'Deploy again.'],
  Cancelled: (drawn) => [errorOf('Cancelled', ofDrawn(drawn).asked), 'CloudFormation cancelled the request.'],
  AnswerLost: (drawn) => [errorOf('AnswerLost', ofDrawn(drawn).cloned), 'Deploy again.'],
  CloneFailed: (drawn) => [
    errorOf(
      'CloneFailed',
      ofDrawn(drawn).cloned,
      jobOf(drawn.job, 'FAILED', { error: drawn.words }),
      causeOf(drawn),
      longRole,
    ),
    'Then deploy again.',
  ],
  CloneTimedOut: (drawn) => [
    errorOf(
      'CloneTimedOut',
      ofDrawn(drawn).cloned,
      MINUTE,
      'its job is completed, but the app does not list the environment',
    ),
    stepsByHand,
  ],
  RemovalFailed: (drawn) => [
    errorOf('RemovalFailed', ofDrawn(drawn).held, errors.reasonOf(drawn.words, longRole)),
    ofDrawn(drawn).byHand,
  ],
  SourceChanged: (drawn) => [
    errorOf('SourceChanged', ofDrawn(drawn).held, ofDrawn(drawn).asked),
    'The removal policy decides what happens to the present environment.',
  ],
  EnvironmentGone: (drawn) => [errorOf('EnvironmentGone', ofDrawn(drawn).held), 'Deploy again.'],
  returnFailed: (drawn) => [
    errors.returnFailed(missing(drawn), ofDrawn(drawn).held, ofDrawn(drawn).held),
    ofDrawn(drawn).byHand,
  ],
  ServiceUnavailable: (drawn) => [errorOf('ServiceUnavailable', drawnError(drawn), ofDrawn(drawn).held), stepsByHand],
  NotOurs: ({ job }) => [errorOf('NotOurs', job), 'Remove the resource from the template, deploy, and add it again.'],
  OutputsMissing: (drawn) => [missing(drawn), drawn.list.length === 0 ? 'It has no outputs.' : '.'],
  ConfigurationUnreadable: ({ words }) => [errorOf('ConfigurationUnreadable', 'abcdefghij', words), '".'],
  OutputsTooLarge: () => [errorOf('OutputsTooLarge', 'abcdefghij', 999_999, 2500), 'Request fewer.'],
  notSuitable: (drawn) => [errors.notSuitable(ofDrawn(drawn).asked, missing(drawn)), 'Nothing was changed.'],
  keptWithoutOutputs: (drawn) => [
    errors.keptWithoutOutputs(ofDrawn(drawn).held, missing(drawn)),
    ofDrawn(drawn).byHand,
  ],
};

/** As the handler puts them together when a clone has failed. */
const afterAFailedClone: Record<string, (drawn: Drawn) => readonly [errors.DeploymentError, lastSentence: string]> = {
  'what may remain of it': (drawn) => {
    const [{ name, text }] = factories.CloneFailed(drawn);
    const left = errors.left(ofDrawn(drawn).held, errors.reasonOf(drawn.words, longRole));
    return [new errors.DeploymentError(name, `${text} ${left}`), ofDrawn(drawn).byHand];
  },
  'what was not touched': (drawn) => {
    const [{ name, text }] = factories.CloneFailed(drawn);
    const remains = errors.remainsAfter.MAY_BE_BEING_CREATED(ofDrawn(drawn).held);
    return [new errors.DeploymentError(name, `${text} ${remains}`), ofDrawn(drawn).byHand];
  },
};

/** Long: fast-check's own texts hardly ever are. */
const repeated = (chunk: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(chunk, fc.integer({ min: 0, max: 2000 })).map(([text, length]) => text.repeat(length).slice(0, length));
const anyText = fc.oneof(
  repeated(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 })),
  repeated(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })),
  fc
    .tuple(fc.integer({ min: 1, max: 50 }), repeated(fc.string({ minLength: 1, maxLength: 20 })))
    .map(([length, rest]) => `${rest.slice(0, 99)} is not authorized to perform: s3:${'A'.repeat(length)} ${rest}`),
  fc.constant(`<html>${'<p>Bad Gateway</p>\r\n'.repeat(100)}</html>`),
);
const anythingDrawn: fc.Arbitrary<Drawn> = fc.record({
  words: anyText,
  list: fc.oneof(
    fc.array(anyText, { maxLength: 20 }),
    fc.integer({ min: 1, max: 300 }).map((length) => Array.from({ length }, (_, index) => `auth.pool.Output${index}`)),
  ),
  sourceName: repeated(fc.string({ unit: fc.constantFrom('a', 'Z', '0', '-'), minLength: 1 })).map((text) =>
    `d${text}`.slice(0, 255),
  ),
  job: fc.string({ unit: 'grapheme-ascii', maxLength: 64 }),
  region: fc.constantFrom('af-south-1', 'ap-southeast-7'),
  isOfLedger: fc.boolean(),
  isDeletion: fc.boolean(),
});

test.each([...Object.entries(factories), ...Object.entries(afterAFailedClone)])(
  'a message keeps its end, whatever texts of the service and the backend it has: %s',
  (_, make) => {
    fc.assert(
      fc.property(anythingDrawn, (drawn) => {
        const [{ message }, lastSentence] = make(drawn);
        expectToFit(message, lastSentence);
      }),
    );
  },
);

describe.each(amplifyMetaFiles())('with the backend %s', (_, config) => {
  test.each([
    ['that do not exist', ['auth', 'api', 'storage', 'function', 'hosting'], ['UserPoolId2', 'Nothing', 'Arn2']],
    ['that several resources have, or none', ['auth', 'api', 'storage', 'function'], ['Arn', 'Name', 'Region']],
  ])('a message about outputs %s keeps its end', (_name, categories, names) => {
    const paths = categories.flatMap((category) => names.map((name) => ({ category, resource: undefined, name })));
    const result = readOutputs('preview', paths, { kind: 'read', config });
    if (result.kind === 'there') throw new Error('the backend has outputs that it should not have');
    expectToFit(errors.notSuitable(properties, result.error).message, 'Nothing was changed.');
    expectToFit(
      errors.keptWithoutOutputs(held, result.error).message,
      errors.byHand({ appId: APP, environmentName: 'preview' }),
    );
  });
});
