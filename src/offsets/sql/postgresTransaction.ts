import { isStreamError, type StreamError } from '../../core/errors.ts';
import type { PostgresSession } from '../../drivers/sql/PostgresSession.ts';
import { SqlFailure } from '../../drivers/sql/SqlFailure.ts';
import { checkedCommit, foreignOffsets, type OwnAttempts, raisedOffsets } from '../commitPlan.ts';
import type { CommitOutcome, OffsetCommit, OffsetTransaction, TransactionBatch } from '../OffsetStore.ts';
import { heldOffsets, isCommitted, refuseGaps } from './groupRow.ts';
import { endedBefore } from './guarding.ts';
import type { LockedGroup } from './lockedGroup.ts';
import { type PostgresHandle, postgresHandle } from './PostgresHandle.ts';
import { ANOTHER_TRANSACTION, type PostgresTables } from './postgresTables.ts';
import { sqlStoreError } from './sqlStoreError.ts';

/** SQLSTATE of a session that somebody has ended. */
const ENDED = '57P01';

/** What every transaction of a store has in common. */
export interface PostgresParts {
  /** For messages. */
  readonly store: string;
  readonly tables: PostgresTables;
  readonly attempts: OwnAttempts;
  readonly queryTimeoutMs: number;
  /** Called where a transaction was ended from within; answers what is said of that. */
  readonly ended: (act: 'handle' | 'commit') => StreamError;
  /** Rejects with `OFFSET_STORE_TAKEN` where another writer has taken the group over. */
  checkOwner(): Promise<void>;
}

/** A transaction that {@link PostgresOffsets.begin} answers. */
export interface PostgresTransaction extends OffsetTransaction<PostgresHandle> {
  commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
  rollback(): Promise<void>;
}

/** The transaction that `session` has just begun, with the row of the group locked. `ended` is called once, at its end. */
export function postgresTransaction(
  parts: PostgresParts,
  session: PostgresSession,
  group: LockedGroup,
  batch: TransactionBatch,
  ended: () => void,
): PostgresTransaction {
  const { store, queryTimeoutMs } = parts;
  const committed = isCommitted(batch, group);
  let isOpen = true;
  let isWritten = false;
  const { handle, settled, check } = postgresHandle({
    store,
    session,
    queryTimeoutMs,
    isOpen: () => isOpen,
    used: () => {
      isWritten = true;
    },
    ended: () => parts.ended('handle'),
  });

  async function end<T>(how: () => Promise<T>): Promise<T> {
    isOpen = false;
    try {
      return await how();
    } catch (error) {
      await session.rollback();
      throw error;
    } finally {
      session.release();
      ended();
    }
  }

  /** Whoever takes the group over has our session ended where it is in the way: that is to be told from a lost connection. */
  const failed = (wasLost: boolean) => async (error: unknown) => {
    if (wasLost || (error instanceof SqlFailure && error.code === ENDED)) {
      const taken: unknown = await parts.checkOwner().catch((reason: unknown) => reason);
      if (isStreamError(taken, 'OFFSET_STORE_TAKEN')) throw taken;
    }
    throw sqlStoreError(store, 'commit', error);
  };

  return {
    committed,
    handle,
    async commit(offsets) {
      if (!isOpen) throw endedBefore(store);
      const wasLost = session.isLost;
      return end(async () => {
        const wanted = checkedCommit(store, offsets);
        await settled();
        if (!committed) {
          return session.inTime(() => committedIn(parts, session, group, wanted, { batch, isWritten, check }));
        }
        await session.rollback();
        return { foreign: [] };
      }).catch(failed(wasLost));
    },
    async rollback() {
      if (!isOpen) return;
      await end(async () => {
        if (isWritten && !(await isTheSame(parts, session, group))) throw parts.ended('commit');
        await session.rollback();
      });
    },
  };
}

/** Whether the transaction is still the one that was begun; believed where the server cannot be asked, or says no more in it. */
async function isTheSame({ tables }: PostgresParts, session: PostgresSession, group: LockedGroup): Promise<boolean> {
  try {
    const [now] = await session.query(tables.transaction());
    return now?.rows[0]?.transaction === group.transaction;
  } catch {
    return true;
  }
}

/** What is committed beside offsets. */
interface WrittenBatch {
  readonly batch?: TransactionBatch;
  /** Whether its handle was used. */
  readonly isWritten: boolean;
  /** Throws where it is not to be committed; asked last, when whoever waited for a query has gone on. */
  readonly check?: () => void;
}

/** Raises the offsets in the transaction of `session`, and commits it. */
export async function committedIn(
  parts: PostgresParts,
  session: PostgresSession,
  group: LockedGroup,
  wanted: readonly OffsetCommit[],
  { batch, isWritten, check }: WrittenBatch = { isWritten: false },
): Promise<CommitOutcome> {
  const { store, tables, attempts, ended } = parts;
  const own = attempts.note(wanted);
  check?.();
  const held = heldOffsets(store, group.offsets);
  try {
    if (batch !== undefined) refuseGaps(store, held, wanted);
  } catch (refusal) {
    if (isWritten && !(await isTheSame(parts, session, group))) throw ended('commit');
    throw refusal;
  }
  const raised = raisedOffsets(held, wanted);
  if (raised.length === 0 && !isWritten) {
    // Nothing to keep: a batch that leaves nothing may run again, and a commit is waited for on disk.
    await session.query('ROLLBACK');
  } else {
    const results = await session.query(tables.commit(group.transaction, raised, batch)).catch((error: SqlFailure) => {
      throw error.message.includes(ANOTHER_TRANSACTION) ? ended('commit') : error;
    });
    // Of a transaction that has failed before, COMMIT makes a ROLLBACK without a word.
    if (results.at(-1)?.command !== 'COMMIT') throw ended('commit');
  }
  return { foreign: foreignOffsets(held, wanted, own) };
}
