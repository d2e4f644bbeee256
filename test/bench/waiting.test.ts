import { type Schedule, waitFor } from '../../bench/waiting';

const EVERY_TEN_SECONDS: Schedule = [{ every: 10, until: 3600 }];

test('the end of a job between two polls is seen by the second', () => {
  expect(waitFor(14, EVERY_TEN_SECONDS)).toEqual({ polls: 3, delay: 6 });
});

test('a job that ends with a poll is seen at once', () => {
  expect(waitFor(20, EVERY_TEN_SECONDS)).toEqual({ polls: 3, delay: 0 });
});

test('a job that ends in the first interval waits for its end', () => {
  const schedule = [
    { every: 300, until: 300 },
    { every: 10, until: 3600 },
  ];
  expect(waitFor(60, schedule)).toEqual({ polls: 2, delay: 240 });
  expect(waitFor(301, schedule)).toEqual({ polls: 3, delay: 9 });
});

test('a job that outlasts the schedule is an error', () => {
  expect(() => waitFor(4000, EVERY_TEN_SECONDS)).toThrow('before the job of 4000 s');
});
