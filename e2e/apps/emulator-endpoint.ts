import type { CloneProvider } from '../../lib';

/**
 * Has the handler call the emulator, through what the construct offers to everybody. Its ledger needs no such word:
 * MiniStack gives every function its own address as AWS_ENDPOINT_URL, where the table is.
 */
export function answerFrom(emulator: string, provider: CloneProvider): void {
  for (const handler of [provider.onEventHandler, provider.isCompleteHandler]) {
    handler.addEnvironment('AWS_ENDPOINT_URL_AMPLIFYBACKEND', emulator);
  }
}
