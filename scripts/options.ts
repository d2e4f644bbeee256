/** The options of a command are invalid. The user of the command reads the message. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError if an option is missing, or is not `what` */
export function matching(name: string, value: string | undefined, pattern: RegExp, what: string): string {
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  if (!pattern.test(value)) throw new UsageError(`--${name} "${value}" is not ${what}`);
  return value;
}
