import type { WireRequest } from '../amplify-backend/wire';
import type { Clock } from '../clock';
import type { Random } from '../random';
import type { LambdaCode } from './code';
import { type EnvironmentHost, ExecutionEnvironment, type NetworkReply } from './execution-environment';
import { type InvocationResult, killed, timedOut } from './invocation-result';
import { isLogged, type LogEntry, type LogLevel } from './log';
import { uuid } from './uuid';

export type { NetworkReply } from './execution-environment';
export type { InvocationResult } from './invocation-result';

/** One invocation of a function, for observers. */
export interface Invocation {
  readonly requestId: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly handler: string;
  /** JSON. */
  readonly payload: string;
  readonly coldStart: boolean;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Kills the process of the invocation. */
  kill(): void;
}

export type Network = (request: WireRequest, invocation: Invocation) => Promise<NetworkReply>;

export interface LambdaFunctionProps {
  readonly name: string;
  readonly arn: string;
  readonly code: LambdaCode;
  /** `file.export` */
  readonly handler: string;
  readonly variables: Readonly<Record<string, string>>;
  /** The major version of Node.js: 24 for the runtime `nodejs24.x`. */
  readonly nodeVersion: number;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  /** Messages below this level are not logged. */
  readonly logLevel: LogLevel;
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly log: (entry: LogEntry) => void;
  /** Replacements of the runtime's modules. */
  readonly modules?: ReadonlyMap<string, unknown> | undefined;
  /** The packages in Lambda's runtime, by name, each bundled into one file: the AWS SDK. @default - none */
  readonly runtimePackages?: ReadonlyMap<string, LambdaCode> | undefined;
  /** Runs in each new environment before the handler's module is loaded. */
  readonly prepare?: ((environment: ExecutionEnvironment, invocation: () => Invocation) => void) | undefined;
  /** Called when an invocation starts, before any of its code runs. */
  readonly onInvocation?: ((invocation: Invocation) => void) | undefined;
  /** Called when an invocation has ended. One with a `functionError` counts for the metric `Errors`. */
  readonly onInvocationEnded?: ((invocation: Invocation, result: InvocationResult) => void) | undefined;
}

interface Instance {
  readonly environment: ExecutionEnvironment;
  invocation: Invocation;
}

/** A Lambda function. It creates execution environments when they are needed, and reuses idle ones. */
export class LambdaFunction {
  private idle: Instance[] = [];
  private readonly busy = new Set<Instance>();

  constructor(readonly props: LambdaFunctionProps) {}

  get name(): string {
    return this.props.name;
  }

  get arn(): string {
    return this.props.arn;
  }

  /** @param coldStart whether to run in a new environment even if one is idle. The idle one is discarded then */
  invoke(event: unknown, options: { readonly coldStart?: boolean } = {}): Promise<InvocationResult> {
    return this.invokeWithPayload(JSON.stringify(event), options);
  }

  /** @param payload JSON */
  async invokeWithPayload(
    payload: string,
    { coldStart = false }: { readonly coldStart?: boolean } = {},
  ): Promise<InvocationResult> {
    const { clock, random, timeoutSeconds } = this.props;
    const requestId = uuid(random);
    const warm = this.idle.pop();
    const reused = coldStart ? undefined : warm;
    const invocation: Invocation = {
      requestId,
      functionName: this.props.name,
      functionArn: this.props.arn,
      handler: this.props.handler,
      payload,
      coldStart: reused === undefined,
      startedAt: clock.now(),
      kill: () => {
        if (this.busy.has(instance) && instance.invocation === invocation) {
          instance.environment.die(killed(requestId));
        }
      },
    };
    const instance = reused ?? this.createInstance(invocation);
    instance.invocation = invocation;
    this.busy.add(instance);

    const deadline = clock.now() + timeoutSeconds * 1000;
    const cancelTimeout = clock.schedule(() => {
      this.log(instance, 'ERROR', `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`);
      instance.environment.die(timedOut(requestId, timeoutSeconds));
    }, timeoutSeconds * 1000);
    this.props.onInvocation?.(invocation);
    const result = instance.environment.isAlive
      ? await instance.environment.run(requestId, payload, this.createContext(requestId, deadline))
      : killed(requestId);
    cancelTimeout();
    this.busy.delete(instance);
    if (instance.environment.isAlive) this.idle.push(instance);
    this.props.onInvocationEnded?.(invocation, result);
    return result;
  }

  /** Discards the idle environments, as Lambda does from time to time and when a function changes. */
  discardIdle(): void {
    this.idle = [];
  }

  private createInstance(first: Invocation): Instance {
    const {
      clock,
      random,
      code,
      handler,
      variables,
      logLevel,
      nodeVersion,
      network,
      modules,
      runtimePackages,
      prepare,
    } = this.props;
    const host: EnvironmentHost = {
      clock,
      random,
      code,
      handler,
      variables,
      logLevel,
      nodeVersion: `${nodeVersion}.0.0`,
      modules: modules ?? new Map(),
      runtimePackages: runtimePackages ?? new Map(),
      log: (level, message) => this.log(instance, level, message),
      send: (request) => network(request, instance.invocation),
      prepare: prepare && ((environment) => prepare(environment, () => instance.invocation)),
    };
    const instance: Instance = { environment: new ExecutionEnvironment(host), invocation: first };
    return instance;
  }

  private createContext(requestId: string, deadline: number): Readonly<Record<string, unknown>> {
    const { name, arn, memoryMegabytes, clock } = this.props;
    return {
      awsRequestId: requestId,
      functionName: name,
      functionVersion: '$LATEST',
      invokedFunctionArn: arn,
      memoryLimitInMB: String(memoryMegabytes),
      logGroupName: `/aws/lambda/${name}`,
      logStreamName: `${requestId}[$LATEST]`,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadline - clock.now()),
    };
  }

  private log({ invocation }: Instance, level: LogLevel, message: string): void {
    const { clock, name, logLevel, log } = this.props;
    if (isLogged(level, logLevel)) {
      log({ at: clock.now(), functionName: name, requestId: invocation.requestId, level, message });
    }
  }
}
