import { StreamError } from '../../core/errors.ts';
import { FolderOwner, type OwnedFolder, type TakeOptions } from '../files/FolderOwner.ts';
import { removeLeftovers } from '../files/temporaryNames.ts';
import { becomesOurs, lastEpoch, namesIn } from './logNames.ts';

/** Makes this process the owner of a log's folder. */
export function ownLog(
  folder: string,
  options: TakeOptions,
  begin: (owner: FolderOwner) => Promise<void>,
): Promise<FolderOwner> {
  return FolderOwner.take(logFolder(folder), options, async (owner) => {
    try {
      await removeLeftovers(folder, becomesOurs);
      await begin(owner);
    } catch (error) {
      // Whoever has taken the folder over meanwhile may be the reason for anything that was found.
      throw (await owner.lost().catch(() => undefined)) ?? error;
    }
  });
}

function logFolder(path: string): OwnedFolder {
  return {
    path,
    format: 'rx-dstream log owner 1',
    sort: 'receiver',
    async epochs() {
      const names = await namesIn(path);
      return { last: lastEpoch(names), owners: names.owners };
    },
    owned: (why) =>
      new StreamError('LOG_OWNED', `writeAheadLog: expected the log in the folder ${path} to be free, but ${why}`, {
        details: { folder: path },
      }),
    overtaken: (epoch, by, takenBy) =>
      new StreamError(
        'LOG_OWNED',
        `writeAheadLog: the log in the folder ${path} was taken over by ${by}. Nothing that was written here since then is used, and it was not answered for. ` +
          'Let only one of them run.',
        { details: { folder: path, epoch, takenBy } },
      ),
    removed: (epoch, file) =>
      new StreamError(
        'LOG_FAILED',
        `writeAheadLog: expected ${file}, but it was removed while it was in use, perhaps with the whole folder. Put back what was removed, or start ` +
          'anew; do not remove files of a log while it runs.',
        { details: { folder: path, epoch } },
      ),
  };
}
