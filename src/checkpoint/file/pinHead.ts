import { access, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../drivers/files/fileTrouble.ts';
import { linkOrCopy } from '../../drivers/files/linkOrCopy.ts';
import { releaseTemporary, temporaryName } from '../../drivers/files/temporaryNames.ts';
import { headName, lastHead, namesIn, noHeadName } from './logNames.ts';

/**
 * From now on there is a head, or a sign that there is none, of this epoch, and nobody looks at lower ones. It is there before those are
 * removed, so one of them is always found; but a folder that changes while it is listed may show neither, hence the second look.
 */
export async function pinHead(folder: string, epoch: number): Promise<void> {
  for (let looks = 0; ; ) {
    const names = await namesIn(folder);
    const last = lastHead(names);
    if (last === undefined && looks++ > 0) return; // It is lost, which reading it will tell.
    if (last === undefined) continue;
    if (last.epoch > epoch) return; // Overtaken, which the check will tell.
    try {
      const to = join(folder, last.isThere ? headName(epoch) : noHeadName(epoch));
      await linkThroughTemporary(join(folder, last.isThere ? headName(last.epoch) : noHeadName(last.epoch)), to);
      return;
    } catch (error) {
      // Somebody else has pinned another one and removed this.
      if (!hasCode(error, 'ENOENT')) throw error;
      await folderIsThere(folder);
    }
  }
}

async function folderIsThere(folder: string): Promise<void> {
  await access(folder);
}

async function linkThroughTemporary(from: string, to: string): Promise<void> {
  const temporary = temporaryName(to);
  try {
    await linkOrCopy(from, temporary);
    await rename(temporary, to);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
    releaseTemporary(temporary);
  }
}
