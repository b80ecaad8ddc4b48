import type { Observable, OperatorFunction } from 'rxjs';
import { functionArgument } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { givenBatch, type Transformed } from '../core/batch/givenBatch.ts';
import { streamArgument } from '../core/batch/streamArgument.ts';
import { originsOf } from '../core/pairing/originsOf.ts';
import { pairBatches } from '../core/pairing/pairBatches.ts';

/**
 * Makes one batch of the batches of the same time of this stream and another of the same context. Spark's `transformWith`.
 *
 * ```text
 * source                       -(a)----(b)----|
 * other                        -(1)----( )----|
 * transformWith(other, zip)    -(a1)---(b)----|
 * ```
 *
 * - A side that gives no batch at a time counts as an empty one. Both streams have one slide.
 * - **Errors**: a throwing `fn` fails the run with `OPERATOR_FAILED`; `SLIDE_MISMATCH`, `CONTEXT_MIXED`, `BATCH_ORDER`.
 * - **Offsets**: the result descends from the sources of both.
 */
export function transformWith<T, O, U>(
  other: Observable<Batch<O>>,
  fn: (batch: Batch<T>, other: Batch<O>) => Transformed<U>,
): OperatorFunction<Batch<T>, Batch<U>> {
  streamArgument('transformWith(other)', other);
  functionArgument('transformWith(_, fn)', fn);
  return (source) =>
    pairBatches<U>('transformWith', [source, other] as Observable<Batch<unknown>>[], (sides) => {
      const [left, right] = sides as [Batch<T>, Batch<O>];
      const given = givenBatch('transformWith', left, fn(left, right));
      return given.derive(given.body, { origins: originsOf(sides) });
    });
}
