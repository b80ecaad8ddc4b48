import type { CommittedOffset } from '../../core/OffsetRange.ts';
import type { SqliteSession } from '../../drivers/sql/SqliteSession.ts';
import type { SqliteStatement } from '../../drivers/sql/SqliteTarget.ts';
import { sqliteFailure } from '../../drivers/sql/sqliteFailure.ts';
import { identifier } from '../../drivers/sql/sqlText.ts';
import type { GroupRow, OffsetRow } from './groupRow.ts';

/** One group in its two tables. Numbers are given and taken as text: drivers differ in what they make of big ones. */
export class SqliteTables {
  readonly #session: SqliteSession;
  readonly #offsets: string;
  readonly #groups: string;
  readonly #group: string;
  readonly #prepared = new Map<string, SqliteStatement>();

  constructor(session: SqliteSession, table: readonly string[], group: string) {
    this.#session = session;
    this.#offsets = table.map(identifier).join('.');
    this.#groups = [...table.slice(0, -1), `${table.at(-1)}_groups`].map(identifier).join('.');
    this.#group = group;
  }

  create(): void {
    this.#session.exec(`CREATE TABLE IF NOT EXISTS ${this.#groups} (
  "group" TEXT PRIMARY KEY,
  owner TEXT,
  epoch INTEGER NOT NULL DEFAULT 0,
  batch_time INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ${this.#offsets} (
  "group" TEXT NOT NULL,
  topic TEXT NOT NULL,
  "partition" INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY ("group", topic, "partition")
) WITHOUT ROWID`);
  }

  offsets(): readonly OffsetRow[] {
    const columns = 'topic, CAST("partition" AS TEXT) AS "partition", CAST(until AS TEXT) AS until';
    return this.#ask(`SELECT ${columns} FROM ${this.#offsets} WHERE "group" = ?`, (all) =>
      all.all(this.#group),
    ) as OffsetRow[];
  }

  group(): GroupRow {
    const columns = 'owner, CAST(batch_time AS TEXT) AS batch_time';
    const found = this.#ask(`SELECT ${columns} FROM ${this.#groups} WHERE "group" = ?`, (one) => one.get(this.#group));
    return (found as GroupRow | undefined) ?? { owner: null, batch_time: null };
  }

  take(owner: string): void {
    const added = `INSERT INTO ${this.#groups} ("group", owner, epoch) VALUES (?, ?, 1)`;
    const again = 'ON CONFLICT ("group") DO UPDATE SET owner = excluded.owner, epoch = epoch + 1';
    this.#ask(`${added} ${again}`, (row) => row.run(this.#group, owner));
  }

  keepTime(time: number): void {
    const added = `INSERT INTO ${this.#groups} ("group", batch_time) VALUES (?, CAST(? AS INTEGER))`;
    const again = 'ON CONFLICT ("group") DO UPDATE SET batch_time = excluded.batch_time';
    this.#ask(`${added} ${again}`, (row) => row.run(this.#group, String(time)));
  }

  raise(offsets: readonly CommittedOffset[]): void {
    const values = '(?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER))';
    const added = `INSERT INTO ${this.#offsets} ("group", topic, "partition", until) VALUES ${values}`;
    const again = 'ON CONFLICT ("group", topic, "partition") DO UPDATE SET until = excluded.until';
    for (const { topic, partition, until } of offsets)
      this.#ask(`${added} ${again}`, (row) => row.run(this.#group, topic, String(partition), String(until)));
  }

  /** Prepares a statement once, and asks it. */
  #ask<T>(sql: string, how: (statement: SqliteStatement) => T): T {
    try {
      let statement = this.#prepared.get(sql);
      if (statement === undefined) {
        statement = this.#session.database.prepare(sql);
        this.#prepared.set(sql, statement);
      }
      return how(statement);
    } catch (error) {
      throw sqliteFailure(error, this.#session.place);
    }
  }
}
