import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { narrow } from '../core/chain/narrow.ts';
import { onPairs } from '../core/keys/onPairs.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf } from '../core/keys/Pair.ts';

/**
 * Applies `fn` to the value of each pair; keys stay. Spark's `mapValues`.
 *
 * ```text
 * source            -([a,1] [b,2])---|
 * mapValues(double) -([a,2] [b,4])---|
 * ```
 *
 * - **Errors**: a throwing `fn` fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing.
 */
export function mapValues<T extends Pair<unknown, unknown> | MakePairsFirst, U>(
  fn: (value: ValueOf<T>) => U,
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, U>>> {
  promptFunction('mapValues(fn)', fn);
  return onPairs(narrow({ kind: 'mapValues', operator: 'mapValues', fn }));
}
