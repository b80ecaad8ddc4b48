import type { Observable, OperatorFunction } from 'rxjs';
import { functionArgument } from '../core/arguments.ts';
import { Batch, iterableBody } from '../core/Batch.ts';
import { pairBatches } from '../core/pairBatches.ts';

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
  fn: (batch: Batch<T>, other: Batch<O>) => Batch<U> | Iterable<U>,
): OperatorFunction<Batch<T>, Batch<U>> {
  functionArgument('transformWith(_, fn)', fn);
  return (source) =>
    pairBatches<U>('transformWith', [source, other] as Observable<Batch<unknown>>[], ([left, right]) => {
      const made = fn(left as Batch<T>, right as Batch<O>);
      const body = made instanceof Batch ? made.body : iterableBody(made);
      const origins = [...new Set([...(left as Batch<unknown>).origins, ...(right as Batch<unknown>).origins])];
      return (left as Batch<unknown>).derive(body, { origins });
    });
}
