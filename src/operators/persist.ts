import type { OperatorFunction } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';

/**
 * Evaluates each batch once, at the first reading, and keeps the records until the batch has settled. Spark's `persist` and
 * `cache`. Worth it where several branches read one expensive chain: without it each branch evaluates it again.
 *
 * ```text
 * source     -(a b)---(c)---|
 * persist()  -(a b)---(c)---|
 * ```
 *
 * - **Offsets** unchanged. **Holds** the batch's records until it has settled.
 */
export function persist<T>(): OperatorFunction<Batch<T>, Batch<T>> {
  return wide('persist', (body, scope) => {
    let pinned: T[] | undefined;
    const evaluate = (): T[] => {
      const records: T[] = [];
      body.run((record) => {
        records.push(record);
      });
      scope.atEnd(() => {
        pinned = undefined;
      });
      return records;
    };
    return {
      run(visit) {
        pinned ??= evaluate();
        for (const record of pinned) if (visit(record) === false) return;
      },
    };
  });
}
