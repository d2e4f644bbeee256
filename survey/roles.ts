import { randomInt } from 'node:crypto';
import { AmplifyBackendClient, type AmplifyBackendClientConfig } from '@aws-sdk/client-amplifybackend';
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandOutput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity } from '@smithy/types';
import type { HandlerClock } from '../lambda/context';
import type { Roles } from './survey';

export interface RolesProps {
  readonly appId: string;
  readonly region: string;
  /** The configuration of the AmplifyBackend client, without credentials. */
  readonly client: AmplifyBackendClientConfig;
  readonly clock: HandlerClock;
}

/** Marks a role as one of a survey. No other role is deleted. */
const DESCRIPTION = 'Created by a survey of AmplifyBackend, which deletes it.';
const POLICY = 'AmplifyBackendAlone';
const PAUSE = 1000;
/** IAM is eventually consistent: STS may not know of the role at once. */
const MOST_TRIES = 60;

export function iamRoles({ appId, region, client, clock }: RolesProps): Roles {
  // IAM is a global service, and its client finds the endpoint from any Region.
  const iam = new IAMClient({ region });
  const sts = new STSClient({ region });

  const assume = async (roleArn: string): Promise<AwsCredentialIdentity> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const input = { RoleArn: roleArn, RoleSessionName: 'survey', DurationSeconds: 3600 };
        return credentialsIn(await sts.send(new AssumeRoleCommand(input)));
      } catch (error) {
        if (attempt === MOST_TRIES || !(error instanceof Error) || error.name !== 'AccessDenied') throw error;
        await clock.sleep(PAUSE);
      }
    }
  };

  return {
    newName: () => `amplify-survey-${randomInt(2 ** 40).toString(36)}`,

    async make(name) {
      const { Account: account, Arn: caller = '' } = await sts.send(new GetCallerIdentityCommand({}));
      if (account === undefined) throw new Error('GetCallerIdentity returned no account');
      const partition = caller.split(':')[1] ?? 'aws';
      const statement = (more: object): string =>
        JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] });
      const { Role: role } = await iam.send(
        new CreateRoleCommand({
          RoleName: name,
          Description: DESCRIPTION,
          AssumeRolePolicyDocument: statement({
            Principal: { AWS: `arn:${partition}:iam::${account}:root` },
            Action: 'sts:AssumeRole',
          }),
        }),
      );
      await iam.send(
        new PutRolePolicyCommand({
          RoleName: name,
          PolicyName: POLICY,
          PolicyDocument: statement({
            Action: ['CloneBackend', 'GetBackend', 'GetBackendJob', 'ListBackendJobs'].map(
              (action) => `amplifybackend:${action}`,
            ),
            Resource: `arn:${partition}:amplifybackend:${region}:${account}:/backend/${appId}/*`,
          }),
        }),
      );
      const credentials = await assume(role?.Arn ?? `arn:${partition}:iam::${account}:role/${name}`);
      return new AmplifyBackendClient({ ...client, credentials });
    },

    async remove(name) {
      const role = await orNothing(async () => (await iam.send(new GetRoleCommand({ RoleName: name }))).Role);
      if (role?.Description !== DESCRIPTION) return;
      await orNothing(() => iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: POLICY })));
      await orNothing(() => iam.send(new DeleteRoleCommand({ RoleName: name })));
    },
  };
}

function credentialsIn({ Credentials: found }: AssumeRoleCommandOutput): AwsCredentialIdentity {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = found ?? {};
  if (accessKeyId === undefined || secretAccessKey === undefined) throw new Error('AssumeRole returned no credentials');
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

async function orNothing<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('NoSuchEntity')) return undefined;
    throw error;
  }
}
