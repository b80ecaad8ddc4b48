import { isObservable, map, type ObservableInput, type OperatorFunction, of } from 'rxjs';
import { functionArgument } from '../core/arguments.ts';
import { Batch } from '../core/Batch.ts';
import { StreamError } from '../core/errors.ts';
import { held } from '../core/held.ts';
import { evaluate } from '../core/operatorError.ts';
import { tracked } from '../core/tracked.ts';

/** What a transform function may give back: a batch, or the records of one. */
export type Transformed<U> = Batch<U> | Iterable<U>;

/**
 * Replaces each batch by what `fn` makes of it: records, a batch, or a promise or Observable of either. Spark's `transform`:
 * the function is called once a batch, so it may look at things that change between batches, like a blacklist.
 *
 * ```text
 * source                           -(a b)---(c)---|
 * transform(withoutBlacklisted)    -(b)-----(c)---|
 * ```
 *
 * - **Holds** the batch while a promise or Observable is awaited; batches are worked on one at a time, in order.
 * - **Errors**: a throwing or rejecting `fn`, or one that gives nothing, fails the run with `OPERATOR_FAILED`.
 * - **Offsets** unchanged.
 */
export function transform<T, U>(
  fn: (batch: Batch<T>, signal: AbortSignal) => Transformed<U> | ObservableInput<Transformed<U>>,
): OperatorFunction<Batch<T>, Batch<U>> {
  functionArgument('transform(fn)', fn);
  return held((batch, signal) => {
    const result = evaluate('transform', batch.scope, () => fn(batch, signal));
    const isLater = isObservable(result) || typeof (result as PromiseLike<unknown> | null)?.then === 'function';
    const transformed = isLater
      ? tracked(batch.scope.run, result as ObservableInput<Transformed<U>>)
      : of(result as Transformed<U>);
    return transformed.pipe(map((records) => batchOf(batch, records)));
  });
}

function batchOf<T, U>(batch: Batch<T>, records: Transformed<U>): Batch<U> {
  if (records instanceof Batch) return records;
  if (typeof (records as Iterable<U> | null)?.[Symbol.iterator] === 'function') return batch.withRecords(records);
  throw new StreamError(
    'OPERATOR_FAILED',
    `transform: its function must not return ${records === null ? 'null' : typeof records}: expected a batch or an iterable of records. ` +
      'Return [] for a batch without records.',
  );
}
