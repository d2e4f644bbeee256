import { distributionOf, ratiosOf } from '../../bench/distribution';

test('the median and the quartiles are interpolated between measurements', () => {
  expect(distributionOf([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1.75, high: 3.25, count: 4 });
});

test('one measurement is its own median and quartiles', () => {
  expect(distributionOf([7])).toEqual({ median: 7, low: 7, high: 7, count: 1 });
});

test('an empty list has no median', () => {
  expect(() => distributionOf([])).toThrow('nothing was measured');
});

test('each measurement is compared with the one that was taken in the same round', () => {
  expect(ratiosOf([1, 6], [2, 3])).toEqual([0.5, 2]);
});
