import { isolatedEnvironment } from './workplace';

/** Where commands deploy to. */
export interface Account {
  /** Of a process that works there, and that may write to the folder. */
  environment(folder: string, additions?: Readonly<Record<string, string>>): NodeJS.ProcessEnv;
  /** In milliseconds. */
  readonly longestCommand: number;
}

const MINUTE = 60_000;

/** MiniStack, in the place of AWS: nothing of whoever runs this is read. */
export function emulatedAccount(endpoint: string): Account {
  return {
    environment: (folder, additions) => isolatedEnvironment(folder, { AWS_ENDPOINT_URL: endpoint, ...additions }),
    longestCommand: 5 * MINUTE,
  };
}

/** The account and the Region that the environment of this process names. CloudFormation waits for a clone for an hour. */
export const ownAccount: Account = {
  environment: (_, additions) => ({ ...process.env, ...additions }),
  longestCommand: 120 * MINUTE,
};
