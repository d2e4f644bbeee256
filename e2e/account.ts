import { isolatedEnvironment } from './workplace';

/** The account that commands deploy to. */
export interface Account {
  /** The environment variables of a process that calls the account. It may write to the folder. */
  environment(folder: string, additions?: Readonly<Record<string, string>>): NodeJS.ProcessEnv;
  /** Milliseconds. */
  readonly longestCommand: number;
}

const MINUTE = 60_000;

/** MiniStack instead of AWS. The user's AWS configuration is not read. */
export function emulatedAccount(endpoint: string): Account {
  return {
    environment: (folder, additions) => isolatedEnvironment(folder, { AWS_ENDPOINT_URL: endpoint, ...additions }),
    longestCommand: 5 * MINUTE,
  };
}

/** The account and the Region of this process's environment variables. CloudFormation waits for a clone for an hour. */
export const ownAccount: Account = {
  environment: (_, additions) => ({ ...process.env, ...additions }),
  longestCommand: 120 * MINUTE,
};
