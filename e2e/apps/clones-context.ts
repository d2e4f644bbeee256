import { contextText, optionalText } from './required-context';

export interface ClonesContext {
  readonly stack: string;
  readonly appId: string;
  readonly source: string;
  readonly clones: readonly string[];
  readonly keep: boolean;
  /** Whether another resource of the stack fails after the clones are created. */
  readonly brokenNeighbour: boolean;
  /** The service's endpoint, if it is not AWS. */
  readonly emulator: string | undefined;
}

export function parseClonesContext(get: (key: string) => unknown): ClonesContext {
  const text = contextText(get);
  return {
    stack: text('stack'),
    appId: text('appId'),
    source: text('source'),
    clones: text('clones').split(','),
    keep: get('keep') === 'true',
    brokenNeighbour: get('brokenNeighbour') === 'true',
    emulator: optionalText(get, 'emulator'),
  };
}
