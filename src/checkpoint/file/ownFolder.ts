import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StreamError } from '../../core/errors.ts';
import { createWhole } from '../../drivers/files/createWhole.ts';
import { FolderOwner, type OwnedFolder, type TakeOptions } from '../../drivers/files/FolderOwner.ts';
import { syncFolder } from '../../drivers/files/syncFolder.ts';
import { removeLeftovers } from '../../drivers/files/temporaryNames.ts';
import { headName, lastEpoch, namesIn, noHeadName } from './logNames.ts';
import { pinHead } from './pinHead.ts';

/** Makes this process the owner of a checkpoint's folder, and pins the head: nobody looks at heads of lower epochs any more. */
export function ownFolder(path: string, options: TakeOptions): Promise<FolderOwner> {
  return FolderOwner.take(checkpointFolder(path), options, async ({ epoch }) => {
    const before = await namesIn(path);
    await removeLeftovers(path, (name) => /^(?:owner|head|nohead|unreadable)-\d+$/.test(name));
    await pinHead(path, epoch);
    if (options.sync) await syncFolder(path);
    for (const head of before.heads) if (head < epoch) await remove(path, headName(head));
    for (const noHead of before.noHeads) if (noHead < epoch) await remove(path, noHeadName(noHead));
  });
}

function checkpointFolder(path: string): OwnedFolder {
  return {
    path,
    format: 'rx-dstream checkpoint owner 1',
    sort: 'context',
    async epochs() {
      const names = await namesIn(path);
      return { last: lastEpoch(names), owners: names.owners };
    },
    async prepare() {
      if ((await namesIn(path)).noHeads.length === 0) await createWhole(join(path, noHeadName(0)), '');
    },
    owned: (why) =>
      new StreamError(
        'CHECKPOINT_OWNED',
        `fileCheckpoint: expected the checkpoint in the folder ${path} to be free, but ${why}`,
        { details: { folder: path } },
      ),
    overtaken: (epoch, by, takenBy) =>
      new StreamError(
        'CHECKPOINT_TAKEN',
        `fileCheckpoint: the checkpoint in the folder ${path} was taken over by ${by}. Nothing that was written here since then is used. ` +
          'Let only one of them run.',
        { details: { folder: path, epoch, takenBy } },
      ),
    removed: (epoch, file) =>
      new StreamError(
        'CHECKPOINT_FAILED',
        `fileCheckpoint: expected ${file}, but it was removed while it was in use, perhaps with the whole folder. Put back what was removed, ` +
          'or start anew; do not remove files of a checkpoint while it runs.',
        { details: { folder: path, epoch } },
      ),
  };
}

async function remove(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { force: true });
}
