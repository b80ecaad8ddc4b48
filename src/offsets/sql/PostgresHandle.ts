import { StreamError } from '../../core/errors.ts';
import type { PostgresSession } from '../../drivers/sql/PostgresSession.ts';
import type { PostgresResult } from '../../drivers/sql/PostgresTarget.ts';
import type { SqlFailure } from '../../drivers/sql/SqlFailure.ts';
import { sqlStoreError } from './sqlStoreError.ts';

/** A query as the package pg takes it. */
export interface PostgresQuery {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly [more: string]: unknown;
}

/** What pg lets do its own asking: a cursor, a stream of `COPY`. */
export interface PostgresSubmittable {
  // biome-ignore lint/suspicious/noExplicitAny: a connection, which is pg's own
  submit(connection: any): void;
}

/**
 * What outputs write through: `query` as a client of the package pg has it, within the transaction of the batch. It refuses what would
 * end the transaction, and every use after its end.
 */
export interface PostgresHandle {
  // biome-ignore lint/suspicious/noExplicitAny: as in pg, whoever asks knows the columns
  query<R = any>(text: string, values?: readonly unknown[]): Promise<PostgresResult<R>>;
  // biome-ignore lint/suspicious/noExplicitAny: as in pg, whoever asks knows the columns
  query<R = any>(query: PostgresQuery): Promise<PostgresResult<R>>;
  query<S extends PostgresSubmittable>(submittable: S): S;
}

/** How a {@link PostgresHandle} is made. */
export interface HandleOptions {
  readonly store: string;
  readonly session: PostgresSession;
  readonly queryTimeoutMs: number;
  readonly isOpen: () => boolean;
}

/** Comments and empty statements, then a word that begins or ends a transaction; savepoints are free. */
const ENDING =
  /^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*(?:begin|start\s+transaction|commit|end|abort|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b)|prepare\s+transaction)\b/i;

export function postgresHandle({ store, session, queryTimeoutMs, isOpen }: HandleOptions): PostgresHandle {
  function refused(query: string | PostgresQuery | PostgresSubmittable): StreamError | undefined {
    if (!isOpen()) {
      const todo = 'Wait in the function for all that it writes, and do not keep the handle.';
      return failed(`${store} query: expected to be used before its batch ends, got a use after that. ${todo}`);
    }
    const text = typeof query === 'string' ? query : 'text' in query ? query.text : '';
    if (typeof text !== 'string' || !ENDING.test(text)) return undefined;
    return failed(
      `${store} query: expected a statement within the transaction of the batch, got ${JSON.stringify(text.trim().slice(0, 40))}. ` +
        'It is committed with the offsets when all outputs of the batch are done; throw to roll it back, or use SAVEPOINT.',
    );
  }

  function query(query: string | PostgresQuery | PostgresSubmittable, values?: readonly unknown[]): unknown {
    const refusal = refused(query);
    if (typeof query === 'object' && 'submit' in query) {
      if (refusal) throw refusal;
      return session.submit(query);
    }
    if (refusal) return Promise.reject(refusal);
    const asked = session.ask(
      (client) => (typeof query === 'string' ? client.query(query, values && [...values]) : client.query(query)),
      queryTimeoutMs,
    );
    // What the server says of a statement is for whoever wrote it; a lost connection is the store's.
    return asked.catch((error: SqlFailure) => {
      throw error.kind === 'refused' && error.code !== undefined ? error.cause : sqlStoreError(store, 'query', error);
    });
  }

  return { query } as PostgresHandle;
}

function failed(message: string): StreamError {
  return new StreamError('OFFSET_STORE_FAILED', message);
}
