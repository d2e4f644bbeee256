import { AccountUnderTest, APP, CLONE_MINUTES, MINUTE, SECOND } from './account-under-test';
import { READER, siblingFails } from './stacks-of-clones';

const ADOPTING = { kind: 'Adopting' } as const;

describe('an existing environment, with ADOPT', () => {
  function accountWithPreview(): AccountUnderTest {
    const account = new AccountUnderTest();
    account.service.addEnvironment(APP, 'preview');
    return account;
  }

  it('is used unchanged', async () => {
    const account = accountWithPreview();
    const { status, outputs } = await account.deploy(ADOPTING);
    expect(status).toBe('CREATE_COMPLETE');
    expect(outputs).toEqual({ EnvironmentName: 'preview' });
    expect(account.changes()).toEqual([]);
  });

  it('is marked as adopted in the physical ID', async () => {
    const account = accountWithPreview();
    await account.deploy(ADOPTING);
    expect(account.eventsOf('Clone').at(-1)?.physicalId).toContain('adopted');
  });

  it('is never deleted with the stack, whatever the removal policy', async () => {
    const account = accountWithPreview();
    const before = account.environment('preview');
    await account.deploy(ADOPTING);
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.changes()).toEqual([]);
    expect(account.environment('preview')).toEqual(before);
  });

  it('is not deleted when the creation is rolled back', async () => {
    const account = accountWithPreview();
    const before = account.environment('preview');
    await account.deploy(ADOPTING, { [READER]: { reason: 'Throttled' } });
    expect(account.statuses()).toContain('DELETE_COMPLETE');
    expect(account.environment('preview')).toEqual(before);
  });

  it.each([1, 30, 70, 100])('is not deleted when the Create is cancelled after %i seconds', async (seconds) => {
    const account = accountWithPreview();
    const before = account.environment('preview');
    expect((await account.deploy(ADOPTING, siblingFails(seconds))).status).toBe('ROLLBACK_COMPLETE');
    await account.calmDown();
    expect(account.changes()).toEqual([]);
    expect(account.environment('preview')).toEqual(before);
  });

  it('is not deleted when the Create is cancelled, although another owner has just cloned it', async () => {
    const account = new AccountUnderTest();
    account.service.otherCloneStarts(APP, 'dev', 'preview');
    await account.clock.advance((CLONE_MINUTES + 1) * MINUTE);
    const before = account.environment('preview');
    expect((await account.deploy(ADOPTING, siblingFails(10))).status).toBe('ROLLBACK_COMPLETE');
    await account.calmDown();
    expect(account.changes()).toEqual([]);
    expect(account.environment('preview')).toEqual(before);
  });

  it('is unchanged when the name changes, and the new clone is owned', async () => {
    const account = accountWithPreview();
    await account.deploy(ADOPTING);
    expect((await account.deploy({ ...ADOPTING, target: 'review' })).status).toBe('UPDATE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test', 'preview', 'review']);
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
  });

  it('replaces an owned clone, which is deleted, and remains after the stack', async () => {
    const account = accountWithPreview();
    await account.deploy({ ...ADOPTING, target: 'review' });
    expect((await account.deploy(ADOPTING)).status).toBe('UPDATE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
    await account.destroy();
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
  });

  it('can have any source, since nothing is cloned', async () => {
    const account = accountWithPreview();
    await account.deploy(ADOPTING);
    expect((await account.deploy({ ...ADOPTING, source: 'test' })).status).toBe('UPDATE_COMPLETE');
    expect(account.changes()).toEqual([]);
  });

  it('has its outputs reported', async () => {
    const account = accountWithPreview();
    const { outputs } = await account.deploy({ kind: 'AdoptingWithOutputs' });
    expect(outputs['UserPool']).toMatch(/^us-east-1_[a-z0-9]+$/);
    expect(account.environment('preview')?.metaConfig).toContain(outputs['UserPool']);
  });
});

describe('an environment that does not exist, with ADOPT', () => {
  it('is cloned, and is owned', async () => {
    const account = new AccountUnderTest();
    expect((await account.deploy(ADOPTING)).status).toBe('CREATE_COMPLETE');
    expect(account.changes()).toEqual(['CloneBackend']);
    await account.destroy();
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('is owned, although a second delivery of the request finds it', async () => {
    const account = new AccountUnderTest({ settings: { delivery: () => [0, 30 * SECOND] } });
    expect((await account.deploy(ADOPTING)).status).toBe('CREATE_COMPLETE');
    await account.destroy();
    await account.calmDown();
    expect(account.environments()).toEqual(['dev', 'test']);
  });
});

describe('outputs of a clone', () => {
  it('are those of the new environment, and only the requested ones', async () => {
    const account = new AccountUnderTest();
    const { outputs } = await account.deploy({ kind: 'WithOutputs' });
    const config = account.environment('preview')?.metaConfig;
    expect(config).toContain(`"UserPoolId":"${outputs['UserPool']}"`);
    expect(config).toContain(`"GraphQLAPIEndpointOutput":"${outputs['Endpoint']}"`);
    expect(outputs['BackendStack']).toBe('amplify-myapp-preview-142201');
    const success = account.answers.find(({ requestType }) => requestType === 'Create')?.answer;
    expect(success?.kind === 'success' && Object.keys(success.data).sort()).toEqual([
      'EnvironmentName',
      'JobId',
      'api.myapi.GraphQLAPIEndpointOutput',
      'auth..UserPoolId',
      'providers..StackName',
    ]);
  });

  it('are available although reads are stale by a minute', async () => {
    const account = new AccountUnderTest({ variants: { readLag: { maxMilliseconds: MINUTE } } });
    const { status, outputs } = await account.deploy({ kind: 'WithOutputs' });
    expect(status).toBe('CREATE_COMPLETE');
    expect(account.environment('preview')?.metaConfig).toContain(String(outputs['UserPool']));
  });

  it('that the source does not have are refused, with the available ones, before anything is cloned', async () => {
    const account = new AccountUnderTest();
    expect((await account.deploy({ kind: 'WithMistypedOutput' })).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('auth.UserPoolID does not exist');
    expect(account.reason()).toContain('auth.myapp.UserPoolId');
    expect(account.changes()).toEqual([]);
  });

  it('that are requested later are read from the existing clone, and a wrong one does not delete it', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    const before = account.environment('preview');
    expect((await account.deploy({ kind: 'WithMistypedOutput' })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(account.environment('preview')).toEqual(before);
    const { status, outputs } = await account.deploy({ kind: 'WithOutputs' });
    expect(status).toBe('UPDATE_COMPLETE');
    expect(before?.metaConfig).toContain(String(outputs['UserPool']));
    expect(account.changes()).toEqual(['CloneBackend']);
  });
});

describe('a clone that lacks an output which its source had', () => {
  it('fails the deployment, and is kept for an adoption', async () => {
    const account = new AccountUnderTest();
    account.interrupt = ({ operation }) => {
      if (operation === 'CloneBackend') {
        account.service.removeEnvironment(APP, 'dev');
        account.service.addEnvironment(APP, 'dev', { metaConfig: '{"providers":{},"storage":{"files":{}}}' });
      }
      return undefined;
    };
    expect((await account.deploy({ kind: 'WithOutputs' })).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('The clone is complete, and is kept.');
    expect(account.environments()).toContain('preview');
    account.interrupt = () => undefined;
    await account.destroy();
    expect((await account.deploy(ADOPTING)).status).toBe('CREATE_COMPLETE');
    await account.destroy();
    expect(account.environments()).toContain('preview');
    expect(account.callsOf('DeleteBackend')).toEqual([]);
  });
});

describe('a clone of a clone', () => {
  const CHAIN = { kind: 'CloneOfClone' } as const;

  it('starts when the first is complete', async () => {
    const account = new AccountUnderTest();
    expect((await account.deploy(CHAIN)).status).toBe('CREATE_COMPLETE');
    expect(account.callsOf('CloneBackend').map(({ parameters }) => parameters)).toMatchObject([
      { source: 'dev', target: 'preview' },
      { source: 'preview', target: 'second' },
    ]);
    expect(account.timeOf('CREATE_IN_PROGRESS', 'Second')).toBe(account.timeOf('CREATE_COMPLETE'));
  });

  it('succeeds although the first is seconds old, and reads are stale by a minute', async () => {
    const account = new AccountUnderTest({ variants: { readLag: { maxMilliseconds: MINUTE } } });
    expect((await account.deploy(CHAIN)).status).toBe('CREATE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test', 'preview', 'second']);
  });

  it('is deleted before the first', async () => {
    const account = new AccountUnderTest();
    await account.deploy(CHAIN);
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.callsOf('DeleteBackend').map(({ parameters }) => parameters)).toMatchObject([
      { environment: 'second' },
      { environment: 'preview' },
    ]);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('that fails also rolls the first back', async () => {
    const account = new AccountUnderTest();
    account.nextClones('second', { failed: 'The bucket name is not available' });
    expect((await account.deploy(CHAIN)).status).toBe('ROLLBACK_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('never starts if the first fails', async () => {
    const account = new AccountUnderTest();
    account.nextClones('preview', { failed: undefined });
    await account.deploy(CHAIN);
    expect(account.acceptedClones()).toEqual(['preview']);
  });
});
