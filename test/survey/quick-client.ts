import { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import type { WireReply, WireRequest } from '../../simulator/amplify-backend/wire';

/*
 * The SDK's client, whose requests are answered before they are signed and sent, so that a survey of a thousand calls takes
 * a second. `survey-over-http.test.ts` uses the whole client, and a real socket.
 */

type Members = Readonly<Record<string, unknown>>;

export function quickClient(send: (request: WireRequest) => Promise<WireReply>): AmplifyBackendClient {
  const client = new AmplifyBackendClient({ region: 'us-east-1', endpoint: 'https://amplifybackend.invalid' });
  client.middlewareStack.add(
    (_, context) => async (args) => {
      const reply = await send(requestOf(String(context['commandName']), { ...args.input }));
      if (reply.kind !== 'response') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      const metadata = { $metadata: { httpStatusCode: reply.statusCode } };
      const body: Members = parsed(reply, metadata);
      if (reply.statusCode >= 300) {
        const words = String(body['message'] ?? body['Message'] ?? 'UnknownError');
        throw Object.assign(new Error(words), { name: reply.headers['x-amzn-errortype'] ?? 'Unknown', ...metadata });
      }
      return { response: reply, output: { ...inPascalCase(body), ...metadata } };
    },
    { step: 'initialize', priority: 'low', name: 'quick' },
  );
  return client;
}

function requestOf(command: string, input: Members): WireRequest {
  const environment = String(input['BackendEnvironmentName']);
  const post = (path: string, body: Members = {}): WireRequest => ({
    method: 'POST',
    path: `/backend/${String(input['AppId'])}/${path}`,
    headers: {},
    body: JSON.stringify(body),
  });
  switch (command) {
    case 'GetBackendCommand':
      return post('details', { backendEnvironmentName: input['BackendEnvironmentName'] });
    case 'GetBackendJobCommand':
      return { ...post(`job/${environment}/${String(input['JobId'])}`), method: 'GET', body: '' };
    case 'ListBackendJobsCommand':
      return post(`job/${environment}`, { maxResults: input['MaxResults'], nextToken: input['NextToken'] });
    case 'CloneBackendCommand':
      return post(`environments/${environment}/clone`, { targetEnvironmentName: input['TargetEnvironmentName'] });
    case 'DeleteBackendCommand':
      return post(`environments/${environment}/remove`);
    default:
      throw new Error(`the survey is not to send a ${command}`);
  }
}

function parsed({ body }: Extract<WireReply, { kind: 'response' }>, metadata: object): Members {
  try {
    return body === '' ? {} : { ...JSON.parse(body) };
  } catch (error) {
    throw Object.assign(new SyntaxError(String(error)), metadata);
  }
}

function inPascalCase(members: Members): Members {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      name === 'jobs' && Array.isArray(value) ? value.map((job: Members) => inPascalCase(job)) : value,
    ]),
  );
}
