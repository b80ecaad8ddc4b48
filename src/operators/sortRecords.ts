import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';
import { operatorError } from '../core/operatorError.ts';

/**
 * Sorts the records of each batch by `compare`; equal ones keep their order. Spark's `transform(rdd => rdd.sortBy(...))`.
 *
 * ```text
 * source                -(3 1 2)---|
 * sortRecords(upwards)  -(1 2 3)---|
 * ```
 *
 * - **Errors**: a throwing `compare` fails the run with `OPERATOR_FAILED`.
 * - **Offsets** unchanged. **Holds** nothing past the batch; all its records while it is read.
 */
export function sortRecords<T>(compare: (left: T, right: T) => number): OperatorFunction<Batch<T>, Batch<T>> {
  promptFunction('sortRecords(compare)', compare);
  return wide('sortRecords', (body, scope) => ({
    run(visit) {
      const records: T[] = [];
      body.run((record) => {
        records.push(record);
      });
      try {
        records.sort(compare);
      } catch (error) {
        throw operatorError('sortRecords', error, scope);
      }
      for (const record of records) if (visit(record) === false) return;
    },
  }));
}
