import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { functionArgument, textArgument } from '../../core/arguments.ts';
import { type CommittedOffset, partitionKey } from '../../core/OffsetRange.ts';
import { inTurn } from '../../drivers/files/inTurn.ts';
import { replaceFile } from '../../drivers/files/replaceFile.ts';
import { syncFolder } from '../../drivers/files/syncFolder.ts';
import { removeLeftovers } from '../../drivers/files/temporaryNames.ts';
import { checkedCommit, foreignOffsets, OwnAttempts, queried, raisedOffsets } from '../commitPlan.ts';
import type { CommitOutcome, OffsetCommit, OffsetQuery, OffsetStore } from '../OffsetStore.ts';
import { fileStoreError } from './fileStoreError.ts';
import { printOffsetsFile } from './offsetsFile.ts';
import { isSame, type OffsetsAtHand, readOffsets } from './readOffsets.ts';

/** Options of {@link fileOffsets}. */
export interface FileOffsetsOptions {
  /** The file, one for each group; relative to the working directory. Its folder is made when missing. */
  readonly path: string;
  /**
   * Told when the current file is damaged or missing and the generation before it is used instead, and when a person has
   * edited the file. Default: `process.emitWarning`.
   */
  readonly onWarning?: (message: string) => void;
}

/** An {@link OffsetStore} that answers with promises. */
export interface FileOffsets extends OffsetStore {
  load(query: OffsetQuery): Promise<readonly CommittedOffset[]>;
  commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
  close(): void;
}

/**
 * An offset store in one readable JSON file, for pipelines on one machine.
 *
 * - A commit is durable when it answers: temporary file, fsync, atomic rename, fsync of the folder. About a millisecond on
 *   an SSD. The generation before is kept beside it as `<path>.previous`.
 * - A damaged file is never taken for an empty one: `load` and `commit` go on from the previous generation and warn, or
 *   fail with `OFFSET_STORE_FAILED` where that is damaged too.
 * - `OFFSET_STORE_UNAVAILABLE` (retriable): disk or quota full, no file handles left. `OFFSET_STORE_FAILED`: no
 *   permission, read-only file system, a folder in the file's place.
 * - Stores on the same path in one process take turns. Two processes on one path are noticed and reported, not prevented: in
 *   the moment between the last look and the rename one can overwrite the other's offsets with lower ones. Their records are
 *   then repeated after a restart, not lost.
 * - Keeps no handle open; `close` waits for nothing and the store stays usable.
 */
export function fileOffsets(options: FileOffsetsOptions): FileOffsets {
  const shownPath = textArgument('fileOffsets(path)', options?.path);
  const path = resolve(shownPath);
  const warn = warnOnce(options.onWarning);
  const writer = `${hostname()} ${process.pid} ${randomUUID()}`;
  const attempts = new OwnAttempts();
  let swept = false;

  async function commit(wanted: readonly OffsetCommit[]): Promise<CommitOutcome> {
    if (!swept) await removeLeftovers(dirname(path), (name) => name === basename(path));
    swept = true;
    const own = attempts.note(wanted);
    for (;;) {
      const atHand = await readOffsets(path, warn);
      const foreign = foreignOffsets(atHand.offsets, wanted, own);
      if (await raised(atHand, raisedOffsets(atHand.offsets, wanted))) return { foreign };
      // Another process has committed meanwhile: begin again from what it wrote.
    }
  }

  async function raised(atHand: OffsetsAtHand, raises: readonly CommittedOffset[]): Promise<boolean> {
    if (raises.length === 0) {
      // An earlier attempt may have failed between the rename and this.
      await syncFolder(dirname(path));
      return true;
    }
    const offsets = new Map([...atHand.offsets, ...raises.map((at) => [partitionKey(at), at] as const)]);
    return replaceFile(path, printOffsetsFile({ generation: atHand.generation + 1, writer, offsets }), {
      keepPrevious: atHand.from === 'current',
      isStillMeant: async () => isSame(atHand, await readOffsets(path, warn)),
    });
  }

  return {
    name: `file ${shownPath}`,
    load: (query: OffsetQuery) =>
      inTurn(path, () => readOffsets(path, warn))
        .then(({ offsets }: OffsetsAtHand) => queried(offsets.values(), query))
        .catch((error: unknown) => fileStoreError(path, 'read', error)),
    async commit(offsets) {
      const wanted = checkedCommit('fileOffsets', offsets);
      if (wanted.length === 0) return { foreign: [] };
      return inTurn(path, () => commit(wanted)).catch((error: unknown) => fileStoreError(path, 'written', error));
    },
    close() {},
  };
}

/** The same trouble is met by every call until the next write; it is told once. */
function warnOnce(onWarning: FileOffsetsOptions['onWarning']): (message: string) => void {
  if (onWarning !== undefined) functionArgument('fileOffsets(onWarning)', onWarning);
  const tell = onWarning ?? ((message: string) => process.emitWarning(message, 'OffsetStoreWarning'));
  let last: string | undefined;
  return (message) => {
    if (message !== last) tell(message);
    last = message;
  };
}
