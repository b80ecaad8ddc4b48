import { pipe } from 'rxjs';
import { expect, it, vi } from 'vitest';
import { filterRecords } from '../../src/operators/filterRecords.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { reduceByKey } from '../../src/operators/reduceByKey.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

const add = (left: number, right: number): number => left + right;

it(
  'reduces the values of each key within the batch',
  batchTest((m, batches) => {
    const one = (key: string): readonly [string, number] => [key, 1];
    const source = batches.hot('  -p--q--|', { p: ['a', 'b', 'a'].map(one), q: ['a'].map(one) });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(reduceByKey(add), batches.shown());
    m.expect(result).toBeObservable(expected, { p: [['a', 2] as const, ['b', 1] as const], q: [['a', 1] as const] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('gives keys in the order of their first record', () => {
  const pairs = ['b', 'a', 'c', 'a', 'b'].map((key) => [key, 1] as const);
  expect(through(batchOf(pairs), reduceByKey(add)).records.map(([key]) => key)).toEqual(['b', 'a', 'c']);
});

it('compares keys as Map compares them, tuples by their elements', () => {
  const keys = [
    Number.NaN,
    0,
    '',
    '__proto__',
    'constructor',
    ['a', 1],
    ['a', 2],
    '0',
    undefined,
    null,
    -0,
    Number.NaN,
    ['a', 1],
  ];
  const pairs = keys.map((key) => [key, 1] as const);
  expect(through(batchOf<readonly [unknown, number]>(pairs), reduceByKey(add)).records).toEqual([
    [Number.NaN, 2],
    [0, 2],
    ['', 1],
    ['__proto__', 1],
    ['constructor', 1],
    [['a', 1], 2],
    [['a', 2], 1],
    ['0', 1],
    [undefined, 1],
    [null, 1],
  ]);
});

it('an empty batch stays empty', () => {
  expect(through(batchOf<readonly [string, number]>([]), reduceByKey(no)).records).toEqual([]);
});

it('leaves a key with one value as it is, without calling reduce', () => {
  expect(through(batchOf([['a', 1] as const]), reduceByKey(no)).records).toEqual([['a', 1]]);
});

it('leaves the pairs it was given as they are', () => {
  const pairs = [Object.freeze(['a', 1] as const), Object.freeze(['a', 2] as const)];
  expect(through(batchOf(pairs), reduceByKey(add)).records).toEqual([['a', 3]]);
  expect(pairs).toEqual([
    ['a', 1],
    ['a', 2],
  ]);
});

it.each([1, 2])('a throwing reduce fails the run, naming record %i of the three', (at) => {
  const pairs = [0, 1, 2].map((n) => ['k', n] as const);
  const result = through(
    batchOf(pairs),
    reduceByKey((_, n) => (n === at ? no() : n)),
  );
  expect(() => result.records).toThrow(operatorFailed('reduceByKey', at));
});

it('is evaluated at each reading, in one pass with the operators before it', () => {
  const fn = vi.fn((word: string) => [word, 1] as const);
  const isLong = vi.fn((word: string) => word.length > 1);
  const result = through(batchOf(['a', 'bb', 'bb']), pipe(filterRecords(isLong), mapRecords(fn), reduceByKey(add)));
  expect(isLong).not.toHaveBeenCalled();
  const read = (): unknown[] => {
    const seen: unknown[] = [];
    result.forEach((pair) => seen.push(pair));
    return seen;
  };
  expect(read()).toEqual([['bb', 2]]);
  expect(read()).toEqual([['bb', 2]]);
  expect(isLong).toHaveBeenCalledTimes(6);
});

it('gives no more keys than are asked for', () => {
  const pairs = ['a', 'b', 'c'].map((key) => [key, 1] as const);
  expect(through(batchOf(pairs), pipe(reduceByKey(add), takeRecords(2))).records).toHaveLength(2);
});

it('refuses what is not a function, where it is written', () => {
  expect(() => reduceByKey('+' as never)).toThrow(refused('reduceByKey(reduce): expected a function, got "+"'));
});
