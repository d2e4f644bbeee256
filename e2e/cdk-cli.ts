import * as path from 'node:path';
import type { Account } from './account';
import type { Finished, ProcessGroups } from './process-groups';
import { PROJECT } from './workplace';

const CLI = require.resolve('aws-cdk/bin/cdk');
const OPTIONS = ['--ci', '--no-notices', '--no-color'];

export interface CdkCommand {
  /** The arguments, e.g. `deploy` and `--all`. */
  readonly args: readonly string[];
  /** The value of `--app`. @default - the app of `cdk.json` */
  readonly app?: string;
  readonly context: Readonly<Record<string, string>>;
}

export type CdkCli = (command: CdkCommand) => Promise<Finished>;

/** The CDK CLI of this project, in this account. */
export function cdkCli(account: Account, folder: string, processes: ProcessGroups): CdkCli {
  let runs = 0;
  return ({ args, app, context }) => {
    runs += 1;
    const synthesized = path.join(folder, `cdk.out-${runs}`);
    const values = Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
    const command = {
      command: process.execPath,
      args: [
        CLI,
        ...args,
        ...(app === undefined ? [] : ['--app', app]),
        '--output',
        synthesized,
        ...values,
        ...OPTIONS,
      ],
      cwd: PROJECT,
      env: account.environment(folder, {
        CDK_HOME: path.join(folder, 'cdk-home'),
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        CDK_DISABLE_VERSION_CHECK: 'true',
        // The validation of templates takes six seconds of CPU time per synthesis. The app's own tests do it.
        CDK_VALIDATION: 'false',
      }),
    };
    return processes.run(command, account.longestCommand);
  };
}

/** A line of bash, in this project's folder. */
export type Shell = (line: string) => Promise<Finished>;

export function shell(account: Account, folder: string, processes: ProcessGroups): Shell {
  const env = account.environment(folder);
  return (line) => processes.run({ command: 'bash', args: ['--norc', '-c', line], cwd: PROJECT, env });
}
