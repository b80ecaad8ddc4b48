import type { OperatorFunction } from 'rxjs';
import { functionArgument } from '../core/arguments.ts';
import type { Batch } from '../core/Batch.ts';
import { combinedBody } from '../core/combineInto.ts';
import { wide } from '../core/narrow.ts';
import { onPairs } from '../core/onPairs.ts';
import type { MakePairsFirst, Pair, Widen } from '../core/Pair.ts';

/**
 * Reduces the values of each key within the batch: one pair a key. Spark's `reduceByKey`.
 *
 * ```text
 * source            -([a,1] [b,1] [a,1])---([a,1])---|
 * reduceByKey(add)  -([a,2] [b,1])---------([a,1])---|
 * ```
 *
 * - Keys come in the order of their first record; keys are compared as `Map` compares them.
 * - **Errors**: a throwing `reduce` fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing past the batch; one entry a key while it is read.
 */
export function reduceByKey<K, V>(
  reduce: (left: Widen<V>, right: Widen<V>) => Widen<V>,
): OperatorFunction<Batch<Pair<K, V> | MakePairsFirst>, Batch<Pair<K, Widen<V>>>> {
  functionArgument('reduceByKey(reduce)', reduce);
  const combiner = { create: (value: V) => value as Widen<V>, merge: reduce as (left: Widen<V>, right: V) => Widen<V> };
  return onPairs(wide('reduceByKey', (body, scope) => combinedBody('reduceByKey', scope, body, combiner)));
}
