import { CloneStack } from '../../examples/single-clone/app';
import { APP, ExampleAccount, synthesized } from './example-account';

jest.setTimeout(120_000);

const STACK = 'Clone';

it('the clone is created and deleted with its stack, whose outputs have its name', async () => {
  const context = { appId: APP, source: 'dev', target: 'preview' };
  const account = new ExampleAccount();
  const { outputs } = await account.deploy(await synthesized(context, (app) => new CloneStack(app, STACK)), STACK);
  expect(account.environments()).toEqual(['dev', 'test', 'preview']);
  expect(outputs).toEqual({
    EnvironmentName: 'preview',
    UserPoolId: account.metaOutput('preview', 'auth', 'UserPoolId'),
  });
  expect(await account.destroy(STACK)).toBe('DELETE_COMPLETE');
  expect(account.environments()).toEqual(['dev', 'test']);
});
