import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, CloneProvider, ExistingEnvironment } from '../../lib';
import { withoutTemplateChecks } from '../../scripts/without-template-checks';
import type { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import type { Deployment } from '../../simulator/cloudformation/deployment';
import { removeTemporaryDirectories, synthesize } from '../simulator/cloudformation/probe';
import { AccountUnderTest, APP } from './account-under-test';

afterAll(removeTemporaryDirectories);

interface Properties {
  readonly construct: 'Before' | 'After';
  readonly provider: 'First' | 'Second';
  readonly target?: string;
  readonly removalPolicy?: RemovalPolicy;
  readonly existingEnvironment?: ExistingEnvironment;
}

/** A stack with two providers, of which the clone uses one, as in docs/changing-the-provider.md. */
function stackWith({
  construct,
  provider,
  target: targetEnvironmentName = 'preview',
  ...props
}: Properties): Promise<CloudAssembly> {
  return withoutTemplateChecks(() =>
    synthesize((app) => {
      const stack = new Stack(app, 'Preview');
      const providers = { First: new CloneProvider(stack, 'First'), Second: new CloneProvider(stack, 'Second') };
      // It needs the permissions to delete the environment that it created.
      providers.First.allowApp(APP);
      new ClonedBackendEnvironment(stack, construct, {
        appId: APP,
        sourceEnvironmentName: 'dev',
        targetEnvironmentName,
        removalPolicy: RemovalPolicy.DESTROY,
        ...props,
        provider: providers[provider],
      });
    }),
  );
}

async function deploy(account: AccountUnderTest, properties: Properties): Promise<Deployment> {
  const assembly = await stackWith(properties);
  return account.clock.runUntil(account.region.deploy(assembly, 'Preview'));
}

async function accountWithAClone(): Promise<AccountUnderTest> {
  const account = new AccountUnderTest();
  expect((await deploy(account, { construct: 'Before', provider: 'First' })).status).toBe('CREATE_COMPLETE');
  return account;
}

describe('a clone that gets another provider', () => {
  it('cannot be updated in place', async () => {
    const account = await accountWithAClone();
    const { status, events } = await deploy(account, { construct: 'Before', provider: 'Second' });
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(events.find((event) => event.status === 'UPDATE_FAILED')?.reason).toBe(
      'Modifying service token is not allowed.',
    );
    expect(account.environment('preview')?.populated).toBe(true);
  });

  it('is kept if it is retained first, and then adopted by a construct with the other provider', async () => {
    const account = await accountWithAClone();
    const before = account.environment('preview');
    const retained = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    await deploy(account, { construct: 'Before', provider: 'First', removalPolicy: retained });
    const existingEnvironment = ExistingEnvironment.ADOPT;
    const { status } = await deploy(account, { construct: 'After', provider: 'Second', existingEnvironment });

    expect(status).toBe('UPDATE_COMPLETE');
    expect(account.changes()).toEqual(['CloneBackend']);
    expect(account.environment('preview')).toEqual(before);

    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environment('preview')).toEqual(before);
  });

  it('is deleted by the old provider if it is not retained first, since the two share no ledger', async () => {
    const account = await accountWithAClone();
    const existingEnvironment = ExistingEnvironment.ADOPT;
    const { status } = await deploy(account, { construct: 'After', provider: 'Second', existingEnvironment });

    expect(status).toBe('UPDATE_COMPLETE');
    expect(account.environment('preview')).toBeUndefined();
  });

  it('is replaced under another name by the other provider, and then deleted by the old one', async () => {
    const account = await accountWithAClone();
    const { status } = await deploy(account, { construct: 'After', provider: 'Second', target: 'review' });

    expect(status).toBe('UPDATE_COMPLETE');
    expect(account.environment('review')?.populated).toBe(true);
    expect(account.environment('preview')).toBeUndefined();
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environment('review')).toBeUndefined();
  });
});
