import { asyncScheduler, type SchedulerLike } from 'rxjs';
import {
  optionsArgument,
  refuse,
  schedulerArgument,
  textArgument,
  timerMilliseconds,
  truth,
} from '../../core/arguments.ts';
import { StreamError } from '../../core/errors.ts';
import { knownOptions } from '../../core/knownOptions.ts';
import type { CommittedOffset } from '../../core/OffsetRange.ts';
import type { PostgresSession } from '../../drivers/sql/PostgresSession.ts';
import {
  isPostgresUrl,
  isSingleClient,
  mostConnections,
  type PostgresTarget,
} from '../../drivers/sql/PostgresTarget.ts';
import { postgresSessions } from '../../drivers/sql/postgresSessions.ts';
import { tableName } from '../../drivers/sql/sqlText.ts';
import { checkedCommit, OwnAttempts } from '../commitPlan.ts';
import type {
  CommitOutcome,
  OffsetCommit,
  OffsetQuery,
  TransactionalOffsetStore,
  TransactionBatch,
} from '../OffsetStore.ts';
import { type GroupRow, heldOffsets, Ownership } from './groupRow.ts';
import { endedWithin } from './guarding.ts';
import { type LockedGroup, lockedGroup } from './lockedGroup.ts';
import type { PostgresHandle } from './PostgresHandle.ts';
import { PostgresTables } from './postgresTables.ts';
import {
  committedIn,
  type PostgresParts,
  type PostgresTransaction,
  postgresTransaction,
} from './postgresTransaction.ts';
import { type SqlAct, sqlStoreError } from './sqlStoreError.ts';
import { Turns } from './Turns.ts';

/** Options of {@link postgresOffsets}. */
export interface PostgresOffsetsOptions {
  /**
   * A URL (`postgres://user:password@127.0.0.1:5432/database`), settings as the package pg takes them, or a `Pool` of it. A pool is used as it is
   * and not ended; of the others the store makes a pool of two connections at its first call. It needs two at a time.
   */
  readonly postgres: PostgresTarget;
  /** The name of the pipeline whose offsets these are. */
  readonly group: string;
  /** The table of offsets, with or without a schema; that of the groups is called the same with `_groups`. Default `rx_dstream_offsets`. */
  readonly table?: string;
  /** Whether missing tables are created at the first call. Default `true`. */
  readonly createTables?: boolean;
  /** Milliseconds within which every call settles, connecting included. Default 5000. */
  readonly commandTimeoutMs?: number;
  /** Milliseconds within which each query of an output has to answer. Default 60 000. */
  readonly queryTimeoutMs?: number;
  /**
   * Milliseconds that a batch may spend between two queries of its transaction; then the server ends it. So a process that is cut off does
   * not hold its locks for ever. Default 60 000.
   */
  readonly idleTimeoutMs?: number;
  /** Measures the timeouts. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/** A {@link TransactionalOffsetStore} that answers with promises. */
export interface PostgresOffsets extends TransactionalOffsetStore<PostgresHandle> {
  load(query: OffsetQuery): Promise<readonly CommittedOffset[]>;
  commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
  own(): Promise<void>;
  begin(batch: TransactionBatch): Promise<PostgresTransaction>;
  close(): Promise<void>;
}

/**
 * An offset store in PostgreSQL (12 or later), over the package `pg`. With `foreachBatchInTransaction` results and offsets are one
 * transaction: **exactly once**.
 *
 * - Everything happens under the lock of the group's row. Whoever takes the group over waits a second for the transaction of the one
 *   before, then has the server end it; a commit of the one before is `OFFSET_STORE_TAKEN`.
 * - `OFFSET_STORE_UNAVAILABLE` (retriable): not reachable, no answer in time, starting, stopping, a standby, out of connections or disk, a deadlock,
 *   the row of the group locked by somebody else. A commit may then have taken effect.
 * - `OFFSET_STORE_FAILED`: PostgreSQL refused (no permission, no such database or table), an offset stored above where the batch begins, a
 *   transaction that was ended by the function that writes (this store object then begins no other), a query that failed and was not awaited, a
 *   second transaction while one is open, the row of the group deleted, or pg is not installed.
 * - **Holds** one connection while a batch writes; the time of the last batch in the row of its group.
 */
export function postgresOffsets(options: PostgresOffsetsOptions): PostgresOffsets {
  const { group, tables, createTables, commandTimeoutMs, queryTimeoutMs, idleMs, scheduler } = checked(options);
  const store = 'postgresOffsets';
  const sessions = postgresSessions({
    target: options.postgres,
    name: `rx-dstream ${group}`,
    withinMs: commandTimeoutMs,
    scheduler,
  });
  const ownership = new Ownership(store);
  const attempts = new OwnAttempts();
  const parts: PostgresParts = { store, tables, attempts, queryTimeoutMs, checkOwner, ended };
  const turns = new Turns(commandTimeoutMs, scheduler);
  const patienceMs = Math.min(1000, commandTimeoutMs / 4);
  let areTablesThere = false;
  /** Set where results may be there without their offsets: a batch that ran again would write them twice. */
  let unsure: StreamError | undefined;

  async function prepare(session: PostgresSession): Promise<void> {
    if (areTablesThere) return;
    const [found] = await session.query(tables.areThere());
    if (found?.rows[0]?.there !== true) {
      if (!createTables) throw missing(tables);
      await session.query(tables.createInTurn());
    }
    areTablesThere = true;
  }

  function ended(act: 'handle' | 'commit'): StreamError {
    unsure ??= endedWithin(store, act);
    return unsure;
  }

  async function checkOwner(): Promise<void> {
    const [found] = await sessions.run((session) => session.query(tables.group()));
    const row = found?.rows[0] as GroupRow | undefined;
    if (row !== undefined) ownership.check(row);
  }

  /** Locked for a commit: whatever holds it in our name is a connection that we have given up. */
  async function locked(session: PostgresSession): Promise<LockedGroup> {
    await prepare(session);
    const row = await lockedGroup(session, tables, { idleMs, patienceMs, ofOwner: ownership.id });
    ownership.check(row);
    return row;
  }

  const told =
    (act: SqlAct) =>
    (error: unknown): never => {
      throw sqlStoreError(store, act, error);
    };

  return {
    name: `postgres ${group}`,
    async load({ topics }) {
      if (topics?.length === 0) return [];
      const rows = sessions.run(async (session) => {
        await prepare(session);
        const [found] = await session.query(tables.load(topics));
        return [...heldOffsets(store, found?.rows ?? []).values()];
      });
      return rows.catch(told('load'));
    },
    async commit(offsets) {
      const wanted = checkedCommit(store, offsets);
      if (wanted.length === 0) return { foreign: [] };
      const commit = async (session: PostgresSession): Promise<CommitOutcome> =>
        committedIn(parts, session, await locked(session), wanted);
      return turns.take(() => sessions.run(commit)).catch(told('commit'));
    },
    async own() {
      const take = async (session: PostgresSession): Promise<void> => {
        await prepare(session);
        const row = await lockedGroup(session, tables, { idleMs, patienceMs });
        if (ownership.needsTaking(row)) await session.query(tables.take(ownership.id));
        else await session.rollback();
        ownership.taken();
      };
      return turns.take(() => sessions.run(take)).catch(told('own'));
    },
    async begin(batch) {
      if (unsure !== undefined) throw unsure;
      const begin = async (session: PostgresSession): Promise<PostgresTransaction> => {
        const group = await locked(session);
        return postgresTransaction(parts, session, group, batch, () => turns.end());
      };
      return turns.begin(store, () => sessions.open(begin)).catch(told('begin'));
    },
    close: () => sessions.close(),
  };
}

function missing(tables: PostgresTables): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `postgresOffsets: expected its tables to be there, because createTables is false. Create them:\n${tables.create()};`,
  );
}

interface Checked {
  readonly group: string;
  readonly tables: PostgresTables;
  readonly createTables: boolean;
  readonly commandTimeoutMs: number;
  readonly queryTimeoutMs: number;
  readonly idleMs: number;
  readonly scheduler: SchedulerLike;
}

function checked(options: PostgresOffsetsOptions): Checked {
  optionsArgument('postgresOffsets', options, '{ postgres, group }');
  knownOptions('postgresOffsets', options, OPTIONS);
  const { postgres, table = 'rx_dstream_offsets', createTables = true, scheduler = asyncScheduler } = options;
  const { commandTimeoutMs = 5000, queryTimeoutMs = 60_000, idleTimeoutMs = 60_000 } = options;
  const kinds = 'a PostgreSQL URL, settings of pg or a Pool of it';
  if (!isTarget(postgres)) {
    const todo = 'A URL is written postgres://user:password@host:port/database.';
    // What may hold a password is not shown.
    const got = typeof postgres === 'string' && /[:@]/.test(postgres) ? 'a text that begins otherwise' : postgres;
    refuse('postgresOffsets(postgres)', kinds, got, todo);
  }
  if (typeof postgres === 'object' && isSingleClient(postgres)) {
    refuse(
      'postgresOffsets(postgres)',
      kinds,
      postgres,
      'A single client does not survive the loss of its connection.',
    );
  }
  const max = mostConnections(postgres);
  if (max !== undefined && max < 2) {
    const todo = 'The offsets are asked for while the transaction of a batch holds one.';
    refuse('postgresOffsets(postgres)', 'a pool of at least 2 connections (max)', max, todo);
  }
  const group = textArgument('postgresOffsets(group)', options.group);
  return {
    group,
    tables: new PostgresTables(tableName('postgresOffsets(table)', table), group),
    createTables: truth('postgresOffsets(createTables)', createTables),
    commandTimeoutMs: timerMilliseconds('postgresOffsets(commandTimeoutMs)', commandTimeoutMs),
    queryTimeoutMs: timerMilliseconds('postgresOffsets(queryTimeoutMs)', queryTimeoutMs),
    idleMs: Math.ceil(timerMilliseconds('postgresOffsets(idleTimeoutMs)', idleTimeoutMs)),
    scheduler: schedulerArgument('postgresOffsets(scheduler)', scheduler),
  };
}

function isTarget(postgres: unknown): boolean {
  if (typeof postgres === 'string') return isPostgresUrl(postgres);
  if (typeof postgres !== 'object' || postgres === null || Array.isArray(postgres)) return false;
  const { connectionString } = postgres as { connectionString?: unknown };
  return connectionString === undefined || (typeof connectionString === 'string' && isPostgresUrl(connectionString));
}

const OPTIONS: Readonly<Record<keyof PostgresOffsetsOptions, true>> = {
  postgres: true,
  group: true,
  table: true,
  createTables: true,
  commandTimeoutMs: true,
  queryTimeoutMs: true,
  idleTimeoutMs: true,
  scheduler: true,
};
