import { send } from 'simulator:network';
import type { WireReply, WireRequest } from '../amplify-backend/wire';

/*
 * Replaces the client of `@aws-sdk/client-amplifybackend`: the same operations and errors, without signatures, streams and
 * sockets. `test/simulator/sdk` compares it with the real one.
 */

type Input = Readonly<Record<string, string | number | undefined>>;
type Output = Readonly<Record<string, unknown>>;

interface Command {
  readonly request: WireRequest;
}

interface ClientProps {
  readonly requestHandler: { readonly requestTimeout: number };
}

/** The metadata that the SDK adds. */
const HINT =
  '\n  Deserialization error: to see the raw response, inspect the hidden field {error}.$response on this object.';

const HEADERS = { 'content-type': 'application/json' };

function post(path: string, body?: object): WireRequest {
  return { method: 'POST', path, headers: HEADERS, body: body === undefined ? '' : JSON.stringify(body) };
}

export class GetBackendCommand implements Command {
  readonly request: WireRequest;

  constructor({ AppId, BackendEnvironmentName: backendEnvironmentName }: Input) {
    this.request = post(`/backend/${AppId}/details`, { backendEnvironmentName });
  }
}

export class GetBackendJobCommand implements Command {
  readonly request: WireRequest;

  constructor({ AppId, BackendEnvironmentName, JobId }: Input) {
    const path = `/backend/${AppId}/job/${BackendEnvironmentName}/${JobId}`;
    this.request = { method: 'GET', path, headers: {}, body: '' };
  }
}

export class ListBackendJobsCommand implements Command {
  readonly request: WireRequest;

  constructor({ AppId, BackendEnvironmentName, MaxResults: maxResults, NextToken: nextToken }: Input) {
    this.request = post(`/backend/${AppId}/job/${BackendEnvironmentName}`, { maxResults, nextToken });
  }
}

export class CloneBackendCommand implements Command {
  readonly request: WireRequest;

  constructor({ AppId, BackendEnvironmentName, TargetEnvironmentName: targetEnvironmentName }: Input) {
    this.request = post(`/backend/${AppId}/environments/${BackendEnvironmentName}/clone`, { targetEnvironmentName });
  }
}

export class DeleteBackendCommand implements Command {
  readonly request: WireRequest;

  constructor({ AppId, BackendEnvironmentName }: Input) {
    this.request = post(`/backend/${AppId}/environments/${BackendEnvironmentName}/remove`);
  }
}

export class AmplifyBackendClient {
  readonly config = {
    /** For callers that send requests of their own. */
    requestHandler: { handle: (request: WireRequest & { readonly hostname: string }) => this.handle(request) },
    streamCollector: async (body: string): Promise<Uint8Array> => Buffer.from(body),
    urlParser: (url: string) => ({ hostname: new URL(url).hostname }),
  };
  private readonly requestTimeout: number;

  constructor({ requestHandler: { requestTimeout } }: ClientProps) {
    this.requestTimeout = requestTimeout;
  }

  async send({ request }: Command): Promise<Output> {
    const reply = await this.reply(request);
    const body = parseBody(reply);
    if (reply.statusCode >= 300) throw exceptionIn(reply, body);
    return Object.fromEntries(
      Object.entries(isRecord(body) ? body : {}).map(([name, value]) => [pascal(name), read(name, value)]),
    );
  }

  private async handle({
    method,
    path,
    hostname,
    headers,
    body,
  }: WireRequest & { readonly hostname: string }): Promise<{ readonly response: Response }> {
    return { response: await this.reply({ method, path, headers: { ...headers, host: hostname }, body }) };
  }

  private reply(request: WireRequest): Promise<Response> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const words = `@smithy/node-http-handler - [ERROR] a request has exceeded the configured ${this.requestTimeout} ms requestTimeout.`;
        reject(Object.assign(new Error(words), { name: 'TimeoutError', code: 'ETIMEDOUT' }));
      }, this.requestTimeout);
      send(request).then((reply) => {
        clearTimeout(timer);
        if (reply.kind === 'response') resolve(reply);
        else reject(Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' }));
      }, reject);
    });
  }
}

type Response = Extract<WireReply, { kind: 'response' }>;

function parseBody({ body, statusCode }: Response): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    error.message += HINT;
    throw Object.assign(error, { $metadata: { httpStatusCode: statusCode } });
  }
}

function exceptionIn({ headers, statusCode }: Response, body: unknown): Error {
  const { __type: type, message, Message } = isRecord(body) ? body : {};
  const name =
    headers['x-amzn-errortype'] ?? (typeof type === 'string' ? type.slice(type.indexOf('#') + 1) : 'Unknown');
  const words = message ?? Message ?? 'UnknownError';
  return Object.assign(new Error(String(words)), { name, $metadata: { httpStatusCode: statusCode } });
}

function read(name: string, value: unknown): unknown {
  if (name !== 'jobs' || !Array.isArray(value)) return value;
  return value.map((job) =>
    isRecord(job) ? Object.fromEntries(Object.entries(job).map(([member, of]) => [pascal(member), of])) : job,
  );
}

function pascal(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
