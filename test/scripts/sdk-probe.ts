import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  AmplifyBackendClient,
  CloneBackendCommand,
  DeleteBackendCommand,
  GetBackendCommand,
  GetBackendJobCommand,
  ListBackendJobsCommand,
} from '@aws-sdk/client-amplifybackend';

// A program that reports the behavior of its SDK. bundle.test.ts bundles it in two ways. Standard input has the calls.

export type Operation = 'GetBackend' | 'GetBackendJob' | 'ListBackendJobs' | 'CloneBackend' | 'DeleteBackend';

export interface Question {
  readonly environment: Readonly<Record<string, string>>;
  readonly operation: Operation;
  /** The server's answer. Without one, no request leaves the process, and only its destination is reported. */
  readonly reply?: Reply;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the connection breaks before the answer, or in the middle of it. */
  readonly breaks?: 'before' | 'within';
}

export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Observation {
  /** Scheme and host of the request that the client passes to its HTTP handler. */
  readonly destination?: string;
  readonly requests: readonly SentRequest[];
  readonly output?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
}

const APP_ID = 'd1 app';
const SOURCE = { AppId: APP_ID, BackendEnvironmentName: 'main' };

function send(client: AmplifyBackendClient, operation: Operation): Promise<unknown> {
  switch (operation) {
    case 'GetBackend':
      return client.send(new GetBackendCommand(SOURCE));
    case 'GetBackendJob':
      return client.send(new GetBackendJobCommand({ ...SOURCE, JobId: 'job/1' }));
    case 'ListBackendJobs':
      return client.send(new ListBackendJobsCommand({ ...SOURCE, MaxResults: 25, NextToken: 'naïve=&?' }));
    case 'CloneBackend':
      return client.send(new CloneBackendCommand({ ...SOURCE, TargetEnvironmentName: 'feature' }));
    case 'DeleteBackend':
      return client.send(new DeleteBackendCommand(SOURCE));
  }
}

interface Destination {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly headers: Readonly<Record<string, string>>;
}

async function destination({ environment, operation }: Question): Promise<Observation> {
  Object.assign(process.env, environment);
  let found = '';
  const client = new AmplifyBackendClient({
    maxAttempts: 1,
    requestHandler: {
      async handle({ protocol, hostname, port, headers }: Destination) {
        const scope = /Credential=[^/]*\/\d+\/([^,]+)/.exec(headers['authorization'] ?? '')?.[1];
        found = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`} ${scope}`;
        return { response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from('{}')]) } };
      },
    },
  });
  const outcome = await outcomeOf(client, operation);
  for (const name of Object.keys(environment)) delete process.env[name];
  return { destination: found, requests: [], ...outcome };
}

async function conversation({ environment, operation }: Question, reply: Reply): Promise<Observation> {
  const requests: SentRequest[] = [];
  const server = createServer((request, response) => {
    void record(request).then((sent) => {
      requests.push(sent);
      answer(response, reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = isListening(address) ? address.port : 0;
  Object.assign(process.env, { AWS_ENDPOINT_URL_AMPLIFYBACKEND: `http://127.0.0.1:${port}` }, environment);
  const client = new AmplifyBackendClient({ maxAttempts: 1 });
  const outcome = await outcomeOf(client, operation);
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  for (const name of [...Object.keys(environment), 'AWS_ENDPOINT_URL_AMPLIFYBACKEND']) delete process.env[name];
  return { requests, ...outcome };
}

function isListening(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

async function record(request: IncomingMessage): Promise<SentRequest> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  return { method: request.method ?? '', path: request.url ?? '', headers, body: await text(request) };
}

function answer(response: ServerResponse, { status, headers, body, breaks }: Reply): void {
  if (breaks === 'before') {
    response.destroy();
    return;
  }
  response.writeHead(status, headers);
  if (breaks === 'within') response.write(body, () => response.destroy());
  else response.end(body);
}

async function outcomeOf(
  client: AmplifyBackendClient,
  operation: Operation,
): Promise<Pick<Observation, 'output' | 'error'>> {
  try {
    return { output: await send(client, operation) };
  } catch (thrown) {
    if (!(thrown instanceof Error)) return { error: { thrown } };
    const error: Record<string, unknown> = { name: thrown.name };
    for (const [name, field] of Object.entries(Object.getOwnPropertyDescriptors(thrown))) {
      const value: unknown = field.get === undefined ? field.value : field.get.call(thrown);
      if (name !== 'stack') error[name] = name === '$response' ? 'an HTTP response' : value;
    }
    return { error };
  }
}

async function main(): Promise<void> {
  const questions: Question[] = JSON.parse(await text(process.stdin));
  const observations: Observation[] = [];
  for (const question of questions) {
    const { reply } = question;
    observations.push(await (reply === undefined ? destination(question) : conversation(question, reply)));
  }
  process.stdout.write(JSON.stringify(observations));
}

void main();
