import type { Observable } from 'rxjs';
import { refuse } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { streamArgument } from '../core/batch/streamArgument.ts';
import { unionBatches } from './unionBatches.ts';

/**
 * One stream of batches of several of one context, in their order: `unionBatches` for a list of streams. Spark's
 * `StreamingContext.union`.
 *
 * ```text
 * a              -(1)----(2)----|
 * b              -(x y)--( )----|
 * unionOf(a, b)  -(1 x y)(2)----|
 * ```
 *
 * - A stream that gives no batch at a time counts as an empty one. All streams have one slide.
 * - **Errors**: `SLIDE_MISMATCH`, `CONTEXT_MIXED`, `BATCH_ORDER`.
 * - **Offsets**: the result descends from the sources of all. **Holds** a batch until its sides have come.
 */
export function unionOf<Ts extends readonly [unknown, ...unknown[]] | readonly unknown[]>(
  ...streams: { [I in keyof Ts]: Observable<Batch<Ts[I]>> }
): Observable<Batch<Ts[number]>> {
  if (streams.length === 0) refuse('unionOf(...streams)', 'at least one stream of batches', streams);
  for (const [at, stream] of streams.entries()) streamArgument(`unionOf(...streams), stream ${at + 1}`, stream);
  const [first, ...others] = streams as unknown as readonly [
    Observable<Batch<Ts[number]>>,
    ...Observable<Batch<Ts[number]>>[],
  ];
  return first.pipe(unionBatches(...others));
}
