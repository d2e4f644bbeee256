import type { CdkCli, CdkCommand, Shell } from './cdk-cli';
import type { CloudFormation } from './cloudformation';
import { APP_ID, type Emulator, SOURCE, startEmulator } from './emulator';
import type { ProcessGroups } from './process-groups';

/** One user's sequence of commands, with its checks. */
interface Story<S> {
  readonly name: string;
  /** The expected result, which completes the sentence that begins with `name`. */
  readonly title: string;
  run(stage: S): Promise<void>;
}

/** A journey with its own emulator. */
export interface Journey extends Story<Stage> {
  /** How long a clone or a deletion takes. @default 4 */
  readonly jobSeconds?: number;
}

/** A journey that does not use the emulator's own interface, so that it can run on AWS, too. */
export type JourneyAnywhere = Story<StageAnywhere>;

/** The names of things in the account. */
export interface Place {
  readonly appId: string;
  readonly source: string;
  /** The service's endpoint, if it is not AWS. */
  readonly emulator: string | undefined;
  /** The environment variables of every command. */
  readonly context: Readonly<Record<string, string>>;
  stack(name: string): string;
  environment(name: string): string;
}

export interface StageAnywhere {
  /** Undefined at AWS. */
  readonly emulator: Emulator | undefined;
  readonly place: Place;
  readonly cloudFormation: CloudFormation;
  /** @throws Error with the CLI's output, if the command fails */
  cdk(command: CdkCommand): Promise<string>;
  /** Runs a command that is expected to fail. @returns its output */
  cdkFails(command: CdkCommand): Promise<string>;
  /** The existing environments that the journey has created, by its own names for them, in alphabetical order. */
  createdEnvironments(): Promise<string[]>;
}

export interface Stage extends StageAnywhere {
  readonly emulator: Emulator;
  /** @throws Error with the output, if the line of bash does not exit with 0 */
  shell(line: string): Promise<string>;
}

/** The app `apps/clones.ts`: one stack. */
export interface StackOfClones {
  readonly stack: string;
  readonly clones: readonly string[];
  readonly keep?: boolean;
  readonly brokenNeighbour?: boolean;
}

export function deploy(stage: StageAnywhere, wanted: StackOfClones): CdkCommand {
  return clonesCommand(['deploy', '--require-approval', 'never'], stage, wanted);
}

export function destroy(stage: StageAnywhere, wanted: StackOfClones): CdkCommand {
  return clonesCommand(['destroy', '--force'], stage, wanted);
}

function clonesCommand(args: readonly string[], { place }: StageAnywhere, wanted: StackOfClones): CdkCommand {
  return {
    args,
    app: 'node --import tsx e2e/apps/clones.ts',
    context: {
      ...contextOf(place),
      stack: place.stack(wanted.stack),
      clones: wanted.clones.map((name) => place.environment(name)).join(','),
      keep: String(wanted.keep ?? false),
      brokenNeighbour: String(wanted.brokenNeighbour ?? false),
    },
  };
}

/** The context of every app of a journey. */
export function contextOf({ appId, source, emulator, context }: Place): Readonly<Record<string, string>> {
  return { ...context, appId, source, ...(emulator !== undefined && { emulator }) };
}

export interface Surroundings {
  readonly cli: CdkCli;
  readonly shell: Shell;
  readonly cloudFormation: CloudFormation;
  readonly folder: string;
  readonly processes: ProcessGroups;
  /** The journey of each stack name: all journeys run at once, in one account. */
  readonly ownersOfStacks: Map<string, string>;
  note(line: string): void;
}

/** @throws Error if a check of the journey fails */
export async function runJourney(journey: Journey, surroundings: Surroundings) {
  const { folder, processes, note } = surroundings;
  const emulator = await startEmulator(folder, journey.jobSeconds ?? 4, processes);
  const unchanged = (name: string): string => name;
  await journey.run({
    ...commandsOf({ ...surroundings, cli: withOwnStacks(journey.name, surroundings) }),
    emulator,
    place: {
      appId: APP_ID,
      source: SOURCE,
      emulator: emulator.url,
      context: {},
      stack: unchanged,
      environment: unchanged,
    },
    createdEnvironments: async () => (await emulator.environments()).filter((name) => name !== SOURCE),
    async shell(line) {
      note(line);
      const { exitCode, output } = await surroundings.shell(line);
      if (exitCode !== 0) throw new Error(`${line} ended with ${exitCode}:\n${end(output)}`);
      return output;
    },
  });
}

function withOwnStacks(journey: string, { cli, ownersOfStacks }: Surroundings): CdkCli {
  return (command) => {
    const stack = command.context['stack'];
    if (stack !== undefined) {
      const owner = ownersOfStacks.get(stack) ?? journey;
      if (owner !== journey) throw new Error(`The journeys "${owner}" and "${journey}" both have a stack "${stack}".`);
      ownersOfStacks.set(stack, owner);
    }
    return cli(command);
  };
}

export function commandsOf({
  cli,
  cloudFormation,
  note,
}: Pick<Surroundings, 'cli' | 'cloudFormation' | 'note'>): Pick<StageAnywhere, 'cloudFormation' | 'cdk' | 'cdkFails'> {
  const run = (command: CdkCommand) => {
    note(`cdk ${command.args[0]} ${command.context['stack'] ?? command.context['targets'] ?? ''}`);
    return cli(command);
  };
  return {
    cloudFormation,
    async cdk(command) {
      const { exitCode, output } = await run(command);
      if (exitCode !== 0) throw new Error(`cdk ${command.args[0]} ended with ${exitCode}:\n${end(output)}`);
      return output;
    },
    async cdkFails(command) {
      const { exitCode, output } = await run(command);
      if (exitCode === 0)
        throw new Error(`cdk ${command.args[0]} succeeded, but a failure was expected:\n${end(output)}`);
      return output;
    },
  };
}

function end(output: string): string {
  return output.split('\n').slice(-40).join('\n');
}
