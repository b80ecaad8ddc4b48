import { of } from 'rxjs';
import { expect, it, vi } from 'vitest';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { leftOuterJoin } from '../../src/operators/leftOuterJoin.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
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
  ['a', 'y'],
];

it(
  'keeps the records of this stream without a match, with undefined; a missing other side matches nothing',
  batchTest((m, batches) => {
    const source = batches.hot('  -a--b--|', { a: [a[0], a[1]], b: [a[1]] } as Record<string, Pair<string, number>[]>);
    const other = batches.hot('   -x-----|', { x: b });
    const expected = '            -p--q--|';
    const result = source.pipe(leftOuterJoin(other), batches.shown());
    const unmatched = ['b', [2, undefined] as const] as const;
    m.expect(result).toBeObservable(expected, {
      p: [['a', [1, 'x'] as const] as const, ['a', [1, 'y'] as const] as const, unmatched],
      q: [unmatched],
    });
  }),
);

it('gives them in the order of this stream, matched or not', () => {
  const out = runBatches({ a: [a], b: [b] }, (streams) => streams.a.pipe(leftOuterJoin(streams.b)));
  expect(out[0]?.records).toEqual([
    ['a', [1, 'x']],
    ['a', [1, 'y']],
    ['b', [2, undefined]],
    ['a', [3, 'x']],
    ['a', [3, 'y']],
  ]);
});

it('reads this stream no further than its reader, at a record without a match too', () => {
  const read = vi.fn((pair: Pair<string, number>) => pair);
  const out = runBatches({ a: [a], b: [[]] as Pair<string, string>[][] }, (streams) =>
    streams.a.pipe(mapRecords(read), leftOuterJoin(streams.b), takeRecords(2)),
  );
  expect(out[0]?.records).toEqual([
    ['a', [1, undefined]],
    ['b', [2, undefined]],
  ]);
  expect(read).toHaveBeenCalledTimes(2);
});

it('a throwing keyOf fails the run, naming the operator, the record and its stream', () => {
  const run = (): unknown =>
    runBatches({ a: [a], b: [b] }, (streams) =>
      streams.a.pipe(leftOuterJoin(streams.b, { keyOf: (key) => (key === 'b' ? no() : key) })),
    );
  expect(run).toThrow('leftOuterJoin: its function failed in the batch of time 1000, record 1 of this stream: no');
});

it('refuses what is no stream, where it is written', () => {
  expect(() => leftOuterJoin(7 as never)).toThrow(refused('leftOuterJoin(other): expected a stream of batches, got 7'));
  expect(() => leftOuterJoin(of() as never, 7 as never)).toThrow(refused('leftOuterJoin'));
});
