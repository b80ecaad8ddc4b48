import { isStreamError, StreamError } from '../../core/errors.ts';
import { reasonOf } from '../../core/reasonOf.ts';
import { fileTrouble } from '../../drivers/files/fileTrouble.ts';

/** The file system's failure as the checkpoint's. */
export function folderFailure(folder: string, act: string, error: unknown): StreamError {
  if (isStreamError(error)) return error;
  const { code, passes, todo } = fileTrouble(error);
  // A disk behind a network may be back soon; what was written before is checked when it is read again.
  const retriable = passes || code === 'EIO';
  return new StreamError(
    retriable ? 'CHECKPOINT_UNAVAILABLE' : 'CHECKPOINT_FAILED',
    `fileCheckpoint: the checkpoint in the folder ${folder} could not be ${act} (${reasonOf(error)}): ${todo}. What was there still is.`,
    { cause: error, retriable, details: { folder, code } },
  );
}
