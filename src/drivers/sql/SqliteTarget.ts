/**
 * An open database of `node:sqlite`, `better-sqlite3` or `libsql`: what is used of it, which all of them have. A database that is
 * handed in is used as it is and not closed.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
  /** Of `better-sqlite3` and `libsql`. */
  readonly inTransaction?: boolean;
  /** Of `node:sqlite`. */
  readonly isTransaction?: boolean;
}

/** A prepared statement. */
export interface SqliteStatement {
  // biome-ignore lint/suspicious/noExplicitAny: each driver says itself what it binds
  run(...values: any[]): SqliteChange;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  get(...values: any[]): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  all(...values: any[]): unknown[];
}

/** What a statement that writes answers. */
export interface SqliteChange {
  readonly changes: number | bigint;
  readonly lastInsertRowid: number | bigint;
}

/** Whether a transaction is open; `undefined` where the driver cannot say. */
export function isInTransaction({ inTransaction, isTransaction }: SqliteDatabase): boolean | undefined {
  return inTransaction ?? isTransaction;
}
