import { expect, it, vi } from 'vitest';
import { sortRecords } from '../../src/operators/sortRecords.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

const upwards = (left: number, right: number): number => left - right;

it(
  'sorts the records of each batch',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: [3, 1, 2], q: [] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    m.expect(source.pipe(sortRecords(upwards), batches.shown())).toBeObservable(expected, { p: [1, 2, 3], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('equal records keep their order', () => {
  const pairs = [['b', 1] as const, ['a', 2] as const, ['b', 0] as const, ['a', 1] as const];
  const byKey = sortRecords<readonly [string, number]>(([left], [right]) => (left < right ? -1 : Number(left > right)));
  expect(through(batchOf(pairs), byKey).records).toEqual([
    ['a', 2],
    ['a', 1],
    ['b', 1],
    ['b', 0],
  ]);
});

it('leaves the array of the source as it is', () => {
  const records = [2, 1];
  expect(through(batchOf(records), sortRecords(upwards)).records).toEqual([1, 2]);
  expect(records).toEqual([2, 1]);
});

it('sorts when the batch is read, not before', () => {
  const compare = vi.fn(upwards);
  const result = through(batchOf([2, 1]), sortRecords(compare));
  expect(compare).not.toHaveBeenCalled();
  expect(result.records).toEqual([1, 2]);
});

it('a throwing compare fails the run', () => {
  expect(() => through(batchOf([1, 2]), sortRecords(no)).records).toThrow(operatorFailed('sortRecords'));
});

it('refuses what is not a function, where it is written', () => {
  expect(() => sortRecords(undefined as never)).toThrow(
    refused('sortRecords(compare): expected a function, got undefined'),
  );
});
