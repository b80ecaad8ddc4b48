import type { PostgresSession } from '../../drivers/sql/PostgresSession.ts';
import { SqlFailure } from '../../drivers/sql/SqlFailure.ts';
import type { GroupRow, OffsetRow } from './groupRow.ts';
import type { PostgresTables } from './postgresTables.ts';

/** The row of the group, locked until the transaction ends. */
export interface LockedGroup extends GroupRow {
  /** The number of that transaction. */
  readonly transaction: string;
  /** The offsets of the group: nobody changes them while it is locked. */
  readonly offsets: readonly OffsetRow[];
}

/** How a locked row is waited for. */
export interface LockWait {
  /** How long a transaction may be idle before the server ends it. */
  readonly idleMs: number;
  /** How long somebody else's transaction is let be. */
  readonly patienceMs: number;
  /** Whose transaction is ended after that: of this owner only, or of anybody where it is left out. */
  readonly ofOwner?: string;
}

const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 200;
/** SQLSTATE of a row that another transaction has locked. */
const LOCKED = '55P03';

/**
 * Begins a transaction that holds the row of the group. A process that was killed lets go of it at once; one that is stopped, or
 * cut off from the server, may hold it for ever: after some patience its transaction is ended.
 */
export async function lockedGroup(
  session: PostgresSession,
  tables: PostgresTables,
  { idleMs, patienceMs, ofOwner }: LockWait,
): Promise<LockedGroup> {
  let waited = 0;
  for (let pause = FIRST_WAIT_MS; ; pause = Math.min(pause * 2, LONGEST_WAIT_MS)) {
    const tried = await session.query(tables.begin(idleMs)).catch(lockedOnly);
    if (tried === 'locked') {
      await session.rollback();
      session.waitsFor ??= `another transaction holds the row of the group in ${session.place}`;
      if (waited >= patienceMs) session.waitsFor = await ended(session, tables.holder(ofOwner));
      await session.wait(pause);
      waited += pause;
      continue;
    }
    session.waitsFor = undefined;
    const [found, offsets] = tried.slice(-2);
    if (found?.rows[0] !== undefined) return { ...found.rows[0], offsets: offsets?.rows ?? [] } as LockedGroup;
    await session.query(`${tables.addGroup()}; COMMIT`);
  }
}

function lockedOnly(error: SqlFailure): 'locked' {
  if (error.code !== LOCKED) throw error;
  return 'locked';
}

/** Has the server end whoever holds the row, and answers what is to be said if that does not help. */
async function ended(session: PostgresSession, holder: string): Promise<string> {
  const found = `the transaction of another connection holds the row of the group in ${session.place}`;
  try {
    const [result] = await session.query(`SELECT holder.pid, pg_terminate_backend(holder.pid) ${holder}`);
    const pids = result?.rows.map(({ pid }) => pid) ?? [];
    return pids.length === 0 ? `${found}; it cannot be seen which` : `${found}; its backend ${pids} was asked to end`;
  } catch (error) {
    if (!(error instanceof SqlFailure) || error.kind === 'unavailable') throw error;
    return `${found}; to end it was not allowed (${error.message})`;
  }
}
