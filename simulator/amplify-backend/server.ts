import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exceptionReply, type WireReply, type WireRequest } from './wire';

/** More than any request of this service needs. */
const MAX_BODY_BYTES = 1024 * 1024;
/** The maximum time in which a client sends its request. */
const REQUEST_TIMEOUT_MILLISECONDS = 30_000;

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Stops listening, and closes the open connections. */
  close(): Promise<void>;
}

export interface ServerOptions {
  /** @default 0 - a free port */
  readonly port?: number;
}

/**
 * Serves on the loopback interface, for instance `(request) => answer(service, request, 'a client')`.
 * Rejects if the port is in use. No request of a client stops it.
 */
export function startServer(
  handle: (request: WireRequest) => Promise<WireReply>,
  { port = 0 }: ServerOptions = {},
): Promise<RunningServer> {
  const server = createServer((incoming, outgoing) => {
    serve(handle, incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.requestTimeout = REQUEST_TIMEOUT_MILLISECONDS;
  server.headersTimeout = REQUEST_TIMEOUT_MILLISECONDS;
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the server has no port');
      resolve({
        url: `http://127.0.0.1:${address.port}`,
        port: address.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

async function serve(
  handle: (request: WireRequest) => Promise<WireReply>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  outgoing.on('error', () => incoming.socket.destroy());
  const body = await readBody(incoming);
  if (body === undefined) {
    outgoing.setHeader('connection', 'close');
    const message = `The request is larger than ${MAX_BODY_BYTES} bytes.`;
    send(exceptionReply({ name: 'RequestEntityTooLargeException', message }), incoming, outgoing);
    return;
  }
  const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: plainHeaders(incoming), body };
  let reply: WireReply;
  try {
    reply = await handle(request);
  } catch (error) {
    reply = exceptionReply({ name: 'InternalFailure', message: `The simulator failed: ${String(error)}` });
  }
  send(reply, incoming, outgoing);
}

function send(reply: WireReply, incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (reply.kind !== 'response') {
    incoming.socket.destroy();
    return;
  }
  outgoing.writeHead(reply.statusCode, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) });
  outgoing.end(reply.body);
}

/** The body of a request. Undefined if it is too large. Rejects if the client disconnects. */
async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    // A body that is too large is read to its end, up to a limit: a client that is still sending does not read the answer.
    if (bytes > 16 * MAX_BODY_BYTES) throw new Error('the client does not stop sending');
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString();
}

function plainHeaders(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
