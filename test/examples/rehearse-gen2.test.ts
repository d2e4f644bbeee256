import { App } from 'aws-cdk-lib';
import { RehearsalStack } from '../../examples/rehearse-gen2/app';
import { withoutTemplateChecks } from '../../scripts/without-template-checks';
import type { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import { APP, ExampleAccount, synthesized } from './example-account';

jest.setTimeout(120_000);

const STACK = 'Rehearsal';
const context = { appId: APP, source: 'dev', target: 'rehearsal' };

let rehearsal: CloudAssembly;
let renamed: CloudAssembly;

beforeAll(async () => {
  const stack = (target: string) => synthesized({ ...context, target }, (app) => new RehearsalStack(app, STACK));
  rehearsal = await stack('rehearsal');
  renamed = await stack('another');
});

async function rehearsed(): Promise<ExampleAccount> {
  const account = new ExampleAccount();
  expect((await account.deploy(rehearsal, STACK)).status).toBe('CREATE_COMPLETE');
  expect(account.environments()).toEqual(['dev', 'test', 'rehearsal']);
  return account;
}

function deletions(account: ExampleAccount): string[] {
  const jobs = account.backend.jobs(APP).filter(({ operation }) => operation === 'DeleteBackend');
  return jobs.map(({ environment }) => environment);
}

describe('the rehearsal', () => {
  it('says what to run next, and on which stack', async () => {
    const account = new ExampleAccount();
    const { outputs } = await account.deploy(rehearsal, STACK);
    expect(outputs).toEqual({
      RootStack: account.metaOutput('rehearsal', 'providers', 'StackName'),
      NextStep: `amplify pull --appId ${APP} --envName rehearsal`,
    });
  });

  it('remains when its stack is deleted, without a call to the service', async () => {
    const account = await rehearsed();
    expect(await account.destroy(STACK)).toBe('DELETE_COMPLETE');
    expect(account.environments()).toContain('rehearsal');
    expect(deletions(account)).toEqual([]);
  });

  it('remains when the stack creates another one', async () => {
    const account = await rehearsed();
    expect((await account.deploy(renamed, STACK)).status).toBe('UPDATE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test', 'rehearsal', 'another']);
    expect(deletions(account)).toEqual([]);
  });

  it('is cleaned up when its clone fails', async () => {
    const account = new ExampleAccount();
    account.nextCloneFails('Resource limit exceeded');
    expect((await account.deploy(rehearsal, STACK)).succeeded).toBe(false);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('is in a stack that is protected from termination', async () => {
    const app = new App({ analyticsReporting: false, context });
    const stack = new RehearsalStack(app, STACK);
    const assembly = await withoutTemplateChecks(() => app.synth());
    expect(assembly.getStackByName(stack.stackName).terminationProtection).toBe(true);
  });
});
