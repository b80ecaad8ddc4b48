import { pipe } from 'rxjs';
import { expect, it } from 'vitest';
import { flatMapValues } from '../../src/operators/flatMapValues.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

const words = (line: string): string[] => line.split(' ');

it(
  'replaces each pair by one pair for each value fn gives for its value; keys stay',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: [['a', 'x y'] as const], q: [] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(flatMapValues(words), batches.shown());
    m.expect(result).toBeObservable(expected, { p: [['a', 'x'] as const, ['a', 'y'] as const], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('drops a pair whose value gives nothing', () => {
  const pairs = [['a', 0] as const, ['b', 2] as const];
  const result = through(
    batchOf(pairs),
    flatMapValues((n) => Array.from({ length: n }, () => n)),
  );
  expect(result.records).toEqual([
    ['b', 2],
    ['b', 2],
  ]);
});

it('visits the values one by one: an endless generator can be stopped early', () => {
  function* from(n: number): Generator<number> {
    for (let next = n; ; next++) yield next;
  }
  expect(through(batchOf([['a', 1] as const]), pipe(flatMapValues(from), takeRecords(2))).records).toEqual([
    ['a', 1],
    ['a', 2],
  ]);
});

it.each([0, 1, 2])('a throwing fn fails the run, naming record %i of the three', (at) => {
  const pairs = [0, 1, 2].map((n) => ['k', n] as const);
  const result = through(
    batchOf(pairs),
    flatMapValues((n) => (n === at ? no() : [n])),
  );
  expect(() => result.records).toThrow(operatorFailed('flatMapValues', at));
});

it('a throwing iterator fails the run, naming the record', () => {
  function* broken(): Generator<number> {
    yield 1;
    no();
  }
  expect(() => through(batchOf([['a', 1] as const]), flatMapValues(broken)).records).toThrow(
    operatorFailed('flatMapValues', 0),
  );
});

it.each([[undefined], [7], [{ length: 1 }], [Promise.resolve([1])]])('refuses %s for values', (given) => {
  const result = through(
    batchOf([['a', 1] as const]),
    flatMapValues(() => given as never),
  );
  expect(() => result.records).toThrow(/flatMapValues.*record 0: expected an array or another iterable/);
});

it('refuses what is not a function, where it is written', () => {
  expect(() => flatMapValues(1 as never)).toThrow(refused('flatMapValues(fn): expected a function, got 1'));
});
