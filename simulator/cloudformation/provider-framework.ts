import type { LambdaCode } from '../lambda/code';
import type { InvocationResult, LambdaFunctionProps } from '../lambda/lambda-function';
import { isJsonObject } from './json';

/** The calls that the framework's functions make to AWS. */
export interface FrameworkOutbound {
  /** Rejects if the function does not exist. */
  invokeFunction(functionArn: string, payload: string): Promise<InvocationResult>;
  /** Rejects if the state machine does not exist. */
  startExecution(stateMachineArn: string, input: string): Promise<{ readonly executionArn: string }>;
  /** Returns the HTTP status code. */
  respond(method: string, path: string, body: string): number;
}

export function isProviderFramework(code: LambdaCode, handler: string): boolean {
  return handler.startsWith('framework.') && code.resolve('framework') !== undefined;
}

/** The SDK clients that `outbound.js` loads. They are never called, since the exports of `outbound.js` are replaced. */
export const INERT_SDK_CLIENTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['@aws-sdk/client-lambda', { Lambda: class {}, waitUntilFunctionActiveV2: () => {} }],
  ['@aws-sdk/client-sfn', { SFN: class {} }],
]);

/**
 * Replaces the exports of the framework's `outbound.js` with the simulator's. The framework reads them at each call, so the
 * rest of its code runs unchanged.
 */
export function replaceOutbound(outbound: FrameworkOutbound): LambdaFunctionProps['prepare'] {
  return (environment) => {
    const module = environment.require('./outbound');
    if (typeof module !== 'object' || module === null || !Reflect.has(module, 'httpRequest')) {
      throw new Error("the provider framework's outbound.js is not as this simulator knows it");
    }
    Object.assign(module, {
      invokeFunction: (request: unknown) =>
        environment.attach(
          outbound
            .invokeFunction(member(request, 'FunctionName'), member(request, 'Payload'))
            .then(({ functionError, payload }) => ({
              StatusCode: 200,
              ExecutedVersion: '$LATEST',
              Payload: Buffer.from(payload),
              ...(functionError && { FunctionError: functionError }),
            })),
        ),
      startExecution: (request: unknown) =>
        environment.attach(outbound.startExecution(member(request, 'stateMachineArn'), member(request, 'input'))),
      httpRequest: (options: unknown, body: unknown) =>
        environment.attach(
          Promise.resolve().then(() => {
            const status = outbound.respond(member(options, 'method'), member(options, 'path'), String(body));
            if (status >= 400) throw new Error(`Unsuccessful HTTP response: ${status}`);
          }),
        ),
    });
  };
}

function member(request: unknown, name: string): string {
  const value = isJsonObject(request) ? request[name] : undefined;
  if (typeof value !== 'string') throw new Error(`the provider framework should give ${name}, a text`);
  return value;
}
