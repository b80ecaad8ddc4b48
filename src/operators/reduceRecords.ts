import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';
import type { Widen } from '../core/keys/Pair.ts';
import { operatorError } from '../core/operatorError.ts';

/**
 * Reduces all records of a batch to one; an empty batch stays empty. Spark's `reduce`.
 *
 * ```text
 * source              -(1 2 3)---( )---(4)---|
 * reduceRecords(add)  -(6)-------( )---(4)---|
 * ```
 *
 * - **Errors**: a throwing `reduce` fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing.
 */
export function reduceRecords<T>(
  reduce: (left: Widen<T>, right: Widen<T>) => Widen<T>,
): OperatorFunction<Batch<T>, Batch<Widen<T>>> {
  promptFunction('reduceRecords(reduce)', reduce);
  return wide('reduceRecords', (body, scope) => ({
    run(visit) {
      let at = 0;
      let reduced: Widen<T> | undefined;
      try {
        body.run((record) => {
          reduced = at === 0 ? (record as Widen<T>) : reduce(reduced as Widen<T>, record as Widen<T>);
          at++;
        });
      } catch (error) {
        throw operatorError('reduceRecords', error, scope, at);
      }
      if (at > 0) visit(reduced as Widen<T>);
    },
  }));
}
