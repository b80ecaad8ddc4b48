import { pipe } from 'rxjs';
import { expect, it } from 'vitest';
import { countRecords } from '../../src/operators/countRecords.ts';
import { filterRecords } from '../../src/operators/filterRecords.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, through } from '../support/through.ts';

it(
  'counts the records of a batch: one number, 0 for an empty batch',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--r-|', { p: ['a', 'b'], q: [], r: ['c'] });
    const subs = '                ^--------!';
    const expected = '            -p--q--r-|';
    m.expect(source.pipe(countRecords(), batches.shown())).toBeObservable(expected, { p: [2], q: [0], r: [1] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('counts undefined and null like any record', () => {
  expect(through(batchOf([undefined, null, Number.NaN]), countRecords()).records).toEqual([3]);
});

it('counts what is left by the operators before it, in their pass', () => {
  const op = pipe(
    filterRecords((n: number) => n > 1),
    countRecords(),
  );
  expect(through(batchOf([1, 2, 3]), op).records).toEqual([2]);
});

it('an error before it keeps its own name', () => {
  expect(() => through(batchOf([1]), pipe(mapRecords(no), countRecords())).records).toThrow(
    operatorFailed('mapRecords', 0),
  );
});
