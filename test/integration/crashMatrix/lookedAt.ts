import type { CheckpointContents, DurableCheckpoint } from '../../../src/checkpoint/CheckpointStore.ts';
import { isStreamError } from '../../../src/index.ts';

/** Looks into a checkpoint, or a savepoint of it, without owning it. */
export async function lookedAt<T>(
  checkpoint: DurableCheckpoint,
  look: (contents: CheckpointContents) => T | Promise<T>,
  savepoint?: string,
): Promise<T> {
  return checkpoint.inspect(look, savepoint);
}

/** The same with a savepoint, which may not have been made yet. */
export async function lookedAtSavepoint<T>(
  checkpoint: DurableCheckpoint,
  savepoint: string,
  look: (contents: CheckpointContents | undefined) => T | Promise<T>,
): Promise<T> {
  const isThere = await lookedAt(checkpoint, () => true, savepoint).catch((error: unknown) => {
    if (isStreamError(error) && error.code === 'CHECKPOINT_FAILED' && error.details?.savepoint === savepoint)
      return false;
    throw error;
  });
  return isThere ? lookedAt(checkpoint, look, savepoint) : look(undefined);
}
