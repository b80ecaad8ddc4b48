import { StreamError } from '../../core/errors.ts';

/** The refusal of a statement that would begin or end a transaction. */
export function notWithin(store: string, sql: string): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `${store} handle: expected a statement within the transaction of the batch, got ${JSON.stringify(sql.trim().slice(0, 40))}. ` +
      'It is committed with the offsets when all outputs of the batch are done; throw to roll it back, or use SAVEPOINT.',
  );
}

/** The refusal of a handle that somebody has kept. */
export function afterItsEnd(store: string): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `${store} handle: expected to be used before its batch ends, got a use after that. ` +
      'Let the function that writes end only when all is written, and do not keep the handle.',
  );
}

/** The refusal of a second end. */
export function endedBefore(store: string): StreamError {
  const message = `${store} commit: expected a transaction that is open, got one that has ended.`;
  return new StreamError('OFFSET_STORE_FAILED', message);
}

/** What is said where the transaction is gone, found by a statement or by the commit. */
export function endedWithin(store: string, act: 'handle' | 'commit'): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `${store} ${act}: expected the transaction of the batch to be open, got that the function that writes has ended it. ` +
      'What it wrote may be committed without its offsets: a batch that runs again would write it twice. Leave COMMIT and ROLLBACK out of the ' +
      'function, take out of the database what this batch has left there, and start again; until then this store begins no other batch.',
  );
}

/** What is said after a statement that failed and ended the transaction with it: `OR ROLLBACK`, `RAISE(ROLLBACK, ...)`. */
export function rolledBackWithin(store: string, cause: unknown): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `${store} handle: expected the transaction of the batch to be open, got that a statement has failed and rolled it back. ` +
      'Nothing of the batch is kept. Let its failure pass, or write OR ABORT and RAISE(ABORT, ...) in place of ROLLBACK.',
    { cause },
  );
}

/** What a commit says that finds a query failed whose failure nobody has taken. */
export function notAwaited(store: string, cause: unknown): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `${store} commit: expected every query of the batch to succeed, got that one failed which was not awaited. ` +
      'Return or await it. Nothing of the batch was committed; see the cause.',
    { cause },
  );
}
