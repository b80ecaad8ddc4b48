import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { narrow } from '../core/chain/narrow.ts';
import { onPairs } from '../core/keys/onPairs.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf } from '../core/keys/Pair.ts';

/**
 * Replaces each pair by one pair for each value `fn` gives for its value; keys stay. Spark's `flatMapValues`.
 *
 * ```text
 * source                -([a,'x y'])---------|
 * flatMapValues(words)  -([a,'x'] [a,'y'])---|
 * ```
 *
 * - **Errors**: a throwing `fn`, or iterator, fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing; the values are visited, never joined.
 */
export function flatMapValues<T extends Pair<unknown, unknown> | MakePairsFirst, U>(
  fn: (value: ValueOf<T>) => Iterable<U>,
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, U>>> {
  promptFunction('flatMapValues(fn)', fn);
  return onPairs(narrow({ kind: 'flatMapValues', operator: 'flatMapValues', fn }));
}
