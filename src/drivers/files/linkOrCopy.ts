import { copyFile, link, open } from 'node:fs/promises';
import { hasCode } from './fileTrouble.ts';

/** Systems that know no second names, or have too many of this file, say so with these. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EMLINK', 'ENOSYS', 'EXDEV'];

/**
 * Gives what is at `from` another name, or a copy where the file system knows no second names; a copy is on disk when it answers.
 * `to` must be free.
 */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!hasCode(error, ...NO_LINKS)) throw error;
    await copyDurably(from, to);
  }
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const handle = await open(to, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
