import { type AccountProps, AccountUnderTest, APP } from './account-under-test';

/*
 * The messages in CloudFormation's events, verbatim. docs/troubleshooting.md quotes them.
 */

const FAILED = { failed: 'Resource limit exceeded' };
const BUCKET_GONE = { failed: 'The specified bucket does not exist' };

/** The first failure of the clone after `live`, without random parts. */
async function reasonOf(
  live: (account: AccountUnderTest) => Promise<unknown>,
  props: AccountProps = {},
  status?: string,
): Promise<string> {
  const account = new AccountUnderTest(props);
  await live(account);
  const failure = account
    .eventsOf('Clone')
    .find((event) => (status === undefined ? event.status.endsWith('_FAILED') : event.status === status));
  return (failure?.reason ?? 'it did not fail')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/\n {4}at .*/g, '')
    .replaceAll(/(BackendCloneProvider\w*?)[0-9A-F]{8}-\w+/g, '$1');
}

test('an app that does not exist, or whose Studio is off', async () => {
  expect(await reasonOf((account) => account.deploy({ app: 'd0unknown' }))).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [AppNotFound] Cannot clone environment "dev" of app d0unknown to "preview". App d0unknown does not exist in this account and Region, or its Amplify Studio is off. Check the app ID, account and Region. To switch Amplify Studio on, run "aws amplifybackend create-backend-config --app-id d0unknown". Nothing was changed.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a source that does not exist', async () => {
  expect(await reasonOf((account) => account.deploy({ source: 'staging' }))).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [SourceNotFound] Cannot clone environment "staging" of app d1a2b3c4d5e6f7 to "preview": "staging" does not exist. Available environments: dev, test. Nothing was changed.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a target that exists', async () => {
  expect(await reasonOf((account) => account.deploy({ target: 'test' }))).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [TargetExists] Cannot clone environment "dev" of app d1a2b3c4d5e6f7 to "test": "test" already exists. Nothing was changed. Choose another target name, use the environment as it is with existingEnvironment: ADOPT, or delete it if nobody needs it. To delete it by hand, delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name test" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name test", then delete the deployment bucket.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a clone that the service refuses', async () => {
  const reason = await reasonOf((account) => {
    account.interrupt = ({ operation }) => {
      if (operation === 'CloneBackend') account.service.addEnvironment(APP, 'preview');
      return undefined;
    };
    return account.deploy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [CloneRefused] Cannot clone environment "dev" of app d1a2b3c4d5e6f7 to "preview": the service refused the request. It says: "BadRequestException (HTTP 400): Environment preview already exists.". Nothing was changed.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('no permission', async () => {
  const reason = await reasonOf((account) => {
    account.faults.always('CloneBackend', 'AccessDeniedException');
    return account.deploy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [AccessDenied] The role of Lambda function Preview-BackendCloneProviderIsComplete may not call amplifybackend:CloneBackend. The service says: "AccessDeniedException (HTTP 403): User: arn:aws:sts::123456789012:assumed-role/clone-handler/handler is not authorized to perform: amplifybackend:CloneBackend on resource: arn:aws:amplifybackend:us-east-1:123456789012:/backend/d1a2b3c4d5e6f7/* because no identity-based policy allows the amplifybacke...". Allow it in the role's policies, its permissions boundary and the organization's service control policies, then deploy again. Amplify acts with the permissions of its caller. The AWS managed policy AdministratorAccess-Amplify has the permissions that it needs.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test("a service that accepts no request until the clone's timeout", async () => {
  const reason = await reasonOf((account) => {
    account.faults.always('CloneBackend', '429');
    return account.deploy({ timeoutMinutes: 5 });
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [CloneNotStarted] Cannot clone environment "dev" of app d1a2b3c4d5e6f7 to "preview": the service did not accept the request within 5 minutes. It says to CloneBackend: "TooManyRequestsException (HTTP 429): Too Many Requests". Nothing was changed. Deploy again.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a clone that fails, with a reason', async () => {
  const reason = await reasonOf((account) => {
    account.nextClones('preview', FAILED);
    return account.deploy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [CloneFailed] The clone of environment "dev" of app d1a2b3c4d5e6f7 to "preview" failed (job UUID). The service says: "Resource limit exceeded". For the cause, see the events of the CloudFormation stack amplify-*-preview-* and of its nested stacks. Then deploy again. The app does not list "preview" any more.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a clone that fails, without a reason', async () => {
  const reason = await reasonOf((account) => {
    account.nextClones('preview', { failed: undefined });
    return account.deploy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [CloneFailed] The clone of environment "dev" of app d1a2b3c4d5e6f7 to "preview" failed (job UUID). The service gives no reason. The role of Lambda function Preview-BackendCloneProviderIsComplete may lack a permission. Amplify acts with the permissions of its caller. The AWS managed policy AdministratorAccess-Amplify has the permissions that it needs. For the cause, see the events of the CloudFormation stack amplify-*-preview-* and of its nested stacks. Then deploy again. The app does not list "preview" any more.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a clone that fails and cannot be deleted', async () => {
  const reason = await reasonOf((account) => {
    account.nextClones('preview', FAILED);
    account.nextDeletions('preview', BUCKET_GONE, BUCKET_GONE);
    return account.deploy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [CloneFailed] The clone of environment "dev" of app d1a2b3c4d5e6f7 to "preview" failed (job UUID). The service says: "Resource limit exceeded". For the cause, see the events of the CloudFormation stack amplify-*-preview-* and of its nested stacks. Then deploy again. Environment "preview" may remain. The service says: "The specified bucket does not exist". To delete it by hand, delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a clone that takes longer than its timeout', async () => {
  const reason = await reasonOf((account) => account.deploy({ timeoutMinutes: 5 }), { cloneMinutes: 20 });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [CloneTimedOut] The clone of environment "dev" of app d1a2b3c4d5e6f7 to "preview" was not complete after 5 minutes (job UUID): its job is still running. The rollback deletes it. Deploy again, with a longer timeout (at most 50 minutes) if clones of this app take that long. If the environment remains, delete it by hand: delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a replacement that takes longer than its timeout', async () => {
  const reason = await reasonOf(async (account) => {
    await account.deploy();
    account.cloneMinutes = 20;
    await account.deploy({ target: 'review', timeoutMinutes: 5 });
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [CloneTimedOut] The clone of environment "dev" of app d1a2b3c4d5e6f7 to "review" was not complete after 5 minutes (job UUID): its job is still running. The rollback deletes it. Deploy again, with a longer timeout (at most 50 minutes) if clones of this app take that long. If the environment remains, delete it by hand: delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name review" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name review", then delete the deployment bucket.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('an answer to CloneBackend that is lost, while another clone of the source started', async () => {
  const props = { variants: { cloneJobFiledUnder: 'source' } } as const;
  const reason = await reasonOf((account) => {
    account.faults.next('CloneBackend', '504 before acceptance');
    account.interrupt = ({ operation }) => {
      if (operation === 'CloneBackend') account.service.otherCloneStarts(APP, 'dev', 'theirs');
      return undefined;
    };
    return account.deploy();
  }, props);
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [AnswerLost] The clone of environment "dev" of app d1a2b3c4d5e6f7 to "preview" failed: the answer to CloneBackend was lost, and the app lists no new environment. Deploy again.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a service that cannot be reached for as long as CloudFormation waits', async () => {
  const reason = await reasonOf((account) => {
    account.after(60_000, () => account.faults.always('any', '500 before acceptance'));
    return account.deploy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [ServiceUnavailable] The service gave no usable answer to GetBackendJob for as long as CloudFormation waits. The service says: "InternalFailure (HTTP 500): Internal server error". Environment "preview" of app d1a2b3c4d5e6f7 may remain. If this resource created it, and CloudFormation does not delete it, delete it by hand: delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('another source for an existing clone', async () => {
  const reason = await reasonOf(async (account) => {
    await account.deploy();
    await account.deploy({ source: 'test' });
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [SourceChanged] The source of environment "preview" of app d1a2b3c4d5e6f7 cannot change from "dev" to "test": a clone cannot be made again in place. Nothing was changed. Choose a new targetEnvironmentName with the new source. The removal policy decides what happens to the present environment.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('an output that does not exist', async () => {
  expect(await reasonOf((account) => account.deploy({ kind: 'WithMistypedOutput' }))).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [OutputsMissing] Cannot clone environment "dev" of app d1a2b3c4d5e6f7 to "preview". Environment "dev" does not have the requested outputs: auth.UserPoolID does not exist. Available outputs: auth.myapp.UserPoolId, auth.myapp.AppClientID, auth.myapp.AppClientIDWeb, auth.myapp.IdentityPoolId, auth.myapp.UserPoolName, providers.awscloudformation.AuthRoleName, providers.awscloudformation.UnauthRoleArn, providers.awscloudformation.AuthRoleArn, providers.awscloudformation.Region, providers.awscloudformation.DeploymentBucketName, providers.awscloudformation.UnauthRoleName, and 8 more. Nothing was changed.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('an environment that cannot be deleted', async () => {
  const reason = await reasonOf(async (account) => {
    await account.deploy();
    account.nextDeletions('preview', BUCKET_GONE, BUCKET_GONE);
    await account.destroy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [RemovalFailed] Environment "preview" of app d1a2b3c4d5e6f7 was not deleted, and may still exist. The service says: "The specified bucket does not exist". Delete the stack, or deploy, again. To delete it by hand, delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('an environment whose deletion fails without a reason', async () => {
  const reason = await reasonOf(async (account) => {
    await account.deploy();
    account.nextDeletions('preview', { failed: undefined }, { failed: undefined });
    await account.destroy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [RemovalFailed] Environment "preview" of app d1a2b3c4d5e6f7 was not deleted, and may still exist. The service gives no reason. The role of Lambda function Preview-BackendCloneProviderIsComplete may lack a permission. Amplify acts with the permissions of its caller. The AWS managed policy AdministratorAccess-Amplify has the permissions that it needs. Delete the stack, or deploy, again. To delete it by hand, delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a clone that never ends, and that the service does not delete', async () => {
  const live = (account: AccountUnderTest) => {
    account.nextClones('preview', 'stuck');
    return account.deploy({ timeoutMinutes: 5 });
  };
  const props = { variants: { deleteWhileCloning: 'BadRequestException' } } as const;
  expect(await reasonOf(live, props, 'DELETE_FAILED')).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [RemovalFailed] Environment "preview" of app d1a2b3c4d5e6f7 was not deleted, and may still exist. The service says: "BadRequestException (HTTP 400): Environment preview has a job in progress: UUID.". Delete the stack, or deploy, again. To delete it by hand, delete the CloudFormation stack that "aws amplify get-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview" names, run "aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview", then delete the deployment bucket.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('properties that are invalid in a template without CDK, or by a parameter', async () => {
  const reason = await reasonOf((account) =>
    account.deploy({ app: 'my-app', target: 'Preview-2', timeoutMinutes: 60 }),
  );
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [InvalidRequest] The request is not valid: AppId "my-app" is not an Amplify app ID ("d", then lowercase letters and digits, at most 20); TargetEnvironmentName "Preview-2" is not a name for a new backend environment (2 to 10 lowercase letters); TimeoutSeconds "3600" is not a whole number from 1 to 3000. Nothing was changed.

Logs: /aws/lambda/Preview-BackendCloneProviderOnEvent
 (RequestId: UUID)"
`);
});

test('a handler that is killed', async () => {
  const reason = await reasonOf((account) => {
    account.interrupt = ({ operation }) => (operation === 'CloneBackend' ? 'killed before the call' : undefined);
    return account.deploy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: Error: RequestId: UUID Error: Runtime exited with error: signal: killed

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
"
`);
});

test('a ledger whose table does not exist', async () => {
  const reason = await reasonOf((account) => {
    account.interrupt = () => {
      account.deleteLedger();
      return undefined;
    };
    return account.deploy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [LedgerUnusable] The provider's ledger table cannot be used. DynamoDB says to GetItem: "ResourceNotFoundException (HTTP 400): Requested resource not found". No further step was taken. Check that the table exists under the name in the variable LEDGER_TABLE of the provider's functions, then deploy again.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a ledger that the role may not use', async () => {
  const reason = await reasonOf((account) => {
    account.ledgerFault = () => 'AccessDeniedException';
    return account.deploy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: [AccessDenied] The role of Lambda function Preview-BackendCloneProviderIsComplete may not call dynamodb:GetItem. The service says: "AccessDeniedException (HTTP 400): User: arn:aws:sts::123456789012:assumed-role/clone-handler/handler is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/Preview-BackendCloneProviderLedger because no identity-based policy allo...". Allow it in the role's policies, its permissions boundary and the organization's service control policies, then deploy again.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});
