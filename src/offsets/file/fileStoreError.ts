import { isStreamError, StreamError } from '../../core/errors.ts';
import { fileTrouble } from '../../drivers/files/fileTrouble.ts';

/** Throws the file system's failure as the store's. */
export function fileStoreError(path: string, act: 'read' | 'written', error: unknown): never {
  if (isStreamError(error)) throw error;
  const { code, passes: retriable, todo } = fileTrouble(error);
  throw new StreamError(
    retriable ? 'OFFSET_STORE_UNAVAILABLE' : 'OFFSET_STORE_FAILED',
    `fileOffsets: the offsets at ${path} could not be ${act} (${(error as Error).message}): ${todo}. The file that was there still is.`,
    { cause: error, retriable, details: { path, code } },
  );
}
