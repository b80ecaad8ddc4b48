import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { linkOrCopy } from '../../drivers/files/linkOrCopy.ts';
import { syncFolder } from '../../drivers/files/syncFolder.ts';
import { releaseTemporary, temporaryName } from '../../drivers/files/temporaryNames.ts';

/** What {@link copyLog} makes a folder of. */
export interface LogCopy {
  /** Names of files in the folder that is copied; they do not change any more. */
  readonly files: readonly string[];
  /** Adds what is not there as a file. */
  readonly complete?: (folder: string) => Promise<void>;
  /** Asked when all is there, right before it gets its name; throws where it may not. */
  readonly check: () => Promise<void>;
  readonly sync: boolean;
}

/**
 * Makes a folder `to` with the same files, whole or not at all: second names where the file system knows them, so it costs no space at first. What
 * is above it must be there.
 */
export async function copyLog(from: string, to: string, copy: LogCopy): Promise<void> {
  const temporary = temporaryName(to);
  try {
    await mkdir(temporary);
    for (const file of copy.files) await linkOrCopy(join(from, file), join(temporary, file));
    await copy.complete?.(temporary);
    if (copy.sync) await syncFolder(temporary);
    await copy.check();
    await rename(temporary, to);
    if (copy.sync) await syncFolder(dirname(to));
  } finally {
    // What cannot be removed now is swept by removeLeftovers later.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    releaseTemporary(temporary);
  }
}
