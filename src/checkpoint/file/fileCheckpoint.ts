import { textArgument, truth } from '../../core/arguments.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import type { DurableCheckpoint } from '../CheckpointStore.ts';
import { type LoggedCheckpointOptions, loggedCheckpoint } from '../log/loggedCheckpoint.ts';
import { LOG_OPTIONS, logOptions } from '../log/logOptions.ts';
import { folderLog } from './folderLog.ts';

/** Options of {@link fileCheckpoint}. */
export interface FileCheckpointOptions extends LoggedCheckpointOptions {
  /** See {@link LoggedCheckpointOptions.onUnreadable}; what is set aside is moved to `<folder>/unreadable-<n>`. Default `'fail'`. */
  readonly onUnreadable?: 'fail' | 'setAside';
  /**
   * Take the folder from an owner that still runs, or of which that cannot be known: it can write no more. For the one start after you
   * have made sure; two pipelines that both have it take the folder from each other again and again. Default `false`.
   */
  readonly takeOver?: boolean;
  /**
   * Whether an answer waits for the disk. `false` is faster, and safe when the process is killed, but not when the machine loses power: then
   * the checkpoint may be unreadable. Default `true`.
   */
  readonly sync?: boolean;
}

const OPTIONS: KnownOptions<FileCheckpointOptions> = { ...LOG_OPTIONS, takeOver: true, sync: true };

/**
 * A checkpoint in a folder, for pipelines on one machine.
 *
 * - It is a log of changes and a base, merged from time to time; every byte is under a checksum. A batch costs what changed in it, and one
 *   `fdatasync` each for its plan and its settlement.
 * - `folder`: one for each context, relative to the working directory, on a disk that outlives the process. It is made when missing, with what is above
 *   it. Files of other names in it are left alone; do not touch ours while a pipeline runs.
 * - One owner at a time. A second one is refused (`CHECKPOINT_OWNED`) while the process of the first lives; the place of a dead one is taken at
 *   once, without waiting. A process on another host counts as alive, because nobody can see whether it is: `takeOver`. Whoever was
 *   overtaken can write no more (`CHECKPOINT_TAKEN`), also one that was stopped in the middle of a write.
 * - `CHECKPOINT_UNAVAILABLE` (retriable): disk or quota full, a disk that fails, no file handles left. `CHECKPOINT_FAILED`: no permission, a
 *   read-only file system, a file in the folder's place, a folder that was removed while in use. `CHECKPOINT_CORRUPT`, `CHECKPOINT_NEWER`: what is
 *   there cannot be read; nothing is changed. `INVALID_ARGUMENT`: an option is wrong.
 * - Reported in `progress$` and as warnings: the torn end of a write that a crash cut off (`CHECKPOINT_TORN`), a merge that failed and is
 *   tried again (`CHECKPOINT_UNMERGED`), what was set aside (`CHECKPOINT_SET_ASIDE`).
 * - Holds a handful of files open from `load` to `close`, and takes about twice the room of its state while it is merged.
 *
 * Spark's `ssc.checkpoint(directory)`, without the code of the pipeline in it.
 */
export function fileCheckpoint(folder: string, options: FileCheckpointOptions = {}): DurableCheckpoint {
  textArgument('fileCheckpoint(folder)', folder);
  knownOptions('fileCheckpoint', options, OPTIONS);
  const { takeOver = false, sync = true } = options;
  truth('fileCheckpoint(takeOver)', takeOver);
  truth('fileCheckpoint(sync)', sync);
  return loggedCheckpoint(folderLog({ folder, takeOver, sync }), logOptions('fileCheckpoint', options));
}
