import { isNativeError } from 'node:util/types';
import { HostError } from './host-realm';

/** Lambda's answer to an invocation. */
export interface InvocationResult {
  /** JSON. */
  readonly payload: string;
  readonly functionError?: 'Unhandled';
}

export function success(value: unknown): InvocationResult {
  try {
    return { payload: JSON.stringify(value === undefined ? null : value) ?? 'null' };
  } catch {
    return failure(new HostError('Unable to stringify response body'));
  }
}

/** A thrown value in the format of Lambda's Node.js runtime. */
export function failure(error: unknown): InvocationResult {
  const described = isNativeError(error)
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { functionError: 'Unhandled', payload: JSON.stringify(described) };
}

export function exited(requestId: string | undefined, reason: string): InvocationResult {
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
