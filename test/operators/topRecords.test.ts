import { describe, expect, it, vi } from 'vitest';
import type { Pair } from '../../src/core/keys/Pair.ts';
import type { Rank } from '../../src/core/keys/TopRecords.ts';
import { reduceByKeyAndWindow } from '../../src/operators/reduceByKeyAndWindow.ts';
import { sortRecords } from '../../src/operators/sortRecords.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { topRecords } from '../../src/operators/topRecords.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { seeded, seeds } from '../support/seeded.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

const itself = <R extends Rank>(rank: R): R => rank;
const value = ([, n]: Pair<string, number>): number => n;

it(
  'keeps the records of each batch for which by gives most, in falling order',
  batchTest((m, batches) => {
    const source = batches.hot('  -a--b--c|', { a: [3, 9, 5, 7], b: [1], c: [] as number[] });
    const subs = '                ^-------!';
    const expected = '            -a--b--c|';
    const result = source.pipe(topRecords(2, itself), batches.shown());
    m.expect(result).toBeObservable(expected, { a: [9, 7], b: [1], c: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('the smallest first, if that is wanted', () => {
  expect(through(batchOf([3, 9, 5, 7]), topRecords(2, itself, { first: 'smallest' })).records).toEqual([3, 5]);
});

it('equal ones stay in the order in which they came, and the earlier ones are kept', () => {
  const pairs: Pair<string, number>[] = ['a', 'b', 'c', 'd', 'e', 'f'].map((key, at) => [key, at % 2]);
  expect(through(batchOf(pairs), topRecords(2, value)).records.map(([key]) => key)).toEqual(['b', 'd']);
  expect(through(batchOf(pairs), topRecords(5, value)).records.map(([key]) => key)).toEqual(['b', 'd', 'f', 'a', 'c']);
});

it('NaN comes last in either order', () => {
  const numbers = [Number.NaN, 1, Number.NaN, 2, 3];
  expect(through(batchOf(numbers), topRecords(4, itself)).records).toEqual([3, 2, 1, Number.NaN]);
  expect(through(batchOf(numbers), topRecords(4, itself, { first: 'smallest' })).records).toEqual([
    1,
    2,
    3,
    Number.NaN,
  ]);
});

it('ranks texts and bigints too', () => {
  expect(through(batchOf(['b', 'ä', 'a', 'B']), topRecords(3, itself)).records).toEqual(['ä', 'b', 'a']);
  expect(through(batchOf([2n, 10n ** 30n, 3n]), topRecords(2, itself)).records).toEqual([10n ** 30n, 3n]);
});

it('calls by once a record, also when it is equal', () => {
  const by = vi.fn((n: number) => n);
  const result = through(batchOf([1, 2, 2, 1, 3]), topRecords(2, by));
  expect(by).not.toHaveBeenCalled();
  expect(result.records).toEqual([3, 2]);
  expect(by.mock.calls.map(([n]) => n)).toEqual([1, 2, 2, 1, 3]);
});

it('of none, or of more than there are', () => {
  expect(through(batchOf([1, 2]), topRecords(0, itself)).records).toEqual([]);
  expect(through(batchOf([1, 2]), topRecords(9, itself)).records).toEqual([2, 1]);
});

it.each(seeds(100))('is sortRecords and then takeRecords: seed %i', (seed) => {
  const random = seeded(seed);
  const most = random.pick([3, 30, 300]);
  const pairs = random.list(0, most, (): Pair<string, number> => [String(random.int(0, 99)), random.int(0, most)]);
  const count = random.int(0, most);
  for (const first of ['largest', 'smallest'] as const) {
    const sorted = through(
      through(
        batchOf(pairs),
        sortRecords(([, a], [, b]) => (first === 'largest' ? b - a : a - b)),
      ),
      takeRecords(count),
    );
    expect(through(batchOf(pairs), topRecords(count, value, { first })).records).toEqual(sorted.records);
  }
});

it('behind a window it gives the top of the window', () => {
  const input: Pair<string, number>[][] = [[['a', 1]], [['b', 5]], [['a', 1]], [['a', 9]]];
  const out = runBatches(input, (counts) =>
    counts.pipe(
      reduceByKeyAndWindow((a, b) => a + b, { window: 3000 }),
      topRecords(1, value),
    ),
  );
  expect(out.map(({ records }) => records)).toEqual([[['a', 1]], [['b', 5]], [['b', 5]], [['a', 10]]]);
});

describe('fails the run with OPERATOR_FAILED, naming the record, when', () => {
  it.each([0, 1, 2])('by throws for record %i', (at) => {
    const result = through(
      batchOf([0, 1, 2]),
      topRecords(1, (n) => (n === at ? no() : n)),
    );
    expect(() => result.records).toThrow(operatorFailed('topRecords', at));
  });

  it('by gives what has no order', () => {
    const result = through(batchOf([1, 2]), topRecords(1, ((n: number) => (n === 2 ? undefined : n)) as never));
    expect(() => result.records).toThrow('record 1: expected a number, a bigint or a text from by, got undefined');
  });
});

it('refuses wrong arguments where they are written', () => {
  expect(() => topRecords(-1, itself)).toThrow(refused('topRecords(count): expected a whole number of at least 0'));
  expect(() => topRecords(1, 'n' as never)).toThrow(refused('topRecords(_, by): expected a function, got "n"'));
  expect(() => topRecords(1, itself, { first: 'last' as never })).toThrow(
    refused("topRecords({ first }): expected 'largest' or 'smallest', got \"last\""),
  );
});
