import type { CdkCli, CdkCommand, Shell } from './cdk-cli';
import type { CloudFormation } from './cloudformation';
import { APP_ID, type Emulator, SOURCE, startEmulator } from './emulator';
import type { ProcessGroups } from './process-groups';

/** One story of a person who deploys, from its first command to its last, with an emulator to itself. */
export interface Journey {
  readonly name: string;
  /** What is so at its end. */
  readonly title: string;
  /** How long a clone or a deletion takes. @default 4 */
  readonly jobSeconds?: number;
  walk(stage: Stage): Promise<void>;
}

export interface Stage {
  readonly emulator: Emulator;
  readonly cloudFormation: CloudFormation;
  /** @throws when the CLI says that it failed; the error has what it printed */
  cdk(command: CdkCommand): Promise<string>;
  /** For a command that is to fail: the answer is what it printed. */
  cdkFails(command: CdkCommand): Promise<string>;
  /** @throws when the line of bash does not exit with 0; the error has what it printed */
  shell(line: string): Promise<string>;
}

/** The app `apps/clones.ts`: one stack. */
export interface StackOfClones {
  readonly stack: string;
  readonly clones: readonly string[];
  readonly keep?: boolean;
  readonly brokenNeighbour?: boolean;
}

export function deploy(stage: Stage, wanted: StackOfClones): CdkCommand {
  return clonesCommand(['deploy', '--require-approval', 'never'], stage, wanted);
}

export function destroy(stage: Stage, wanted: StackOfClones): CdkCommand {
  return clonesCommand(['destroy', '--force'], stage, wanted);
}

function clonesCommand(args: readonly string[], { emulator }: Stage, wanted: StackOfClones): CdkCommand {
  return {
    args,
    app: 'node --import tsx e2e/apps/clones.ts',
    context: {
      stack: wanted.stack,
      clones: wanted.clones.join(','),
      keep: String(wanted.keep ?? false),
      brokenNeighbour: String(wanted.brokenNeighbour ?? false),
      appId: APP_ID,
      source: SOURCE,
      emulator: emulator.url,
    },
  };
}

export interface Surroundings {
  readonly cli: CdkCli;
  readonly shell: Shell;
  readonly cloudFormation: CloudFormation;
  readonly folder: string;
  readonly processes: ProcessGroups;
  note(line: string): void;
}

/** @throws when something is not as the journey expects it */
export async function walk(journey: Journey, surroundings: Surroundings) {
  const { cli, cloudFormation, folder, processes, note } = surroundings;
  const emulator = await startEmulator(folder, journey.jobSeconds ?? 4, processes);
  const run = (command: CdkCommand) => {
    note(`cdk ${command.args[0]} ${command.context['stack'] ?? command.context['targets'] ?? ''}`);
    return cli(command);
  };
  await journey.walk({
    emulator,
    cloudFormation,
    async cdk(command) {
      const { exitCode, output } = await run(command);
      if (exitCode !== 0) throw new Error(`cdk ${command.args[0]} ended with ${exitCode}:\n${end(output)}`);
      return output;
    },
    async cdkFails(command) {
      const { exitCode, output } = await run(command);
      if (exitCode === 0) throw new Error(`cdk ${command.args[0]} was to fail, and did not:\n${end(output)}`);
      return output;
    },
    async shell(line) {
      note(line);
      const { exitCode, output } = await surroundings.shell(line);
      if (exitCode !== 0) throw new Error(`${line} ended with ${exitCode}:\n${end(output)}`);
      return output;
    },
  });
}

function end(output: string): string {
  return output.split('\n').slice(-40).join('\n');
}
