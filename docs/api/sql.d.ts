// rx-dstream/sql

interface PostgresHandle {
    query<R = any>(text: string, values?: readonly unknown[]): Promise<PostgresResult<R>>;
    query<R = any>(query: PostgresQuery): Promise<PostgresResult<R>>;
    query<S extends PostgresSubmittable>(submittable: S): S;
}

interface PostgresOffsets extends TransactionalOffsetStore<PostgresHandle> {
    load(query: OffsetQuery): Promise<readonly CommittedOffset[]>;
    commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
    own(): Promise<void>;
    begin(batch: TransactionBatch): Promise<PostgresTransaction>;
    close(): Promise<void>;
}

interface PostgresOffsetsOptions {
    readonly postgres: PostgresTarget;
    readonly group: string;
    readonly table?: string;
    readonly createTables?: boolean;
    readonly commandTimeoutMs?: number;
    readonly queryTimeoutMs?: number;
    readonly idleTimeoutMs?: number;
    readonly scheduler?: SchedulerLike;
}

interface PostgresQuery {
    readonly text: string;
    readonly values?: readonly unknown[];
    readonly [more: string]: unknown;
}

interface PostgresResult<R = any> {
    readonly rows: R[];
    readonly rowCount: number | null;
    readonly command: string;
}

interface PostgresSettings {
    readonly connectionString?: string;
    readonly host?: string;
    readonly port?: number;
    readonly user?: string;
    readonly password?: string | (() => string | Promise<string>);
    readonly database?: string;
    readonly ssl?: boolean | object;
    readonly [more: string]: unknown;
}

interface PostgresSubmittable {
    submit(connection: any): void;
}

type PostgresTarget = string | PostgresSettings | PostgresPool;

interface PostgresTransaction extends OffsetTransaction<PostgresHandle> {
    commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
    rollback(): Promise<void>;
}

interface SqliteChange {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
}

interface SqliteDatabase {
    exec(sql: string): unknown;
    prepare(sql: string): SqliteStatement;
    close(): unknown;
    readonly inTransaction?: boolean;
    readonly isTransaction?: boolean;
}

interface SqliteHandle {
    exec(sql: string): void;
    prepare(sql: string): SqliteStatement;
}

interface SqliteOffsets extends TransactionalOffsetStore<SqliteHandle> {
    load(query: OffsetQuery): readonly CommittedOffset[];
    commit(offsets: readonly OffsetCommit[]): CommitOutcome;
    own(): void;
    begin(batch: TransactionBatch): SqliteTransaction;
    close(): void;
}

interface SqliteOffsetsOptions {
    readonly database: string | SqliteDatabase;
    readonly group: string;
    readonly table?: string;
    readonly createTables?: boolean;
    readonly busyTimeoutMs?: number;
}

interface SqliteStatement {
    run(...values: any[]): SqliteChange;
    get(...values: any[]): unknown;
    all(...values: any[]): unknown[];
}

interface SqliteTransaction extends OffsetTransaction<SqliteHandle> {
    commit(offsets: readonly OffsetCommit[]): CommitOutcome;
    rollback(): void;
}

function postgresOffsets(options: PostgresOffsetsOptions): PostgresOffsets;

function sqliteOffsets(options: SqliteOffsetsOptions): SqliteOffsets;
