import { of } from 'rxjs';
import { expect, it } from 'vitest';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { fullOuterJoin } from '../../src/operators/fullOuterJoin.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { no, refused } from '../support/through.ts';

const a: Pair<string, number>[] = [
  ['a', 1],
  ['b', 2],
  ['a', 3],
];
const b: Pair<string, string>[] = [
  ['c', 'w'],
  ['a', 'x'],
  ['d', 'y'],
  ['c', 'z'],
];

it(
  'keeps the records of both streams without a match, with undefined',
  batchTest((m, batches) => {
    const source = batches.hot('  -a-----|', { a: [a[1] as Pair<string, number>] });
    const other = batches.hot('   -x--y--|', { x: [b[0] as Pair<string, string>], y: [b[1] as Pair<string, string>] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(fullOuterJoin(other), batches.shown());
    m.expect(result).toBeObservable(expected, {
      p: [['b', [2, undefined] as const] as const, ['c', [undefined, 'w'] as const] as const],
      q: [['a', [undefined, 'x'] as const] as const],
    });
    m.expect(source).toHaveSubscriptions(subs);
    m.expect(other).toHaveSubscriptions(subs);
  }),
);

it("gives this stream's records in order, then the other's without a match in theirs", () => {
  const out = runBatches({ a: [a], b: [b] }, (streams) => streams.a.pipe(fullOuterJoin(streams.b)));
  expect(out[0]?.records).toEqual([
    ['a', [1, 'x']],
    ['b', [2, undefined]],
    ['a', [3, 'x']],
    ['c', [undefined, 'w']],
    ['d', [undefined, 'y']],
    ['c', [undefined, 'z']],
  ]);
});

it('a value that is undefined has matched all the same', () => {
  const input = {
    a: [[['k', undefined]] as Pair<string, undefined>[]],
    b: [[['k', undefined]] as Pair<string, undefined>[]],
  };
  const out = runBatches(input, (streams) => streams.a.pipe(fullOuterJoin(streams.b)));
  expect(out[0]?.records).toEqual([['k', [undefined, undefined]]]);
});

it.each([1, 3, 4, 5])('gives its first %i records to a reader that wants no more', (count) => {
  const run = (most: number): readonly unknown[] =>
    runBatches({ a: [a], b: [b] }, (streams) => streams.a.pipe(fullOuterJoin(streams.b), takeRecords(most)))[0]
      ?.records ?? [];
  expect(run(count)).toEqual(run(99).slice(0, count));
  expect(run(count)).toHaveLength(count);
});

it('a throwing keyOf fails the run, naming the operator, the record and its stream', () => {
  const run = (): unknown =>
    runBatches({ a: [a], b: [b] }, (streams) =>
      streams.a.pipe(fullOuterJoin(streams.b, { keyOf: (key) => (key === 'd' ? no() : key) })),
    );
  expect(run).toThrow('fullOuterJoin: its function failed in the batch of time 1000, record 2 of the other stream: no');
});

it('refuses what is no stream, where it is written', () => {
  expect(() => fullOuterJoin(null as never)).toThrow(refused('fullOuterJoin(other): expected a stream of batches'));
  expect(() => fullOuterJoin(of() as never, { keyOf: 7 as never })).toThrow(refused('fullOuterJoin({ keyOf })'));
});
