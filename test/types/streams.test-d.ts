/** What the types of contexts, sources and outputs say. Checked by `npm run types`. */
import { type Observable, of } from 'rxjs';
import { expectTypeOf } from 'vitest';
import {
  type Batch,
  batchInterval,
  commitOffsets,
  drain,
  foreachBatch,
  memoryOffsets,
  print,
  StreamingContext,
} from '../../src/index.ts';
import { runBatches, testSource } from '../../src/testing/index.ts';

const words = of('to', 'be').pipe(batchInterval(1000));

export function batchIntervalKeepsTheRecords(): void {
  expectTypeOf(words).toEqualTypeOf<Observable<Batch<string>>>();
  expectTypeOf(of(1).pipe(batchInterval(new StreamingContext({ interval: 1 })))).toEqualTypeOf<
    Observable<Batch<number>>
  >();
  expectTypeOf(testSource([[1], testSource.pause(), [2]]).pipe(batchInterval(1))).toEqualTypeOf<
    Observable<Batch<number>>
  >();
  // @ts-expect-error no text
  of(1).pipe(batchInterval('1s'));
}

export function outputsKeepTheRecords(): void {
  const written = words.pipe(
    foreachBatch((batch, signal) => {
      expectTypeOf(batch).toEqualTypeOf<Batch<string>>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    }),
    foreachBatch(async ({ records }) => records.length),
    foreachBatch(() => of(1)),
    print(),
    commitOffsets(memoryOffsets()),
  );
  expectTypeOf(written).toEqualTypeOf<Observable<Batch<string>>>();
  // @ts-expect-error a store is needed
  words.pipe(commitOffsets());
  // @ts-expect-error a store is no name
  words.pipe(commitOffsets('redis'));
  // @ts-expect-error a function is needed
  words.pipe(foreachBatch());
}

export function contexts(): void {
  new StreamingContext({ interval: 1000, start: 'manual', batches: 3 });
  new StreamingContext({ trigger: drain({ maxRecords: 10 }) });
  // @ts-expect-error only 'manual'
  new StreamingContext({ interval: 1000, start: 'auto' });
  // @ts-expect-error milliseconds are a number
  new StreamingContext({ interval: '1s' });
  // @ts-expect-error no such option
  new StreamingContext({ interval: 1000, intervall: 1000 });
  // @ts-expect-error exact: an option is there or is left out
  new StreamingContext({ interval: 1000, checkpoint: undefined });
}

export function batchesAreReadOnly(): void {
  words.subscribe((batch) => {
    expectTypeOf(batch.records).toEqualTypeOf<readonly string[]>();
    expectTypeOf(batch.time).toEqualTypeOf<number>();
    expectTypeOf([...batch]).toEqualTypeOf<string[]>();
    // @ts-expect-error time is read only
    batch.time = 1;
    // @ts-expect-error records are read only
    batch.records.push('a');
  });
}

export function batchesInBatchesOut(): void {
  const one = runBatches([['a'], []], (source) => source);
  expectTypeOf(one[0]?.records).toEqualTypeOf<readonly string[] | undefined>();
  const named = runBatches({ a: [['a']], n: [[1]] }, ({ a, n }) => ({ x: a, y: n }));
  expectTypeOf(named.x[0]?.records).toEqualTypeOf<readonly string[] | undefined>();
  expectTypeOf(named.y[0]?.records).toEqualTypeOf<readonly number[] | undefined>();
}
