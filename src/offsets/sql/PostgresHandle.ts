import type { StreamError } from '../../core/errors.ts';
import type { PostgresSession } from '../../drivers/sql/PostgresSession.ts';
import type { PostgresResult } from '../../drivers/sql/PostgresTarget.ts';
import type { SqlFailure } from '../../drivers/sql/SqlFailure.ts';
import { afterItsEnd, endsTransaction, notWithin } from './guarding.ts';
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
  /** Called with each query that is asked. */
  readonly used: () => void;
}

export function postgresHandle({ store, session, queryTimeoutMs, isOpen, used }: HandleOptions): PostgresHandle {
  function refused(query: string | PostgresQuery | PostgresSubmittable): StreamError | undefined {
    if (!isOpen()) return afterItsEnd(store);
    const text = typeof query === 'string' ? query : 'text' in query ? query.text : '';
    if (typeof text !== 'string' || !endsTransaction(text)) return undefined;
    return notWithin(store, text);
  }

  function query(query: string | PostgresQuery | PostgresSubmittable, values?: readonly unknown[]): unknown {
    const refusal = refused(query);
    if (refusal === undefined) used();
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
