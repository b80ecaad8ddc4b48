import { reasonOf } from '../../core/reasonOf.ts';
import { SqlFailure } from './SqlFailure.ts';

/** Result codes of SQLite that may pass: locked by another connection, no memory, no disk, a disk that fails. */
const PASSING = new Map([
  [5, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [7, 'SQLITE_NOMEM'],
  [10, 'SQLITE_IOERR'],
  [13, 'SQLITE_FULL'],
]);

/** The failure of what was asked of the database at `place`. */
export function sqliteFailure(error: unknown, place: string): SqlFailure {
  if (error instanceof SqlFailure) return error;
  const { errcode, rawCode, code } = (error ?? {}) as { errcode?: unknown; rawCode?: unknown; code?: unknown };
  const name = typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
  const number = errcode ?? rawCode;
  // The upper bytes of a number, and what follows the name, say it more closely.
  const passing = typeof number === 'number' ? PASSING.get(number & 0xff) : undefined;
  const kept = passing ?? [...PASSING.values()].find((known) => name?.startsWith(known));
  const reason = reasonOf(error);
  return kept === undefined
    ? new SqlFailure('refused', `${place} refused: ${reason}`, error, name)
    : new SqlFailure('unavailable', `${place} cannot do it now: ${reason} (${kept})`, error, kept);
}
