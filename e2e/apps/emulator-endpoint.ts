import type { CloneProvider } from '../../lib';

/**
 * Makes the handler call the emulator, through the public interface of the construct. The ledger needs no setting:
 * MiniStack gives every function its own address as AWS_ENDPOINT_URL, and has the table.
 */
export function answerFrom(emulator: string, provider: CloneProvider): void {
  for (const handler of [provider.onEventHandler, provider.isCompleteHandler]) {
    handler.addEnvironment('AWS_ENDPOINT_URL_AMPLIFYBACKEND', emulator);
  }
}
