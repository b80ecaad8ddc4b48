import type { OperatorFunction } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';
import { countInto } from '../core/keys/countInto.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import type { Pair } from '../core/keys/Pair.ts';
import { knownOptions } from '../core/knownOptions.ts';

/**
 * Counts how often each record occurs in the batch: pairs of record and count. Spark's `countByValue`.
 *
 * ```text
 * source          -(a b a)-------( )---|
 * countByValue()  -([a,2] [b,1])-( )---|
 * ```
 *
 * - Equal records are those equal as `Map` keys or, in tuples, element by element; objects by `keyOf`, and the first one is given.
 * - **Errors**: a record that is an object, without `keyOf`, fails the run with `OPERATOR_FAILED`, naming it.
 * - **Offsets** unchanged. **Holds** nothing past the batch.
 */
export function countByValue<T>(options: KeyOptions<T> = {}): OperatorFunction<Batch<T>, Batch<Pair<T, number>>> {
  knownOptions('countByValue', options, KEY_OPTIONS);
  const identify = keyIdentity('countByValue', options);
  return wide('countByValue', (body, scope) => ({
    run(visit) {
      const counts = countInto('countByValue', scope, body, identify);
      for (const counted of counts.values()) if (visit(counted) === false) return;
    },
    collect: () => [...countInto('countByValue', scope, body, identify).values()],
  }));
}
