import type { Observable } from 'rxjs';
import { functionArgument, refuse } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { givenBatch, type Transformed } from '../core/batch/givenBatch.ts';
import { streamArgument } from '../core/batch/streamArgument.ts';
import { originsOf } from '../core/pairing/originsOf.ts';
import { pairBatches } from '../core/pairing/pairBatches.ts';

/** A batch for each kind of records, all of one time. */
export type BatchesOf<Ts extends readonly unknown[]> = { readonly [I in keyof Ts]: Batch<Ts[I]> };

/**
 * Makes one batch of the batches of the same time of several streams of one context. Spark's `StreamingContext.transform`.
 *
 * ```text
 * a                         -(1)---(2)---|
 * b                         -(10)--(20)--|
 * c                         -(100)-( )---|
 * transformOf([a, b, c], f) -(111)-(22)--|
 * ```
 *
 * - `fn` gets the batches in the order of the streams; one that gives no batch at a time counts as an empty one. All have one
 *   slide. `fn` answers at once; put `transform` behind it for something slow.
 * - **Errors**: a throwing `fn` fails the run with `OPERATOR_FAILED`; `SLIDE_MISMATCH`, `CONTEXT_MIXED`, `BATCH_ORDER`.
 * - **Offsets**: the result descends from the sources of all. **Holds** a batch until its sides have come.
 */
export function transformOf<Ts extends readonly unknown[], U>(
  streams: readonly [...{ [I in keyof Ts]: Observable<Batch<Ts[I]>> }],
  fn: (batches: BatchesOf<Ts>) => Transformed<U>,
): Observable<Batch<U>> {
  if (!Array.isArray(streams) || streams.length === 0) {
    refuse('transformOf(streams)', 'an array of at least one stream of batches', streams);
  }
  for (const [at, stream] of streams.entries()) streamArgument(`transformOf(streams), stream ${at + 1}`, stream);
  functionArgument('transformOf(_, fn)', fn);
  return pairBatches<U>('transformOf', streams as Observable<Batch<unknown>>[], (sides) => {
    const given = givenBatch('transformOf', sides[0] as Batch<unknown>, fn(sides as unknown as BatchesOf<Ts>));
    return given.derive(given.body, { origins: originsOf(sides) });
  });
}
