/*
 * Creates, assumes and deletes the role of a survey with --make-role, in the account of the environment variables, and checks
 * that no other role is deleted.
 */
import { strict as assert } from 'node:assert';
import { CreateRoleCommand, GetRoleCommand, GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { iamRoles } from '../survey/roles';
import { APP_ID } from './emulator';
import { REGION } from './workplace';

async function main(): Promise<void> {
  const iam = new IAMClient({ region: REGION });
  const exists = async (RoleName: string): Promise<boolean> => {
    try {
      await iam.send(new GetRoleCommand({ RoleName }));
      return true;
    } catch (error) {
      if (error instanceof Error && error.name.startsWith('NoSuchEntity')) return false;
      throw error;
    }
  };
  const roles = iamRoles({
    appId: APP_ID,
    region: REGION,
    client: { region: REGION, endpoint: 'http://127.0.0.1:9' },
    clock: { now: () => Date.now(), sleep: async () => {}, random: () => 0.5 },
  });
  const name = roles.newName();

  const client = await roles.make(name);
  assert.ok(await exists(name));
  const { PolicyDocument = '' } = await iam.send(
    new GetRolePolicyCommand({ RoleName: name, PolicyName: 'AmplifyBackendAlone' }),
  );
  const policy = decodeURIComponent(PolicyDocument);
  assert.match(policy, new RegExp(`:/backend/${APP_ID}/\\*"`));
  assert.doesNotMatch(policy, /DeleteBackend/);
  assert.notEqual((await client.config.credentials()).accessKeyId, process.env['AWS_ACCESS_KEY_ID']);

  await roles.remove(name);
  assert.ok(!(await exists(name)));
  await roles.remove(name);

  const trust = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  const another = roles.newName();
  await iam.send(new CreateRoleCommand({ RoleName: another, AssumeRolePolicyDocument: trust }));
  await roles.remove(another);
  assert.ok(await exists(another));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
