/** What is wrong with the options of a command, for the one who gave them. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError where an option is missing, or is not `what` */
export function matching(name: string, value: string | undefined, pattern: RegExp, what: string): string {
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  if (!pattern.test(value)) throw new UsageError(`--${name} "${value}" is not ${what}`);
  return value;
}
