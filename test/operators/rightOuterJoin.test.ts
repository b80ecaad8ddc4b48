import { of } from 'rxjs';
import { expect, it, vi } from 'vitest';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { rightOuterJoin } from '../../src/operators/rightOuterJoin.ts';
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
];

it(
  'keeps the records of the other stream without a match, with undefined; a missing side here matches nothing',
  batchTest((m, batches) => {
    const source = batches.hot('  -a-----|', { a });
    const other = batches.hot('   -x--y--|', { x: b, y: b });
    const expected = '            -p--q--|';
    const result = source.pipe(rightOuterJoin(other), batches.shown());
    const unmatched = ['c', [undefined, 'w'] as const] as const;
    m.expect(result).toBeObservable(expected, {
      p: [unmatched, ['a', [1, 'x'] as const] as const, ['a', [3, 'x'] as const] as const],
      q: [unmatched, ['a', [undefined, 'x'] as const] as const],
    });
  }),
);

it('reads the other stream no further than its reader', () => {
  const read = vi.fn((pair: Pair<string, string>) => pair);
  const out = runBatches({ a: [a], b: [b] }, (streams) =>
    streams.a.pipe(rightOuterJoin(streams.b.pipe(mapRecords(read))), takeRecords(1)),
  );
  expect(out[0]?.records).toEqual([['c', [undefined, 'w']]]);
  expect(read).toHaveBeenCalledTimes(1);
});

it('the result has the key of the other stream', () => {
  const input = { a: [[[1, 'x']] as Pair<number, string>[]], b: [[['1', 'y']] as Pair<string, string>[]] };
  const out = runBatches(input, (streams) => streams.a.pipe(rightOuterJoin(streams.b, { keyOf: String })));
  expect(out[0]?.records).toEqual([['1', ['x', 'y']]]);
});

it('a throwing keyOf fails the run, naming the operator, the record and its stream', () => {
  const run = (bad: string) => (): unknown =>
    runBatches({ a: [a], b: [b] }, (streams) =>
      streams.a.pipe(rightOuterJoin(streams.b, { keyOf: (key) => (key === bad ? no() : key) })),
    );
  expect(run('b')).toThrow(
    'rightOuterJoin: its function failed in the batch of time 1000, record 1 of this stream: no',
  );
  expect(run('c')).toThrow(
    'rightOuterJoin: its function failed in the batch of time 1000, record 0 of the other stream: no',
  );
});

it('refuses what is no stream, where it is written', () => {
  expect(() => rightOuterJoin({} as never)).toThrow(refused('rightOuterJoin(other): expected a stream of batches'));
  expect(() => rightOuterJoin(of() as never, { keyOf: 7 as never })).toThrow(refused('rightOuterJoin({ keyOf })'));
});
