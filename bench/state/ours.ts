import {
  type Batch,
  batchInterval,
  foreachBatch,
  mapWithState,
  type StateValues,
  StreamingContext,
  updateStateByKey,
} from 'rx-dstream';
import { type OperatorFunction, VirtualTimeScheduler } from 'rxjs';
import { FedSource } from '../measure/FedSource.ts';
import type { Added, Kept, KeyedWork } from './KeyedWork.ts';

const INTERVAL = 1000;

/** `mapWithState`: only keys with records are looked at. `values`: where the states are, if not in memory. */
export function mapped(values?: StateValues): KeyedWork {
  return running(
    mapWithState<Added, Kept, number>(
      (_key, n, state, last) => {
        const kept: Kept = { count: (state.getOption()?.count ?? 0) + (n ?? 0), last };
        state.update(kept);
        return kept.count;
      },
      values === undefined ? {} : { values },
    ),
    (batch) => {
      let sum = 0;
      batch.forEach((count) => {
        sum += count;
      });
      return sum;
    },
  );
}

/** `updateStateByKey`: its function is called for every key, and gives the same state to those without records. */
export function updated(initial: Iterable<readonly [string, Kept]>): KeyedWork {
  return running(
    updateStateByKey(
      (added, kept: Kept | undefined, _key, last): Kept =>
        kept !== undefined && added.length === 0
          ? kept
          : { count: added.reduce((a, b) => a + b, kept?.count ?? 0), last },
      { initial },
    ),
    () => 0,
  );
}

/** The operator in a running context, on a virtual clock: a batch is everything from the tick to the settled batch. */
function running<U>(operator: OperatorFunction<Batch<Added>, Batch<U>>, look: (batch: Batch<U>) => number): KeyedWork {
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 0;
  const context = new StreamingContext({ interval: INTERVAL, scheduler, onWarning: () => {} });
  const source = new FedSource<Added>();
  const work = {
    digest: 0,
    take(batch: readonly Added[]): number {
      source.add(batch);
      scheduler.maxFrames += INTERVAL;
      const begun = performance.now();
      scheduler.flush();
      return performance.now() - begun;
    },
  };
  source.records
    .pipe(
      batchInterval(context),
      operator,
      foreachBatch((batch) => {
        work.digest += look(batch);
      }),
    )
    .subscribe();
  return work;
}
