import * as path from 'node:path';
import { isNativeError } from 'node:util/types';
import type { WireReply, WireRequest } from '../amplify-backend/wire';
import type { Clock } from '../clock';
import { type Random, seededRandom } from '../random';
import { branchCounts } from './branch-counts';
import { builtInModule, cryptoModule } from './built-in-modules';
import type { LambdaCode, ShadowedGlobals } from './code';
import { EnvironmentTimers } from './environment-timers';
import { HostDate, HostError, HostJson, HostMath, hostGlobal } from './host-realm';
import { connectionError, httpModule, type Outside } from './http-module';
import { isLogged, type LogLevel, lambdaConsole } from './log';

/** The network's reply to a request. With `killed`, the invocation that sent it ends at once. */
export type NetworkReply = WireReply | { readonly kind: 'killed' };

/** Lambda's answer to an invocation. */
export interface InvocationResult {
  /** JSON. */
  readonly payload: string;
  readonly functionError?: 'Unhandled';
}

/** Everything that an execution environment gets from the simulator. */
export interface EnvironmentHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly code: LambdaCode;
  /** `file.export` */
  readonly handler: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly logLevel: LogLevel;
  /** The value of `process.version`, which SDKs read. It does not depend on the Node.js that runs the simulator. */
  readonly nodeVersion: string;
  log(level: LogLevel, message: string): void;
  send(request: WireRequest): Promise<NetworkReply>;
  /** Replacements of the runtime's modules. */
  readonly modules: ReadonlyMap<string, unknown>;
  /** The packages in Lambda's runtime, by name, each bundled into one file: the AWS SDK. */
  readonly runtimePackages: ReadonlyMap<string, LambdaCode>;
  /** Runs before the handler's module is loaded, so that it can change modules. */
  readonly prepare?: ((environment: ExecutionEnvironment) => void) | undefined;
}

export type HandlerContext = Readonly<Record<string, unknown>>;

type Handler = (event: unknown, context: HandlerContext) => unknown;

interface Running {
  readonly requestId: string;
  readonly settle: (result: InvocationResult) => void;
}

/** One execution environment of Lambda. It runs one invocation at a time, is frozen between two, or is dead. */
export class ExecutionEnvironment {
  private readonly timers: EnvironmentTimers;
  private readonly modules = new Map<string, { exports: unknown }>();
  private readonly globals: ShadowedGlobals;
  private readonly outside: Outside;
  private readonly perEnvironment: ReadonlyMap<string, unknown>;
  private handler: Handler | undefined;
  private running: Running | undefined;
  private state: 'frozen' | 'running' | 'dead' = 'frozen';
  private uponThaw: (() => void)[] = [];

  constructor(private readonly host: EnvironmentHost) {
    this.timers = new EnvironmentTimers(host.clock, (callback) => this.runCallback(callback));
    this.outside = {
      send: (request) => this.send(request),
      setTimer: (callback, milliseconds) => {
        const timer = this.timers.set(callback, milliseconds);
        return () => this.timers.clear(timer);
      },
    };
    this.globals = this.createGlobals();
    const http = httpModule('http:', this.outside);
    const https = httpModule('https:', this.outside);
    this.perEnvironment = new Map<string, unknown>([
      ['http', http],
      ['https', https],
      ['crypto', this.globals.crypto],
      ['process', this.globals.process],
      ['console', this.globals.console],
      ['perf_hooks', { performance: this.globals.performance }],
      ['timers', this.timersModule()],
      ['timers/promises', { setTimeout: this.sleep, setImmediate: () => this.sleep(0) }],
      ['simulator:network', { send: this.outside.send }],
      ['simulator:branch-counts', { branchCounts }],
    ]);
  }

  get isAlive(): boolean {
    return this.state !== 'dead';
  }

  /** Runs the handler. Settles when it returns or throws, or when the environment ends. */
  run(requestId: string, payload: string, context: HandlerContext): Promise<InvocationResult> {
    return new Promise((settle) => {
      this.running = { requestId, settle };
      this.state = 'running';
      this.timers.thaw();
      const waiting = this.uponThaw;
      this.uponThaw = [];
      for (const callback of waiting) this.runCallback(callback);
      if (!this.isAlive) return;

      let handler: Handler;
      try {
        handler = this.handler ??= this.initialize();
      } catch (error) {
        this.die(this.loggedFailure(error));
        return;
      }
      const finish = (result: () => InvocationResult): void => {
        if (this.running?.requestId === requestId) this.freeze(result());
      };
      const fail = (error: unknown): void => {
        finish(() => this.loggedFailure(error));
      };
      try {
        const returned: unknown = handler(HostJson.parse(payload), context);
        Promise.resolve(returned).then((value: unknown) => finish(() => success(value)), fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Ends the environment. A running invocation is answered with `result`, and none of the code runs any more. */
  die(result: InvocationResult): void {
    const { running } = this;
    this.state = 'dead';
    this.running = undefined;
    this.handler = undefined;
    this.uponThaw = [];
    this.timers.clearAll();
    this.modules.clear();
    running?.settle(result);
  }

  /** A promise for the code. It settles only while the environment runs an invocation. */
  attach<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.whenRunning(() => resolve(value)),
        (error: unknown) => this.whenRunning(() => reject(error)),
      );
    });
  }

  /** The exports of a file of the code. Its path is relative to the root. */
  require(request: string, from = ''): unknown {
    const replaced = this.host.modules.get(request);
    if (replaced !== undefined) return replaced;
    if (request.startsWith('.') || request.startsWith('/')) {
      const wanted = request.startsWith('/')
        ? path.posix.relative('/var/task', request)
        : path.posix.join(path.posix.dirname(from), request);
      const file = this.host.code.resolve(wanted);
      if (file === undefined) throw cannotFind(request, from);
      return this.requireFile(file);
    }
    const name = request.replace(/^node:/, '');
    const builtIn = this.perEnvironment.get(name) ?? builtInModule(name);
    if (builtIn !== undefined) return builtIn;
    const file =
      this.host.code.resolve(`node_modules/${request}`) ?? this.packageMain(`node_modules/${request}/package.json`);
    if (file !== undefined) return this.requireFile(file);
    const runtimePackage = this.host.runtimePackages.get(request);
    if (runtimePackage === undefined) throw cannotFind(request, from);
    return this.requireFile('index.js', runtimePackage, request);
  }

  private packageMain(manifest: string): string | undefined {
    const file = this.host.code.resolve(manifest);
    if (file === undefined) return undefined;
    const parsed = this.requireFile(file);
    const main = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'main') : undefined;
    return typeof main === 'string'
      ? this.host.code.resolve(path.posix.join(path.posix.dirname(file), main))
      : undefined;
  }

  private requireFile(file: string, code = this.host.code, key = file): unknown {
    const known = this.modules.get(key);
    if (known !== undefined) return known.exports;
    const loaded = code.load(file);
    const module: { exports: unknown } = { exports: {} };
    this.modules.set(key, module);
    if (loaded.kind === 'json') {
      module.exports = HostJson.parse(loaded.text);
      return module.exports;
    }
    try {
      loaded.run(this.globals, {
        exports: module.exports,
        module,
        require: (request) => this.require(request, file),
        importModule: async (request) => namespace(this.require(request, file)),
      });
    } catch (error) {
      this.modules.delete(key);
      throw error;
    }
    return module.exports;
  }

  private initialize(): Handler {
    const [file = '', ...names] = this.host.handler.split('.');
    const [name = ''] = names;
    this.host.prepare?.(this);
    const exported = this.require(`./${file}`);
    const handler = typeof exported === 'object' && exported !== null ? Reflect.get(exported, name) : undefined;
    if (typeof handler === 'function') return (event, context) => handler(event, context);
    const error = new HostError(`${this.host.handler} is undefined or not exported`);
    error.name = 'Runtime.HandlerNotFound';
    throw error;
  }

  private freeze(result: InvocationResult): void {
    const { running } = this;
    this.running = undefined;
    this.state = 'frozen';
    this.timers.freeze();
    running?.settle(result);
  }

  private whenRunning(callback: () => void): void {
    if (this.state === 'running') callback();
    else if (this.state === 'frozen') this.uponThaw.push(callback);
  }

  private runCallback(callback: () => void): void {
    if (this.state === 'dead') return;
    try {
      callback();
    } catch (error) {
      // An exception that nobody catches ends the process, and the invocation with it.
      this.die(this.loggedFailure(error));
    }
  }

  private send(request: WireRequest): Promise<WireReply> {
    return new Promise((resolve, reject) => {
      if (this.state === 'dead') return;
      this.host.send(request).then(
        (reply) => {
          if (reply.kind === 'killed') this.die(killed(this.running?.requestId));
          else this.whenRunning(() => resolve(reply));
        },
        (error: unknown) => this.whenRunning(() => reject(error)),
      );
    });
  }

  /** The runtime logs what a handler throws, with everything that the message says. */
  private loggedFailure(error: unknown): InvocationResult {
    const result = failure(error);
    if (isLogged('ERROR', this.host.logLevel)) this.log('ERROR', `Invoke Error ${result.payload}`);
    return result;
  }

  private log(level: LogLevel, message: string): void {
    if (this.state !== 'dead') this.host.log(level, message);
  }

  private readonly sleep = (milliseconds?: unknown, value?: unknown): Promise<unknown> =>
    new Promise((resolve) => {
      this.timers.set(() => resolve(value), milliseconds);
    });

  private timersModule(): object {
    const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate } = this.globals;
    return { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate };
  }

  private createGlobals(): ShadowedGlobals {
    const { clock, random, variables, logLevel } = this.host;
    // A separate random source per environment, so that one does not affect the others; and a second one, since SDKs draw IDs.
    const [chance, ids] = [seededRandom(random.integer(0, 2 ** 32)), seededRandom(random.integer(0, 2 ** 32))];
    const startedAt = clock.now();
    const clear = (timer: unknown): void => this.timers.clear(timer);
    const shadows: Omit<ShadowedGlobals, 'global' | 'globalThis'> = {
      process: this.createProcess(startedAt, variables),
      console: lambdaConsole(logLevel, (level, message) => this.log(level, message)),
      setTimeout: (callback: Callback, delay?: unknown, ...values: unknown[]) =>
        this.timers.set(() => callback(...values), delay),
      clearTimeout: clear,
      setInterval: (callback: Callback, delay?: unknown, ...values: unknown[]) =>
        this.timers.set(() => callback(...values), delay, true),
      clearInterval: clear,
      setImmediate: (callback: Callback, ...values: unknown[]) => this.timers.setImmediate(() => callback(...values)),
      clearImmediate: clear,
      Date: dateOf(clock),
      Math: Object.create(HostMath, { random: { value: () => chance.next() } }),
      fetch: (...parameters: unknown[]) => this.fetch(parameters),
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

  private createProcess(startedAt: number, variables: Readonly<Record<string, string>>): object {
    const { clock } = this.host;
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
      version: `v${this.host.nodeVersion}`,
      versions: { ...process.versions, node: this.host.nodeVersion },
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
      emitWarning: (warning: unknown) => this.log('WARN', String(warning)),
      on: ignore,
      once: ignore,
      off: ignore,
      removeListener: ignore,
      emit: ignore,
      listenerCount: () => 0,
      exit: (code: unknown = 0) => {
        const requestId = this.running?.requestId;
        this.die(
          exited(
            requestId,
            code === 0
              ? 'Runtime exited without providing a reason'
              : `Runtime exited with error: exit status ${String(code)}`,
          ),
        );
        throw new HostError('process.exit() was called');
      },
    };
  }

  private async fetch(parameters: readonly unknown[]): Promise<Response> {
    const [input, init] = parameters;
    const asked = new Request(input instanceof Request ? input : String(input), requestInit(init));
    const url = new URL(asked.url);
    const reply = await this.send({
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

function namespace(exported: unknown): unknown {
  return typeof exported === 'object' && exported !== null ? { ...exported, default: exported } : { default: exported };
}

function cannotFind(request: string, from: string): Error {
  const error = new HostError(
    `Cannot find module '${request}' (required by ${from === '' ? 'the runtime' : from}); ` +
      'it is neither in the asset nor among the modules that the simulator provides',
  );
  error.name = 'Runtime.ImportModuleError';
  return Object.assign(error, { code: 'MODULE_NOT_FOUND' });
}

function success(value: unknown): InvocationResult {
  try {
    return { payload: JSON.stringify(value === undefined ? null : value) ?? 'null' };
  } catch {
    return failure(new HostError('Unable to stringify response body'));
  }
}

/** A thrown value in the format of Lambda's Node.js runtime. */
function failure(error: unknown): InvocationResult {
  const described = isNativeError(error)
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { functionError: 'Unhandled', payload: JSON.stringify(described) };
}

function exited(requestId: string | undefined, reason: string): InvocationResult {
  const errorMessage = `RequestId: ${requestId ?? 'unknown'} Error: ${reason}`;
  return { functionError: 'Unhandled', payload: JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage }) };
}

/** The result when the process is killed from outside, for example for lack of memory. */
export function killed(requestId: string | undefined): InvocationResult {
  return exited(requestId, 'Runtime exited with error: signal: killed');
}

export function timedOut(requestId: string, seconds: number): InvocationResult {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`;
  return { functionError: 'Unhandled', payload: JSON.stringify({ errorType: 'Sandbox.Timedout', errorMessage }) };
}
