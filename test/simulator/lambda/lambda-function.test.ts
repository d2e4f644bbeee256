import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { WireRequest } from '../../../simulator/amplify-backend/wire';
import { sleep, VirtualClock } from '../../../simulator/clock';
import { LambdaCode } from '../../../simulator/lambda/code';
import { type Invocation, LambdaFunction, type NetworkReply } from '../../../simulator/lambda/lambda-function';
import type { LogEntry, LogLevel } from '../../../simulator/lambda/log';
import { seededRandom } from '../../../simulator/random';

interface Setup {
  readonly files?: Readonly<Record<string, string>>;
  readonly network?: (request: WireRequest, invocation: Invocation) => Promise<NetworkReply>;
  readonly logLevel?: LogLevel;
  readonly variables?: Readonly<Record<string, string>>;
  readonly onInvocation?: (invocation: Invocation) => void;
  readonly runtimePackages?: ReadonlyMap<string, LambdaCode>;
}

const directories: string[] = [];

afterAll(() => {
  for (const directory of directories) fs.rmSync(directory, { recursive: true });
});

function lambda(source: string, setup: Setup = {}) {
  const { files = {}, network, logLevel = 'INFO', variables = {}, onInvocation, runtimePackages } = setup;
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lambda-'));
  directories.push(directory);
  for (const [name, text] of Object.entries({ 'index.js': source, ...files })) {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    fs.writeFileSync(path.join(directory, name), text);
  }
  const clock = new VirtualClock(Date.UTC(2026, 2, 1));
  const logs: LogEntry[] = [];
  const sent: WireRequest[] = [];
  const subject = new LambdaFunction({
    name: 'subject',
    arn: 'arn:aws:lambda:us-east-1:123456789012:function:subject',
    code: LambdaCode.fromDirectory(directory),
    handler: 'index.handler',
    variables,
    nodeVersion: 24,
    timeoutSeconds: 120,
    memoryMegabytes: 128,
    logLevel,
    clock,
    random: seededRandom(7),
    network: (request, invocation) => {
      sent.push(request);
      return network === undefined ? Promise.resolve(response('{}')) : network(request, invocation);
    },
    log: (entry) => logs.push(entry),
    onInvocation,
    runtimePackages,
  });
  const invoke = (event: unknown = {}, options = {}) => clock.runUntil(subject.invoke(event, options));
  return { subject, clock, logs, sent, invoke };
}

function response(body: string, statusCode = 200): NetworkReply {
  return { kind: 'response', statusCode, headers: { 'content-type': 'application/json' }, body };
}

function parsed(payload: string): unknown {
  return JSON.parse(payload);
}

/** Sends a POST with node:https and resolves to the text of the answer. */
const POST = `
  const post = (path, body) => new Promise((resolve, reject) => {
    const request = require('node:https').request({ host: 'service.example', path, method: 'POST', headers: { 'X-A': 'b' } }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(response.statusCode + ' ' + Buffer.concat(chunks).toString()));
    });
    request.on('error', reject);
    request.end(body);
  });`;

describe('the answer of an invocation', () => {
  it('is what the handler returns, as JSON', async () => {
    const { invoke } = lambda('exports.handler = async (event) => ({ doubled: event.n * 2 });');
    expect(await invoke({ n: 21 })).toEqual({ payload: '{"doubled":42}' });
  });

  it('is null when the handler returns nothing', async () => {
    const { invoke } = lambda('exports.handler = async () => {};');
    expect(await invoke()).toEqual({ payload: 'null' });
  });

  it('has type, message and stack of an error that the handler throws', async () => {
    const { invoke } = lambda(
      'class Oops extends Error { name = "Oops" }; exports.handler = async () => { throw new Oops("no"); };',
    );
    const result = await invoke();
    expect(result.functionError).toBe('Unhandled');
    expect(parsed(result.payload)).toEqual({
      errorType: 'Oops',
      errorMessage: 'no',
      trace: expect.arrayContaining([expect.stringContaining('/var/task/index.js')]),
    });
  });

  it('has the type of a thrown value that is not an Error', async () => {
    const { invoke } = lambda('exports.handler = async () => { throw "text"; };');
    expect(parsed((await invoke()).payload)).toEqual({ errorType: 'string', errorMessage: 'text', trace: [] });
  });

  it('says that the handler does not exist', async () => {
    const { invoke } = lambda('exports.other = 1;');
    expect(parsed((await invoke()).payload)).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index.handler is undefined or not exported',
    });
  });

  it('says that a module does not exist', async () => {
    const { invoke } = lambda('require("left-pad"); exports.handler = () => {};');
    expect(parsed((await invoke()).payload)).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: expect.stringContaining("Cannot find module 'left-pad' (required by index.js)"),
    });
  });

  it('finds the packages of the runtime, unless the asset has them itself', async () => {
    const handler =
      'exports.handler = () => require("@aws-sdk/client-sqs").name + require("@aws-sdk/client-sns").name;';
    const runtimePackages = new Map([
      ['@aws-sdk/client-sqs', LambdaCode.fromInline('exports.name = "sqs of the runtime, ";')],
      ['@aws-sdk/client-sns', LambdaCode.fromInline('exports.name = "sns of the runtime";')],
    ]);
    const files = { 'node_modules/@aws-sdk/client-sns/index.js': 'exports.name = "sns of the asset";' };
    const { invoke } = lambda(handler, { runtimePackages, files });
    expect(parsed((await invoke()).payload)).toBe('sqs of the runtime, sns of the asset');
  });

  it('is a failure if a timer of the code throws', async () => {
    const { invoke } = lambda(
      'exports.handler = () => new Promise(() => setTimeout(() => { throw new RangeError("late"); }, 5));',
    );
    expect(parsed((await invoke()).payload)).toMatchObject({ errorType: 'RangeError', errorMessage: 'late' });
  });

  it('is a failure if the code calls process.exit', async () => {
    const { invoke } = lambda('exports.handler = async () => { process.exit(3); };');
    expect(parsed((await invoke()).payload)).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: [-0-9a-f]{36} Error: Runtime exited with error: exit status 3$/),
    });
  });
});

describe('time', () => {
  it('is the virtual clock’s everywhere in the code', async () => {
    const { invoke, clock } = lambda(`
      exports.handler = async (event, context) => {
        const start = [Date.now(), new Date().getTime(), context.getRemainingTimeInMillis()];
        await new Promise((resolve) => setTimeout(resolve, 30_000));
        await require('timers/promises').setTimeout(10_000);
        return [...start, Date.now() - start[0], context.getRemainingTimeInMillis(), new Date(0) instanceof Date, globalThis.Date.now()];
      };`);
    const started = clock.now();
    expect(parsed((await invoke()).payload)).toEqual([
      started,
      started,
      120_000,
      40_000,
      80_000,
      true,
      started + 40_000,
    ]);
  });

  it("ends an invocation at the timeout, with Lambda's message", async () => {
    const { invoke, clock, sent } = lambda(
      `${POST} exports.handler = async () => { await new Promise((resolve) => setTimeout(resolve, 121_000)); await post('/', ''); };`,
    );
    const started = clock.now();
    const result = await invoke();
    expect(clock.now() - started).toBe(120_000);
    expect(parsed(result.payload)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: [-0-9a-f]{36} Error: Task timed out after 120.00 seconds$/),
    });
    await clock.advance(600_000);
    expect(sent).toEqual([]);
  });

  it('does not pass for an environment between two invocations: a timer that was due fires in the next', async () => {
    const { invoke, clock } = lambda(`
      let fired = 0;
      exports.handler = async () => {
        const before = fired;
        setTimeout(() => { fired += 1; }, 1000);
        await new Promise((resolve) => setTimeout(resolve, 10));
        return [before, fired];
      };`);
    expect((await invoke()).payload).toBe('[0,0]');
    await clock.advance(5000);
    expect((await invoke()).payload).toBe('[0,1]');
  });

  it('does not run for a timer that was cleared', async () => {
    const { invoke } = lambda(`
      exports.handler = async () => {
        let fired = 0;
        clearTimeout(setTimeout(() => { fired += 1; }, 10));
        clearTimeout(Number(setTimeout(() => { fired += 1; }, 10)));
        const every = setInterval(() => { fired += 10; }, 10);
        await new Promise((resolve) => setTimeout(resolve, 35));
        clearInterval(every);
        await new Promise((resolve) => setTimeout(resolve, 35));
        return fired;
      };`);
    expect((await invoke()).payload).toBe('30');
  });
});

describe('randomness', () => {
  const source = `
    const crypto = require('node:crypto');
    exports.handler = async () => [Math.random(), crypto.randomUUID(), globalThis.crypto.randomUUID(), crypto.randomBytes(4).toString('hex')];`;

  it('comes from the seed, and is the same again', async () => {
    const first = await lambda(source).invoke();
    expect(await lambda(source).invoke()).toEqual(first);
  });

  it('leaves the rest of Math and crypto unchanged', async () => {
    const { invoke } = lambda(
      `exports.handler = async () => [Math.max(1, 2), require('crypto').createHash('sha256').update('').digest('hex').slice(0, 8)];`,
    );
    expect((await invoke()).payload).toBe('[2,"e3b0c442"]');
  });
});

describe('an environment', () => {
  const counting =
    'let n = 0; exports.handler = async () => { await new Promise((r) => setTimeout(r, 5)); return ++n; };';

  it('is reused if it is idle', async () => {
    const { invoke } = lambda(counting);
    await invoke();
    expect((await invoke()).payload).toBe('2');
  });

  it('is created if the others are busy', async () => {
    const { subject, clock } = lambda(counting);
    const both = await clock.runUntil(Promise.all([subject.invoke({}), subject.invoke({})]));
    expect(both.map(({ payload }) => payload)).toEqual(['1', '1']);
  });

  it('is created for a requested cold start', async () => {
    const { invoke } = lambda(counting);
    await invoke();
    expect((await invoke({}, { coldStart: true })).payload).toBe('1');
  });

  it('is created after one timed out, ended or was killed', async () => {
    const { invoke } = lambda(
      'let n = 0; exports.handler = async ({ how }) => { n += 1; if (how) process.exit(1); return n; };',
    );
    await invoke();
    await invoke({ how: 'exit' });
    expect((await invoke()).payload).toBe('1');
  });

  it("has its own process, with the function's environment variables", async () => {
    const { invoke } = lambda(
      'exports.handler = async () => { process.env.B = "c"; return [process.env, process.version, require("process").env.A, process.cwd()]; };',
      { variables: { A: 'b' } },
    );
    expect(parsed((await invoke()).payload)).toEqual([{ A: 'b', B: 'c' }, 'v24.0.0', 'b', '/var/task']);
    expect(process.env['B']).toBeUndefined();
  });

  it('has the files of its asset, and no others', async () => {
    const { invoke } = lambda(
      `const { value } = require('./lib/value'); const data = require('./data.json');
       exports.handler = async () => {
         const fs = require('fs');
         const asked = await require('fs/promises').readFile('/etc/hosts').catch((error) => error.code);
         let sync; try { fs.readFileSync('/etc/hosts'); } catch (error) { sync = error.code; }
         return [value, data.n, fs.existsSync('/etc/hosts'), asked, sync];
       };`,
      { files: { 'lib/value.js': 'exports.value = require("../data").n + 1;', 'data.json': '{"n":1}' } },
    );
    expect((await invoke()).payload).toBe('[2,1,false,"ENOENT","ENOENT"]');
  });

  it('lets a module declare variables with the names of globals', async () => {
    const { invoke } = lambda(`const process = require('process'); const crypto = require('crypto'); const fetch = 1;
      exports.handler = async () => typeof crypto.createHash + fetch;`);
    expect((await invoke()).payload).toBe('"function1"');
  });

  it('reaches the network through http, https and fetch only', async () => {
    const { invoke } = lambda(`exports.handler = async () => { require('node:net').connect(80, '127.0.0.1'); };`);
    expect(parsed((await invoke()).payload)).toMatchObject({
      errorMessage: 'net.connect would leave the simulator; Lambda code can use http, https and fetch',
    });
  });

  it('has arrays, errors and bytes of its own realm', async () => {
    const { invoke } = lambda(
      `exports.handler = async (event) => [
      event instanceof Object, event.list instanceof Array, Buffer.from('a') instanceof Uint8Array,
      new Error() instanceof Error, (await post('/', '').catch((e) => e)) instanceof Error]; ${POST}`,
      {
        network: () => Promise.resolve({ kind: 'reset' }),
      },
    );
    expect((await invoke({ list: [] })).payload).toBe('[true,true,true,true,true]');
  });
});

describe('the network', () => {
  it('receives a request as over HTTP, and returns its answer', async () => {
    const { invoke, sent } = lambda(`${POST} exports.handler = async () => post('/a%2Fb?c=d', '{"e":"ü"}');`, {
      network: () => Promise.resolve(response('{"f":"ö"}', 418)),
    });
    expect((await invoke()).payload).toBe('"418 {\\"f\\":\\"ö\\"}"');
    expect(sent).toEqual([
      { method: 'POST', path: '/a%2Fb?c=d', headers: { 'x-a': 'b', host: 'service.example' }, body: '{"e":"ü"}' },
    ]);
  });

  it('breaks a connection with ECONNRESET', async () => {
    const { invoke } = lambda(`${POST} exports.handler = () => post('/', '').catch((error) => error.code);`, {
      network: () => Promise.resolve({ kind: 'reset' }),
    });
    expect((await invoke()).payload).toBe('"ECONNRESET"');
  });

  it('can be reached with fetch, and by import()', async () => {
    const { invoke, sent } = lambda(
      `exports.handler = async () => {
         const { request, default: all } = await import('node:http');
         const answer = await fetch('http://service.example:8080/x?y', { method: 'PUT', body: 'z' });
         return [request === all.request, answer.status, await answer.json()];
       };`,
      { network: () => Promise.resolve(response('{"a":1}')) },
    );
    expect((await invoke()).payload).toBe('[true,200,{"a":1}]');
    expect(sent).toMatchObject([{ method: 'PUT', path: '/x?y', body: 'z', headers: { host: 'service.example:8080' } }]);
  });

  it('gets no answer to a request that is destroyed at its timeout', async () => {
    const { invoke } = lambda(
      `exports.handler = () => new Promise((resolve) => {
         const request = require('http').request('http://service.example/');
         request.setTimeout(3000, () => request.destroy(new Error('given up after ' + (Date.now() - start))));
         const start = Date.now();
         request.on('error', (error) => resolve(error.message));
         request.end();
       });`,
      { network: () => new Promise(() => {}) },
    );
    expect((await invoke()).payload).toBe('"given up after 3000"');
  });
});

describe('a kill', () => {
  const exitError = {
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringMatching(/^RequestId: [-0-9a-f]{36} Error: Runtime exited with error: signal: killed$/),
  };

  it('before the service receives the request ends the invocation at once', async () => {
    const { invoke, clock, logs } = lambda(
      `${POST} exports.handler = async () => { setTimeout(() => console.log('alive'), 5); await post('/', ''); console.log('alive'); };`,
      { network: () => Promise.resolve({ kind: 'killed' }) },
    );
    expect(parsed((await invoke()).payload)).toEqual(exitError);
    await clock.advance(60_000);
    expect(logs).toEqual([]);
  });

  it('after the service received the request withholds the answer from the code', async () => {
    const seen: string[] = [];
    const setup = lambda(`${POST} exports.handler = async () => post('/', 'create');`, {
      network: async ({ body }) => {
        seen.push(body);
        await sleep(setup.clock, 50);
        return { kind: 'killed' };
      },
    });
    expect(parsed((await setup.invoke()).payload)).toEqual(exitError);
    expect(seen).toEqual(['create']);
  });

  it('from outside ends an invocation that makes no call', async () => {
    const setup = lambda('exports.handler = () => new Promise(() => {});', {
      onInvocation: (invocation) => setup.clock.schedule(() => invocation.kill(), 7000),
    });
    const started = setup.clock.now();
    expect(parsed((await setup.invoke()).payload)).toEqual(exitError);
    expect(setup.clock.now() - started).toBe(7000);
  });
});

describe('the log', () => {
  it('has the messages of the code, with level, time and request ID', async () => {
    const { invoke, logs, clock } = lambda(
      `exports.handler = async (event, { awsRequestId }) => { console.log('a %s', 'b', { c: 1 }); console.error('d'); return awsRequestId; };`,
    );
    const requestId = parsed((await invoke()).payload);
    expect(logs).toEqual([
      { at: clock.now(), functionName: 'subject', requestId, level: 'INFO', message: 'a b { c: 1 }' },
      { at: clock.now(), functionName: 'subject', requestId, level: 'ERROR', message: 'd' },
    ]);
  });

  it("has the handler's errors, as on Lambda", async () => {
    const { invoke, logs } = lambda('exports.handler = async () => { throw new Error("with a secret"); };');
    await invoke();
    expect(logs).toMatchObject([{ level: 'ERROR', message: expect.stringContaining('with a secret') }]);
  });

  it('omits messages below its level', async () => {
    const { invoke, logs } = lambda('exports.handler = async () => { console.error("x"); throw new Error(); };', {
      logLevel: 'FATAL',
    });
    await invoke();
    expect(logs).toEqual([]);
  });
});
