import type { Observable, OperatorFunction } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import type { KeysMeet, SharedKeyOptions } from '../core/keys/KeysMeet.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf } from '../core/keys/Pair.ts';
import { joinBatches } from '../core/pairing/joinBatches.ts';

/**
 * Joins the batches of the same time of two streams by key, and keeps this one's records without a match, with `undefined`.
 * Spark's `leftOuterJoin`.
 *
 * ```text
 * source                 -([a,1] [b,2])---------|
 * other                  -([a,x])---------------|
 * leftOuterJoin(other)   -([a,[1,x]] [b,[2,-]])-|
 * ```
 *
 * - Records come in the order of this stream's records, and for each in the order of the other's. Equal keys multiply.
 * - Keys are equal as in a `Map` or, in tuples, element by element; objects by `keyOf`, which is asked for the keys of both streams.
 * - A stream that gives no batch at a time counts as an empty one: nothing is remembered from earlier batches.
 * - **Errors**: a throwing `keyOf`, or an object as key without it, fails the run with `OPERATOR_FAILED`, naming the record and its
 *   stream; `SLIDE_MISMATCH`, `CONTEXT_MIXED`, `BATCH_ORDER`.
 * - **Offsets**: the result descends from the sources of both. **Holds** a batch until both sides have come; the records of the other
 *   while it is read.
 */
export function leftOuterJoin<
  T extends Pair<unknown, unknown> | MakePairsFirst,
  O extends Pair<unknown, unknown> | MakePairsFirst,
>(
  other: Observable<Batch<O>>,
  options: SharedKeyOptions<T, O>,
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, readonly [ValueOf<T>, ValueOf<O> | undefined]>>>;
export function leftOuterJoin<
  T extends Pair<unknown, unknown> | MakePairsFirst,
  O extends Pair<unknown, unknown> | MakePairsFirst,
>(
  other: Observable<Batch<O>> & KeysMeet<T, O>,
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, readonly [ValueOf<T>, ValueOf<O> | undefined]>>>;
export function leftOuterJoin(
  other: Observable<Batch<unknown>>,
  options?: SharedKeyOptions<unknown, unknown>,
): OperatorFunction<Batch<unknown>, Batch<Pair<unknown, readonly [unknown, unknown]>>> {
  return joinBatches('leftOuterJoin', other, options);
}
