import { map, type OperatorFunction } from 'rxjs';
import { refuse } from '../core/arguments.ts';
import { asBatch, type Batch } from '../core/batch/Batch.ts';
import { batchStreamLike } from '../core/batch/batchStream.ts';
import { StateBatch } from '../core/batch/StateBatch.ts';
import type { Pair } from '../core/keys/Pair.ts';

/**
 * Gives, for each batch of `mapWithState`, the states of all keys after it instead of what was mapped. Spark's
 * `stateSnapshots()`.
 *
 * ```text
 * source                   -([a,1] [b,1])---([a,2])---------( )-------------|
 * mapWithState(countUp)    -(1 1)-----------(3)-------------( )-------------|
 * stateSnapshots()         -([a,1] [b,1])---([a,3] [b,1])---([a,3] [b,1])---|
 * ```
 *
 * Stands right after `mapWithState`; `share()` and other plain RxJS operators on whole batches may be between. To have both
 * what was mapped and the states put `share()` after `mapWithState` and go on with two branches: one state, evaluated once.
 *
 * - Costs nothing until it is read; reading it goes over all keys.
 * - **Errors**: batches of another operator: `INVALID_ARGUMENT`.
 * - **Offsets** unchanged. **Holds** nothing: it is a view. A batch that no output sees is copied before the next one.
 */
export function stateSnapshots<K, S>(): OperatorFunction<StateBatch<unknown, K, S>, Batch<Pair<K, S>>> {
  return (source) =>
    batchStreamLike(
      source,
      source.pipe(
        map((value) => {
          const batch = asBatch('stateSnapshots', value);
          if (batch instanceof StateBatch) return (batch as StateBatch<unknown, K, S>).snapshots;
          return refuse(
            'stateSnapshots',
            'the batches of mapWithState',
            batch,
            'Put it right after mapWithState(...), before operators that change the records.',
          );
        }),
      ),
    );
}
