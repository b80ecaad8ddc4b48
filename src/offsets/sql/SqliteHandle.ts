import type { SqliteChange, SqliteDatabase, SqliteStatement } from '../../drivers/sql/SqliteTarget.ts';
import { endingStatement, notWithin } from './guarding.ts';

/**
 * What outputs write through: the database, within the transaction of the batch. It refuses what would end the transaction, and every
 * use after its end.
 */
export interface SqliteHandle {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
}

/** The database, until `checkOpen` throws. */
export function sqliteHandle(store: string, database: SqliteDatabase, checkOpen: () => void): SqliteHandle {
  function check(sql: string): void {
    checkOpen();
    const ending = endingStatement(sql);
    if (ending !== undefined) throw notWithin(store, ending);
  }

  return {
    exec(sql) {
      check(sql);
      database.exec(sql);
    },
    prepare(sql) {
      check(sql);
      const statement = database.prepare(sql);
      return {
        run(...values): SqliteChange {
          checkOpen();
          return statement.run(...values);
        },
        get(...values) {
          checkOpen();
          return statement.get(...values);
        },
        all(...values) {
          checkOpen();
          return statement.all(...values);
        },
      };
    },
  };
}
