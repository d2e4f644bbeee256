import { type AccountProps, AccountUnderTest, APP } from './account-under-test';

/*
 * What people read in CloudFormation's events, word for word: the README quotes these.
 */

const FAILED = { failed: 'Resource limit exceeded' };
const BUCKET_GONE = { failed: 'The specified bucket does not exist' };

/** The first failure of the clone after `live`, without what is drawn. */
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

test('an app that is not there, or whose Studio is off', async () => {
  expect(await reasonOf((account) => account.deploy({ app: 'd0unknown' }))).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: The Amplify backend environment "dev" of app d0unknown was to be cloned to "preview", but the service knows no app d0unknown in this region and account. Nothing was cloned. Check the app id, account and region. For an app whose Amplify Studio is switched off the service says the same: aws amplifybackend create-backend-config --app-id d0unknown switches it on.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a source that is not there', async () => {
  expect(await reasonOf((account) => account.deploy({ source: 'staging' }))).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: The Amplify backend environment "staging" of app d1a2b3c4d5e6f7 was to be cloned to "preview", but there is no environment "staging". Nothing was cloned. There are: dev, test.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a target that is there', async () => {
  expect(await reasonOf((account) => account.deploy({ target: 'test' }))).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: The Amplify backend environment "dev" of app d1a2b3c4d5e6f7 was to be cloned to "test", but there is an environment "test" already. It was left untouched. Choose another target name, or take the environment as it is with existingEnvironment: ADOPT, or, if nobody needs it, delete it (aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name test) and deploy again.

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
"Received response status [FAILED] from custom resource. Message returned: The Amplify backend environment "dev" of app d1a2b3c4d5e6f7 was to be cloned to "preview". The service refused: "BadRequestException (HTTP 400): Environment preview already exists.". Nothing was cloned, and no environment was touched.

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
"Received response status [FAILED] from custom resource. Message returned: The role of the Lambda function Preview-BackendCloneProviderIsComplete may not do amplifybackend:CloneBackend on arn:aws:amplifybackend:us-east-1:123456789012:/backend/d1a2b3c4d5e6f7/*. The service said: "AccessDeniedException (HTTP 403): User: arn:aws:sts::123456789012:assumed-role/clone-handler/handler is not authorized to perform: amplifybackend:CloneBackend on resource: arn:aws:amplifybackend:us-east-1:123456789012:/backend/d1a2b3c4d5e6f7/* because no identity-based policy allows the amplifybackend:CloneBackend action". Allow it in the role's policies, permissions boundary and the organization's service control policies. A clone can need more rights than the call itself, for what the service creates on behalf of its caller: AWS's managed policy for that is AdministratorAccess-Amplify. Then deploy again.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a service that takes no request for as long as the clone may take', async () => {
  const reason = await reasonOf((account) => {
    account.faults.always('CloneBackend', '429');
    return account.deploy({ timeoutMinutes: 5 });
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: The Amplify backend environment "dev" of app d1a2b3c4d5e6f7 was to be cloned to "preview", but the service did not take the request in 5 minutes. It said last, to CloneBackend: "TooManyRequestsException (HTTP 429): Too Many Requests". Nothing was cloned. Deploy again.

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
"Received response status [FAILED] from custom resource. Message returned: Cloning the Amplify backend environment "dev" to "preview" in app d1a2b3c4d5e6f7 failed (job UUID); the service says: "Resource limit exceeded". See the events of the CloudFormation stack amplify-*-preview-* and of its nested stacks for the cause, then deploy again. Nothing is left of it.

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
"Received response status [FAILED] from custom resource. Message returned: Cloning the Amplify backend environment "dev" to "preview" in app d1a2b3c4d5e6f7 failed (job UUID); the service gives no reason. See the events of the CloudFormation stack amplify-*-preview-* and of its nested stacks for the cause, then deploy again. Nothing is left of it.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a clone that fails, and whose remains cannot be deleted', async () => {
  const reason = await reasonOf((account) => {
    account.nextClones('preview', FAILED);
    account.nextDeletions('preview', BUCKET_GONE, BUCKET_GONE);
    return account.deploy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: Cloning the Amplify backend environment "dev" to "preview" in app d1a2b3c4d5e6f7 failed (job UUID); the service says: "Resource limit exceeded". See the events of the CloudFormation stack amplify-*-preview-* and of its nested stacks for the cause, then deploy again. The environment "preview" may be left, because it could not be deleted: "The specified bucket does not exist". Delete it by hand: aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a clone that takes longer than its timeout', async () => {
  const reason = await reasonOf((account) => account.deploy({ timeoutMinutes: 5 }), { cloneMinutes: 20 });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: Cloning the Amplify backend environment "dev" to "preview" in app d1a2b3c4d5e6f7 was not ready after 5 minutes (job UUID): its job is still running. It is deleted when the deployment is rolled back; should it be there afterwards, delete it by hand: aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview. Deploy again, with a longer timeout (at most 50 minutes) if clones of this app take that long.

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
"Received response status [FAILED] from custom resource. Message returned: Cloning the Amplify backend environment "dev" to "review" in app d1a2b3c4d5e6f7 was not ready after 5 minutes (job UUID): its job is still running. It is deleted when the deployment is rolled back; should it be there afterwards, delete it by hand: aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name review. Deploy again, with a longer timeout (at most 50 minutes) if clones of this app take that long.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('an answer to CloneBackend that is lost, with no clone of it but one that could have been', async () => {
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
"Received response status [FAILED] from custom resource. Message returned: The answer to CloneBackend of "dev" to "preview" in app d1a2b3c4d5e6f7 was lost, and no clone has begun since. Deploy again.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('a service that is not to be reached for as long as CloudFormation waits', async () => {
  const reason = await reasonOf((account) => {
    account.after(60_000, () => account.faults.always('any', '500 before acceptance'));
    return account.deploy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: For as long as CloudFormation waits, the service gave no usable answer to GetBackendJob for app d1a2b3c4d5e6f7. It said last: "InternalFailure (HTTP 500): Internal server error". The environment "preview" may be left, because it could not be deleted: "the service was not to be reached". Delete it by hand: aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('another source for a clone that is there', async () => {
  const reason = await reasonOf(async (account) => {
    await account.deploy();
    await account.deploy({ source: 'test' });
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: "preview" of app d1a2b3c4d5e6f7 is a clone of "dev", and a clone cannot be re-made in place from "test". Nothing was changed. Choose a new targetEnvironmentName with the new source: that makes a new clone and, if the removal policy says so, deletes this one.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('an output that is not there', async () => {
  expect(await reasonOf((account) => account.deploy({ kind: 'WithMistypedOutput' }))).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: The environment "dev" does not have the outputs that were asked for: there is no auth.UserPoolID. There are: providers.awscloudformation.AuthRoleName, providers.awscloudformation.UnauthRoleArn, providers.awscloudformation.AuthRoleArn, providers.awscloudformation.Region, providers.awscloudformation.DeploymentBucketName, providers.awscloudformation.UnauthRoleName, providers.awscloudformation.StackName, providers.awscloudformation.StackId, providers.awscloudformation.AmplifyAppId, auth.myapp.UserPoolId, auth.myapp.AppClientID, auth.myapp.AppClientIDWeb, auth.myapp.IdentityPoolId, auth.myapp.UserPoolName, api.myapi.GraphQLAPIIdOutput, api.myapi.GraphQLAPIEndpointOutput, api.myapi.GraphQLAPIKeyOutput, storage.files.BucketName, storage.files.Region.

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
"Received response status [FAILED] from custom resource. Message returned: The Amplify backend environment "preview" of app d1a2b3c4d5e6f7 could not be deleted and may still be there: "The specified bucket does not exist". Delete it by hand (aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview), then delete the stack, or deploy, again.

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
"Received response status [FAILED] from custom resource. Message returned: The Amplify backend environment "preview" of app d1a2b3c4d5e6f7 could not be deleted and may still be there: "the deletion failed, and the service gives no reason". Delete it by hand (aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview), then delete the stack, or deploy, again.

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
"Received response status [FAILED] from custom resource. Message returned: The Amplify backend environment "preview" of app d1a2b3c4d5e6f7 could not be deleted and may still be there: "BadRequestException (HTTP 400): Environment preview has a job in progress: UUID.". Delete it by hand (aws amplify delete-backend-environment --app-id d1a2b3c4d5e6f7 --environment-name preview), then delete the stack, or deploy, again.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});

test('properties that a template by hand, or a parameter, gets wrong', async () => {
  const reason = await reasonOf((account) =>
    account.deploy({ app: 'my-app', target: 'Preview-2', timeoutMinutes: 60 }),
  );
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: Nothing was done, because the request is not valid: AppId "my-app" is not an Amplify app id ("d", then lower-case letters and digits, at most 20); TargetEnvironmentName "Preview-2" is not a name for a new backend environment (2 to 10 lower-case letters); TimeoutSeconds "3600" is not a whole number from 1 to 3000.

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

test('a ledger whose table is gone', async () => {
  const reason = await reasonOf((account) => {
    account.interrupt = () => {
      account.deleteLedger();
      return undefined;
    };
    return account.deploy();
  });
  expect(reason).toMatchInlineSnapshot(`
"Received response status [FAILED] from custom resource. Message returned: The table in which the clone's provider keeps its ledger cannot be used; DynamoDB said to GetItem: "ResourceNotFoundException (HTTP 400): Requested resource not found". No further step was taken. See that the table is there, under the name that the provider's functions have for it, then deploy again.

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
"Received response status [FAILED] from custom resource. Message returned: The role of the Lambda function Preview-BackendCloneProviderIsComplete may not do dynamodb:GetItem on arn:aws:dynamodb:us-east-1:123456789012:table/ of the provider. The service said: "AccessDeniedException (HTTP 400): User: arn:aws:sts::123456789012:assumed-role/clone-handler/handler is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/Preview-BackendCloneProviderLedger because no identity-based policy allows the dynamodb:GetItem action". Allow it in the role's policies, permissions boundary and the organization's service control policies. Then deploy again.

Logs: /aws/lambda/Preview-BackendCloneProviderIsComplete
 (RequestId: UUID)"
`);
});
