import { isStreamError, StreamError } from '../../core/errors.ts';
import { reasonOf } from '../../core/reasonOf.ts';
import { fileTrouble } from '../files/fileTrouble.ts';

/** The file system's failure as the log's. */
export function logFailure(folder: string, act: string, error: unknown): StreamError {
  if (isStreamError(error)) return error;
  const { code, passes, todo } = fileTrouble(error);
  return new StreamError(
    'LOG_FAILED',
    `writeAheadLog: the log in the folder ${folder} could not be ${act} (${reasonOf(error)}): ${todo}.${whatIsThere(code)}`,
    { cause: error, retriable: passes || code === 'EIO', details: { folder, code } },
  );
}

/** What has become of what was answered, as far as it can be known. */
function whatIsThere(code: string): string {
  if (code === 'ENOTDIR' || code === 'EEXIST' || code === 'EISDIR') return ' There is no log in this place.';
  if (code === 'ENOENT')
    return ' If its files were removed, what was answered is gone with them: put them back, or begin anew.';
  return code === 'EIO' ? '' : ' What was answered still is there.';
}

/** What is there cannot be what was written. */
export function logCorrupt(folder: string, file: string, what: string): StreamError {
  return new StreamError(
    'LOG_CORRUPT',
    `writeAheadLog: expected ${file} in the folder ${folder} as it was written, but ${what}. Nothing was changed. Put the file back from a copy; or, to go on ` +
      'without the records that were not processed yet, move the whole folder away and begin anew.',
    { details: { folder, file } },
  );
}

/** A block that finds no room now. */
export function logFull(name: string, bytes: number, held: number, maxBytes: number): StreamError {
  return new StreamError(
    'BUFFER_FULL',
    `writeAheadLog: expected room for a block of ${bytes} bytes, but ${name} holds ${held} of at most ${maxBytes}. Wait until batches have settled; if ` +
      'this goes on, make the outputs faster, receive less, or raise maxBytes.',
    { retriable: true, details: { bytes, held, maxBytes } },
  );
}

/** A block that comes faster than the disk takes them. */
export function queueFull(name: string, bytes: number, queued: number, maxQueued: number): StreamError {
  return new StreamError(
    'BUFFER_FULL',
    `writeAheadLog: expected ${name} to take a block of ${bytes} bytes, but ${queued} bytes of others wait for the disk, and at most ${maxQueued} may. ` +
      'Append when those before have been answered.',
    { retriable: true, details: { bytes, queued, maxQueued } },
  );
}

/** A block that is never taken. */
export function blockTooBig(name: string, bytes: number, maxBlockBytes: number): StreamError {
  return new StreamError(
    'BUFFER_FULL',
    `writeAheadLog: expected blocks of at most ${maxBlockBytes} bytes in ${name}, got one of ${bytes}. Store fewer records at once, or raise maxBlockBytes.`,
    { details: { bytes, maxBlockBytes } },
  );
}

/** A call that comes before `open` or after `close`. */
export function logClosed(name: string): StreamError {
  return new StreamError('LOG_FAILED', `writeAheadLog: ${name} is used before it was opened, or after it was closed.`);
}

/** Records that are not there. */
export function recordsGone(name: string, from: number, until: number, first: number, next: number): StreamError {
  return new StreamError(
    'DATA_LOST',
    `writeAheadLog: expected the records ${from} to ${until} in ${name}, but it holds those from ${first} to ${next}. The position is from another log, or ` +
      'the folder was replaced by an older one.',
    { details: { from, until, first, next } },
  );
}
