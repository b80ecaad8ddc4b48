import { type Answer, promised } from '../../core/Answer.ts';
import { StreamError } from '../../core/errors.ts';
import type { CheckpointContents } from '../CheckpointStore.ts';
import { corrupt, isMissingPart } from './checkpointErrors.ts';
import { decodeHead } from './format/head.ts';
import type { LogStorage } from './LogStorage.ts';
import { LogContents } from './reading/LogContents.ts';
import { type ReadLog, readLog } from './reading/readLog.ts';

/** How often the head is read anew because its owner has replaced it and removed what it named: every time it has merged again. */
const TRIES = 100;

/** Lets `use` look at what is there, or at a savepoint, without owning it. */
export async function inspectLog<T>(
  storage: LogStorage,
  use: (contents: CheckpointContents) => Answer<T>,
  savepoint: string | undefined,
): Promise<T> {
  const read = await readUnowned(storage, savepoint);
  if (read === undefined) return promised(() => use(new LogContents()));
  try {
    return await promised(() => use(read.contents));
  } finally {
    read.close();
  }
}

/** What is there; `undefined` if there never was anything. */
async function readUnowned(storage: LogStorage, savepoint: string | undefined): Promise<ReadLog | undefined> {
  let bytes = await storage.head(savepoint);
  for (let tries = 1; bytes !== undefined; tries++) {
    try {
      return await readLog(storage, decodeHead(bytes, storage.name), savepoint);
    } catch (error) {
      if (!isMissingPart(error)) throw error;
      const now = await storage.head(savepoint);
      if (now !== undefined && Buffer.compare(now, bytes) === 0) throw error;
      if (tries === TRIES) throw tooBusy(storage.name, error);
      bytes = now;
    }
  }
  if (savepoint !== undefined) {
    throw new StreamError('CHECKPOINT_FAILED', `there is no savepoint '${savepoint}' in ${storage.name}.`, {
      details: { savepoint },
    });
  }
  await refuseHeadless(storage);
  return undefined;
}

function tooBusy(storage: string, cause: unknown): StreamError {
  return new StreamError(
    'CHECKPOINT_UNAVAILABLE',
    `the checkpoint in ${storage} was merged by its owner during each of ${TRIES} looks at it. Look again, or look at a savepoint, which stays ` +
      'as it is; a larger compactAfterBytes makes merging rarer.',
    { cause, retriable: true, details: { storage } },
  );
}

/** Parts without a head: it was lost, and what they meant with it. A first head is published before anything else is written. */
export async function refuseHeadless(storage: LogStorage): Promise<void> {
  const segments = await storage.segments();
  if (segments.length === 0) return;
  throw corrupt(storage.name, `its head is missing, but there are parts of it: ${segments.join(', ')}`);
}
