import { openSqlite } from './openSqlite.ts';
import { SqlFailure } from './SqlFailure.ts';
import { isInTransaction, type SqliteDatabase } from './SqliteTarget.ts';
import { sqliteFailure } from './sqliteFailure.ts';

/** One connection to a database: opened at the first use where it is a file, else the user's. */
export class SqliteSession {
  readonly place: string;
  readonly #given: string | SqliteDatabase;
  readonly #busyTimeoutMs: number;
  #database: SqliteDatabase | undefined;
  #isClosed = false;

  constructor(given: string | SqliteDatabase, busyTimeoutMs: number) {
    this.place = typeof given === 'string' ? `SQLite at ${given}` : 'SQLite';
    this.#given = given;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  /** Throws a {@link SqlFailure} where it cannot be opened. */
  get database(): SqliteDatabase {
    if (this.#isClosed) throw new SqlFailure('refused', `${this.place} was closed`);
    try {
      this.#database ??= typeof this.#given === 'string' ? openSqlite(this.#given, this.#busyTimeoutMs) : this.#given;
    } catch (error) {
      throw sqliteFailure(error, this.place);
    }
    return this.#database;
  }

  /** Does something in a transaction of its own, which fails as a whole. */
  transaction<T>(work: () => T): T {
    return this.begun(() => {
      const answer = work();
      this.commit();
      return answer;
    });
  }

  /** Begins a transaction, which has the one lock for writing that a file has; where `work` throws nothing is left of it. */
  begun<T>(work: () => T): T {
    // Where this fails, a transaction that is open is not ours.
    this.exec('BEGIN IMMEDIATE');
    try {
      return work();
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  commit(): void {
    this.exec('COMMIT');
  }

  /** Ends what is open without effect; where SQLite has done that already there is nothing to do. */
  rollback(): void {
    const isOpen = isInTransaction(this.database);
    if (isOpen === false) return;
    try {
      this.exec('ROLLBACK');
    } catch (error) {
      if (isOpen) throw error; // whoever cannot say has none open
    }
  }

  /** Drivers that cannot say are believed to be. */
  get isInTransaction(): boolean {
    return isInTransaction(this.database) ?? true;
  }

  exec(sql: string): void {
    const { database } = this;
    try {
      database.exec(sql);
    } catch (error) {
      throw sqliteFailure(error, this.place);
    }
  }

  /** Closes what it has opened; may be called twice. */
  close(): void {
    this.#isClosed = true;
    if (typeof this.#given === 'string') this.#database?.close();
    this.#database = undefined;
  }
}
