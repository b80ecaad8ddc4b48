import { expect, it } from 'vitest';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { foldByKey } from '../../src/operators/foldByKey.ts';
import { reduceByKey } from '../../src/operators/reduceByKey.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { seeded, seeds } from '../support/seeded.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

const add = (left: number, right: number): number => left + right;
const pairs: Pair<string, number>[] = [
  ['b', 1],
  ['a', 2],
  ['b', 3],
];

it(
  'folds the values of each key within the batch, beginning with zero, once for each key',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: pairs, q: [] as Pair<string, number>[] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(foldByKey(10, add), batches.shown());
    m.expect(result).toBeObservable(expected, { p: [['b', 14] as const, ['a', 12] as const], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('folds in order of arrival, zero first', () => {
  const texts: Pair<string, string>[] = [
    ['k', 'a'],
    ['k', 'b'],
  ];
  expect(
    through(
      batchOf(texts),
      foldByKey('-', (left, right) => `(${left}${right})`),
    ).records,
  ).toEqual([['k', '((-a)b)']]);
});

it('a function makes a zero for each key', () => {
  const lists: Pair<string, number[]>[] = [
    ['a', [1]],
    ['b', [2]],
    ['a', [3]],
  ];
  const concat = (left: number[], right: number[]): number[] => {
    left.push(...right);
    return left;
  };
  expect(
    through(
      batchOf(lists),
      foldByKey(() => [] as number[], concat),
    ).records,
  ).toEqual([
    ['a', [1, 3]],
    ['b', [2]],
  ]);
  expect(lists[0]).toEqual(['a', [1]]);
});

it.each(seeds(20))('with a neutral zero it is reduceByKey: seed %i', (seed) => {
  const random = seeded(seed);
  const all = random.list(0, 30, (): Pair<string, number> => [random.pick(['a', 'b', 'c', 'd']), random.int(0, 9)]);
  expect(through(batchOf(all), foldByKey(0, add)).records).toEqual(through(batchOf(all), reduceByKey(add)).records);
});

it.each([0, 1, 2])('a throwing fold fails the run, naming record %i', (at) => {
  let calls = 0;
  const result = through(
    batchOf(pairs),
    foldByKey(0, (sum, n) => (calls++ === at ? no() : sum + n)),
  );
  expect(() => result.records).toThrow(operatorFailed('foldByKey', at));
});

it('refuses wrong arguments where they are written', () => {
  expect(() => foldByKey({} as never, add as never)).toThrow(refused('foldByKey(zero): expected a plain value'));
  expect(() => foldByKey(0 as never, 7 as never)).toThrow(refused('foldByKey(_, fold): expected a function, got 7'));
  expect(() => foldByKey(0 as never, add as never, { keyOf: 7 as never })).toThrow(refused('foldByKey({ keyOf })'));
});
