import { expect, it, vi } from 'vitest';
import { reduceRecords } from '../../src/operators/reduceRecords.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

const add = (left: number, right: number): number => left + right;

it(
  'reduces all records of a batch to one; an empty batch stays empty',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--r-|', { p: [1, 2, 3], q: [], r: [4] });
    const subs = '                ^--------!';
    const expected = '            -p--q--r-|';
    m.expect(source.pipe(reduceRecords(add), batches.shown())).toBeObservable(expected, { p: [6], q: [], r: [4] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('reduces from left to right, and does not call reduce for a single record', () => {
  const reduce = vi.fn((left: string, right: string) => `(${left}${right})`);
  expect(through(batchOf(['a', 'b', 'c']), reduceRecords(reduce)).records).toEqual(['((ab)c)']);
  reduce.mockClear();
  expect(through(batchOf(['a']), reduceRecords(reduce)).records).toEqual(['a']);
  expect(reduce).not.toHaveBeenCalled();
});

it('a record undefined is a record', () => {
  const records: (string | undefined)[] = [undefined];
  expect(through(batchOf(records), reduceRecords<string | undefined>(no)).records).toEqual([undefined]);
  const texts: (string | undefined)[] = [undefined, 'a'];
  expect(
    through(
      batchOf(texts),
      reduceRecords((left, right) => `${left}${right}`),
    ).records,
  ).toEqual(['undefineda']);
});

it.each([1, 2])('a throwing reduce fails the run, naming record %i of the three', (at) => {
  const result = through(
    batchOf([0, 1, 2]),
    reduceRecords((_, n) => (n === at ? no() : n)),
  );
  expect(() => result.records).toThrow(operatorFailed('reduceRecords', at));
});

it('refuses what is not a function, where it is written', () => {
  expect(() => reduceRecords({} as never)).toThrow(refused('reduceRecords(reduce): expected a function'));
});
