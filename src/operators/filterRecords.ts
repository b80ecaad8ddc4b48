import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { narrow } from '../core/chain/narrow.ts';

/**
 * Keeps the records for which `keep` answers something true. Spark's `filter`.
 *
 * ```text
 * source                -(1 2 3)---(4)---(5)---|
 * filterRecords(isEven) -(2)-------(4)---( )---|
 * ```
 *
 * - A batch that loses all its records is still a batch.
 * - **Errors**: a throwing `keep` fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged: what was filtered away counts as processed. **Holds** nothing.
 */
export function filterRecords<T, U extends T>(keep: (record: T) => record is U): OperatorFunction<Batch<T>, Batch<U>>;
export function filterRecords<T>(keep: (record: T) => unknown): OperatorFunction<Batch<T>, Batch<T>>;
export function filterRecords<T>(keep: (record: T) => unknown): OperatorFunction<Batch<T>, Batch<T>> {
  promptFunction('filterRecords(keep)', keep);
  return narrow({ kind: 'filter', operator: 'filterRecords', fn: keep });
}
