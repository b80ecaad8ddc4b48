import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';
import { combinedBody } from '../core/keys/combineInto.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import { onPairs } from '../core/keys/onPairs.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf, Widen } from '../core/keys/Pair.ts';
import { type Zero, zeroOf } from '../core/keys/zeroOf.ts';
import { knownOptions } from '../core/knownOptions.ts';

/**
 * Folds the values of each key within the batch, beginning with `zero`: `reduceByKey` with a value that stands before the first.
 * Spark's `foldByKey`.
 *
 * ```text
 * source             -([a,1] [b,2] [a,3])---|
 * foldByKey(10, add) -([a,14] [b,12])-------|
 * ```
 *
 * - `zero` is a plain value, or a function that makes one for each key. It counts once for each key.
 * - Keys come in the order of their first record; equal ones as `Map` or, in tuples, element by element; objects by `keyOf`.
 * - **Errors**: a throwing function, or an object as key without `keyOf`, fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing past the batch; one entry a key while it is read.
 */
export function foldByKey<T extends Pair<unknown, unknown> | MakePairsFirst>(
  zero: Zero<Widen<ValueOf<T>>>,
  fold: (folded: Widen<ValueOf<T>>, value: Widen<ValueOf<T>>) => Widen<ValueOf<T>>,
  options: KeyOptions<KeyOf<T>> = {},
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, Widen<ValueOf<T>>>>> {
  type Value = Widen<ValueOf<T>>;
  const begin = zeroOf('foldByKey(zero)', zero);
  promptFunction('foldByKey(_, fold)', fold);
  knownOptions('foldByKey', options, KEY_OPTIONS);
  const identify = keyIdentity('foldByKey', options);
  const merge = fold as (folded: Value, value: ValueOf<T>) => Value;
  const combiner = { create: (value: ValueOf<T>): Value => merge(begin(), value), merge };
  return onPairs(wide('foldByKey', (body, scope) => combinedBody('foldByKey', scope, body, combiner, identify)));
}
