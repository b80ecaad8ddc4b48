import type { CommittedOffset } from '../../core/OffsetRange.ts';
import { identifier, textLiteral } from '../../drivers/sql/sqlText.ts';
import type { TransactionBatch } from '../OffsetStore.ts';

const READ_COMMITTED = 'BEGIN ISOLATION LEVEL READ COMMITTED';
/** What PostgreSQL says to be no number where a transaction is no longer the one that was begun. */
export const ANOTHER_TRANSACTION = 'rx-dstream: the transaction of the batch has ended before its commit';

/** The statements of one group in its two tables. Literals, not parameters: several statements then are one round trip. */
export class PostgresTables {
  readonly #offsets: string;
  readonly #groups: string;
  readonly #group: string;
  readonly #names: readonly [string, string];

  constructor(table: readonly string[], group: string) {
    const groups = [...table.slice(0, -1), `${table.at(-1)}_groups`];
    this.#offsets = table.map(identifier).join('.');
    this.#groups = groups.map(identifier).join('.');
    this.#names = [this.#offsets, this.#groups];
    this.#group = textLiteral(group);
  }

  /** Which of the tables are there. To create one takes a permission even where it is there already. */
  areThere(): string {
    return `SELECT ${this.#names.map((name) => `to_regclass(${textLiteral(name)}) IS NOT NULL`).join(' AND ')} AS there`;
  }

  /** One after the other: two that create a table at the same time fail, also where it is not to be there already. */
  createInTurn(): string {
    return `SELECT pg_advisory_xact_lock(hashtext(${textLiteral(this.#offsets)})); ${this.create()}`;
  }

  create(): string {
    return `CREATE TABLE IF NOT EXISTS ${this.#groups} (
  "group" text PRIMARY KEY,
  owner text,
  epoch bigint NOT NULL DEFAULT 0,
  batch_time bigint
);
CREATE TABLE IF NOT EXISTS ${this.#offsets} (
  "group" text NOT NULL,
  topic text NOT NULL,
  "partition" bigint NOT NULL,
  until bigint NOT NULL,
  PRIMARY KEY ("group", topic, "partition")
)`;
  }

  load(topics: readonly string[] | undefined): string {
    const among = topics === undefined ? '' : ` AND topic IN (${topics.map(textLiteral).join(', ')})`;
    return `SELECT topic, "partition"::text, until::text FROM ${this.#offsets} WHERE "group" = ${this.#group}${among}`;
  }

  /**
   * Begins, locks the row of the group, or fails at once where another transaction holds it, and answers that row and its offsets. Each statement
   * after the lock sees all that the holders before have committed: that is READ COMMITTED. The server ends the transaction by itself where its
   * client says nothing for `idleMs`.
   */
  begin(idleMs: number): string {
    return `${READ_COMMITTED}; SET LOCAL idle_in_transaction_session_timeout = ${idleMs};
SELECT owner, batch_time::text, txid_current()::text AS transaction FROM ${this.#groups}
WHERE "group" = ${this.#group} FOR UPDATE NOWAIT;
${this.load(undefined)}`;
  }

  /** The row of the group as it was committed last. */
  group(): string {
    return `SELECT owner, batch_time::text FROM ${this.#groups} WHERE "group" = ${this.#group}`;
  }

  addGroup(): string {
    return `INSERT INTO ${this.#groups} ("group") VALUES (${this.#group}) ON CONFLICT DO NOTHING`;
  }

  /** The backend whose transaction holds the row: locking writes its number there. */
  holder(owner?: string): string {
    const ofOwner = owner === undefined ? '' : ` AND locked.owner = ${textLiteral(owner)}`;
    return `FROM ${this.#groups} AS locked JOIN pg_stat_activity AS holder ON holder.backend_xid = locked.xmax
WHERE locked."group" = ${this.#group} AND holder.pid <> pg_backend_pid()${ofOwner}`;
  }

  take(owner: string): string {
    return `UPDATE ${this.#groups} SET owner = ${textLiteral(owner)}, epoch = epoch + 1 WHERE "group" = ${this.#group}; COMMIT`;
  }

  /** The number of the transaction that is open. */
  transaction(): string {
    return 'SELECT txid_current_if_assigned()::text AS transaction';
  }

  /**
   * Raises the offsets, keeps the time of the batch, and commits: the last statement. Nothing of it is done where the transaction that is open is not
   * this one: the first statement fails, and with it all of them, in one round trip.
   */
  commit(transaction: string, raised: readonly CommittedOffset[], batch: TransactionBatch | undefined): string {
    const isSame = `txid_current_if_assigned()::text = ${textLiteral(transaction)}`;
    const statements = [`SELECT (CASE WHEN ${isSame} THEN '0' ELSE ${textLiteral(ANOTHER_TRANSACTION)} END)::bigint`];
    if (raised.length > 0) {
      const rows = raised.map(
        ({ topic, partition, until }) => `(${this.#group}, ${textLiteral(topic)}, ${partition}, ${until})`,
      );
      statements.push(`INSERT INTO ${this.#offsets} AS held ("group", topic, "partition", until) VALUES ${rows.join(', ')}
ON CONFLICT ("group", topic, "partition") DO UPDATE SET until = excluded.until WHERE held.until < excluded.until`);
    }
    if (batch !== undefined)
      statements.push(`UPDATE ${this.#groups} SET batch_time = ${batch.time} WHERE "group" = ${this.#group}`);
    return [...statements, 'COMMIT'].join('; ');
  }
}
