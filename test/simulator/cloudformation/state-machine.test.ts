import { VirtualClock } from '../../../simulator/clock';
import { execute, parseStateMachine } from '../../../simulator/cloudformation/state-machine';
import type { InvocationResult } from '../../../simulator/lambda/lambda-function';

function failing(errorType: string): InvocationResult {
  return { functionError: 'Unhandled', payload: JSON.stringify({ errorType, errorMessage: 'm' }) };
}

function run(
  retry: object,
  invoke: (functionArn: string, payload: string) => InvocationResult,
  catchers: readonly object[] = [{ ErrorEquals: ['States.ALL'], Next: 'Last' }],
) {
  const clock = new VirtualClock();
  const started = clock.now();
  const calls: [string, number][] = [];
  const machine = parseStateMachine(
    JSON.stringify({
      StartAt: 'Poll',
      States: {
        Poll: {
          Type: 'Task',
          Resource: 'arn:poll',
          End: true,
          Retry: [{ ErrorEquals: ['States.ALL'], ...retry }],
          Catch: catchers,
        },
        Last: { Type: 'Task', Resource: 'arn:last', End: true },
      },
    }),
  );
  const result = clock.runUntil(
    execute(machine, '{"a":1}', clock, async (functionArn, payload) => {
      calls.push([functionArn, (clock.now() - started) / 1000]);
      return invoke(functionArn, payload);
    }),
  );
  return { result, calls };
}

describe('a state machine', () => {
  it('retries at intervals that grow with the rate, up to the longest', async () => {
    const retry = { IntervalSeconds: 2, MaxAttempts: 4, BackoffRate: 2, MaxDelaySeconds: 5 };
    const { result, calls } = run(retry, (arn) => (arn === 'arn:poll' ? failing('Error') : { payload: 'null' }));
    expect(await result).toEqual({ kind: 'succeeded', output: 'null' });
    expect(calls).toEqual([
      ['arn:poll', 0],
      ['arn:poll', 2],
      ['arn:poll', 6],
      ['arn:poll', 11],
      ['arn:poll', 16],
      ['arn:last', 16],
    ]);
  });

  it('passes error and cause to the state that catches', async () => {
    const payloads: string[] = [];
    const { result } = run({ MaxAttempts: 0 }, (arn, payload) => {
      payloads.push(payload);
      return arn === 'arn:poll' ? failing('Sandbox.Timedout') : { payload: '1' };
    });
    await result;
    expect(payloads.map((payload) => JSON.parse(payload))).toEqual([
      { a: 1 },
      { Error: 'Sandbox.Timedout', Cause: '{"errorType":"Sandbox.Timedout","errorMessage":"m"}' },
    ]);
  });

  it('fails with an error that no state catches', async () => {
    const { result } = run({ MaxAttempts: 0 }, () => failing('Error'), [{ ErrorEquals: ['Other'], Next: 'Last' }]);
    expect(await result).toMatchObject({ kind: 'failed', error: 'Error' });
  });

  it('is refused if the simulator does not support a state', () => {
    const definition = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Wait', Seconds: 1 } } });
    expect(() => parseStateMachine(definition)).toThrow(
      'the state A is not a task with a Lambda function; the simulator supports nothing else',
    );
  });
});
