/** What went wrong between us and a database, before a store says it in its own words. */
export class SqlFailure extends Error {
  override readonly name = 'SqlFailure';
  /** `unavailable`: may pass by itself, and what was asked may have taken effect. `refused`: the database said no. */
  readonly kind: 'unavailable' | 'refused';
  /** SQLSTATE of PostgreSQL, result code of SQLite (`SQLITE_BUSY`), where there is one. */
  readonly code: string | undefined;

  constructor(kind: 'unavailable' | 'refused', message: string, cause?: unknown, code?: string) {
    super(message, { cause });
    this.kind = kind;
    this.code = code;
  }
}
