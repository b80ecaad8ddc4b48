import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { narrow } from '../core/chain/narrow.ts';

/**
 * Replaces each record by the records `fn` gives for it: an array, or anything iterable. Spark's `flatMap`.
 *
 * ```text
 * source                 -('to be' 'or')---------|
 * flatMapRecords(words)  -('to' 'be' 'or')-------|
 * ```
 *
 * - **Errors**: a throwing `fn`, or iterator, fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing; the arrays are visited, never joined.
 */
export function flatMapRecords<T, U>(fn: (record: T) => Iterable<U>): OperatorFunction<Batch<T>, Batch<U>> {
  promptFunction('flatMapRecords(fn)', fn);
  return narrow({ kind: 'flatMap', operator: 'flatMapRecords', fn });
}
