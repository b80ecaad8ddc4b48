import type { Observable, OperatorFunction } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import type { KeysMeet, SharedKeyOptions } from '../core/keys/KeysMeet.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf } from '../core/keys/Pair.ts';
import { joinBatches } from '../core/pairing/joinBatches.ts';

/**
 * Joins the batches of the same time of two streams by key, and keeps the records of both without a match, with `undefined`.
 * Spark's `fullOuterJoin`.
 *
 * ```text
 * source                -([a,1] [b,2])-----------------|
 * other                 -([c,x] [a,y])-----------------|
 * fullOuterJoin(other)  -([a,[1,y]] [b,[2,-]] [c,[-,x]])|
 * ```
 *
 * - Records come in the order of this stream's records, then the other's records without a match, in theirs. Equal keys multiply.
 * - Keys are equal as in a `Map` or, in tuples, element by element; objects by `keyOf`, which is asked for the keys of both streams.
 * - A stream that gives no batch at a time counts as an empty one: nothing is remembered from earlier batches.
 * - **Errors**: a throwing `keyOf`, or an object as key without it, fails the run with `OPERATOR_FAILED`, naming the record and its
 *   stream; `SLIDE_MISMATCH`, `CONTEXT_MIXED`, `BATCH_ORDER`.
 * - **Offsets**: the result descends from the sources of both. **Holds** a batch until both sides have come; the records of the other
 *   while it is read.
 */
export function fullOuterJoin<
  T extends Pair<unknown, unknown> | MakePairsFirst,
  O extends Pair<unknown, unknown> | MakePairsFirst,
>(
  other: Observable<Batch<O>>,
  options: SharedKeyOptions<T, O>,
): OperatorFunction<
  Batch<T>,
  Batch<Pair<KeyOf<T> | KeyOf<O>, readonly [ValueOf<T> | undefined, ValueOf<O> | undefined]>>
>;
export function fullOuterJoin<
  T extends Pair<unknown, unknown> | MakePairsFirst,
  O extends Pair<unknown, unknown> | MakePairsFirst,
>(
  other: Observable<Batch<O>> & KeysMeet<T, O>,
): OperatorFunction<
  Batch<T>,
  Batch<Pair<KeyOf<T> | KeyOf<O>, readonly [ValueOf<T> | undefined, ValueOf<O> | undefined]>>
>;
export function fullOuterJoin(
  other: Observable<Batch<unknown>>,
  options?: SharedKeyOptions<unknown, unknown>,
): OperatorFunction<Batch<unknown>, Batch<Pair<unknown, readonly [unknown, unknown]>>> {
  return joinBatches('fullOuterJoin', other, options);
}
