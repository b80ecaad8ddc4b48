import { type MonoTypeOperatorFunction, mergeMap, type Observable, of } from 'rxjs';
import { type Answer, isPending } from '../core/Answer.ts';
import { functionArgument, refuse } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { batchStreamLike } from '../core/batch/batchStream.ts';
import { committing } from '../core/batch/committing.ts';
import { output } from '../core/batch/output.ts';
import { outputError } from '../core/batch/outputError.ts';
import { tracked } from '../core/batch/tracked.ts';
import type { TransactionalOffsetStore } from '../offsets/OffsetStore.ts';
import { toItsEnd } from './toItsEnd.ts';

const NAME = 'foreachBatchInTransaction';

/**
 * Writes the results of each batch in the transaction that commits its offsets: both take effect or neither, **exactly once**.
 *
 * ```text
 * source                                      -(a b)----------(c)---|
 * foreachBatchInTransaction(store, save)      -----(a b)---------(c)|   begin · save(a b) · ... · offsets · commit
 * ```
 *
 * - `write` gets the batch, the handle of the open transaction (what it is the store says: a client of PostgreSQL, the commands of
 *   a Redis script), and a signal that is aborted when the run fails. It may answer with a value, a promise or an Observable. Only what goes
 *   through the handle is exactly once.
 * - It declares `commitOffsets(store)` too. The transaction is committed when all outputs of the batch are done; several of these outputs
 *   at one store share it. A batch that fails leaves nothing behind.
 * - **Exactly once** over a crash at any point, between the commit and the checkpoint too: the transaction keeps the batch time, a batch that
 *   runs again is recognised by it, `write` is not called, and `BATCH_COMMITTED_BEFORE` is reported. That takes a source that gives
 *   the same records again: one that starts from the offsets of this `store`, or any replayable one under a durable checkpoint.
 * - **Errors**: a failing `write` is `OUTPUT_FAILED`. A store that is away when the batch begins is waited for (`commitRetry`). One that is lost
 *   in the middle fails the run with `OFFSET_STORE_UNAVAILABLE`: `retry()` runs the batch again, or finds that it was committed.
 *   `OFFSET_STORE_TAKEN` where another pipeline has taken the group over; `OFFSET_STORE_FAILED` where the records of the batch have been committed
 *   by another one.
 * - **Unsubscribed** while it is written, beside chains that stay: `write` is finished first, as the transaction holds half of it.
 * - **Holds** one transaction open from its first call until the batch has settled.
 */
export function foreachBatchInTransaction<T, H>(
  store: TransactionalOffsetStore<H>,
  write: (batch: Batch<T>, handle: H, signal: AbortSignal) => Answer<unknown>,
): MonoTypeOperatorFunction<Batch<T>> {
  if (typeof store?.begin !== 'function')
    refuse(
      `${NAME}(store)`,
      'an offset store with transactions',
      store,
      'Make one: postgresOffsets, sqliteOffsets, redisOffsets.',
    );
  functionArgument(`${NAME}(_, write)`, write);
  const written = output(NAME, (batch: Batch<T>, signal) =>
    inTransaction(store, batch, (handle) => write(batch, handle, signal)),
  );
  return (source) => written(batchStreamLike(source, committing(source, store)));
}

function inTransaction<T, H>(
  store: TransactionalOffsetStore<H>,
  { scope, time, origins }: Batch<T>,
  write: (handle: H) => Answer<unknown>,
): Observable<unknown> {
  const { run } = scope;
  scope.declareCommit(store, origins);
  const written = run.transaction(scope, store).pipe(
    mergeMap(({ committed, handle }) => {
      if (committed) {
        run.report('BATCH_COMMITTED_BEFORE', store.name, alreadyThere(store.name, time), { details: { time } });
        return of(undefined);
      }
      const answer = write(handle as H);
      return isPending(answer) ? tracked(run, answer as Observable<unknown>) : of(answer);
    }),
  );
  return toItsEnd(scope, written, (error) => outputError(NAME, time, error));
}

function alreadyThere(store: string, time: number): string {
  return (
    `${NAME}(${store}): the results of the batch of time ${time} were committed by a run that ended before the batch had settled; ` +
    'they are not written again.'
  );
}
