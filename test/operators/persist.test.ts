import { merge, type Observable, pipe, share } from 'rxjs';
import { expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { persist } from '../../src/operators/persist.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { detachedRun } from '../../src/testing/detachedRun.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, through } from '../support/through.ts';

it(
  'gives the records it was given',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: ['a', 'b'], q: ['c'] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    m.expect(source.pipe(persist(), batches.shown())).toBeObservable(expected, { p: ['a', 'b'], q: ['c'] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('evaluates each batch once, at the first reading, whole', () => {
  const fn = vi.fn((n: number) => n);
  const result = through(batchOf([1, 2, 3]), pipe(mapRecords(fn), persist()));
  expect(fn).not.toHaveBeenCalled();
  expect(through(result, takeRecords(1)).records).toEqual([1]);
  expect(fn).toHaveBeenCalledTimes(3);
  expect(result.records).toEqual([1, 2, 3]);
  expect(fn).toHaveBeenCalledTimes(3);
});

it.each([
  ['share() alone evaluates for each branch', false, 4],
  ['persist() before share() evaluates once', true, 2],
])('%s', (_rule, isPersisted, calls) => {
  const fn = vi.fn((n: number) => n);
  const branches = (source: Observable<Batch<number>>): Record<'a' | 'b', Observable<Batch<number>>> => {
    const mapped = source.pipe(mapRecords(fn));
    const shared = (isPersisted ? mapped.pipe(persist()) : mapped).pipe(share());
    return { a: shared.pipe(mapRecords((n) => n)), b: shared.pipe(mapRecords((n) => -n)) };
  };
  const { a, b } = runBatches([[1, 2]], branches);
  expect([a[0]?.records, b[0]?.records]).toEqual([
    [1, 2],
    [-1, -2],
  ]);
  expect(fn).toHaveBeenCalledTimes(calls);
});

it('lets go of the records when the batch has settled', () => {
  const run = detachedRun();
  const batch = batchOf([1], { run });
  const fn = vi.fn((n: number) => n);
  const result = through(batch, pipe(mapRecords(fn), persist()));
  result.forEach(() => {});
  batch.scope.end('failed');
  result.forEach(() => {});
  expect(fn).toHaveBeenCalledTimes(2);
});

it('an evaluation that failed is not kept', () => {
  let isBroken = true;
  const result = through(
    batchOf([1]),
    pipe(
      mapRecords((n) => (isBroken ? no() : n)),
      persist(),
    ),
  );
  expect(() => result.forEach(() => {})).toThrow(operatorFailed('mapRecords', 0));
  isBroken = false;
  expect(result.records).toEqual([1]);
});

it('keeps nothing over from one batch to the next', () => {
  const seen: number[][] = [];
  runBatches([[1], [2]], (source) => {
    const shared = source.pipe(persist(), share());
    const note = foreachBatch<number>(({ records }) => seen.push([...records]));
    return { merged: shared.pipe(note), other: merge(shared.pipe(note)) };
  });
  expect(seen).toEqual([[1], [1], [2], [2]]);
});
