import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from './fileTrouble.ts';
import { linkOrCopy } from './linkOrCopy.ts';
import { makeFolder, syncFolder } from './syncFolder.ts';
import { releaseTemporary, temporaryName } from './temporaryNames.ts';

/** How {@link replaceFile} goes about it. */
export interface ReplaceOptions {
  /** Keep what is replaced under {@link previousName}. Leave it out when what is there is damaged. */
  readonly keepPrevious: boolean;
  /**
   * Asked when all is written, right before the names change: `false` gives up and changes nothing. Another process that
   * replaces the same file is noticed so, up to the moment between this question and the rename.
   */
  readonly isStillMeant?: () => Promise<boolean>;
  /** `false`: not synced, so safe from a killed process only. Default `true`. */
  readonly sync?: boolean;
}

/** Where the generation before the current one is kept. */
export function previousName(path: string): string {
  return `${path}.previous`;
}

/**
 * Replaces the file whole or not at all: temporary file in the same folder, write, fsync, rename, fsync of the folder.
 * Whoever reads, now or after a crash at any point, finds the old content or the new one. A missing folder is made.
 *
 * A failure before the rename leaves the old file and no temporary one. A failure of the last fsync means that the new
 * content is there but may not survive a power loss: call {@link syncFolder} again before relying on it.
 *
 * Answers whether it was replaced: `false` only where `isStillMeant` said so.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  options: ReplaceOptions,
): Promise<boolean> {
  const { keepPrevious, isStillMeant, sync = true } = options;
  const folder = dirname(path);
  await makeFolder(folder);
  let replaced = false;
  await throughTemporary(path, async (temporary) => {
    await writeFile(temporary, content, sync);
    if (isStillMeant !== undefined && !(await isStillMeant())) return;
    if (keepPrevious) await keepGeneration(path);
    await rename(temporary, path);
    replaced = true;
  });
  if (replaced && sync) await syncFolder(folder);
  return replaced;
}

/** Gives the current file its second name, without a moment in which either name is missing. */
async function keepGeneration(path: string): Promise<void> {
  await throughTemporary(path, async (temporary) => {
    try {
      await linkOrCopy(path, temporary);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      throw error;
    }
    await rename(temporary, previousName(path));
  });
}

/** Lends a temporary name; whatever is left under it afterwards is removed. */
async function throughTemporary(path: string, use: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await use(temporary);
  } catch (error) {
    // The first failure is the one to report; what cannot be removed now is swept by removeLeftovers later.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    releaseTemporary(temporary);
  }
  // Given up, or: renaming one of two names of the same file to the other does nothing and leaves both.
  await rm(temporary, { force: true });
}

async function writeFile(path: string, content: string | Uint8Array, sync: boolean): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(content);
    if (sync) await handle.sync();
  } finally {
    await handle.close();
  }
}
