import type { StreamError } from '../../core/errors.ts';
import { endingStatement } from '../../drivers/sql/endingStatement.ts';
import type { SqliteSession } from '../../drivers/sql/SqliteSession.ts';
import type { SqliteChange, SqliteStatement } from '../../drivers/sql/SqliteTarget.ts';
import { sqliteFailure } from '../../drivers/sql/sqliteFailure.ts';
import { notWithin, rolledBackWithin } from './guarding.ts';
import { sqlStoreError } from './sqlStoreError.ts';

/**
 * What outputs write through: the database, within the transaction of the batch. It refuses what would end the transaction, and every
 * use after its end.
 */
export interface SqliteHandle {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
}

/** The handle of a batch, and what its commit has to know of the use of it. */
export interface GuardedSqlite {
  readonly handle: SqliteHandle;
  /** Throws where a statement has ended the transaction. */
  check(): void;
  /** Whether one has rolled it back as it failed. */
  wasRolledBack(): boolean;
}

/** The database of the session, until `checkOpen` throws, or a statement has ended the transaction; one that succeeds is told to `ended`. */
export function sqliteHandle(
  store: string,
  session: SqliteSession,
  checkOpen: () => void,
  ended: () => StreamError,
): GuardedSqlite {
  const { database } = session;
  let broken: unknown;
  let isRolledBack = false;

  function check(): void {
    if (broken !== undefined) throw broken;
  }

  /** What SQLite says of a statement is for whoever wrote it; what may pass is the store's. */
  function told(error: unknown): unknown {
    const failure = sqliteFailure(error, session.place);
    return failure.kind === 'unavailable' ? sqlStoreError(store, 'query', failure) : error;
  }

  function within<T>(work: () => T): T {
    checkOpen();
    check();
    let answer: T;
    try {
      answer = work();
    } catch (error) {
      const failure = told(error);
      if (!session.isInTransaction) {
        isRolledBack = true;
        broken = failure === error ? rolledBackWithin(store, error) : failure;
      }
      throw failure;
    }
    if (!session.isInTransaction) broken = ended();
    check();
    return answer;
  }

  function checked(sql: string): string {
    const ending = endingStatement(sql, 'sqlite');
    if (ending === undefined) return sql;
    throw notWithin(store, ending);
  }

  return {
    check,
    wasRolledBack: () => isRolledBack,
    handle: {
      exec(sql) {
        within(() => database.exec(checked(sql)));
      },
      prepare(sql) {
        const statement = within(() => database.prepare(checked(sql)));
        return {
          run: (...values): SqliteChange => within(() => statement.run(...values)),
          get: (...values) => within(() => statement.get(...values)),
          all: (...values) => within(() => statement.all(...values)),
        };
      },
    },
  };
}
