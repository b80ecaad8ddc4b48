import { filter, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { transformOf } from '../../src/operators/transformOf.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused } from '../support/through.ts';

const total = (batches: readonly Batch<number>[]): number[] => [
  batches.flatMap(({ records }) => records).reduce((sum, n) => sum + n, 0),
];

it(
  'makes one batch of the batches of the same time; a stream that gives none counts as empty',
  batchTest((m, batches) => {
    const a = batches.hot('       -a--b--|', { a: [1], b: [2] });
    const b = batches.hot('       -a--b--|', { a: [10], b: [20] });
    const c = batches.hot('       -a-----|', { a: [100] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    m.expect(transformOf([a, b, c], total).pipe(batches.shown())).toBeObservable(expected, { p: [111], q: [22] });
    for (const stream of [a, b, c]) m.expect(stream).toHaveSubscriptions(subs);
  }),
);

it('fn gets the batches in the order of the streams, all of one time, missing ones too', () => {
  const out = runBatches({ a: [['a'], ['b']], n: [[1], [2]] }, ({ a, n }) =>
    transformOf([a.pipe(filter(({ time }) => time !== 2000)), n], ([left, numbers]) => [
      [left.time, numbers.time, left.records.join(), numbers.records.length],
    ]),
  );
  expect(out.map(({ records }) => records)).toEqual([[[1000, 1000, 'a', 1]], [[2000, 2000, '', 1]]]);
});

it('the result descends from the sources of all, whatever fn gives', () => {
  const topics: string[][] = [];
  runBatches({ a: [['a']], b: [['b']], c: [['c']] }, ({ a, b, c }) =>
    transformOf([a, b, c], ([, , last]) => last).pipe(
      foreachBatch(({ offsets }) => topics.push(offsets.map(({ topic }) => topic))),
    ),
  );
  expect(topics).toEqual([['a', 'b', 'c']]);
});

describe('fails the run with OPERATOR_FAILED when', () => {
  it('fn throws', () => {
    expect(() => runBatches([[1]], (stream) => transformOf([stream], no))).toThrow(operatorFailed('transformOf'));
  });

  it('fn gives no records', () => {
    const run = (): unknown => runBatches([[1]], (stream) => transformOf([stream], (() => null) as never));
    expect(run).toThrow('transformOf: Transform function must not return null');
  });
});

it('refuses wrong arguments where they are written', () => {
  expect(() => transformOf([], total)).toThrow(refused('transformOf(streams): expected an array of at least one'));
  expect(() => transformOf(of() as never, total)).toThrow(refused('transformOf(streams): expected an array'));
  expect(() => transformOf([7] as never, total)).toThrow(refused('transformOf(streams), stream 1: expected a stream'));
  expect(() => transformOf([of() as never], 7 as never)).toThrow(refused('transformOf(_, fn): expected a function'));
  const stream = of(1).pipe(batchInterval(1000));
  expect(() => transformOf([stream, of(2).pipe(batchInterval(1000))], total)).toThrow(
    expect.objectContaining({ code: 'CONTEXT_MIXED' }),
  );
});
