import { link, open, rm } from 'node:fs/promises';
import { hasCode } from './fileTrouble.ts';
import { releaseTemporary, temporaryName } from './temporaryNames.ts';

/** Creates a file with its content, for one of all that try: `false` if there is one already. On disk when it answers; its name needs {@link syncFolder}. */
export async function createWhole(path: string, content: string): Promise<boolean> {
  const temporary = temporaryName(path);
  try {
    await writeNew(temporary, content);
    await link(temporary, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'ENOSYS')) throw error;
    // No second names here: it appears empty for a moment, and who reads it then finds it owned.
    return await createVisibly(path, content);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
    releaseTemporary(temporary);
  }
}

async function createVisibly(path: string, content: string): Promise<boolean> {
  try {
    await writeNew(path, content);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function writeNew(path: string, content: string): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
