import type { OperatorFunction } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';

/**
 * Counts the records of a batch: one number, 0 for an empty batch. Spark's `count`.
 *
 * ```text
 * source          -(a b)---( )---(c)---|
 * countRecords()  -(2)-----(0)---(1)---|
 * ```
 *
 * - **Offsets** unchanged. **Holds** nothing.
 */
export function countRecords<T>(): OperatorFunction<Batch<T>, Batch<number>> {
  return wide('countRecords', (body) => ({
    run(visit) {
      let count = 0;
      body.run(() => {
        count++;
      });
      visit(count);
    },
  }));
}
