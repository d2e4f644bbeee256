import { amplifyMetaFile, amplifyMetaFiles } from '../amplify-meta';
import { AccountUnderTest, APP } from './account-under-test';

/* The configurations of real backends, from public repositories, as sources of clones. */

/** `dev` has that configuration. */
function accountWith(config: object): AccountUnderTest {
  const account = new AccountUnderTest();
  account.service.removeEnvironment(APP, 'dev');
  account.service.addEnvironment(APP, 'dev', { metaConfig: JSON.stringify(config) });
  return account;
}

const FILES = amplifyMetaFiles().map(([name, config]) => ({ name, config }));

it.each(FILES)('$name is cloned, and the clone is deleted with its stack', async ({ config }) => {
  const account = accountWith(config);
  expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
  expect(Object.keys(JSON.parse(account.environment('preview')?.metaConfig ?? ''))).toEqual(Object.keys(config));
  expect(await account.destroy()).toBe('DELETE_COMPLETE');
  expect(account.environments()).toEqual(['test', 'dev']);
});

it.each(FILES)('$name is adopted, and remains', async ({ config }) => {
  const account = accountWith({});
  account.service.addEnvironment(APP, 'preview', { metaConfig: JSON.stringify(config) });
  expect((await account.deploy({ kind: 'Adopting' })).status).toBe('CREATE_COMPLETE');
  expect(await account.destroy()).toBe('DELETE_COMPLETE');
  expect(account.environments()).toContain('preview');
});

it.each([
  ['importauth-imported', 'since an imported resource has no outputs: auth.'],
  ['antios-hosting-only', 'auth.UserPoolId does not exist, and neither does anything of category auth'],
  ['cloudprog-providers-only', 'auth.UserPoolId does not exist, and neither does anything of category auth'],
])('%s has no user pool to report, and the failure says why', async (name, words) => {
  const account = accountWith(amplifyMetaFile(name));
  expect((await account.deploy({ kind: 'WithOutputs' })).status).toBe('ROLLBACK_COMPLETE');
  expect(account.reason()).toContain('[OutputsMissing] Cannot clone environment "dev"');
  expect(account.reason()).toContain(words);
  expect(account.reason()).toContain('Nothing was changed.');
  expect(account.changes()).toEqual([]);
});
