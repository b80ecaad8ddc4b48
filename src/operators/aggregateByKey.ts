import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';
import { combinedBody } from '../core/keys/combineInto.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import { onPairs } from '../core/keys/onPairs.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf } from '../core/keys/Pair.ts';
import { type Zero, zeroOf } from '../core/keys/zeroOf.ts';
import { knownOptions } from '../core/knownOptions.ts';

/**
 * Merges the values of each key within the batch into an aggregate that begins with `zero`. Spark's `aggregateByKey`; its second
 * function, which merges partial results of several machines, has no use here.
 *
 * ```text
 * source                      -([a,1] [b,2] [a,3])---|
 * aggregateByKey('', append)  -([a,'13'] [b,'2'])----|
 * ```
 *
 * - `zero` is a plain value, or a function that makes one for each key: `() => []`. An aggregate of this batch may be changed in
 *   place, the same one given back.
 * - Keys come in the order of their first record; equal ones as `Map` or, in tuples, element by element; objects by `keyOf`.
 * - **Errors**: a throwing function, or an object as key without `keyOf`, fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing past the batch; one entry a key while it is read.
 */
export function aggregateByKey<T extends Pair<unknown, unknown> | MakePairsFirst, C>(
  zero: Zero<C>,
  merge: (aggregate: C, value: ValueOf<T>) => C,
  options: KeyOptions<KeyOf<T>> = {},
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, C>>> {
  const begin = zeroOf('aggregateByKey(zero)', zero);
  promptFunction('aggregateByKey(_, merge)', merge);
  knownOptions('aggregateByKey', options, KEY_OPTIONS);
  const identify = keyIdentity('aggregateByKey', options);
  const combiner = { create: (value: ValueOf<T>): C => merge(begin(), value), merge };
  return onPairs(
    wide('aggregateByKey', (body, scope) => combinedBody('aggregateByKey', scope, body, combiner, identify)),
  );
}
