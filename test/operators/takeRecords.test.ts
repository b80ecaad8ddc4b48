import { pipe } from 'rxjs';
import { expect, it, vi } from 'vitest';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { refused, through } from '../support/through.ts';

it(
  'keeps the first records of each batch',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--r-|', { p: ['a', 'b', 'c'], q: ['d'], r: [] });
    const subs = '                ^--------!';
    const expected = '            -p--q--r-|';
    const result = source.pipe(takeRecords(2), batches.shown());
    m.expect(result).toBeObservable(expected, { p: ['a', 'b'], q: ['d'], r: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it.each([
  [0, []],
  [1, [1]],
  [3, [1, 2, 3]],
  [4, [1, 2, 3]],
])('takeRecords(%i) of three stops reading there', (count, taken) => {
  const fn = vi.fn((n: number) => n);
  expect(through(batchOf([1, 2, 3]), pipe(mapRecords(fn), takeRecords(count))).records).toEqual(taken);
  expect(fn).toHaveBeenCalledTimes(taken.length);
});

it('counts anew at each reading', () => {
  const result = through(batchOf([1, 2, 3]), takeRecords(1));
  const seen: number[] = [];
  result.forEach((n) => seen.push(n));
  result.forEach((n) => seen.push(n));
  expect(seen).toEqual([1, 1]);
});

it('stops where its reader stops', () => {
  const fn = vi.fn((n: number) => n);
  through(batchOf([1, 2, 3]), pipe(mapRecords(fn), takeRecords(2))).forEach(() => false);
  expect(fn).toHaveBeenCalledTimes(1);
});

it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2'])('refuses a count of %s, where it is written', (count) => {
  expect(() => takeRecords(count as number)).toThrow(
    refused('takeRecords(count): expected a whole number of at least 0'),
  );
});
