import { isStreamError, type StreamError } from '../../core/errors.ts';
import { endingStatement } from '../../drivers/sql/endingStatement.ts';
import type { PostgresSession } from '../../drivers/sql/PostgresSession.ts';
import type { PostgresResult } from '../../drivers/sql/PostgresTarget.ts';
import type { SqlFailure } from '../../drivers/sql/SqlFailure.ts';
import { AskedQueries } from './AskedQueries.ts';
import { afterItsEnd, notAwaited, notWithin } from './guarding.ts';
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
 * end the transaction, and every use after its end. Return or await each query: one that nobody waits for is waited for before the commit, and where
 * it fails the batch fails.
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
  /** Called where a statement has ended the transaction; answers what is said of that. */
  readonly ended: () => StreamError;
}

/** The handle of a batch, and what its commit has to know of the use of it. */
export interface GuardedHandle {
  readonly handle: PostgresHandle;
  /** Waits for queries that are under way; rejects where one failed that nobody waited for. */
  settled(): Promise<void>;
  /** Throws where the transaction was ended from within, or something was still to be written after the end of the batch. */
  check(): void;
}

export function postgresHandle({ store, session, queryTimeoutMs, isOpen, used, ended }: HandleOptions): GuardedHandle {
  const asked = new AskedQueries();
  /** Why nothing of the batch can be committed any more. */
  let broken: StreamError | undefined;

  function checkTransaction(): void {
    if (session.isOutsideTransaction) broken ??= ended();
    if (broken !== undefined) throw broken;
  }

  function refused(query: string | PostgresQuery | PostgresSubmittable): StreamError | undefined {
    const text = typeof query === 'string' ? query : 'text' in query ? query.text : '';
    const ending = typeof text === 'string' ? endingStatement(text, 'postgres') : undefined;
    return ending === undefined ? undefined : notWithin(store, ending);
  }

  async function answered(query: string | PostgresQuery, values?: readonly unknown[]): Promise<unknown> {
    const refusal = refused(query);
    if (refusal !== undefined) throw refusal;
    checkTransaction();
    used();
    try {
      return await session.ask(
        (client) => (typeof query === 'string' ? client.query(query, values && [...values]) : client.query(query)),
        queryTimeoutMs,
      );
    } catch (error) {
      // What the server says of a statement is for whoever wrote it; a lost connection is the store's.
      const { kind, code, cause } = error as SqlFailure;
      throw kind === 'refused' && code !== undefined ? cause : sqlStoreError(store, 'query', error);
    } finally {
      if (session.isOutsideTransaction) broken ??= ended();
    }
  }

  /** A text that has ended the transaction, and succeeded, is a failure all the same. */
  async function within(query: string | PostgresQuery, values?: readonly unknown[]): Promise<unknown> {
    const answer = await answered(query, values);
    checkTransaction();
    return answer;
  }

  function query(query: string | PostgresQuery | PostgresSubmittable, values?: readonly unknown[]): unknown {
    const isSubmittable = typeof query === 'object' && 'submit' in query;
    if (!isOpen()) {
      const late = afterItsEnd(store);
      broken ??= late;
      if (isSubmittable) throw late;
      return Promise.reject(late);
    }
    if (!isSubmittable) return asked.add(within(query as string | PostgresQuery, values));
    const refusal = refused(query);
    if (refusal !== undefined) throw refusal;
    checkTransaction();
    used();
    return session.submit(query as PostgresSubmittable);
  }

  return {
    handle: { query } as PostgresHandle,
    check() {
      if (broken !== undefined) throw broken;
    },
    async settled() {
      const failed = await asked.settled(() => session.wait(0));
      if (failed === undefined) return;
      throw isStreamError(failed.error) ? failed.error : notAwaited(store, failed.error);
    },
  };
}
