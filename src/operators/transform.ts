import { catchError, map, type Observable, type OperatorFunction, of, take, throwIfEmpty } from 'rxjs';
import { type Answer, isPending } from '../core/Answer.ts';
import { functionArgument } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { givenBatch, type Transformed } from '../core/batch/givenBatch.ts';
import { held } from '../core/batch/held.ts';
import { tracked } from '../core/batch/tracked.ts';
import { StreamError } from '../core/errors.ts';
import { evaluate, operatorError } from '../core/operatorError.ts';

/**
 * Replaces each batch by what `fn` makes of it: records, a batch, or a promise or Observable of either. Spark's `transform`:
 * the function is called once a batch, so it may look at things that change between batches, like a blacklist.
 *
 * ```text
 * source                           -(a b)---(c)---|
 * transform(withoutBlacklisted)    -(b)-----(c)---|
 * ```
 *
 * - **Holds** the batch while a promise or Observable is awaited; batches are worked on one at a time, in order. Of an Observable
 *   the first value counts, and it is unsubscribed.
 * - **Errors**: a throwing or rejecting `fn`, or one that gives nothing, fails the run with `OPERATOR_FAILED`.
 * - **Offsets** unchanged.
 */
export function transform<T, U>(
  fn: (batch: Batch<T>, signal: AbortSignal) => Answer<Transformed<U>>,
): OperatorFunction<Batch<T>, Batch<U>> {
  functionArgument('transform(fn)', fn);
  return held((batch, signal) => {
    const { scope } = batch;
    const answer = evaluate('transform', scope, () => fn(batch, signal));
    return later(answer, batch).pipe(
      map((given) => givenBatch('transform', batch, given)),
      catchError((error) => {
        throw operatorError('transform', error, scope);
      }),
    );
  });
}

function later<U>(answer: Answer<Transformed<U>>, { scope }: Batch<unknown>): Observable<Transformed<U>> {
  if (!isPending(answer)) return of(answer as Transformed<U>);
  return tracked(scope.run, answer as Observable<Transformed<U>>).pipe(
    take(1),
    throwIfEmpty(
      () =>
        new StreamError(
          'OPERATOR_FAILED',
          'transform: expected its Observable to emit a batch or an iterable of records, it completed without. ' +
            'Emit [] for a batch without records.',
          { details: { operator: 'transform', time: scope.time } },
        ),
    ),
  );
}
