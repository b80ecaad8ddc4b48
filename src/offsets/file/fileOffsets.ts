import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { functionArgument, textArgument } from '../../core/arguments.ts';
import { StreamError } from '../../core/errors.ts';
import { knownOptions } from '../../core/knownOptions.ts';
import { type CommittedOffset, partitionKey } from '../../core/OffsetRange.ts';
import { whileLocked } from '../../drivers/files/fileLock.ts';
import { inTurn } from '../../drivers/files/inTurn.ts';
import { replaceFile } from '../../drivers/files/replaceFile.ts';
import { syncFolder } from '../../drivers/files/syncFolder.ts';
import { removeLeftovers } from '../../drivers/files/temporaryNames.ts';
import { checkedCommit, foreignOffsets, type HeldOffsets, OwnAttempts, queried, raisedOffsets } from '../commitPlan.ts';
import type { CommitOutcome, OffsetCommit, OffsetQuery, OffsetStore } from '../OffsetStore.ts';
import { fileStoreError } from './fileStoreError.ts';
import { type FileOwner, printOffsetsFile } from './offsetsFile.ts';
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
  own(): Promise<void>;
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
 * - Writers take turns, those of other processes of this host too: a file beside it is the lock, and what a dead process has left of that
 *   counts for nothing. Whoever took the group over is kept in the file; one that was overtaken is `OFFSET_STORE_TAKEN` for good.
 * - Keeps no handle open; `close` waits for nothing and the store stays usable.
 */
export function fileOffsets(options: FileOffsetsOptions): FileOffsets {
  knownOptions('fileOffsets', options, OPTIONS);
  const shownPath = textArgument('fileOffsets(path)', options.path);
  const path = resolve(shownPath);
  const warn = warnOnce(options.onWarning);
  const writer = `${hostname()} ${process.pid} ${randomUUID()}`;
  const attempts = new OwnAttempts();
  let swept = false;
  let epoch: number | undefined;
  let taken: StreamError | undefined;

  async function commit(wanted: readonly OffsetCommit[]): Promise<CommitOutcome> {
    if (!swept) await removeLeftovers(dirname(path), (name) => name === basename(path));
    swept = true;
    const own = attempts.note(wanted);
    for (;;) {
      const atHand = await readOffsets(path, warn);
      fence(atHand);
      const foreign = foreignOffsets(atHand.offsets, wanted, own);
      if (await raised(atHand, raisedOffsets(atHand.offsets, wanted))) return { foreign };
      // Somebody has changed the file without asking for the lock: begin again from what is there.
    }
  }

  /** Takes the file over; or, owned already, finds that it still is. */
  async function own(): Promise<void> {
    for (;;) {
      const atHand = await readOffsets(path, warn);
      fence(atHand);
      if (epoch !== undefined) return;
      const next = (atHand.owner?.epoch ?? 0) + 1;
      if (!(await replaced(atHand, atHand.offsets, { epoch: next, writer }))) continue;
      epoch = next;
      return;
    }
  }

  /** An older owner, or none, is in a generation that came back, or in a file that a person has put there: then it is taken again. */
  function fence({ owner }: OffsetsAtHand): void {
    if (taken === undefined && epoch !== undefined && owner !== undefined && owner.writer !== writer) {
      if (owner.epoch >= epoch) taken = takenBy(shownPath, owner);
    }
    if (taken !== undefined) throw taken;
  }

  async function raised(atHand: OffsetsAtHand, raises: readonly CommittedOffset[]): Promise<boolean> {
    if (raises.length === 0) {
      // An earlier attempt may have failed between the rename and this.
      await syncFolder(dirname(path));
      return true;
    }
    const offsets = new Map([...atHand.offsets, ...raises.map((at) => [partitionKey(at), at] as const)]);
    return replaced(atHand, offsets, epoch === undefined ? atHand.owner : { epoch, writer });
  }

  function replaced(atHand: OffsetsAtHand, offsets: HeldOffsets, owner: FileOwner | undefined): Promise<boolean> {
    const owned = owner === undefined ? {} : { owner };
    const content = printOffsetsFile({ generation: atHand.generation + 1, writer, offsets, ...owned });
    return replaceFile(path, content, {
      keepPrevious: atHand.from === 'current',
      isStillMeant: async () => isSame(atHand, await readOffsets(path, warn)),
    });
  }

  /** One writer at a time, of this process and of others. */
  function writing<T>(work: () => Promise<T>): Promise<T> {
    return inTurn(path, () => whileLocked(path, { patienceMs: LOCK_PATIENCE_MS }, work)).catch((error: unknown) =>
      fileStoreError(path, 'written', error),
    );
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
      return writing(() => commit(wanted));
    },
    own: () => writing(own),
    close() {},
  };
}

/** How long another process may write before a call fails, in milliseconds. */
const LOCK_PATIENCE_MS = 5000;

function takenBy(path: string, { writer }: FileOwner): StreamError {
  const [host, pid] = writer.split(' ');
  return new StreamError(
    'OFFSET_STORE_TAKEN',
    `fileOffsets: expected to own the offsets at ${path}, but process ${pid} on host ${host} has taken them over. Nothing of this is kept, and this store can commit no ` +
      'more. Let only one pipeline use a file.',
    { details: { path, takenBy: writer } },
  );
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

const OPTIONS: Readonly<Record<keyof FileOffsetsOptions, true>> = {
  path: true,
  onWarning: true,
};
