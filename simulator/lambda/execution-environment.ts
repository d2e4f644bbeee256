import type { WireReply, WireRequest } from '../amplify-backend/wire';
import type { Clock } from '../clock';
import type { Random } from '../random';
import { branchCounts } from './branch-counts';
import type { LambdaCode, ShadowedGlobals } from './code';
import { environmentGlobals } from './environment-globals';
import { EnvironmentTimers } from './environment-timers';
import { HostError, HostJson } from './host-realm';
import { httpModule, type Outside } from './http-module';
import { exited, failure, type InvocationResult, killed, success } from './invocation-result';
import { isLogged, type LogLevel } from './log';
import { ModuleLoader } from './module-loader';

/** The network's reply to a request. With `killed`, the invocation that sent it ends at once. */
export type NetworkReply = WireReply | { readonly kind: 'killed' };

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
  private readonly loader: ModuleLoader;
  private handler: Handler | undefined;
  private running: Running | undefined;
  private state: 'frozen' | 'running' | 'dead' = 'frozen';
  private uponThaw: (() => void)[] = [];

  constructor(private readonly host: EnvironmentHost) {
    this.timers = new EnvironmentTimers(host.clock, (callback) => this.runCallback(callback));
    const globals = environmentGlobals({
      ...host,
      timers: this.timers,
      log: (level, message) => this.log(level, message),
      send: (request) => this.send(request),
      exit: (reason) => this.die(exited(this.running?.requestId, reason)),
    });
    this.loader = new ModuleLoader({
      code: host.code,
      globals,
      replacements: host.modules,
      builtIn: this.builtInModules(globals),
      runtimePackages: host.runtimePackages,
    });
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
    this.loader.clear();
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
  require(request: string): unknown {
    return this.loader.require(request);
  }

  private builtInModules(globals: ShadowedGlobals): ReadonlyMap<string, unknown> {
    const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate } = globals;
    const outside: Outside = {
      send: (request) => this.send(request),
      setTimer: (callback, milliseconds) => {
        const timer = this.timers.set(callback, milliseconds);
        return () => this.timers.clear(timer);
      },
    };
    const sleep = (milliseconds?: unknown, value?: unknown): Promise<unknown> =>
      new Promise((resolve) => {
        this.timers.set(() => resolve(value), milliseconds);
      });
    return new Map<string, unknown>([
      ['http', httpModule('http:', outside)],
      ['https', httpModule('https:', outside)],
      ['crypto', globals.crypto],
      ['process', globals.process],
      ['console', globals.console],
      ['perf_hooks', { performance: globals.performance }],
      ['timers', { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate }],
      ['timers/promises', { setTimeout: sleep, setImmediate: () => sleep(0) }],
      ['simulator:network', { send: outside.send }],
      ['simulator:branch-counts', { branchCounts }],
    ]);
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
}
