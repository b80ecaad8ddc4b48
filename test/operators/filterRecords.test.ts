import { pipe } from 'rxjs';
import { expect, it, vi } from 'vitest';
import { filterRecords } from '../../src/operators/filterRecords.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

const isEven = (n: number): boolean => n % 2 === 0;

it(
  'keeps the records for which keep answers something true; a batch that loses all of them is still a batch',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--r-|', { p: [1, 2, 3], q: [4], r: [5] });
    const subs = '                ^--------!';
    const expected = '            -p--q--r-|';
    m.expect(source.pipe(filterRecords(isEven), batches.shown())).toBeObservable(expected, { p: [2], q: [4], r: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('takes any answer for true or false', () => {
  const records = ['', 'a', 'b'];
  expect(
    through(
      batchOf(records),
      filterRecords((text) => text.length),
    ).records,
  ).toEqual(['a', 'b']);
});

it.each([0, 1, 2])('a throwing keep fails the run, naming record %i of the three', (at) => {
  const result = through(
    batchOf([0, 1, 2]),
    filterRecords((n) => n !== at || no()),
  );
  expect(() => result.records).toThrow(operatorFailed('filterRecords', at));
});

it('counts the records it was given, not those that it kept', () => {
  const result = through(
    batchOf([1, 2, 3]),
    pipe(
      filterRecords((n) => n > 1),
      filterRecords((n) => n < 3 || no()),
    ),
  );
  expect(() => result.records).toThrow(operatorFailed('filterRecords', 1));
});

it('does not evaluate what comes after an early stop', () => {
  const keep = vi.fn(isEven);
  expect(through(batchOf([1, 2, 3, 4]), pipe(filterRecords(keep), takeRecords(1))).records).toEqual([2]);
  expect(keep.mock.calls.map(([n]) => n)).toEqual([1, 2]);
});

it('runs in the pass of its neighbours', () => {
  const log: string[] = [];
  const result = through(
    batchOf([1, 2]),
    pipe(
      filterRecords((n) => log.push(`keep${n}`)),
      mapRecords((n) => log.push(`map${n}`)),
    ),
  );
  result.forEach(() => {});
  expect(log).toEqual(['keep1', 'map1', 'keep2', 'map2']);
});

it('refuses what is not a function, where it is written', () => {
  expect(() => filterRecords(undefined as never)).toThrow(
    refused('filterRecords(keep): expected a function, got undefined'),
  );
});
