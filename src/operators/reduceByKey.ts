import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';
import { combinedBody } from '../core/keys/combineInto.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import { onPairs } from '../core/keys/onPairs.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf, Widen } from '../core/keys/Pair.ts';
import { knownOptions } from '../core/knownOptions.ts';

/**
 * Reduces the values of each key within the batch: one pair a key. Spark's `reduceByKey`.
 *
 * ```text
 * source            -([a,1] [b,1] [a,1])---([a,1])---|
 * reduceByKey(add)  -([a,2] [b,1])---------([a,1])---|
 * ```
 *
 * - Keys come in the order of their first record; equal ones as `Map` or, in tuples, element by element; objects by `keyOf`.
 * - **Errors**: a throwing `reduce` fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing past the batch; one entry a key while it is read.
 */
export function reduceByKey<T extends Pair<unknown, unknown> | MakePairsFirst>(
  reduce: (left: Widen<ValueOf<T>>, right: Widen<ValueOf<T>>) => Widen<ValueOf<T>>,
  options: KeyOptions<KeyOf<T>> = {},
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, Widen<ValueOf<T>>>>> {
  promptFunction('reduceByKey(reduce)', reduce);
  knownOptions('reduceByKey', options, KEY_OPTIONS);
  const identify = keyIdentity('reduceByKey', options);
  type Value = Widen<ValueOf<T>>;
  const combiner = {
    create: (value: ValueOf<T>): Value => value as Value,
    merge: reduce as (reduced: Value, value: ValueOf<T>) => Value,
  };
  return onPairs(wide('reduceByKey', (body, scope) => combinedBody('reduceByKey', scope, body, combiner, identify)));
}
