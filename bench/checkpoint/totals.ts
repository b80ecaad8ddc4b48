import { batchInterval, type CheckpointStore, drain, foreachBatch, mapWithState, StreamingContext } from 'rx-dstream';
import { FedSource } from '../measure/FedSource.ts';
import type { Added, Kept } from '../state/KeyedWork.ts';

/** A pipeline that keeps a count and a time for each key, in any checkpoint. */
export interface Totals {
  /** Takes these batches; over when all have settled. Answers the counts after each record of the last one, added up. */
  take(batches: readonly (readonly Added[])[]): Promise<number>;
  stop(): Promise<unknown>;
}

export function totals(checkpoint: CheckpointStore): Totals {
  const context = new StreamingContext({ trigger: drain(), checkpoint, onWarning: () => {} });
  const source = new FedSource<Added>();
  let sum = 0;
  source.records
    .pipe(
      batchInterval(context),
      mapWithState<Added, Kept, number>(
        (_key, n, state, last) => {
          const kept: Kept = { count: (state.getOption()?.count ?? 0) + (n ?? 0), last };
          state.update(kept);
          return kept.count;
        },
        { name: 'totals' },
      ),
      foreachBatch((batch) => {
        sum = 0;
        batch.forEach((count) => {
          sum += count;
        });
      }),
    )
    .subscribe({ error: (error) => source.failed(error) });
  return {
    async take(batches) {
      await source.feed(batches, context);
      return sum;
    },
    stop: () => context.stop({ graceful: true }),
  };
}
