import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Answer } from '../core/Answer.ts';
import { functionArgument } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { output } from '../core/batch/output.ts';

/**
 * Does something with each batch and passes it on when that is done. Spark's `foreachRDD`.
 *
 * ```text
 * source                          -(a b)-------(c)-----|
 * foreachBatch(saveTakes2ms)      ---(a b)-------(c)---|
 * ```
 *
 * - `write` may return a value, a promise, or an Observable (done when it completes). The batch is held meanwhile; outputs of
 *   one batch run one after another.
 * - `signal` is aborted when the run fails or is stopped at once: give it to what can be cancelled.
 * - **At least once**: a batch that had not settled comes again; after `retry()`, or from a durable checkpoint, with the same
 *   `time` and the same records. A process that begins at committed offsets gives its records under a new time, beginning at
 *   the same offsets. Writing under where the batch begins (`from` of `batch.offsets`) makes all repetitions harmless.
 * - **Errors**: a throwing or rejecting `write` fails the run with `OUTPUT_FAILED` and the cause; nothing of the batch is
 *   committed, and `retry()` begins with it again.
 */
export function foreachBatch<T>(
  write: (batch: Batch<T>, signal: AbortSignal) => Answer<unknown>,
): MonoTypeOperatorFunction<Batch<T>> {
  functionArgument('foreachBatch(write)', write);
  return output('foreachBatch', write);
}
