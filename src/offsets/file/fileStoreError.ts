import { isStreamError, StreamError } from '../../core/errors.ts';
import { FileLockHeld } from '../../drivers/files/fileLock.ts';
import { fileTrouble } from '../../drivers/files/fileTrouble.ts';

/** Throws the file system's failure as the store's. */
export function fileStoreError(path: string, act: 'read' | 'written', error: unknown): never {
  if (isStreamError(error)) throw error;
  if (error instanceof FileLockHeld) throw heldFor(path, error);
  const { code, passes: retriable, todo } = fileTrouble(error);
  throw new StreamError(
    retriable ? 'OFFSET_STORE_UNAVAILABLE' : 'OFFSET_STORE_FAILED',
    `fileOffsets: the offsets at ${path} could not be ${act} (${(error as Error).message}): ${todo}. The file that was there still is.`,
    { cause: error, retriable, details: { path, code } },
  );
}

/** Another process that writes takes milliseconds; one that stands still in the middle of it takes longer. */
function heldFor(path: string, error: FileLockHeld): StreamError {
  return new StreamError(
    'OFFSET_STORE_UNAVAILABLE',
    `fileOffsets: the offsets at ${path} are being written by another process, which does not come to its end: it holds ${error.lock}, whose name tells its host, ` +
      'start of the host, process and start of the process. End that process; if it ran on another host and runs no more, remove that file.',
    { cause: error, retriable: true, details: { path, lock: error.lock } },
  );
}
