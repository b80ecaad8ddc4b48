/** A pipeline that counts and sums numbers by their last digit under a checkpoint, and what its state has to be. */
import {
  type Batch,
  batchInterval,
  type CheckpointStore,
  foreachBatch,
  mapRecords,
  type SourceObservable,
  StreamingContext,
  updateStateByKey,
} from 'rx-dstream';
import type { Observable } from 'rxjs';
import { sourceObservable } from '../../../src/sources/sourceObservable.ts';

/** Of the numbers with one last digit. */
export interface Count {
  readonly count: number;
  readonly sum: number;
}

export type Counts = readonly (readonly [digit: number, count: Count])[];

/** Numbers from 0 on, 20 in each batch, for ever; any process reads a cut again. */
function numbers(): SourceObservable<number> {
  return sourceObservable(() => {
    let next = 0;
    return {
      name: 'numbers',
      replayable: true,
      wakes: false,
      open({ position }) {
        next = (position as number | undefined) ?? 0;
      },
      cut() {
        const from = next;
        next += 20;
        return { cut: { data: from, position: next, records: 20 }, empty: false };
      },
      read: ({ data }) => Array.from({ length: 20 }, (_, i) => (data as number) + i),
      settled() {},
      close() {},
    };
  });
}

/** The chain and its context; `out` is told the whole state after each batch. */
export function countNumbers(
  checkpoint: CheckpointStore,
  out: (counts: Counts, time: number) => void,
): { readonly stream: StreamingContext; readonly chain: Observable<Batch<readonly [number, Count]>> } {
  const stream = new StreamingContext({ interval: 10, checkpoint });
  const chain = numbers().pipe(
    batchInterval(stream),
    mapRecords((n) => [n % 10, n] as const),
    updateStateByKey(
      (values: readonly number[], before: Count = { count: 0, sum: 0 }): Count => ({
        count: before.count + values.length,
        sum: values.reduce((sum, value) => sum + value, before.sum),
      }),
      { name: 'counts' },
    ),
    foreachBatch(({ records, time }) => out([...records], time)),
  );
  return { stream, chain };
}

/** How many numbers were counted, if each was counted once and in order; else throws. */
export function exactTotal(counts: Counts): number {
  const total = counts.reduce((sum, [, { count }]) => sum + count, 0);
  for (const [digit, { count, sum }] of counts) {
    if (counts.length !== 10 || count !== total / 10 || sum !== count * digit + 5 * count * (count - 1)) {
      throw new Error(`not exact: ${JSON.stringify(counts)}`);
    }
  }
  return total;
}
