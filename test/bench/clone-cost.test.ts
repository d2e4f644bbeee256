import { billOf } from '../../bench/clone-cost';

const CLONE = {
  stackName: 'Stack',
  answerMilliseconds: 5000,
  calls: 5,
  ledger: { calls: 7, readUnits: 4, writeUnits: 6 },
  invocations: new Map([
    ['framework.onEvent', 1],
    ['index.onEvent', 1],
    ['framework.isComplete', 3],
    ['index.isComplete', 3],
  ]),
};

test('each invocation is a request, and each poll a state transition, with one for the end', () => {
  expect(billOf(CLONE)).toMatchObject({ lambdaRequests: 8, transitions: 4 });
});

test('the framework is billed while it waits for the handler', () => {
  // The handler: 5 calls of 200 ms, 7 of 10 ms, 4 invocations of 30 ms, 2 cold starts of 1 s. The framework: that, 4 times 80 ms, 2 s.
  expect(billOf(CLONE).lambdaSeconds).toBeCloseTo(3.19 + 3.19 + 0.32 + 2);
});

test('a bill is the sum of its four parts', () => {
  const { lambdaSeconds, dollars } = billOf(CLONE);
  const ledger = 4 * 0.125e-6 + 6 * 0.625e-6;
  expect(dollars).toBeCloseTo(8 * 0.2e-6 + (lambdaSeconds / 8) * 0.0000166667 + 4 * 0.025e-3 + ledger, 12);
});
