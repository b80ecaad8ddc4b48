import type { OperatorFunction } from 'rxjs';
import { functionArgument } from '../core/arguments.ts';
import type { Batch } from '../core/Batch.ts';
import { flatLink } from '../core/flatLink.ts';
import { narrow } from '../core/narrow.ts';
import type { Pair } from '../core/Pair.ts';

/**
 * Replaces each pair by one pair for each value `fn` gives for its value; keys stay. Spark's `flatMapValues`.
 *
 * ```text
 * source                -([a,'x y'])---------|
 * flatMapValues(words)  -([a,'x'] [a,'y'])---|
 * ```
 *
 * - **Errors**: a throwing `fn` fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing.
 */
export function flatMapValues<K, V, U>(
  fn: (value: V) => Iterable<U>,
): OperatorFunction<Batch<Pair<K, V>>, Batch<Pair<K, U>>> {
  functionArgument('flatMapValues(fn)', fn);
  return narrow('flatMapValues', (scope) =>
    flatLink('flatMapValues', scope, ([key, value]: Pair<K, V>) =>
      Array.from(fn(value), (part): Pair<K, U> => [key, part]),
    ),
  );
}
