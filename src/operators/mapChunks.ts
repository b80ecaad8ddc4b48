import { map, type OperatorFunction } from 'rxjs';
import type { Answer } from '../core/Answer.ts';
import { functionArgument, shown, wholeNumber } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { held } from '../core/batch/held.ts';
import { type ConcurrencyOptions, concurrencyOf, inParallel } from '../core/batch/inParallel.ts';
import { operatorError } from '../core/operatorError.ts';

/**
 * Replaces the records of each batch, `size` at a time, by those `fn` answers for them, now or later. For looking many records up with
 * one question (`MGET`, `WHERE id IN (...)`): what Spark's `mapPartitions` is mostly used for.
 *
 * ```text
 * source                     -(a b c d e)----( )---|
 * mapChunks(2, lookUpAll)    ---(A B C D E)---( )--|
 * ```
 *
 * - `fn` gets arrays of `size` records, the last one of a batch of what is left, and gives any number of records: an array or another
 *   iterable, a promise or an Observable of one. They stay in the order of the chunks. An empty batch has no chunk.
 * - **Holds** the batch until all answers are in; batches are worked on one at a time, in order. At most `concurrency` (10) answers are
 *   waited for at a time.
 * - `signal` is aborted when the run ends, the stream is unsubscribed, or another chunk of the batch has failed.
 * - **Errors**: a throwing or rejecting `fn`, or one that gives no iterable, fails the run with `OPERATOR_FAILED`, naming the first record
 *   of the chunk; catch what the batch should survive inside `fn`.
 * - **Offsets** unchanged. Evaluated on arrival, once; **holds** the records and answers of the batch.
 */
export function mapChunks<T, U>(
  size: number,
  fn: (records: readonly T[], signal: AbortSignal) => Answer<Iterable<U>>,
  options: ConcurrencyOptions = {},
): OperatorFunction<Batch<T>, Batch<U>> {
  const operator = 'mapChunks';
  wholeNumber(`${operator}(size)`, size, 1);
  functionArgument(`${operator}(_, fn)`, fn);
  const concurrency = concurrencyOf(operator, options);
  return held((batch) => {
    const { records, scope } = batch;
    const failed = (error: unknown, at: number): unknown => operatorError(operator, error, scope, at * size);
    return inParallel<Iterable<U>>(scope.run, {
      count: Math.ceil(records.length / size),
      concurrency,
      ask: (at, signal) => fn(records.slice(at * size, (at + 1) * size), signal),
      failed,
    }).pipe(map((answers) => batch.withRecords(together(answers, failed))));
  });
}

function together<U>(answers: readonly Iterable<U>[], failed: (error: unknown, at: number) => unknown): U[] {
  const records: U[] = [];
  for (const [at, answer] of answers.entries()) {
    try {
      if (typeof answer?.[Symbol.iterator] !== 'function') {
        throw new TypeError(`expected an array or another iterable of records, got ${shown(answer)}`);
      }
      for (const record of answer) records.push(record);
    } catch (error) {
      throw failed(error, at);
    }
  }
  return records;
}
