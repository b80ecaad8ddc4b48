import type { OperatorFunction } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';
import { combinedBody } from '../core/keys/combineInto.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import { onPairs } from '../core/keys/onPairs.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf } from '../core/keys/Pair.ts';
import { knownOptions } from '../core/knownOptions.ts';

/**
 * Collects the values of each key within the batch, in order of arrival. Spark's `groupByKey`.
 *
 * ```text
 * source        -([a,1] [b,2] [a,3])---|
 * groupByKey()  -([a,[1,3]] [b,[2]])---|
 * ```
 *
 * To sum or count, `reduceByKey` keeps one value a key instead of all.
 *
 * - Keys come in the order of their first record; equal ones as `Map` or, in tuples, element by element; objects by `keyOf`.
 * - **Errors**: a key that is an object, without `keyOf`, fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing past the batch; all values of the batch while it is read.
 */
export function groupByKey<T extends Pair<unknown, unknown> | MakePairsFirst>(
  options: KeyOptions<KeyOf<T>> = {},
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, ValueOf<T>[]>>> {
  knownOptions('groupByKey', options, KEY_OPTIONS);
  const identify = keyIdentity('groupByKey', options);
  const combiner = {
    create: (value: ValueOf<T>): ValueOf<T>[] => [value],
    merge(values: ValueOf<T>[], value: ValueOf<T>): ValueOf<T>[] {
      values.push(value);
      return values;
    },
  };
  return onPairs(wide('groupByKey', (body, scope) => combinedBody('groupByKey', scope, body, combiner, identify)));
}
