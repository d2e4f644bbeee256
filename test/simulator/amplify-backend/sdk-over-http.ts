import { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import { answer } from '../../../simulator/amplify-backend/request-handler';
import { type RunningServer, startServer } from '../../../simulator/amplify-backend/server';
import type { WireRequest } from '../../../simulator/amplify-backend/wire';
import type { Credentials } from '../../../simulator/signature';
import { serviceUnderTest } from './service-under-test';

export const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' };

const open: { server: RunningServer; client: AmplifyBackendClient }[] = [];

/** The service on a real HTTP server, called by the real SDK client, which does not retry. */
export async function sdkOverHttp(
  subject: ReturnType<typeof serviceUnderTest> = serviceUnderTest(),
  { credentials = CREDENTIALS, demand }: { credentials?: Credentials; demand?: Credentials } = {},
) {
  const seen: WireRequest[] = [];
  const server = await startServer((request) => {
    seen.push(request);
    return answer(subject.service, request, 'SDK', { credentials: demand });
  });
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const client = new AmplifyBackendClient({
    endpoint: server.url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  });
  open.push({ server, client });
  return { ...subject, client, server, seen };
}

export async function closeAll(): Promise<void> {
  for (const { server, client } of open.splice(0)) {
    client.destroy();
    await server.close();
  }
}
