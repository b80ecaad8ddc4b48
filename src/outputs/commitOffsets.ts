import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import { refuse } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { batchStreamLike } from '../core/batch/batchStream.ts';
import { committing } from '../core/batch/committing.ts';
import { seen } from '../core/batch/output.ts';
import { StreamError } from '../core/errors.ts';
import type { OffsetStore } from '../offsets/OffsetStore.ts';

/**
 * Declares that `store` gets the positions of each batch once everything about the batch is done. Its place in the chain does
 * not matter, and declaring twice is once.
 *
 * ```text
 * source                 -(a b)-----(c)---|
 * commitOffsets(store)   -(a b)-----(c)---|    committed when all outputs of (a b) are done, before (c) begins
 * ```
 *
 * - Committed are, for every partition of the sources the batch descends from, the highest `until` of this batch and the
 *   batches before it that no output saw; never lower than before.
 * - A store that cannot be reached holds the batch: the commit is repeated (`commitRetry`), no later batch passes it.
 * - Two stores: both, or the batch fails.
 * - **Errors**: `NO_OFFSETS` for a batch none of whose sources has positions; `OFFSET_STORE_FAILED`.
 */
export function commitOffsets<T>(store: OffsetStore): MonoTypeOperatorFunction<Batch<T>> {
  if (typeof store?.commit !== 'function')
    refuse('commitOffsets(store)', 'an offset store', store, 'Make one: fileOffsets, redisOffsets, kafkaOffsets ...');
  return (source) =>
    batchStreamLike(
      source,
      committing(source, store).pipe(
        seen('commitOffsets'),
        tap(({ scope, origins }) => {
          if (!scope.hasOffsets(origins)) throw scope.failEvaluation(noOffsets(store, origins));
          scope.declareCommit(store, origins);
        }),
      ),
    );
}

function noOffsets(store: OffsetStore, origins: readonly string[]): StreamError {
  return new StreamError(
    'NO_OFFSETS',
    `commitOffsets(${store.name}): expected a batch of a source with positions, got one of ${origins.map((name) => `'${name}'`).join(', ') || 'no source'}. ` +
      'Positions exist only where batchInterval stands right after a source like kafkaDirect or tailFile; a map before it makes a plain Observable.',
  );
}
