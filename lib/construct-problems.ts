import type { IConstruct } from 'constructs';

/** Throws one error that lists every problem. Does nothing if every entry is undefined. */
export function rejectProblems(construct: IConstruct, problems: ReadonlyArray<string | undefined>): void {
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length === 1) {
    throw new Error(`${construct.node.path}: ${found[0]}`);
  }
  if (found.length > 1) {
    throw new Error(
      `${construct.node.path}: ${found.length} problems\n${found.map((line) => `  - ${line}`).join('\n')}`,
    );
  }
}
