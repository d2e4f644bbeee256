import * as path from 'node:path';

export const PROJECT = path.resolve(__dirname, '..');
export const REGION = 'us-east-1';
/** MiniStack uses an access key ID of twelve digits as the account, and does not check signatures. */
export const ACCOUNT = '111122223333';
export const CREDENTIALS = { accessKeyId: ACCOUNT, secretAccessKey: 'not-a-secret' };

/** The user's settings must not decide where requests go, and no process may write outside of `folder`. */
const NOT_INHERITED = /^(AWS|CDK|EMULATOR|MINISTACK|LAMBDA)_|^NODE_OPTIONS$/;

export function isolatedEnvironment(folder: string, additions: Readonly<Record<string, string>> = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name));
  return {
    ...Object.fromEntries(inherited),
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: path.join(folder, 'no-aws-config'),
    AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'no-aws-credentials'),
    TMPDIR: folder,
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    // Without the SDK's warning that a later release will not support this Node.js, in each function's log and the CLI's output.
    NODE_NO_WARNINGS: '1',
    ...additions,
  };
}
