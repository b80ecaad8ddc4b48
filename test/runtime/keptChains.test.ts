/** A `retry` may stand before operators: these are then not made anew, and go on in the next run. */
import { NEVER, retry } from 'rxjs';
import { expect, it } from 'vitest';
import { batchInterval, foreachBatch, join, mapRecordsAsync, updateStateByKey } from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { type Counted, counted } from '../support/pairs.ts';
import { stage, watch } from '../support/stage.ts';

/** Fails the run the first time a batch comes to it. */
function failingOnce() {
  let failures = 1;
  return updateStateByKey<Counted, number>(() => {
    if (failures-- > 0) throw new Error('trouble');
    return 1;
  });
}

it('two streams that are retried by themselves are joined again after another chain has failed', () => {
  const { clock, context, batches } = stage();
  const stream = (name: string, count: number) =>
    logSource(new Log(counted('a', count)), { name }).pipe(batchInterval(context), retry());
  const joined: unknown[] = [];
  const seen = watch(
    stream('left', 1).pipe(
      join(stream('right', 2)),
      foreachBatch(({ time, records }) => {
        joined.push([time, ...records]);
      }),
    ),
  );
  const other = watch(stream('other', 3).pipe(failingOnce(), foreachBatch(no), retry()));
  clock.advanceBy(2500);
  expect([seen.error, other.error]).toEqual([undefined, undefined]);
  expect(joined).toEqual([[1000, ['a', [1, 2]]], [1000, ['a', [1, 2]]], [2000]]);
  expect(batches()).toEqual(['1000 settled', '2000 settled']);
});

it('a side that waited for the other when the run failed is not waited for any more', () => {
  const { clock, context, batches } = stage();
  const stream = (name: string, count: number) =>
    logSource(new Log(counted('a', count)), { name }).pipe(batchInterval(context));
  const joined: unknown[] = [];
  const seen = watch(
    stream('left', 1).pipe(
      retry(),
      join(stream('right', 2).pipe(failingOnce(), retry())),
      foreachBatch(({ time, records }) => {
        joined.push([time, ...records]);
      }),
    ),
  );
  clock.advanceBy(2500);
  expect(seen.error).toBe(undefined);
  expect(joined).toEqual([[1000, ['a', [1, 1]]], [2000]]);
  expect(batches()).toEqual(['1000 settled', '2000 settled']);
});

it.each([
  ['an output', (begin: () => unknown) => foreachBatch<Counted>(begin)],
  ['mapRecordsAsync', (begin: () => unknown) => mapRecordsAsync<Counted, unknown>(() => begin())],
])('what %s had begun in a failed run does not keep the next one waiting', (_name, operator) => {
  const { clock, context, batches } = stage();
  let begun = 0;
  const seen = watch(
    logSource(new Log(counted('a', 1)), { name: 'a' }).pipe(
      batchInterval(context),
      retry(),
      operator(() => (begun++ === 0 ? NEVER : 0)),
      foreachBatch(no),
    ),
  );
  const other = watch(
    logSource(new Log(counted('a', 1)), { name: 'other' }).pipe(
      batchInterval(context),
      failingOnce(),
      foreachBatch(no),
      retry(),
    ),
  );
  clock.advanceBy(2500);
  expect([seen.error, other.error]).toEqual([undefined, undefined]);
  expect(batches()).toEqual(['1000 settled', '2000 settled']);
});

function no(): void {}
