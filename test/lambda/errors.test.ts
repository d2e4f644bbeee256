import { ServiceTrouble } from '../../lambda/backend-service';
import * as errors from '../../lambda/errors';
import type { OwnedClone } from '../../lambda/ledger-entries';
import type { CreateRequest, DeleteRequest } from '../../lambda/request';
import { APP, wanted as anyWanted, cloneEntryOf, holdingOf, jobOf, MINUTE, resource, START } from './world-under-test';

/*
 * The messages, word by word: they are what people have when a deployment fails. `test/lifecycle/failure-messages.test.ts` shows
 * them as CloudFormation does.
 */

const wanted = { ...anyWanted, timeoutMilliseconds: 30 * MINUTE };
const create: CreateRequest = { type: 'Create', id: 'create', resource, wanted };
const deletion: DeleteRequest = { type: 'Delete', id: 'delete', resource, wanted: undefined, physicalId: 'id' };
const holding = holdingOf('r');
const clone: OwnedClone = { ...holding, calledAt: START, job: { id: 'job-1', filedUnder: 'target' } };
const troubleOf = (operation: string, service: 'amplifybackend' | 'dynamodb' = 'amplifybackend') =>
  new ServiceTrouble('DENIED', operation, 'its words', service);
const role = 'The role of the Lambda function Handler';

const messageOf = ({ name, message }: errors.DeploymentError): string => `${name}: ${message}`;

test('a request that is not valid', () => {
  expect(messageOf(errors.invalidRequest(['one', 'two']))).toMatchInlineSnapshot(
    `"InvalidRequest: Nothing was done, because the request is not valid: one; two."`,
  );
});

test('an app that is not there', () => {
  expect(messageOf(errors.appNotFound(wanted))).toMatchInlineSnapshot(
    `"AppNotFound: The Amplify backend environment "dev" of app d1a2b3c4d5e6f7 was to be cloned to "preview", but the service knows no app d1a2b3c4d5e6f7 in this region and account. Nothing was cloned. Check the app id, account and region. For an app whose Amplify Studio is switched off the service says the same: aws amplifybackend create-backend-config --app-id d1a2b3c4d5e6f7 switches it on."`,
  );
});

test('a source that is not there, in an app with environments, with one, and with none', () => {
  expect(messageOf(errors.sourceNotFound(wanted, new Set(['test'])))).toContain('There is: test.');
  expect(messageOf(errors.sourceNotFound(wanted, new Set(['test', 'prod'])))).toMatchInlineSnapshot(
    `"SourceNotFound: The Amplify backend environment "dev" of app d1a2b3c4d5e6f7 was to be cloned to "preview", but there is no environment "dev". Nothing was cloned. There are: prod, test."`,
  );
  expect(messageOf(errors.sourceNotFound(wanted, new Set()))).toMatchInlineSnapshot(
    `"SourceNotFound: The Amplify backend environment "dev" of app d1a2b3c4d5e6f7 was to be cloned to "preview", but there is no environment "dev". Nothing was cloned. The app has no environments."`,
  );
});

test('a target that is there', () => {
  expect(messageOf(errors.targetExists(wanted))).toMatchInlineSnapshot(
    `"TargetExists: The Amplify backend environment "dev" of app d1a2b3c4d5e6f7 was to be cloned to "preview", but there is an environment "preview" already. It was left untouched. Choose another target name, or take the environment as it is with existingEnvironment: ADOPT, or, if nobody needs it, delete it (aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview) and deploy again."`,
  );
});

test('a clone that was refused', () => {
  expect(messageOf(errors.cloneRefused(wanted, 'no more clones'))).toMatchInlineSnapshot(
    `"CloneRefused: The Amplify backend environment "dev" of app d1a2b3c4d5e6f7 was to be cloned to "preview". The service refused: "no more clones". Nothing was cloned, and no environment was touched."`,
  );
});

test('a role that may not call the service, in a Create and in a Delete', () => {
  expect(messageOf(errors.accessDenied(troubleOf('CloneBackend'), create, holding, role))).toMatchInlineSnapshot(
    `"AccessDenied: The role of the Lambda function Handler may not do amplifybackend:CloneBackend on arn:aws:amplifybackend:eu-west-1:111122223333:/backend/d1a2b3c4d5e6f7/*. The service said: "its words". Allow it in the role's policies, permissions boundary and the organization's service control policies. A clone can need more rights than the call itself, for what the service creates on behalf of its caller: AWS's managed policy for that is AdministratorAccess-Amplify. Then deploy again."`,
  );
  expect(messageOf(errors.accessDenied(troubleOf('DeleteBackend'), deletion, holding, role))).toMatchInlineSnapshot(
    `"AccessDenied: The role of the Lambda function Handler may not do amplifybackend:DeleteBackend on arn:aws:amplifybackend:eu-west-1:111122223333:/backend/d1a2b3c4d5e6f7/*. The service said: "its words". Allow it in the role's policies, permissions boundary and the organization's service control policies. A clone can need more rights than the call itself, for what the service creates on behalf of its caller: AWS's managed policy for that is AdministratorAccess-Amplify. Then deploy again. The environment "preview" of app d1a2b3c4d5e6f7 may be left. If it is this resource's clone, and CloudFormation does not try again, delete it by hand: aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview."`,
  );
});

test('a role that may not call the service, for an app that nothing names', () => {
  expect(messageOf(errors.accessDenied(troubleOf('GetBackend'), deletion, undefined, role))).toContain(
    'on arn:aws:amplifybackend:eu-west-1:111122223333:/backend/*/*. The service',
  );
});

test('a role that may not use the ledger', () => {
  expect(messageOf(errors.accessDenied(troubleOf('GetItem', 'dynamodb'), create, holding, role))).toMatchInlineSnapshot(
    `"AccessDenied: The role of the Lambda function Handler may not do dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:111122223333:table/ of the provider. The service said: "its words". Allow it in the role's policies, permissions boundary and the organization's service control policies. Then deploy again."`,
  );
});

test('a Delete that could look at nothing', () => {
  const adopted = { ...holding, adopted: true };
  const messages = (concerned: errors.Concerned | undefined) => [
    messageOf(errors.accessDenied(troubleOf('GetItem', 'dynamodb'), deletion, concerned, role)),
    messageOf(errors.ledgerUnusable(troubleOf('PutItem', 'dynamodb'), deletion, concerned)),
  ];
  expect(messages(holding)).toMatchInlineSnapshot(`
[
  "AccessDenied: The role of the Lambda function Handler may not do dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:111122223333:table/ of the provider. The service said: "its words". Allow it in the role's policies, permissions boundary and the organization's service control policies. Then deploy again. The environment "preview" of app d1a2b3c4d5e6f7 may be left. If it is this resource's clone, and CloudFormation does not try again, delete it by hand: aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview.",
  "LedgerUnusable: The table in which the clone's provider keeps its ledger cannot be used; DynamoDB said to PutItem: "its words". No further step was taken. See that the table is there, under the name that the provider's functions have for it, then deploy again. The environment "preview" of app d1a2b3c4d5e6f7 may be left. If it is this resource's clone, and CloudFormation does not try again, delete it by hand: aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview.",
]
`);
  for (const message of [...messages(adopted), ...messages(undefined)]) expect(message).not.toContain('may be left');
});

test('a ledger that cannot be used', () => {
  expect(messageOf(errors.ledgerUnusable(troubleOf('PutItem', 'dynamodb'), create, holding))).toMatchInlineSnapshot(
    `"LedgerUnusable: The table in which the clone's provider keeps its ledger cannot be used; DynamoDB said to PutItem: "its words". No further step was taken. See that the table is there, under the name that the provider's functions have for it, then deploy again."`,
  );
});

test('a clone that was not begun in time, for the service’s trouble, or for an answer that was lost', () => {
  expect(messageOf(errors.cloneNotStarted(wanted, troubleOf('CloneBackend')))).toMatchInlineSnapshot(
    `"CloneNotStarted: The Amplify backend environment "dev" of app d1a2b3c4d5e6f7 was to be cloned to "preview", but the service did not take the request in 30 minutes. It said last, to CloneBackend: "its words". Nothing was cloned. Deploy again."`,
  );
  expect(messageOf(errors.cloneOverdue(wanted))).toMatchInlineSnapshot(
    `"CloneNotStarted: The Amplify backend environment "dev" of app d1a2b3c4d5e6f7 was to be cloned to "preview", but the service did not take the request in 30 minutes: its answers to CloneBackend were lost, and no clone has begun. Nothing was cloned. Deploy again."`,
  );
});

test('a request that was cancelled', () => {
  expect(messageOf(errors.cancelled(wanted))).toMatchInlineSnapshot(
    `"Cancelled: The Amplify backend environment "dev" of app d1a2b3c4d5e6f7 was to be cloned to "preview", but the request was cancelled. Nothing is left of it."`,
  );
});

test('an answer that was lost', () => {
  expect(messageOf(errors.answerLost(clone))).toMatchInlineSnapshot(
    `"AnswerLost: The answer to CloneBackend of "dev" to "preview" in app d1a2b3c4d5e6f7 was lost, and no clone has begun since. Deploy again."`,
  );
});

test('a clone that failed, with the service’s reason, and without', () => {
  const failed = jobOf('job-1', 'FAILED', { error: 'resource limit exceeded' });
  expect(messageOf(errors.cloneFailed(clone, failed))).toMatchInlineSnapshot(
    `"CloneFailed: Cloning the Amplify backend environment "dev" to "preview" in app d1a2b3c4d5e6f7 failed (job job-1); the service says: "resource limit exceeded". See the events of the CloudFormation stack amplify-*-preview-* and of its nested stacks for the cause, then deploy again."`,
  );
  expect(messageOf(errors.cloneFailed(clone, jobOf('job-1', 'FAILED')))).toMatchInlineSnapshot(
    `"CloneFailed: Cloning the Amplify backend environment "dev" to "preview" in app d1a2b3c4d5e6f7 failed (job job-1); the service gives no reason. See the events of the CloudFormation stack amplify-*-preview-* and of its nested stacks for the cause, then deploy again."`,
  );
});

test('a clone that takes too long, with its job, and without', () => {
  const lost: OwnedClone = { ...clone, job: { id: undefined, filedUnder: 'source' } };
  expect(messageOf(errors.cloneTimedOut(clone, 30 * 60_000, 'its job is still running'))).toMatchInlineSnapshot(
    `"CloneTimedOut: Cloning the Amplify backend environment "dev" to "preview" in app d1a2b3c4d5e6f7 was not ready after 30 minutes (job job-1): its job is still running. It is deleted when the deployment is rolled back; should it be there afterwards, delete it by hand: aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview. Deploy again, with a longer timeout (at most 50 minutes) if clones of this app take that long."`,
  );
  expect(messageOf(errors.cloneTimedOut(lost, 30 * 60_000, 'its job is still running'))).toContain('(job unknown)');
});

test('a deletion that failed', () => {
  expect(messageOf(errors.removalFailed(holding, 'a bucket is not empty'))).toMatchInlineSnapshot(
    `"RemovalFailed: The Amplify backend environment "preview" of app d1a2b3c4d5e6f7 could not be deleted and may still be there: "a bucket is not empty". Delete it by hand (aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview), then delete the stack, or deploy, again."`,
  );
});

test('another source for the same target', () => {
  expect(messageOf(errors.sourceChanged(holding, { ...wanted, sourceName: 'test' }))).toMatchInlineSnapshot(
    `"SourceChanged: "preview" of app d1a2b3c4d5e6f7 is a clone of "dev", and a clone cannot be re-made in place from "test". Nothing was changed. Choose a new targetEnvironmentName with the new source: that makes a new clone and, if the removal policy says so, deletes this one."`,
  );
});

test('an environment that is not there any more', () => {
  expect(messageOf(errors.environmentGone(holding))).toMatchInlineSnapshot(
    `"EnvironmentGone: The environment "preview" of app d1a2b3c4d5e6f7 was there, and is not any more. Deploy again."`,
  );
});

test('a service that gave no answer for as long as CloudFormation waits', () => {
  const entry = cloneEntryOf({ at: 'calling', calledAt: START });
  expect(messageOf(errors.gaveUp(troubleOf('GetBackendJob'), holding, entry))).toMatchInlineSnapshot(
    `"ServiceUnavailable: For as long as CloudFormation waits, the service gave no usable answer to GetBackendJob for app d1a2b3c4d5e6f7. It said last: "its words". The environment "preview" may be left, because it could not be deleted: "the service was not to be reached". Delete it by hand: aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview."`,
  );
  expect(messageOf(errors.gaveUp(troubleOf('GetBackendJob'), holding, undefined))).toMatchInlineSnapshot(
    `"ServiceUnavailable: For as long as CloudFormation waits, the service gave no usable answer to GetBackendJob for app d1a2b3c4d5e6f7. It said last: "its words"."`,
  );
});

test('a service that gave no answer about an environment that only the ledger names, or about none', () => {
  const entry = cloneEntryOf({ at: 'calling', calledAt: START });
  expect(messageOf(errors.gaveUp(troubleOf('GetBackendJob'), undefined, entry))).toContain(
    `no usable answer to GetBackendJob for app ${APP}. It said last: "its words". The environment "preview" may`,
  );
  expect(messageOf(errors.gaveUp(troubleOf('GetBackendJob'), undefined, undefined))).toMatchInlineSnapshot(
    `"ServiceUnavailable: For as long as CloudFormation waits, the service gave no usable answer to GetBackendJob. It said last: "its words"."`,
  );
});

test('an id that is not ours, of whatever length', () => {
  expect(messageOf(errors.notOurs('"x"'.padEnd(200, '-')))).toMatchInlineSnapshot(
    `"NotOurs: The physical id "\\"x\\"-------------------------------------------------------------------------------------------------" is not one that this construct gave out, so nothing was changed. Remove the resource from the template, deploy, and add it again."`,
  );
});

test('outputs that are missing, or too large', () => {
  const missing = errors.outputsMissing('preview', ['there is no auth.X', 'there is no api.Y'], 'It has no outputs.');
  expect(messageOf(missing)).toMatchInlineSnapshot(
    `"OutputsMissing: The environment "preview" does not have the outputs that were asked for: there is no auth.X; there is no api.Y. It has no outputs."`,
  );
  expect(messageOf(errors.keptWithoutOutputs(holding, missing))).toMatchInlineSnapshot(
    `"OutputsMissing: The environment "preview" does not have the outputs that were asked for: there is no auth.X; there is no api.Y. It has no outputs. The clone is complete, and is kept. Ask for outputs that are there and take it with existingEnvironment: ADOPT, or delete it by hand (aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview) and deploy again."`,
  );
  expect(messageOf(errors.outputsTooLarge('preview', 3000, 2500))).toMatchInlineSnapshot(
    `"OutputsTooLarge: The outputs asked for of the environment "preview" take 3000 bytes, and there is room for 2500 in CloudFormation's answer of 4,096 bytes. Ask for fewer."`,
  );
});

describe('the service’s words', () => {
  const quoted = (words: string): string => errors.cloneRefused(wanted, words).message;

  test('come as one line', () => {
    expect(quoted(' one\n  two\tthree\u0007 ')).toContain('"one two three"');
  });

  test('are cut at 600 characters', () => {
    expect(quoted('x'.repeat(600))).toContain(`"${'x'.repeat(600)}"`);
    expect(quoted('x'.repeat(601))).toContain(`"${'x'.repeat(600)}..."`);
  });

  test('and the message with them at 1,800, since CloudFormation takes no more than 4,096 bytes', () => {
    const error = (length: number) => new errors.DeploymentError('Name', 'x'.repeat(length));
    expect(error(1800).message).toHaveLength(1800);
    expect(error(1801).message).toBe(`${'x'.repeat(1800)}...`);
  });
});

test('there is no stack, which would tell people nothing', () => {
  expect(errors.cancelled(wanted).stack).toBe('');
});
