import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { narrow } from '../core/chain/narrow.ts';

/**
 * Applies `fn` to each record. Spark's `map`.
 *
 * ```text
 * source             -(ab)-------(c)-----|
 * mapRecords(upper)  -(AB)-------(C)-----|
 * ```
 *
 * - **Evaluated** when somebody reads the batch, fused with its neighbours; `fn` is pure and may run once for each reading.
 * - **Errors**: a throwing `fn` fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing.
 */
export function mapRecords<T, U>(fn: (record: T) => U): OperatorFunction<Batch<T>, Batch<U>> {
  promptFunction('mapRecords(fn)', fn);
  return narrow({ kind: 'map', operator: 'mapRecords', fn });
}
