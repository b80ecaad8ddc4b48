import type { Observable, OperatorFunction } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import { streamArgument } from '../core/batch/streamArgument.ts';
import type { KeysMeet, SharedKeyOptions } from '../core/keys/KeysMeet.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf } from '../core/keys/Pair.ts';
import { knownOptions } from '../core/knownOptions.ts';
import { cogroupedBody } from '../core/pairing/cogroupedBody.ts';
import { originsOf } from '../core/pairing/originsOf.ts';
import { pairBatches } from '../core/pairing/pairBatches.ts';

/** A stream of batches for each kind of records. */
export type StreamsOf<Os extends readonly unknown[]> = readonly [...{ [I in keyof Os]: Observable<Batch<Os[I]>> }];

/** What {@link cogroup} gives for a key: the values of each stream. */
export type Cogrouped<T, Os extends readonly unknown[]> = readonly [
  ValueOf<T>[],
  ...{ [I in keyof Os]: ValueOf<Os[I]>[] },
];

/**
 * Collects the values of each key in the batches of the same time of two or more streams: a list for each stream, empty where it
 * does not have the key. Spark's `cogroup`.
 *
 * ```text
 * source          -([a,1] [b,2] [a,3])-------------|
 * other           -([c,x] [a,y])-------------------|
 * cogroup(other)  -([a,[[1,3],[y]]] [b,[[2],[]]] [c,[[],[x]]])|
 * ```
 *
 * - `other` is a stream, or an array of them. Keys come in the order of their first record: this stream's, then the others';
 *   the values of a key in the order of arrival.
 * - Keys are equal as in a `Map` or, in tuples, element by element; objects by `keyOf`, which is asked for the keys of all streams.
 * - A stream that gives no batch at a time counts as an empty one: nothing is remembered from earlier batches.
 * - **Errors**: a throwing `keyOf`, or an object as key without it, fails the run with `OPERATOR_FAILED`, naming the record and its
 *   stream; `SLIDE_MISMATCH`, `CONTEXT_MIXED`, `BATCH_ORDER`.
 * - **Offsets**: the result descends from the sources of all. **Holds** a batch until all sides have come; all their records while
 *   it is read.
 */
export function cogroup<
  T extends Pair<unknown, unknown> | MakePairsFirst,
  O extends Pair<unknown, unknown> | MakePairsFirst,
>(
  other: Observable<Batch<O>>,
  options: SharedKeyOptions<T, O>,
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T> | KeyOf<O>, Cogrouped<T, [O]>>>>;
export function cogroup<
  T extends Pair<unknown, unknown> | MakePairsFirst,
  Os extends readonly (Pair<unknown, unknown> | MakePairsFirst)[],
>(
  others: StreamsOf<Os>,
  options: SharedKeyOptions<T, Os[number]>,
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T> | KeyOf<Os[number]>, Cogrouped<T, Os>>>>;
export function cogroup<
  T extends Pair<unknown, unknown> | MakePairsFirst,
  Os extends readonly (Pair<unknown, unknown> | MakePairsFirst)[],
>(
  others: StreamsOf<Os> & KeysMeet<T, Os[number]>,
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T> | KeyOf<Os[number]>, Cogrouped<T, Os>>>>;
export function cogroup<
  T extends Pair<unknown, unknown> | MakePairsFirst,
  O extends Pair<unknown, unknown> | MakePairsFirst,
>(
  other: Observable<Batch<O>> & KeysMeet<T, O>,
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T> | KeyOf<O>, Cogrouped<T, [O]>>>>;
export function cogroup(
  other: Observable<Batch<unknown>> | readonly Observable<Batch<unknown>>[],
  options: KeyOptions<unknown> = {},
): OperatorFunction<Batch<unknown>, Batch<Pair<unknown, readonly unknown[][]>>> {
  const others = Array.isArray(other) ? (other as readonly Observable<Batch<unknown>>[]) : [other];
  for (const [at, stream] of others.entries()) {
    streamArgument(Array.isArray(other) ? `cogroup(others), stream ${at + 1}` : 'cogroup(other)', stream);
  }
  knownOptions('cogroup', options, KEY_OPTIONS);
  const identify = keyIdentity('cogroup', options);
  const nameOf = (side: number): string => {
    if (side === 0) return 'this stream';
    return others.length === 1 ? 'the other stream' : `the other stream ${side}`;
  };
  return (source) =>
    pairBatches('cogroup', [source, ...(others as Observable<Batch<unknown>>[])], (batches) => {
      const [first] = batches as [Batch<unknown>];
      const sides = batches.map((batch, side) => ({
        body: (batch as Batch<Pair<unknown, unknown>>).body,
        name: nameOf(side),
      }));
      return first.derive(cogroupedBody({ operator: 'cogroup', scope: first.scope, identify }, sides), {
        origins: originsOf(batches),
      });
    });
}
