import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';
import { combinedBody } from '../core/keys/combineInto.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import { onPairs } from '../core/keys/onPairs.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf } from '../core/keys/Pair.ts';
import { knownOptions } from '../core/knownOptions.ts';

/**
 * Combines the values of each key within the batch into something of another type. Spark's `combineByKey`; its third function,
 * which merges partial results of several machines, has no use here.
 *
 * ```text
 * source                      -([a,1] [b,2] [a,3])---|
 * combineByKey(text, append)  -([a,'13'] [b,'2'])----|
 * ```
 *
 * - Keys come in the order of their first record; equal ones as `Map` or, in tuples, element by element; objects by `keyOf`.
 * - **Errors**: a throwing function fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing past the batch.
 */
export function combineByKey<T extends Pair<unknown, unknown> | MakePairsFirst, C>(
  create: (value: ValueOf<T>) => C,
  merge: (combined: C, value: ValueOf<T>) => C,
  options: KeyOptions<KeyOf<T>> = {},
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, C>>> {
  promptFunction('combineByKey(create)', create);
  promptFunction('combineByKey(_, merge)', merge);
  knownOptions('combineByKey', options, KEY_OPTIONS);
  const identify = keyIdentity('combineByKey', options);
  const combiner = { create, merge };
  return onPairs(wide('combineByKey', (body, scope) => combinedBody('combineByKey', scope, body, combiner, identify)));
}
