import { reasonOf } from '../../core/reasonOf.ts';
import { SqlFailure } from './SqlFailure.ts';

/** Not now: connection, resources, conflicts, a standby, shutting down or starting, given up by a timeout of the server. */
const PASSING = /^(08...|53...|57P0[1235]|57014|58030|40...|25P0[34]|25006|55P03)$/;

/** Said by pg or by Node without SQLSTATE, and not mended by waiting. */
const REFUSED = /^SASL|does not support SSL|after calling end on the pool|certificate|hostname\/IP does not match/i;

/** The failure of what was asked at `place`. */
export function postgresFailure(error: unknown, place: string): SqlFailure {
  if (error instanceof SqlFailure) return error;
  const state = sqlState(error);
  const reason = reasonOf(error);
  if (state !== undefined) {
    return PASSING.test(state)
      ? new SqlFailure('unavailable', `${place} cannot do it now: ${reason} (${state})`, error, state)
      : new SqlFailure('refused', `${place} refused: ${reason} (${state})`, error, state);
  }
  const isMistake = error instanceof TypeError || error instanceof RangeError || REFUSED.test(reason);
  if (isMistake) return new SqlFailure('refused', `${place}: ${reason}`, error);
  // Lost connections come with a code of Node or with none at all.
  return new SqlFailure('unavailable', `${place} does not answer (${reason})`, error);
}

/** Whether the server has ended the session, or is gone: nothing more can be asked over this connection. */
export function isEndOfSession(error: unknown): boolean {
  const { severity } = (error ?? {}) as { severity?: unknown };
  return sqlState(error) === undefined ? true : severity === 'FATAL' || severity === 'PANIC';
}

function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? code : undefined;
}
