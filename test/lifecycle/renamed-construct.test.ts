import { AccountUnderTest, CLONE_MINUTES, MINUTE } from './account-under-test';
import { READER, RENAMED } from './stacks-of-clones';

/*
 * For CloudFormation, a construct that gets another ID, or moves within its stack, is a new resource and an old one. With
 * ADOPT and DESTROY, as the message about an existing environment suggests, it keeps its environment, and owns it.
 */

const RENAMED_STACK = { kind: 'Renamed' } as const;

async function accountWithClone(): Promise<AccountUnderTest> {
  const account = new AccountUnderTest();
  await account.deploy();
  return account;
}

it('keeps its environment when it is renamed', async () => {
  const account = await accountWithClone();
  const before = account.environment('preview');
  expect((await account.deploy(RENAMED_STACK)).status).toBe('UPDATE_COMPLETE');
  expect(account.statuses().slice(-2)).toEqual(['DELETE_IN_PROGRESS', 'DELETE_COMPLETE']);
  expect(account.environment('preview')).toEqual(before);
  expect(account.changes()).toEqual(['CloneBackend']);
});

it('has its environment deleted with the stack after that, as before', async () => {
  const account = await accountWithClone();
  await account.deploy(RENAMED_STACK);
  expect(await account.destroy()).toBe('DELETE_COMPLETE');
  expect(account.environments()).toEqual(['dev', 'test']);
  expect(account.changes()).toEqual(['CloneBackend', 'DeleteBackend']);
});

it('keeps its environment when it is renamed and renamed back', async () => {
  const account = await accountWithClone();
  const before = account.environment('preview');
  await account.deploy(RENAMED_STACK);
  expect((await account.deploy({ kind: 'Adopting' })).status).toBe('UPDATE_COMPLETE');
  expect(account.environment('preview')).toEqual(before);
  expect(await account.destroy()).toBe('DELETE_COMPLETE');
  expect(account.environments()).toEqual(['dev', 'test']);
});

it('keeps its environment, and has it deleted with the stack, when the renaming is rolled back', async () => {
  const account = await accountWithClone();
  const before = account.environment('preview');
  const { status } = await account.deploy(RENAMED_STACK, { [READER]: { reason: 'Throttled' } });
  expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(account.statuses(RENAMED)).toContain('DELETE_COMPLETE');
  expect(account.environment('preview')).toEqual(before);
  expect(await account.destroy()).toBe('DELETE_COMPLETE');
  expect(account.environments()).toEqual(['dev', 'test']);
});

it('keeps its environment when the function is killed while ownership passes on', async () => {
  const account = await accountWithClone();
  let writes = 0;
  account.interrupt = ({ operation, requestType }) => {
    if (operation !== 'PutItem' || requestType !== 'Delete') return undefined;
    writes += 1;
    return writes === 1 ? 'the call hangs' : undefined;
  };
  const before = account.environment('preview');
  expect((await account.deploy(RENAMED_STACK)).status).toBe('UPDATE_COMPLETE');
  expect(writes).toBeGreaterThan(1);
  expect(account.environment('preview')).toEqual(before);
  expect(await account.destroy()).toBe('DELETE_COMPLETE');
  expect(account.environments()).toEqual(['dev', 'test']);
});

it("does not get the ownership of another stack's environment", async () => {
  const account = await accountWithClone();
  await account.clock.runUntil(account.startDeployment({ kind: 'Adopting' }, {}, 'Other'));
  expect(await account.destroy()).toBe('DELETE_COMPLETE');
  expect(account.environments()).toEqual(['dev', 'test']);
  await account.clock.advance(CLONE_MINUTES * MINUTE);
  expect(await account.destroy('Other')).toBe('DELETE_COMPLETE');
  expect(account.changes()).toEqual(['CloneBackend', 'DeleteBackend']);
});
