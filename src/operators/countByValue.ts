import type { OperatorFunction } from 'rxjs';
import type { Batch } from '../core/Batch.ts';
import { wide } from '../core/narrow.ts';
import type { Pair } from '../core/Pair.ts';

/**
 * Counts how often each record occurs in the batch: pairs of record and count. Spark's `countByValue`.
 *
 * ```text
 * source          -(a b a)-------( )---|
 * countByValue()  -([a,2] [b,1])-( )---|
 * ```
 *
 * - Records are compared as `Map` compares keys: objects by identity.
 * - **Offsets** unchanged. **Holds** nothing past the batch.
 */
export function countByValue<T>(): OperatorFunction<Batch<T>, Batch<Pair<T, number>>> {
  return wide('countByValue', (body) => ({
    run(visit) {
      const cells = new Map<T, [T, number]>();
      body.run((record) => {
        const cell = cells.get(record);
        if (cell === undefined) cells.set(record, [record, 1]);
        else cell[1]++;
      });
      for (const cell of cells.values()) if (visit(cell) === false) return;
    },
  }));
}
