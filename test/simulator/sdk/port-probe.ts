import { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import { amplifyBackendService } from '../../../lambda/amplify-backend-service';
import { type BackendService, ServiceError } from '../../../lambda/backend-service';
import type { LedgerTable } from '../../../lambda/ledger';
import { ledgerTable } from '../../../lambda/ledger-table';

/** The handler's interpretation of one answer: the Lambda function of `plain-sdk.test.ts`, which bundles it with either SDK. */
export const QUESTIONS = {
  names: ({ service }) => service.environmentNames('d1'),
  config: ({ service }) => service.metaConfig('d1', 'preview'),
  job: ({ service }) => service.job('d1', 'preview', 'job-1'),
  jobs: ({ service }) => service.jobs('d1', 'preview'),
  clone: ({ service }) => service.startClone('d1', 'dev', 'preview'),
  removal: ({ service }) => service.startRemoval('d1', 'preview'),
  read: ({ ledger }) => ledger.read('stack|Clone'),
  write: ({ ledger }) => ledger.write('stack|Clone', { version: 2, text: '{}' }, 1_700_000_000_500),
} satisfies Readonly<Record<string, (ports: Ports) => Promise<unknown>>>;

export type Question = keyof typeof QUESTIONS;

interface Ports {
  readonly service: BackendService;
  readonly ledger: LedgerTable;
}

export interface Observed {
  readonly result?: unknown;
  readonly serviceError?: Pick<ServiceError, 'reason' | 'operation' | 'words' | 'service'>;
  readonly logged: readonly unknown[];
}

export async function ask({ question }: { readonly question: Question }): Promise<Observed> {
  const client = new AmplifyBackendClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  const logged: unknown[] = [];
  const service = amplifyBackendService(client, (message, details) => logged.push([message, details]));
  const ledger = ledgerTable(client.config, 'Ledger', 'https://dynamodb.us-east-1.amazonaws.com');
  try {
    const found: unknown = await QUESTIONS[question]({ service, ledger });
    return { result: found instanceof Set ? [...found] : found, logged };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { reason, operation, words, service: concerned } = error;
    return { serviceError: { reason, operation, words, service: concerned }, logged };
  }
}
