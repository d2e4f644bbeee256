import { AccountUnderTest, APP } from './account-under-test';

const CAUSE = { logicalId: 'UserPool', type: 'AWS::Cognito::UserPool', reason: 'Limit of <user pools> exceeded' };

function accountWithFailingClone(): AccountUnderTest {
  const account = new AccountUnderTest();
  account.nextClones('preview', { failed: undefined, cause: CAUSE });
  return account;
}

it('of a clone is read from the events of its stack, if the service gives no reason', async () => {
  const account = accountWithFailingClone();
  expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
  expect(account.reason()).toContain(
    'First failure in its CloudFormation stack amplify-myapp-preview-142201: UserPool (AWS::Cognito::UserPool) failed with ' +
      '"Limit of <user pools> exceeded". Fix that. Then deploy again.',
  );
  expect(account.environments()).toEqual(['dev', 'test']);
});

it('of a clone is omitted if the events cannot be read, and the rest of the failure is the same', async () => {
  const account = accountWithFailingClone();
  account.readsStacks = false;
  expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
  expect(account.reason()).toContain('The service gives no reason.');
  expect(account.reason()).toContain('see the events of the CloudFormation stack amplify-*-preview-*');
  expect(account.environments()).toEqual(['dev', 'test']);
});

it('is not read if the provider disables that', async () => {
  const account = accountWithFailingClone();
  expect((await account.deploy({ kind: 'WithoutStackEvents' })).status).toBe('ROLLBACK_COMPLETE');
  expect(account.reason()).toContain('The service gives no reason.');
});

it('of a clone that left nothing is omitted', async () => {
  const account = new AccountUnderTest({ variants: { failedCloneLeaves: 'nothing' } });
  account.nextClones('preview', { failed: 'no more pools', cause: CAUSE });
  expect((await account.deploy({ app: APP })).status).toBe('ROLLBACK_COMPLETE');
  expect(account.reason()).toContain('The service says: "no more pools". For the cause, see the events');
});
