import { expect, it, vi } from 'vitest';
import { combineByKey } from '../../src/operators/combineByKey.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

const text = (n: number): string => String(n);
const append = (combined: string, n: number): string => combined + n;

it(
  'combines the values of each key within the batch into something of another type',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: [['a', 1] as const, ['b', 2] as const, ['a', 3] as const], q: [] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(combineByKey(text, append), batches.shown());
    m.expect(result).toBeObservable(expected, { p: [['a', '13'] as const, ['b', '2'] as const], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('calls create for the first value of a key, and merge for the others', () => {
  const create = vi.fn(text);
  const merge = vi.fn(append);
  const pairs = [['a', 1] as const, ['a', 2] as const, ['b', 3] as const, ['a', 4] as const];
  expect(through(batchOf(pairs), combineByKey(create, merge)).records).toEqual([
    ['a', '124'],
    ['b', '3'],
  ]);
  expect(create.mock.calls).toEqual([[1], [3]]);
  expect(merge.mock.calls).toEqual([
    ['1', 2],
    ['12', 4],
  ]);
});

it('a throwing create or merge fails the run, naming the record', () => {
  const pairs = [['a', 1] as const, ['a', 2] as const];
  expect(() => through(batchOf(pairs), combineByKey(no, append)).records).toThrow(operatorFailed('combineByKey', 0));
  expect(() => through(batchOf(pairs), combineByKey(text, no)).records).toThrow(operatorFailed('combineByKey', 1));
});

it('refuses what is not a function, where it is written', () => {
  expect(() => combineByKey(1 as never, append as never)).toThrow(
    refused('combineByKey(create): expected a function, got 1'),
  );
  expect(() => combineByKey(text as never, 'append' as never)).toThrow(
    refused('combineByKey(_, merge): expected a function'),
  );
});
