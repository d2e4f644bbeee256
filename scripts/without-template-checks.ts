const VARIABLE = 'CDK_VALIDATION';

/** Runs `run` without CDK's validation of templates, which takes most of the time of a synthesis. */
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
