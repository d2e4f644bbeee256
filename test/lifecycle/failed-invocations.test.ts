import { AccountUnderTest } from './account-under-test';

/** How often each handler failed. The framework's own `isComplete` also fails if a request is not complete yet. */
function failures({ failedInvocations }: AccountUnderTest): Record<string, number> {
  const own = failedInvocations.filter((handler) => handler.startsWith('index.'));
  return Object.fromEntries([...new Set(own)].map((name) => [name, own.filter((other) => other === name).length]));
}

describe('the errors of the two handler functions, which an alarm can be set on', () => {
  it('are none while a clone is created, updated and deleted, however long it takes', async () => {
    const account = new AccountUnderTest({ cloneMinutes: 40 });
    await account.deploy();
    await account.deploy({ target: 'review' });
    await account.destroy();
    expect(account.failedInvocations).toContain('framework.isComplete');
    expect(failures(account)).toEqual({});
  });

  it('are one for a clone that fails, and none for its rollback', async () => {
    const account = new AccountUnderTest();
    account.nextClones('preview', { failed: 'Resource limit exceeded' });
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    expect(failures(account)).toEqual({ 'index.isComplete': 1 });
  });

  it('are one for a request that is refused before anything is cloned', async () => {
    const account = new AccountUnderTest();
    await account.deploy({ source: 'staging' });
    expect(failures(account)).toEqual({ 'index.isComplete': 1 });
  });

  it('are one, of the other function, for an invalid request', async () => {
    const account = new AccountUnderTest();
    await account.deploy({ target: 'Not-A-Name' });
    expect(failures(account)).toEqual({ 'index.onEvent': 1 });
  });

  it('are one for a deletion that fails', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    account.nextDeletions('preview', { failed: 'bucket' }, { failed: 'bucket' });
    expect(await account.destroy()).toBe('DELETE_FAILED');
    expect(failures(account)).toEqual({ 'index.isComplete': 1 });
  });

  it('are one for a creation that CloudFormation cancels while its clone runs', async () => {
    const account = new AccountUnderTest({ cloneMinutes: 10 });
    const deployment = account.startDeployment({});
    account.after(90_000, () => account.region.stack('Preview')?.cancel());
    expect((await account.clock.runUntil(deployment)).status).toBe('ROLLBACK_COMPLETE');
    await account.calmDown();
    expect(failures(account)).toEqual({ 'index.isComplete': 1 });
  });
});
