import { tryCommand } from './run-command';

/** A language that jsii-pacmak builds a package for. */
export interface Language {
  readonly name: string;
  /** The name in jsii-pacmak, in docs/languages.md and of the folder in dist/. */
  readonly target: string;
  /** The extension of a source file, without the dot. */
  readonly extension: string;
  /** Further options for jsii-pacmak. */
  readonly packArguments: readonly string[];
  /**
   * The reason why the package cannot be built and tested here, in a few words, or `undefined` if it can. After `undefined`, any
   * error is a failure, and not a reason to skip the language.
   */
  whyNot(): string | undefined;
  /**
   * Creates a project that uses the package in dist/, with the lowest versions of its peers.
   *
   * @param folder an empty one
   */
  makeProject(folder: string): Project;
}

export interface Project {
  /** Makes this program the project's only one. @returns the command that runs it */
  build(program: string): Command;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** Whether a command exists, and exits with 0. */
export function succeeds(command: string, args: readonly string[], cwd: string): boolean {
  try {
    return tryCommand(command, args, { cwd }).status === 0;
  } catch {
    return false;
  }
}
