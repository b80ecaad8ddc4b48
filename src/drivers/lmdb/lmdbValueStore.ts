import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { RootDatabase } from 'lmdb';
import { shown } from '../../core/arguments.ts';
import { StreamError } from '../../core/errors.ts';
import { reasonOf } from '../../core/reasonOf.ts';
import { isPlainData } from '../../core/state/plainData.ts';
import type { ValueStore } from '../../core/state/StateValues.ts';
import { loadLmdb } from './loadLmdb.ts';
import { scratchFolder } from './scratchFolder.ts';

/** An open file that has no name any more is there until it is closed, or its process is gone: nothing is ever left of it. */
const CAN_UNLINK_OPEN_FILES = process.platform !== 'win32';

/** A store that nobody can ask any more is closed: one of a run whose settled state was kept by a checkpoint in memory. */
const forgotten = new FinalizationRegistry<() => void>((close) => close());

/**
 * Values by slots in a file of lmdb, which this process alone uses, and for as long as it lives: nothing is synced, nothing is checked by
 * a checksum, nothing is found again.
 *
 * Written through the file and not through a writable map, which would be faster for large stores: a full disk then answers with an error,
 * where with the map it would end the process.
 */
export function lmdbValueStore(folder: string, state: string): ValueStore {
  const { scratch, db } = opened(folder, state);
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    // Nothing waits to be written, so it closes in this call; its promise only says so later.
    void db.close();
    if (!CAN_UNLINK_OPEN_FILES) removeIfPossible(scratch);
  };
  const store: ValueStore = {
    read(slot) {
      try {
        const bytes = db.getBinary(slot);
        if (bytes === undefined) throw new Error(`there is nothing in slot ${slot}`);
        return deserialize(bytes);
      } catch (cause) {
        throw failed(state, folder, 'read', cause);
      }
    },
    write(slots, values) {
      const serialized = values.map((value) => bytesOf(state, value));
      try {
        db.transactionSync(() => {
          for (const [n, slot] of slots.entries()) db.putSync(slot, serialized[n] as Buffer);
        });
      } catch (cause) {
        throw failed(state, folder, 'write', cause);
      }
    },
    close() {
      forgotten.unregister(store);
      close();
    },
  };
  forgotten.register(store, close, store);
  return store;
}

function opened(
  folder: string,
  state: string,
): { readonly scratch: string; readonly db: RootDatabase<Buffer, number> } {
  const { open } = loadLmdb();
  let scratch: string | undefined;
  try {
    scratch = scratchFolder(folder);
    const db = open<Buffer, number>({
      // Always the same name: lmdb remembers each name that was ever opened.
      path: join(scratch, 'values.mdb'),
      noSubdir: true,
      noSync: true,
      overlappingSync: false,
      encoding: 'binary',
      keyEncoding: 'uint32',
    });
    if (CAN_UNLINK_OPEN_FILES) rmSync(scratch, { recursive: true });
    return { scratch, db };
  } catch (cause) {
    if (scratch !== undefined) removeIfPossible(scratch);
    throw failed(state, folder, 'open', cause);
  }
}

/** What stays is removed at a later start. */
function removeIfPossible(scratch: string): void {
  try {
    rmSync(scratch, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

function bytesOf(state: string, value: unknown): Buffer {
  if (!isPlainData(value)) {
    throw unreadable(
      state,
      `${shown(value)} is no plain data, or holds what is none, and would come back as something else`,
    );
  }
  try {
    return serialize(value);
  } catch (cause) {
    throw unreadable(state, reasonOf(cause), cause);
  }
}

function unreadable(state: string, why: string, cause?: unknown): StreamError {
  return new StreamError(
    'STATE_UNREADABLE',
    `A value of the state '${state}' cannot be kept outside memory: ${why}. Keep plain data, or give the operator a { codec }.`,
    { details: { state }, ...(cause === undefined ? {} : { cause }) },
  );
}

const TRIED = { open: 'could not be opened', read: 'could not be read', write: 'could not be written' };

function failed(state: string, folder: string, what: keyof typeof TRIED, cause: unknown): StreamError {
  if (cause instanceof StreamError) return cause;
  const todo =
    what === 'write'
      ? 'Is the disk full? '
      : what === 'open'
        ? 'Expected a folder on a local disk that this process may write to. '
        : '';
  return new StreamError(
    'STATE_STORE_FAILED',
    `The values of the state '${state}' ${TRIED[what]} in ${folder}: ${reasonOf(cause)}. ${todo}` +
      'Nothing is lost: the state is as the checkpoint has it.',
    { cause, retriable: what !== 'open', details: { state, folder } },
  );
}
