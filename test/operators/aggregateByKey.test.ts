import { expect, it, vi } from 'vitest';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { aggregateByKey } from '../../src/operators/aggregateByKey.ts';
import { combineByKey } from '../../src/operators/combineByKey.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { seeded, seeds } from '../support/seeded.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

const pairs: Pair<string, number>[] = [
  ['b', 1],
  ['a', 2],
  ['b', 3],
];
const append = (list: number[], n: number): number[] => {
  list.push(n);
  return list;
};

it(
  'merges the values of each key into an aggregate that begins with zero, within the batch',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: pairs, q: [['b', 4] as Pair<string, number>] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(
      aggregateByKey('=', (text, n) => text + n),
      batches.shown(),
    );
    m.expect(result).toBeObservable(expected, {
      p: [['b', '=13'] as const, ['a', '=2'] as const],
      q: [['b', '=4'] as const],
    });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('a function makes a zero of its own for each key and each reading', () => {
  const result = through(
    batchOf(pairs),
    aggregateByKey(() => [] as number[], append),
  );
  const read = (): unknown[] => {
    const seen: unknown[] = [];
    result.forEach((pair) => seen.push(pair));
    return seen;
  };
  const expected = [
    ['b', [1, 3]],
    ['a', [2]],
  ];
  expect(read()).toEqual(expected);
  expect(read()).toEqual(expected);
});

it.each([0, '', false, 5n, null, undefined])('takes %s as a zero', (zero) => {
  const seen = vi.fn((aggregate: unknown, _: number) => aggregate);
  expect(through(batchOf(pairs), aggregateByKey(zero as unknown, seen)).records).toEqual([
    ['b', zero],
    ['a', zero],
  ]);
});

it.each(seeds(20))('is combineByKey whose first value is merged into zero: seed %i', (seed) => {
  const random = seeded(seed);
  const all = random.list(0, 30, (): Pair<string, number> => [random.pick(['a', 'b', 'c', 'd']), random.int(0, 9)]);
  const merge = (text: string, n: number): string => `${text},${n}`;
  expect(through(batchOf(all), aggregateByKey('0', merge)).records).toEqual(
    through(
      batchOf(all),
      combineByKey((n) => merge('0', n), merge),
    ).records,
  );
});

it('objects are keys by keyOf', () => {
  const objects: Pair<{ readonly id: number }, number>[] = [
    [{ id: 1 }, 1],
    [{ id: 1 }, 2],
  ];
  const result = through(
    batchOf(objects),
    aggregateByKey(0, (sum, n) => sum + n, { keyOf: ({ id }) => id }),
  );
  expect(result.records).toEqual([[{ id: 1 }, 3]]);
});

it.each([0, 1, 2])('a throwing merge fails the run, naming record %i', (at) => {
  let calls = 0;
  const result = through(
    batchOf(pairs),
    aggregateByKey(0, (sum, n) => (calls++ === at ? no() : sum + n)),
  );
  expect(() => result.records).toThrow(operatorFailed('aggregateByKey', at));
});

it('refuses wrong arguments where they are written, an object as zero too', () => {
  const sum = (left: number, right: number): number => left + right;
  expect(() => aggregateByKey([] as number[], append as never)).toThrow(
    refused('aggregateByKey(zero): expected a plain value, or a function that makes one, got an array of 0. All keys'),
  );
  expect(() => aggregateByKey(0, 7 as never)).toThrow(refused('aggregateByKey(_, merge): expected a function, got 7'));
  expect(() => aggregateByKey(0, sum as never, { keyOf: 7 as never })).toThrow(refused('aggregateByKey({ keyOf })'));
});
