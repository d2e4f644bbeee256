import { type Clock, sleep } from '../clock';
import type { InvocationResult } from '../lambda/lambda-function';
import { isJsonArray, isJsonObject, type Json, type JsonObject, parseJsonObject } from './json';

interface Retrier {
  readonly errors: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number;
}

interface Catcher {
  readonly errors: readonly string[];
  readonly next: string;
}

interface TaskState {
  /** The ARN of a Lambda function. */
  readonly resource: string;
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
  readonly next: string | undefined;
}

export interface StateMachine {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, TaskState>;
}

export type ExecutionResult =
  | { readonly kind: 'succeeded'; readonly output: string }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string };

/** Parses the part of the Amazon States Language that the provider framework's waiter uses: tasks that are Lambda functions. */
export function parseStateMachine(definition: string): StateMachine {
  const { StartAt: startAt, States: states } = parseJsonObject(definition, 'the definition of the state machine');
  if (typeof startAt !== 'string' || !isJsonObject(states)) {
    throw new Error('the definition of the state machine should have StartAt and States');
  }
  const parsed = new Map<string, TaskState>();
  for (const [name, state] of Object.entries(states)) {
    if (!isJsonObject(state) || state['Type'] !== 'Task' || typeof state['Resource'] !== 'string') {
      throw new Error(`the state ${name} is not a task with a Lambda function; the simulator supports nothing else`);
    }
    const next = state['Next'];
    parsed.set(name, {
      resource: state['Resource'],
      retriers: objects(state['Retry']).map((retrier) => ({
        errors: strings(retrier['ErrorEquals']),
        intervalSeconds: number(retrier['IntervalSeconds'], 1),
        maxAttempts: number(retrier['MaxAttempts'], 3),
        backoffRate: number(retrier['BackoffRate'], 2),
        maxDelaySeconds: number(retrier['MaxDelaySeconds'], Number.POSITIVE_INFINITY),
      })),
      catchers: objects(state['Catch']).map((catcher) => {
        const target = catcher['Next'];
        if (typeof target !== 'string') throw new Error(`the state ${name} has a Catch without Next`);
        return { errors: strings(catcher['ErrorEquals']), next: target };
      }),
      next: typeof next === 'string' ? next : undefined,
    });
  }
  return { startAt, states: parsed };
}

export async function execute(
  machine: StateMachine,
  input: string,
  clock: Clock,
  invoke: (functionArn: string, payload: string) => Promise<InvocationResult>,
): Promise<ExecutionResult> {
  let name = machine.startAt;
  let payload = input;
  for (;;) {
    const state = machine.states.get(name);
    if (state === undefined) throw new Error(`the state machine has no state ${name}`);
    const result = await runTask(state, payload, clock, invoke);
    if (result.kind === 'succeeded') {
      if (state.next === undefined) return result;
      name = state.next;
      payload = result.output;
    } else {
      const { error, cause } = result;
      const catcher = state.catchers.find(({ errors }) => matches(errors, error));
      if (catcher === undefined) return result;
      name = catcher.next;
      payload = JSON.stringify({ Error: error, Cause: cause });
    }
  }
}

async function runTask(
  { resource, retriers }: TaskState,
  payload: string,
  clock: Clock,
  invoke: (functionArn: string, payload: string) => Promise<InvocationResult>,
): Promise<ExecutionResult> {
  const attempts = new Map<Retrier, number>();
  for (;;) {
    const result = await invoke(resource, payload);
    if (result.functionError === undefined) return { kind: 'succeeded', output: result.payload };
    const error = errorType(result.payload);
    const retrier = retriers.find(({ errors }) => matches(errors, error));
    const used = retrier === undefined ? 0 : (attempts.get(retrier) ?? 0);
    if (retrier === undefined || used >= retrier.maxAttempts) {
      return { kind: 'failed', error, cause: result.payload };
    }
    attempts.set(retrier, used + 1);
    const delay = Math.min(retrier.intervalSeconds * retrier.backoffRate ** used, retrier.maxDelaySeconds);
    await sleep(clock, delay * 1000);
  }
}

function errorType(payload: string): string {
  const type = parseJsonObject(payload, 'the error of a Lambda function')['errorType'];
  return typeof type === 'string' ? type : 'Lambda.Unknown';
}

function matches(errors: readonly string[], error: string): boolean {
  return errors.includes('States.ALL') || errors.includes('States.TaskFailed') || errors.includes(error);
}

function objects(value: Json | undefined): JsonObject[] {
  return value !== undefined && isJsonArray(value) ? value.filter(isJsonObject) : [];
}

function strings(value: Json | undefined): string[] {
  return value !== undefined && isJsonArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function number(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
