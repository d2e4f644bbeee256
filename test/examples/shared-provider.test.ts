import { addStacks } from '../../examples/shared-provider/app';
import type { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import { APP, ExampleAccount, synthesized } from './example-account';

jest.setTimeout(120_000);

const PROVIDER = 'SharedProvider';

const withClones = (targets: string) => synthesized({ appId: APP, source: 'dev', targets }, addStacks);

describe('two clones with one provider', () => {
  let both: CloudAssembly;
  let account: ExampleAccount;

  beforeAll(async () => {
    both = await withClones('preview,qa');
  });

  beforeEach(async () => {
    account = new ExampleAccount();
    for (const stack of [PROVIDER, 'Clone-preview', 'Clone-qa']) {
      expect((await account.deploy(both, stack)).status).toBe('CREATE_COMPLETE');
    }
  });

  it('are created and deleted with their own stacks', async () => {
    expect(account.environments()).toEqual(['dev', 'test', 'preview', 'qa']);
    expect(await account.destroy('Clone-preview')).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test', 'qa']);
  });

  it('can still be deleted after the provider was deployed from an app without any of them', async () => {
    expect((await account.deploy(await withClones(''), PROVIDER)).status).toBe('UPDATE_COMPLETE');
    // The simulator does not check policies.
    const policies = [...(account.region.stack(PROVIDER)?.resources.values() ?? [])].filter(
      ({ definition }) => definition.type === 'AWS::IAM::Policy',
    );
    expect(JSON.stringify(policies.map(({ properties }) => properties))).toContain(`:/backend/${APP}/*`);
    for (const stack of ['Clone-preview', 'Clone-qa']) expect(await account.destroy(stack)).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('prevent the deletion of their provider before them', async () => {
    expect(await account.destroy(PROVIDER)).toBe('DELETE_FAILED');
    for (const stack of ['Clone-qa', 'Clone-preview', PROVIDER]) {
      expect(await account.destroy(stack)).toBe('DELETE_COMPLETE');
    }
    expect(account.environments()).toEqual(['dev', 'test']);
  });
});
