import type { Observable, OperatorFunction } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import { streamArgument } from '../core/batch/streamArgument.ts';
import { originsOf } from '../core/pairing/originsOf.ts';
import { pairBatches } from '../core/pairing/pairBatches.ts';

/**
 * Joins the batches of the same time of several streams of one context: this stream's records, then the others', in their
 * order. Spark's `union`.
 *
 * ```text
 * source                -(a)----(b)----|
 * other                 -(c)----( )----|
 * unionBatches(other)   -(a c)--(b)----|
 * ```
 *
 * - A stream that gives no batch at a time counts as an empty one. All streams have one slide.
 * - **Errors**: `SLIDE_MISMATCH`, `CONTEXT_MIXED`, `BATCH_ORDER`.
 * - **Offsets**: the result descends from the sources of all. **Holds** a batch until its sides have come.
 */
export function unionBatches<T, O = T>(
  ...others: readonly Observable<Batch<O>>[]
): OperatorFunction<Batch<T>, Batch<T | O>> {
  for (const [at, other] of others.entries()) streamArgument(`unionBatches(...), stream ${at + 1}`, other);
  return (source) =>
    pairBatches<T | O>('unionBatches', [source, ...others] as Observable<Batch<unknown>>[], (sides) => {
      const bodies = sides.map((side) => (side as Batch<T | O>).body);
      return (sides[0] as Batch<unknown>).derive(
        {
          run(visit) {
            let stopped = false;
            for (const body of bodies) {
              body.run((record) => {
                stopped = visit(record) === false;
                return stopped ? false : undefined;
              });
              if (stopped) return;
            }
          },
        },
        { origins: originsOf(sides) },
      );
    });
}
