import type { CloneProvider } from '../../lib';

/** Has the handler call the emulator, through what the construct offers to everybody. */
export function answerFrom(emulator: string, provider: CloneProvider): void {
  for (const handler of [provider.onEventHandler, provider.isCompleteHandler]) {
    handler.addEnvironment('AWS_ENDPOINT_URL_AMPLIFYBACKEND', emulator);
  }
}
