import { EventEmitter } from 'node:events';
import { STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import type { WireReply, WireRequest } from '../amplify-backend/wire';
import { HostError } from './host-realm';

/** The parts of the execution environment that the replacement of `node:http` needs. */
export interface Outside {
  /** Settles only while the environment runs an invocation. */
  send(request: WireRequest): Promise<WireReply>;
  setTimer(callback: () => void, milliseconds: number): () => void;
}

/** The parts of `node:http` or `node:https` that HTTP clients such as the AWS SDK's use. */
export function httpModule(protocol: 'http:' | 'https:', outside: Outside): object {
  const request = (...parameters: unknown[]): ClientRequest => new ClientRequest(protocol, outside, parameters);
  const get = (...parameters: unknown[]): ClientRequest => {
    const sent = request(...parameters);
    sent.end();
    return sent;
  };
  return { request, get, Agent, globalAgent: new Agent(), STATUS_CODES, ClientRequest, IncomingMessage };
}

class Agent extends EventEmitter {
  readonly maxSockets: number;
  readonly keepAlive: boolean;
  readonly keepAliveMsecs: number;
  readonly sockets = {};
  readonly freeSockets = {};
  readonly requests = {};

  constructor(readonly options: object = {}) {
    super();
    const maxSockets = property(options, 'maxSockets');
    const keepAliveMsecs = property(options, 'keepAliveMsecs');
    this.maxSockets = typeof maxSockets === 'number' ? maxSockets : Number.POSITIVE_INFINITY;
    this.keepAlive = property(options, 'keepAlive') === true;
    this.keepAliveMsecs = typeof keepAliveMsecs === 'number' ? keepAliveMsecs : 1000;
  }

  destroy(): void {}
}

/** A connection that is open at once, and counts as idle until its timeout is cancelled. */
class Socket extends EventEmitter {
  readonly connecting = false;
  destroyed = false;
  private cancelTimeout = (): void => {};

  constructor(private readonly outside: Outside) {
    super();
  }

  setTimeout(milliseconds: number, callback?: () => void): this {
    this.cancelTimeout();
    if (callback !== undefined) this.once('timeout', callback);
    if (milliseconds > 0) this.cancelTimeout = this.outside.setTimer(() => this.emit('timeout'), milliseconds);
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  destroy(): this {
    this.destroyed = true;
    this.cancelTimeout();
    return this;
  }
}

class IncomingMessage extends Readable {
  readonly httpVersion = '1.1';
  readonly statusMessage: string;
  complete = false;

  constructor(
    readonly statusCode: number,
    readonly headers: Readonly<Record<string, string>>,
    body: string,
    readonly socket: Socket,
  ) {
    super({ read: () => {} });
    this.statusMessage = STATUS_CODES[statusCode] ?? '';
    this.once('end', () => {
      this.complete = true;
    });
    if (body !== '') this.push(Buffer.from(body));
    this.push(null);
  }

  get rawHeaders(): string[] {
    return Object.entries(this.headers).flat();
  }

  setTimeout(): this {
    return this;
  }
}

class ClientRequest extends EventEmitter {
  readonly socket: Socket;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  destroyed = false;
  writableEnded = false;
  private readonly headers: Map<string, string>;
  private readonly chunks: Buffer[] = [];
  private state: 'open' | 'sent' | 'answered' | 'closed' = 'open';

  constructor(
    readonly protocol: 'http:' | 'https:',
    private readonly outside: Outside,
    parameters: readonly unknown[],
  ) {
    super();
    const { method, path, headers, host, callback } = readParameters(protocol, parameters);
    this.method = method;
    this.path = path;
    this.headers = headers;
    this.host = host;
    this.socket = new Socket(outside);
    if (callback !== undefined) this.once('response', callback);
    process.nextTick(() => this.emit('socket', this.socket));
  }

  get reusedSocket(): boolean {
    return false;
  }

  setHeader(name: string, value: unknown): this {
    this.headers.set(name.toLowerCase(), headerText(value));
    return this;
  }

  getHeader(name: string): string | undefined {
    return this.headers.get(name.toLowerCase());
  }

  removeHeader(name: string): void {
    this.headers.delete(name.toLowerCase());
  }

  setTimeout(milliseconds: number, callback?: () => void): this {
    if (callback !== undefined) this.once('timeout', callback);
    this.socket.setTimeout(milliseconds, () => this.emit('timeout'));
    return this;
  }

  setNoDelay(): void {}

  setSocketKeepAlive(): void {}

  flushHeaders(): void {}

  write(chunk: unknown, ...rest: readonly unknown[]): boolean {
    if (typeof chunk === 'string') this.chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) this.chunks.push(Buffer.from(chunk));
    else throw new HostError('the body of a request must be text or bytes');
    callLast(rest);
    return true;
  }

  end(...parameters: readonly unknown[]): this {
    if (this.state !== 'open') return this;
    const [chunk] = parameters;
    if (chunk !== undefined && chunk !== null && typeof chunk !== 'function') this.write(chunk);
    callLast(parameters);
    this.state = 'sent';
    this.writableEnded = true;
    process.nextTick(() => this.emit('finish'));
    const request: WireRequest = {
      method: this.method,
      path: this.path,
      headers: Object.fromEntries(this.headers),
      body: Buffer.concat(this.chunks).toString('utf8'),
    };
    this.outside.send(request).then(
      (reply) => this.receive(reply),
      (error: unknown) => this.fail(error),
    );
    return this;
  }

  destroy(error?: unknown): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    if (this.state === 'answered' && error === undefined) this.close();
    else this.fail(error ?? connectionError('reset', this.host));
    return this;
  }

  abort(): void {
    this.destroy();
  }

  private receive(reply: WireReply): void {
    if (this.state !== 'sent') return;
    if (reply.kind !== 'response') {
      this.fail(connectionError(reply.kind, this.host));
      return;
    }
    this.state = 'answered';
    const message = new IncomingMessage(reply.statusCode, reply.headers, reply.body, this.socket);
    message.once('close', () => this.close());
    if (!this.emit('response', message)) message.resume();
  }

  private fail(error: unknown): void {
    if (this.state === 'closed') return;
    this.close(error);
  }

  private close(error?: unknown): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.destroyed = true;
    this.socket.destroy();
    process.nextTick(() => {
      if (error !== undefined) this.emit('error', error);
      this.emit('close');
    });
  }
}

/** The errors of Node's HTTP client for a connection that breaks before the answer, or that cannot be opened. */
export function connectionError(kind: Exclude<WireReply['kind'], 'response'>, host: string): Error {
  return kind === 'reset'
    ? Object.assign(new HostError('socket hang up'), { code: 'ECONNRESET' })
    : Object.assign(new HostError(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
}

interface RequestParameters {
  readonly method: string;
  readonly path: string;
  readonly headers: Map<string, string>;
  readonly host: string;
  readonly callback: ((message: unknown) => void) | undefined;
}

/** `(options, callback)`, `(url, callback)` and `(url, options, callback)`, all but the first optional. */
function readParameters(protocol: string, parameters: readonly unknown[]): RequestParameters {
  let url: URL | undefined;
  let options: object = {};
  let callback: RequestParameters['callback'];
  for (const parameter of parameters) {
    if (typeof parameter === 'string') url = new URL(parameter);
    else if (parameter instanceof URL) url = parameter;
    else if (typeof parameter === 'function') callback = (message) => void parameter(message);
    else if (typeof parameter === 'object' && parameter !== null) options = parameter;
  }
  const host = text(property(options, 'hostname')) ?? text(property(options, 'host')) ?? url?.hostname ?? 'localhost';
  const port = text(property(options, 'port')) ?? url?.port ?? '';
  const headers = new Map<string, string>();
  const given = property(options, 'headers');
  if (typeof given === 'object' && given !== null) {
    for (const [name, value] of Object.entries(given)) headers.set(name.toLowerCase(), headerText(value));
  }
  const usual = port === '' || port === (protocol === 'https:' ? '443' : '80');
  if (!headers.has('host')) headers.set('host', usual ? host : `${host}:${port}`);
  return {
    method: (text(property(options, 'method')) ?? 'GET').toUpperCase(),
    path: text(property(options, 'path')) ?? (url === undefined ? '/' : `${url.pathname}${url.search}`),
    headers,
    host,
    callback,
  };
}

function property(object: object, name: string): unknown {
  return Reflect.get(object, name);
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

function headerText(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function callLast(parameters: readonly unknown[]): void {
  const last = parameters.at(-1);
  if (typeof last === 'function') process.nextTick(() => last());
}
