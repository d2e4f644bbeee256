import { createInterface } from 'node:readline/promises';

/** What was asked, and by whom it was not answered, in the words for an error. */
export const NOBODY_TO_ASK = 'nobody can be asked here: --yes goes ahead without';

/** @returns undefined where nobody can be asked */
export async function isAgreed(): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question('Go ahead? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}
