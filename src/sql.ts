export type { PostgresResult, PostgresSettings, PostgresTarget } from './drivers/sql/PostgresTarget.ts';
export type { SqliteChange, SqliteDatabase, SqliteStatement } from './drivers/sql/SqliteTarget.ts';
export type { PostgresHandle, PostgresQuery, PostgresSubmittable } from './offsets/sql/PostgresHandle.ts';
export { type PostgresOffsets, type PostgresOffsetsOptions, postgresOffsets } from './offsets/sql/postgresOffsets.ts';
export type { PostgresTransaction } from './offsets/sql/postgresTransaction.ts';
export type { SqliteHandle } from './offsets/sql/SqliteHandle.ts';
export {
  type SqliteOffsets,
  type SqliteOffsetsOptions,
  type SqliteTransaction,
  sqliteOffsets,
} from './offsets/sql/sqliteOffsets.ts';
