import type { MonoTypeOperatorFunction, ObservableInput } from 'rxjs';
import { type Answer, isPending } from '../core/Answer.ts';
import { functionArgument, wholeNumber } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { eachRecord } from '../core/batch/eachRecord.ts';
import { output } from '../core/batch/output.ts';
import { outputError } from '../core/batch/outputError.ts';
import { tracked } from '../core/batch/tracked.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';

/** Where a record stands, for {@link foreachRecord}. */
export interface RecordPlace<T> {
  /** Its position in the batch, from 0. With the batch time it names the record, also when it comes again after `retry()`. */
  readonly position: number;
  /** The batch it is of. */
  readonly batch: Batch<T>;
  /** Aborted when the run fails or is stopped at once: give it to what can be cancelled. */
  readonly signal: AbortSignal;
}

/** Options of {@link foreachRecord}. */
export interface ForeachRecordOptions {
  /** How many records are worked on at a time. Default 1: one after another. */
  readonly concurrency?: number;
}

const OPTIONS: KnownOptions<ForeachRecordOptions> = { concurrency: true };

/**
 * Does something with each record, several at a time if asked, and passes the batch on when all are done. Spark's
 * `foreachRDD(rdd => rdd.foreach(...))`.
 *
 * ```text
 * source                                            -(a b c)------(d)---|
 * foreachRecord(saveTakes2ms, { concurrency: 2 })   -----(a b c)----(d)-|
 * ```
 *
 * - Records are begun in their order, at most `concurrency` at a time. Done is one when what `write` returns is: a value at
 *   once, a promise when it resolves, an Observable when it completes. The next batch begins when all are done.
 * - **At least once**: a batch that had not settled comes again, with it records that were written before.
 * - **Errors**: a throwing or rejecting `write` fails the run with `OUTPUT_FAILED`, naming the record: no other is begun,
 *   `signal` is aborted, Observables on the way are unsubscribed, and the next run does not begin before the promises on the
 *   way have ended. Nothing of the batch is committed, and `retry()` begins with it again.
 * - **Memory**: the records of the batch.
 */
export function foreachRecord<T>(
  write: (record: T, place: RecordPlace<T>) => Answer<unknown>,
  options: ForeachRecordOptions = {},
): MonoTypeOperatorFunction<Batch<T>> {
  functionArgument('foreachRecord(write)', write);
  knownOptions('foreachRecord', options, OPTIONS);
  const { concurrency = 1 } = options;
  wholeNumber('foreachRecord(_, { concurrency })', concurrency, 1, true);
  return output('foreachRecord', (batch: Batch<T>, signal) => {
    const { time, scope } = batch;
    return eachRecord(
      batch.records,
      concurrency,
      (record, position) => {
        const answer = write(record, { position, batch, signal });
        return isPending(answer) ? tracked(scope.run, answer as ObservableInput<unknown>) : answer;
      },
      (error, position) => outputError('foreachRecord', time, error, position),
    );
  });
}
