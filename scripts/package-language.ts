import { tryCommand } from './run-command';

/** A language that jsii-pacmak makes a package for. */
export interface Language {
  readonly name: string;
  /** As jsii-pacmak and docs/languages.md call it; dist/ has a folder of that name. */
  readonly target: string;
  /** Of a source file, without the dot. */
  readonly extension: string;
  /** What jsii-pacmak is told besides. */
  readonly packArguments: readonly string[];
  /**
   * Why the package cannot be made and tested here, in a few words, or `undefined` where it can. What fails after this has
   * said `undefined` is a failure, and no reason to skip anything.
   */
  whyNot(): string | undefined;
  /**
   * Makes a project that uses what is in dist/, with the lowest versions of its peers.
   *
   * @param folder an empty one
   */
  makeProject(folder: string): Project;
}

export interface Project {
  /** Has the project consist of this program, and answers with what runs it. */
  build(program: string): Command;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** Whether a command is there, and exits with 0. */
export function succeeds(command: string, args: readonly string[], cwd: string): boolean {
  try {
    return tryCommand(command, args, { cwd }).status === 0;
  } catch {
    return false;
  }
}
