import { pipe } from 'rxjs';
import { expect, it, vi } from 'vitest';
import { countByValue } from '../../src/operators/countByValue.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { through } from '../support/through.ts';

it(
  'counts how often each record occurs in the batch',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: ['a', 'b', 'a'], q: [] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(countByValue(), batches.shown());
    m.expect(result).toBeObservable(expected, { p: [['a', 2] as const, ['b', 1] as const], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('carries nothing from one batch to the next', () => {
  const count = countByValue<string>();
  expect(through(batchOf(['a', 'a']), count).records).toEqual([['a', 2]]);
  expect(through(batchOf(['a']), count).records).toEqual([['a', 1]]);
});

it('compares records as Map compares keys, tuples by their elements', () => {
  const records = [Number.NaN, Number.NaN, 0, -0, '', '', '__proto__', ['a', 1], ['a', 1], ['a', 2]];
  expect(through(batchOf<unknown>(records), countByValue()).records).toEqual([
    [Number.NaN, 2],
    [0, 2],
    ['', 2],
    ['__proto__', 1],
    [['a', 1], 2],
    [['a', 2], 1],
  ]);
});

it('reads all of its input in one pass, and gives no more pairs than are asked for', () => {
  const fn = vi.fn((n: number) => n % 2);
  expect(through(batchOf([1, 2, 3]), pipe(mapRecords(fn), countByValue(), takeRecords(1))).records).toEqual([[1, 2]]);
  expect(fn).toHaveBeenCalledTimes(3);
});
