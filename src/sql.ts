export type { PostgresResult, PostgresSettings, PostgresTarget } from './drivers/sql/PostgresTarget.ts';
export type { PostgresHandle, PostgresQuery, PostgresSubmittable } from './offsets/sql/PostgresHandle.ts';
export { type PostgresOffsets, type PostgresOffsetsOptions, postgresOffsets } from './offsets/sql/postgresOffsets.ts';
