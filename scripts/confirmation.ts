import { createInterface } from 'node:readline/promises';

/** The error if a question cannot be asked, since the input is not a terminal. */
export const NOT_A_TERMINAL = 'the input is not a terminal: use --yes to start without a question';

/** @returns undefined if the input is not a terminal */
export async function isAgreed(): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question('Go ahead? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}
