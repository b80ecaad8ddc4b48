import { optionsArgument, refuse, textArgument, truth, wholeMilliseconds } from '../../core/arguments.ts';
import type { StreamError } from '../../core/errors.ts';
import { knownOptions } from '../../core/knownOptions.ts';
import type { CommittedOffset } from '../../core/OffsetRange.ts';
import { SqlFailure } from '../../drivers/sql/SqlFailure.ts';
import { SqliteSession } from '../../drivers/sql/SqliteSession.ts';
import type { SqliteDatabase } from '../../drivers/sql/SqliteTarget.ts';
import { tableName } from '../../drivers/sql/sqlText.ts';
import { checkedCommit, foreignOffsets, OwnAttempts, queried, raisedOffsets } from '../commitPlan.ts';
import type {
  CommitOutcome,
  OffsetCommit,
  OffsetQuery,
  OffsetTransaction,
  TransactionalOffsetStore,
  TransactionBatch,
} from '../OffsetStore.ts';
import { TransactionTurns } from '../TransactionTurns.ts';
import { heldOffsets, isCommitted, Ownership, refuseGaps } from './groupRow.ts';
import { endedWithin } from './guarding.ts';
import { type SqliteHandle, sqliteHandle } from './SqliteHandle.ts';
import { SqliteTables } from './sqliteTables.ts';
import { type SqlAct, sqlStoreError } from './sqlStoreError.ts';

/** Options of {@link sqliteOffsets}. */
export interface SqliteOffsetsOptions {
  /**
   * The file, which is made when missing, relative to the working directory; `:memory:`; or an open database of `node:sqlite`, `better-sqlite3` or
   * `libsql`, which is used as it is and not closed.
   */
  readonly database: string | SqliteDatabase;
  /** The name of the pipeline whose offsets these are. */
  readonly group: string;
  /** The table of offsets; that of the groups is called the same with `_groups`. Default `rx_dstream_offsets`. */
  readonly table?: string;
  /** Whether missing tables are created at the first call. Default `true`. */
  readonly createTables?: boolean;
  /** Milliseconds that a call waits, with the whole process, for another connection that writes. Only for files. Default 500. */
  readonly busyTimeoutMs?: number;
}

/** A {@link TransactionalOffsetStore} that answers with plain values. */
export interface SqliteOffsets extends TransactionalOffsetStore<SqliteHandle> {
  load(query: OffsetQuery): readonly CommittedOffset[];
  commit(offsets: readonly OffsetCommit[]): CommitOutcome;
  own(): void;
  begin(batch: TransactionBatch): SqliteTransaction;
  close(): void;
}

/** An {@link OffsetTransaction} that answers with plain values. */
export interface SqliteTransaction extends OffsetTransaction<SqliteHandle> {
  commit(offsets: readonly OffsetCommit[]): CommitOutcome;
  rollback(): void;
}

const STORE = 'sqliteOffsets';

/**
 * An offset store in a SQLite database, for pipelines on one machine. With `foreachBatchInTransaction` results and offsets are one
 * transaction: **exactly once**.
 *
 * - Over `node:sqlite` where Node has it, else `better-sqlite3`, else `libsql`. Every call answers at once with a value.
 * - A file has one writer at a time: while a batch writes, other connections that would write fail as busy, those that read see what was committed
 *   before. Taking the group over waits for that too.
 * - `OFFSET_STORE_UNAVAILABLE` (retriable): another connection writes for longer than `busyTimeoutMs`, disk full, a disk that fails.
 *   `OFFSET_STORE_FAILED`: no permission, no database, no driver, an offset stored above where the batch begins, a transaction that was ended by the
 *   function that writes (this store object then begins no other), a second one while one is open, the row of the group deleted. `OFFSET_STORE_TAKEN`: another store object has taken the group over.
 * - **Holds** one connection to the file until `close`.
 */
export function sqliteOffsets(options: SqliteOffsetsOptions): SqliteOffsets {
  const { group, table, createTables, busyTimeoutMs } = checked(options);
  const session = new SqliteSession(options.database, busyTimeoutMs);
  const tables = new SqliteTables(session, table, group);
  const ownership = new Ownership(STORE);
  const attempts = new OwnAttempts();
  const turns = new TransactionTurns(STORE);
  let areTablesThere = !createTables;
  /** Set where results may be there without their offsets: a batch that ran again would write them twice. */
  let unsure: StreamError | undefined;

  function ended(act: 'handle' | 'commit'): StreamError {
    unsure ??= endedWithin(STORE, act);
    return unsure;
  }

  /** Does something with the tables, and says in our words what fails. */
  function asked<T>(act: SqlAct, work: () => T): T {
    try {
      if (!areTablesThere) tables.create();
      areTablesThere = true;
      return work();
    } catch (error) {
      throw sqlStoreError(STORE, act, error);
    }
  }

  /** The same as a transaction of its own, which has to wait while a batch has one. */
  function written<T>(act: SqlAct, work: () => T): T {
    return asked(act, () => {
      if (turns.isBusy)
        throw new SqlFailure('unavailable', `${session.place} is written by a batch that has not ended`);
      return session.transaction(work);
    });
  }

  function raised(wanted: readonly OffsetCommit[], batch?: TransactionBatch, isWritten = false): CommitOutcome {
    const own = attempts.note(wanted);
    const held = heldOffsets(STORE, tables.offsets());
    if (batch !== undefined) refuseGaps(STORE, held, wanted);
    const raises = raisedOffsets(held, wanted);
    tables.raise(raises);
    // A batch that leaves nothing may run again; a transaction that changes nothing is not waited for on disk.
    if (batch !== undefined && (isWritten || raises.length > 0)) tables.keepTime(batch.time);
    return { foreign: foreignOffsets(held, wanted, own) };
  }

  /** The transaction that has just been begun, known to `turns` as `turn`. */
  function transactionOf(turn: object, batch: TransactionBatch, committed: boolean): SqliteTransaction {
    let isWritten = false;
    const used = (): void => {
      turns.check(turn, 'a use of its handle');
      isWritten = true;
    };
    const { handle, check, wasRolledBack } = sqliteHandle(STORE, session, used, () => ended('handle'));
    return {
      committed,
      handle,
      commit(offsets) {
        turns.check(turn, 'commit(...)');
        turns.end(turn);
        return asked('commit', () => {
          try {
            const wanted = checkedCommit(STORE, offsets);
            check();
            if (!session.isInTransaction) throw ended('commit');
            if (committed) return { foreign: [] };
            const outcome = raised(wanted, batch, isWritten);
            session.commit();
            return outcome;
          } finally {
            session.rollback(); // what was not committed
          }
        });
      },
      rollback() {
        if (!turns.end(turn)) return;
        asked('rollback', () => {
          if (!wasRolledBack() && !session.isInTransaction) throw ended('commit');
          session.rollback();
        });
      },
    };
  }

  return {
    name: `sqlite ${group}`,
    load: (query) => asked('load', () => queried(heldOffsets(STORE, tables.offsets()).values(), query)),
    commit(offsets) {
      const wanted = checkedCommit(STORE, offsets);
      if (wanted.length === 0) return { foreign: [] };
      return written('commit', () => {
        ownership.check(tables.group());
        return raised(wanted);
      });
    },
    own() {
      written('own', () => {
        if (ownership.needsTaking(tables.group())) tables.take(ownership.id);
      });
      ownership.taken();
    },
    begin(batch) {
      if (unsure !== undefined) throw unsure;
      const turn = {};
      turns.begin(turn);
      try {
        return asked('begin', () =>
          session.begun(() => {
            const row = tables.group();
            ownership.check(row);
            return transactionOf(turn, batch, isCommitted(batch, row));
          }),
        );
      } catch (error) {
        turns.end(turn);
        throw error;
      }
    },
    close() {
      try {
        if (turns.endOpen()) asked('rollback', () => session.rollback());
      } finally {
        session.close();
      }
    },
  };
}

interface Checked {
  readonly group: string;
  readonly table: readonly string[];
  readonly createTables: boolean;
  readonly busyTimeoutMs: number;
}

function checked(options: SqliteOffsetsOptions): Checked {
  optionsArgument(STORE, options, '{ database, group }');
  knownOptions(STORE, options, OPTIONS);
  const { database, table = 'rx_dstream_offsets', createTables = true, busyTimeoutMs = 500 } = options;
  const isDatabase = typeof (database as Partial<SqliteDatabase> | null)?.prepare === 'function';
  if (typeof database === 'string' ? database === '' : !isDatabase) {
    refuse(`${STORE}(database)`, 'a path, or an open database of node:sqlite, better-sqlite3 or libsql', database);
  }
  return {
    group: textArgument(`${STORE}(group)`, options.group),
    table: tableName(`${STORE}(table)`, table),
    createTables: truth(`${STORE}(createTables)`, createTables),
    busyTimeoutMs: wholeMilliseconds(`${STORE}(busyTimeoutMs)`, busyTimeoutMs, 0),
  };
}

const OPTIONS: Readonly<Record<keyof SqliteOffsetsOptions, true>> = {
  database: true,
  group: true,
  table: true,
  createTables: true,
  busyTimeoutMs: true,
};
