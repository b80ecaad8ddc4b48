import { pipe } from 'rxjs';
import { expect, it, vi } from 'vitest';
import { flatMapRecords } from '../../src/operators/flatMapRecords.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

const words = (line: string): string[] => line.split(' ');

it(
  'replaces each record by the records fn gives for it',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: ['to be', 'or'], q: [] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(flatMapRecords(words), batches.shown());
    m.expect(result).toBeObservable(expected, { p: ['to', 'be', 'or'], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('takes sets, maps, generators and anything else iterable', () => {
  const given = [new Set([1]), new Map([[2, 3]]), twice(4), [], 'ab'] as Iterable<unknown>[];
  expect(
    through(
      batchOf(given),
      flatMapRecords((records) => records),
    ).records,
  ).toEqual([1, [2, 3], 4, 4, 'a', 'b']);
});

it.each([0, 1, 2])('a throwing fn fails the run, naming record %i of the three', (at) => {
  const result = through(
    batchOf([0, 1, 2]),
    flatMapRecords((n) => (n === at ? no() : [n, n])),
  );
  expect(() => result.records).toThrow(operatorFailed('flatMapRecords', at));
});

it('a throwing iterator fails the run, naming the record it came from', () => {
  function* broken(n: number): Generator<number> {
    yield n;
    if (n === 1) no();
  }
  const result = through(batchOf([0, 1]), flatMapRecords(broken));
  const seen: number[] = [];
  expect(() => result.forEach((n) => seen.push(n))).toThrow(operatorFailed('flatMapRecords', 1));
  expect(seen).toEqual([0, 1]);
});

it.each([[undefined], [null], [7], [{ length: 1 }], [Promise.resolve([1])]])('refuses %s for records', (given) => {
  const result = through(
    batchOf([1]),
    flatMapRecords(() => given as never),
  );
  expect(() => result.records).toThrow(/flatMapRecords.*record 0: expected an array or another iterable/);
});

it('visits the parts one by one: an early stop reads no further, and closes the generator', () => {
  const closed = vi.fn();
  function* endless(): Generator<number> {
    try {
      for (let n = 0; ; n++) yield n;
    } finally {
      closed();
    }
  }
  expect(through(batchOf([1, 2]), pipe(flatMapRecords(endless), takeRecords(3))).records).toEqual([0, 1, 2]);
  expect(closed).toHaveBeenCalledTimes(1);
});

it('closes the generator when the visitor throws, whose error it leaves alone', () => {
  const closed = vi.fn();
  function* parts(): Generator<number> {
    try {
      yield 1;
    } finally {
      closed();
    }
  }
  expect(() => through(batchOf([1]), flatMapRecords(parts)).forEach(no)).toThrow(new Error('no'));
  expect(closed).toHaveBeenCalledTimes(1);
});

it('an early stop within an array reads no further', () => {
  const fn = vi.fn((line: string) => line.split(''));
  expect(through(batchOf(['abc', 'def']), pipe(flatMapRecords(fn), takeRecords(2))).records).toEqual(['a', 'b']);
  expect(fn).toHaveBeenCalledTimes(1);
});

it('refuses what is not a function, where it is written', () => {
  expect(() => flatMapRecords([] as never)).toThrow(
    refused('flatMapRecords(fn): expected a function, got an array of 0'),
  );
});

function* twice<T>(value: T): Generator<T> {
  yield value;
  yield value;
}
