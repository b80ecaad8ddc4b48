import { map, type OperatorFunction } from 'rxjs';
import type { Answer } from '../core/Answer.ts';
import { functionArgument } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { held } from '../core/batch/held.ts';
import { type ConcurrencyOptions, concurrencyOf, inParallel } from '../core/batch/inParallel.ts';
import { operatorError } from '../core/operatorError.ts';

/**
 * Replaces each record by what `fn` answers, now or later: a value, a promise, or an Observable that emits it. For looking records up
 * in a service; so many at a time, and in their order again.
 *
 * ```text
 * source                    -(a b)---(c)---|
 * mapRecordsAsync(lookUp)   --(A B)---(C)--|
 * ```
 *
 * - **Holds** the batch until all answers are in; batches are worked on one at a time, in order. At most `concurrency` (10) answers are
 *   waited for at a time. Of an Observable the first value counts, and it is unsubscribed.
 * - `signal` is aborted when the run ends, the stream is unsubscribed, or another record of the batch has failed.
 * - **Errors**: a throwing or rejecting `fn` fails the run with `OPERATOR_FAILED`, naming the record; catch what the batch should
 *   survive inside `fn`. After a retry all records of the batch are asked for again.
 * - **Offsets** unchanged. Evaluated on arrival, once; **holds** the records and answers of the batch.
 */
export function mapRecordsAsync<T, U>(
  fn: (record: T, signal: AbortSignal) => Answer<U>,
  options: ConcurrencyOptions = {},
): OperatorFunction<Batch<T>, Batch<U>> {
  const operator = 'mapRecordsAsync';
  functionArgument(`${operator}(fn)`, fn);
  const concurrency = concurrencyOf(operator, options);
  return held((batch) => {
    const { records, scope } = batch;
    return inParallel<U>(scope.run, {
      count: records.length,
      concurrency,
      ask: (at, signal) => fn(records[at] as T, signal),
      failed: (error, at) => operatorError(operator, error, scope, at),
    }).pipe(map((answers) => batch.withRecords(answers)));
  });
}
