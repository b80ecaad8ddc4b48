import { of, tap } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { cogroup } from '../../src/operators/cogroup.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { no, refused } from '../support/through.ts';

const a: Pair<string, number>[] = [
  ['b', 1],
  ['a', 2],
  ['b', 3],
];
const b: Pair<string, string>[] = [
  ['c', 'x'],
  ['a', 'y'],
  ['a', 'z'],
];
const c: Pair<string, boolean>[] = [
  ['d', true],
  ['c', false],
];

it(
  'gives for each key the values of each stream; a missing side has none',
  batchTest((m, batches) => {
    const two: Pair<string, number>[] = [
      ['k', 1],
      ['k', 2],
    ];
    const source = batches.hot('  -a--b--|', { a: two, b: [['k', 3] as Pair<string, number>] });
    const other = batches.hot('   -x-----|', { x: [['k', 'x'] as const] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    m.expect(source.pipe(cogroup(other), batches.shown())).toBeObservable(expected, {
      p: [['k', [[1, 2], ['x']]]],
      q: [['k', [[3], []]]],
    } as never);
    m.expect(source).toHaveSubscriptions(subs);
    m.expect(other).toHaveSubscriptions(subs);
  }),
);

it('keys come in the order of their first record, this stream first; values in the order of arrival', () => {
  const out = runBatches({ a: [a], b: [b] }, (streams) => streams.a.pipe(cogroup(streams.b)));
  expect(out[0]?.records).toEqual([
    ['b', [[1, 3], []]],
    ['a', [[2], ['y', 'z']]],
    ['c', [[], ['x']]],
  ]);
});

it('takes several streams as an array: a list for each, in their order', () => {
  const out = runBatches({ a: [a], b: [b], c: [c] }, (streams) => streams.a.pipe(cogroup([streams.b, streams.c])));
  expect(out[0]?.records).toEqual([
    ['b', [[1, 3], [], []]],
    ['a', [[2], ['y', 'z'], []]],
    ['c', [[], ['x'], [false]]],
    ['d', [[], [], [true]]],
  ]);
  const alone = runBatches([a], (stream) => stream.pipe(cogroup([])));
  expect(alone[0]?.records).toEqual([
    ['b', [[1, 3]]],
    ['a', [[2]]],
  ]);
});

it('makes new lists at each reading, so a reader may change its own', () => {
  const out = runBatches({ a: [a], b: [b] }, (streams) =>
    streams.a.pipe(
      cogroup(streams.b),
      tap((batch) => batch.forEach(([, lists]) => lists[0].splice(0))),
    ),
  );
  expect(out[0]?.records[0]).toEqual(['b', [[1, 3], []]]);
});

it('gives no more keys than are asked for', () => {
  const out = runBatches({ a: [a], b: [b] }, (streams) => streams.a.pipe(cogroup(streams.b), takeRecords(1)));
  expect(out[0]?.records).toEqual([['b', [[1, 3], []]]]);
});

it('keyOf is asked for the keys of all streams', () => {
  const keyOf = vi.fn((key: { readonly id: string } | string) => (typeof key === 'string' ? key : key.id));
  const objects: Pair<{ readonly id: string }, number>[] = [[{ id: 'a' }, 7]];
  const out = runBatches({ objects: [objects], b: [b] }, (streams) =>
    streams.objects.pipe(cogroup(streams.b, { keyOf })),
  );
  expect(out[0]?.records).toEqual([
    [{ id: 'a' }, [[7], ['y', 'z']]],
    ['c', [[], ['x']]],
  ]);
  expect(keyOf).toHaveBeenCalledTimes(4);
});

describe('a throwing keyOf fails the run, naming the record and its stream:', () => {
  const run = (bad: string): (() => unknown) => {
    const keyOf = (key: string): string => (key === bad ? no() : key);
    return () =>
      runBatches({ a: [a], b: [b], c: [c] }, (streams) => streams.a.pipe(cogroup([streams.b, streams.c], { keyOf })));
  };
  it.each([
    ['b', 'record 0 of this stream: no'],
    ['c', 'record 0 of the other stream 1: no'],
    ['d', 'record 0 of the other stream 2: no'],
  ])('%s', (bad, where) => {
    expect(run(bad)).toThrow(`cogroup: its function failed in the batch of time 1000, ${where}`);
  });

  it('with one other stream', () => {
    const keyOf = (key: string): string => (key === 'c' ? no() : key);
    const pipeline = (): unknown =>
      runBatches({ a: [a], b: [b] }, (streams) => streams.a.pipe(cogroup(streams.b, { keyOf })));
    expect(pipeline).toThrow('record 0 of the other stream: no');
  });
});

it('refuses what is no stream, and streams of two contexts, where it is written', () => {
  expect(() => cogroup(7 as never)).toThrow(refused('cogroup(other): expected a stream of batches, got 7'));
  expect(() => cogroup([of(), 7] as never)).toThrow(refused('cogroup(others), stream 2: expected a stream of batches'));
  const pairs = of(['a', 1] as const);
  expect(() => pairs.pipe(batchInterval(1000), cogroup(pairs.pipe(batchInterval(1000))))).toThrow(
    expect.objectContaining({ code: 'CONTEXT_MIXED' }),
  );
});
