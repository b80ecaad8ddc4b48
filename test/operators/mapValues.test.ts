import { pipe } from 'rxjs';
import { expect, it, vi } from 'vitest';
import { mapValues } from '../../src/operators/mapValues.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

const double = (n: number): number => n * 2;

it(
  'applies fn to the value of each pair; keys stay',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: [['a', 1] as const, ['b', 2] as const], q: [] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(mapValues(double), batches.shown());
    m.expect(result).toBeObservable(expected, { p: [['a', 2] as const, ['b', 4] as const], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('leaves the pairs it was given as they are', () => {
  const pair = Object.freeze(['a', 1] as const);
  expect(through(batchOf([pair]), mapValues(double)).records).toEqual([['a', 2]]);
  expect(pair).toEqual(['a', 1]);
});

it.each([0, 1, 2])('a throwing fn fails the run, naming record %i of the three', (at) => {
  const pairs = [0, 1, 2].map((n) => ['k', n] as const);
  const result = through(
    batchOf(pairs),
    mapValues((n) => (n === at ? no() : n)),
  );
  expect(() => result.records).toThrow(operatorFailed('mapValues', at));
});

it('does not evaluate what comes after an early stop', () => {
  const fn = vi.fn(double);
  const pairs = [1, 2, 3].map((n) => ['k', n] as const);
  expect(through(batchOf(pairs), pipe(mapValues(fn), takeRecords(1))).records).toEqual([['k', 2]]);
  expect(fn).toHaveBeenCalledTimes(1);
});

it('refuses what is not a function, where it is written', () => {
  expect(() => mapValues(null as never)).toThrow(refused('mapValues(fn): expected a function, got null'));
});
