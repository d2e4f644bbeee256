import { connect } from 'node:net';
import { type RunningServer, startServer } from '../../../simulator/amplify-backend/server';
import type { WireReply } from '../../../simulator/amplify-backend/wire';

const OK: WireReply = { kind: 'response', statusCode: 200, headers: { 'x-mine': 'yes' }, body: '{"grüße":1}' };

let server: RunningServer;
let handle: () => Promise<WireReply>;

beforeEach(async () => {
  handle = async () => OK;
  server = await startServer(() => handle());
});
afterEach(() => server.close());

/** Sends bytes on a new connection, and collects the answer until the connection closes. */
function raw(bytes: string | Buffer, { abort }: { abort: boolean } = { abort: false }): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(bytes, () => {
        if (abort) socket.destroy();
      });
    });
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
  });
}

const stillServes = async (): Promise<void> => {
  const response = await fetch(server.url, { method: 'POST', body: 'x' });
  expect([response.status, response.headers.get('x-mine'), await response.text()]).toEqual([200, 'yes', '{"grüße":1}']);
};

test('it listens on the loopback interface, on a free port', async () => {
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  await stillServes();
});

test.each([
  ['bytes that are not HTTP', '\x16\x03\x01\x00\xff garbage \r\n\r\n'],
  ['an invalid header', 'POST / HTTP/1.1\r\nHost : : x\r\n\0\r\n\r\n'],
  ['an invalid length', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n'],
])('the server answers 400 to %s, and continues', async (_what, bytes) => {
  expect(await raw(bytes)).toMatch(/^HTTP\/1.1 400 /);
  await stillServes();
});

test('the server continues after a client disconnects in the middle of its request', async () => {
  await raw('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc', { abort: true });
  await raw('POST / HTT', { abort: true });
  await stillServes();
});

test('a client that does not finish its request delays no other, and does not keep the server open', async () => {
  const slow = raw('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc');
  await stillServes();
  await server.close();
  await slow;
});

test('the server refuses a body that is too large', async () => {
  const response = await fetch(server.url, { method: 'POST', body: 'x'.repeat(2 * 1024 * 1024) });
  expect(response.status).toBe(413);
  expect(response.headers.get('x-amzn-errortype')).toBe('RequestEntityTooLargeException');
  await stillServes();
});

test('the server answers 500 if its handler throws, and continues', async () => {
  handle = () => Promise.reject(new Error('a mistake'));
  const response = await fetch(server.url);
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({ message: expect.stringContaining('a mistake') });
  handle = async () => OK;
  await stillServes();
});

test('a reset breaks the connection without an answer', async () => {
  handle = async () => ({ kind: 'reset' });
  expect(await raw('GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
  handle = async () => OK;
  await stillServes();
});

test('a port that is in use is an error at the start', async () => {
  await expect(startServer(async () => OK, { port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
