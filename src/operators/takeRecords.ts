import type { OperatorFunction } from 'rxjs';
import { wholeNumber } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';

/**
 * Keeps the first `count` records of each batch and stops reading there. Spark's `rdd.take(n)`.
 *
 * ```text
 * source          -(a b c)---(d)---|
 * takeRecords(2)  -(a b)-----(d)---|
 * ```
 *
 * - **Offsets** unchanged: what was not read counts as processed. **Holds** nothing.
 */
export function takeRecords<T>(count: number): OperatorFunction<Batch<T>, Batch<T>> {
  wholeNumber('takeRecords(count)', count, 0);
  return wide('takeRecords', (body) => ({
    run(visit) {
      let left = count;
      if (left === 0) return;
      body.run((record) => {
        left--;
        return visit(record) === false || left === 0 ? false : undefined;
      });
    },
  }));
}
