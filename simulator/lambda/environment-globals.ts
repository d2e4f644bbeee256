import type { WireReply, WireRequest } from '../amplify-backend/wire';
import type { Clock } from '../clock';
import { type Random, seededRandom } from '../random';
import { cryptoModule } from './built-in-modules';
import type { ShadowedGlobals } from './code';
import type { EnvironmentTimers } from './environment-timers';
import { HostDate, HostError, HostMath, hostGlobal } from './host-realm';
import { connectionError } from './http-module';
import { type LogLevel, lambdaConsole } from './log';

interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly variables: Readonly<Record<string, string>>;
  readonly logLevel: LogLevel;
  /** The value of `process.version`, without the `v`. */
  readonly nodeVersion: string;
  readonly timers: EnvironmentTimers;
  readonly log: (level: LogLevel, message: string) => void;
  readonly send: (request: WireRequest) => Promise<WireReply>;
  /** Ends the environment. */
  readonly exit: (reason: string) => void;
}

/** Node's globals as the code of one execution environment sees them. */
export function environmentGlobals(surroundings: Surroundings): ShadowedGlobals {
  const { clock, random, logLevel, timers, log, send } = surroundings;
  // A separate random source per environment, so that one does not affect the others; and a second one, since SDKs draw IDs.
  const [chance, ids] = [seededRandom(random.integer(0, 2 ** 32)), seededRandom(random.integer(0, 2 ** 32))];
  const startedAt = clock.now();
  const clear = (timer: unknown): void => timers.clear(timer);
  const shadows: Omit<ShadowedGlobals, 'global' | 'globalThis'> = {
    process: processOf(surroundings, startedAt),
    console: lambdaConsole(logLevel, log),
    setTimeout: (callback: Callback, delay?: unknown, ...values: unknown[]) =>
      timers.set(() => callback(...values), delay),
    clearTimeout: clear,
    setInterval: (callback: Callback, delay?: unknown, ...values: unknown[]) =>
      timers.set(() => callback(...values), delay, true),
    clearInterval: clear,
    setImmediate: (callback: Callback, ...values: unknown[]) => timers.setImmediate(() => callback(...values)),
    clearImmediate: clear,
    Date: dateOf(clock),
    Math: Object.create(HostMath, { random: { value: () => chance.next() } }),
    fetch: (...parameters: unknown[]) => fetchWith(send, parameters),
    performance: { now: () => clock.now() - startedAt, timeOrigin: startedAt, mark: () => {}, measure: () => {} },
    crypto: cryptoModule(ids),
  };
  const globalObject: object = new Proxy(
    {},
    {
      get: (own, key) => {
        if (Reflect.has(own, key)) return Reflect.get(own, key);
        if (key === 'globalThis' || key === 'global') return globalObject;
        return Reflect.has(shadows, key) ? Reflect.get(shadows, key) : Reflect.get(hostGlobal, key);
      },
      has: (own, key) => Reflect.has(own, key) || Reflect.has(hostGlobal, key),
    },
  );
  return { ...shadows, globalThis: globalObject, global: globalObject };
}

function processOf({ clock, variables, nodeVersion, log, exit }: Surroundings, startedAt: number): object {
  const ignore = (): void => {};
  const uptime = (): number => (clock.now() - startedAt) / 1000;
  const hrtime = (since: readonly [number, number] = [0, 0]): [number, number] => {
    const nanoseconds = Math.round((uptime() - since[0]) * 1e9 - since[1]);
    return [Math.floor(nanoseconds / 1e9), nanoseconds % 1e9];
  };
  return {
    env: { ...variables },
    argv: ['/var/lang/bin/node', '/var/runtime/index.mjs'],
    execArgv: [],
    version: `v${nodeVersion}`,
    versions: { ...process.versions, node: nodeVersion },
    release: process.release,
    features: process.features,
    platform: 'linux',
    arch: 'x64',
    pid: 2,
    exitCode: undefined,
    cwd: () => '/var/task',
    nextTick: process.nextTick.bind(process),
    hrtime: Object.assign(hrtime, { bigint: () => BigInt(Math.round(uptime() * 1e9)) }),
    uptime,
    memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
    emitWarning: (warning: unknown) => log('WARN', String(warning)),
    on: ignore,
    once: ignore,
    off: ignore,
    removeListener: ignore,
    emit: ignore,
    listenerCount: () => 0,
    exit: (code: unknown = 0) => {
      exit(
        code === 0
          ? 'Runtime exited without providing a reason'
          : `Runtime exited with error: exit status ${String(code)}`,
      );
      throw new HostError('process.exit() was called');
    },
  };
}

async function fetchWith(send: Surroundings['send'], parameters: readonly unknown[]): Promise<Response> {
  const [input, init] = parameters;
  const asked = new Request(input instanceof Request ? input : String(input), requestInit(init));
  const url = new URL(asked.url);
  const reply = await send({
    method: asked.method,
    path: `${url.pathname}${url.search}`,
    headers: { host: url.host, ...Object.fromEntries(asked.headers) },
    body: await asked.text(),
  });
  if (reply.kind !== 'response') {
    throw Object.assign(new TypeError('fetch failed'), { cause: connectionError(reply.kind, url.host) });
  }
  const bodiless = reply.statusCode === 204 || reply.statusCode === 304;
  return new Response(bodiless ? null : reply.body, { status: reply.statusCode, headers: { ...reply.headers } });
}

type Callback = (...values: unknown[]) => void;

function requestInit(init: unknown): RequestInit | undefined {
  return typeof init === 'object' && init !== null ? init : undefined;
}

/** `Date` with the simulator's time. */
function dateOf(clock: Clock): DateConstructor {
  return new Proxy(HostDate, {
    construct: (target, parameters, newTarget): object =>
      Reflect.construct(target, parameters.length === 0 ? [clock.now()] : parameters, newTarget),
    apply: () => new HostDate(clock.now()).toString(),
    get: (target, key): unknown => (key === 'now' ? () => clock.now() : Reflect.get(target, key)),
  });
}
