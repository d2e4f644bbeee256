const VARIABLE = 'CDK_VALIDATION';

/** CDK's validation of the templates takes most of a synthesis. `run` is one in which it is not what is looked at. */
export async function withoutTemplateChecks<T>(run: () => T | Promise<T>): Promise<T> {
  const before = process.env[VARIABLE];
  process.env[VARIABLE] = 'false';
  try {
    return await run();
  } finally {
    if (before === undefined) delete process.env[VARIABLE];
    else process.env[VARIABLE] = before;
  }
}
