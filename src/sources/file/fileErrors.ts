import { StreamError } from '../../core/errors.ts';
import { reasonOf } from '../../core/reasonOf.ts';

/** The file cannot be followed at all. */
export function unreadable(name: string, path: string, error: unknown): StreamError {
  return new StreamError('SOURCE_FAILED', `${name}: expected a readable file at ${path}, but ${reasonOf(error)}.`, {
    cause: error,
    details: { path },
  });
}

/** The next line is longer than allowed. */
export function tooLong(name: string, path: string, maxLineBytes: number, at: number): StreamError {
  return new StreamError(
    'DATA_CORRUPT',
    `${name}: expected lines of at most ${maxLineBytes} bytes, got a longer one at byte ${at} of ${path}. ` +
      "Raise maxLineBytes, or say onLongLine: 'skip' or 'truncate'.",
    { details: { path, at } },
  );
}

/** Bytes that were to be read are gone. */
export function lost(name: string, what: string, advice: string, details: Record<string, unknown>): StreamError {
  return new StreamError('DATA_LOST', `${name}: ${what}. ${advice}`, { details });
}
