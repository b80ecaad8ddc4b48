import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StreamError } from '../../core/errors.ts';
import { createWhole } from '../../drivers/files/createWhole.ts';
import { HeldFile } from '../../drivers/files/HeldFile.ts';
import { shownProcess } from '../../drivers/files/processIdentity.ts';
import { replaceFile } from '../../drivers/files/replaceFile.ts';
import { makeFolder, syncFolder } from '../../drivers/files/syncFolder.ts';
import { removeLeftovers } from '../../drivers/files/temporaryNames.ts';
import { headName, type LogNames, lastEpoch, namesIn, noHeadName, ownerName } from './logNames.ts';
import { newOwner, type Owner, ownerHasEnded, printOwner, readOwner, whyOwned } from './ownerFile.ts';
import { pinHead } from './pinHead.ts';

/** How {@link FolderOwner.take} goes about it. */
export interface TakeOptions {
  /** Take it from whoever owns it. */
  readonly takeOver: boolean;
  readonly sync: boolean;
}

/**
 * The owner of a folder, by epochs and without a clock; docs/decisions/0007 says why nobody who was overtaken can do harm.
 *
 * Owner n has the file `owner-n`, which appears whole and for one process only. It removes the files of those before it, and whoever
 * does not find its own file any more has been overtaken. Then it pins the head: nobody looks at heads of lower epochs any more.
 */
export class FolderOwner {
  readonly epoch: number;
  readonly #folder: string;
  readonly #owner: Owner;
  readonly #file: HeldFile;

  private constructor(folder: string, epoch: number, owner: Owner, file: HeldFile) {
    this.#folder = folder;
    this.epoch = epoch;
    this.#owner = owner;
    this.#file = file;
  }

  static async take(folder: string, options: TakeOptions): Promise<FolderOwner> {
    await makeFolder(folder);
    const me = newOwner();
    let taken: FolderOwner | undefined;
    try {
      while (taken === undefined) taken = await FolderOwner.#next(folder, me, options);
      await taken.#begin(options.sync);
      return taken;
    } catch (error) {
      // The first failure is the one to report; whoever comes next finds this owner ended, in this process at least.
      await taken?.release().catch(() => undefined);
      ownerHasEnded(me);
      throw error;
    }
  }

  /** Tries to be the owner after the last one; `undefined` if somebody else was faster. */
  static async #next(folder: string, me: Owner, { takeOver, sync }: TakeOptions): Promise<FolderOwner | undefined> {
    const names = await namesIn(folder);
    if (!takeOver) await refuseIfOwned(folder, names);
    const epoch = lastEpoch(names) + 1;
    if (epoch === 1 && names.noHeads.length === 0) await createWhole(join(folder, noHeadName(0)), '');
    const path = join(folder, ownerName(epoch));
    if (!(await createWhole(path, printOwner(me)))) return undefined;
    if (sync) await syncFolder(folder);
    const file = await HeldFile.open(path);
    if (file === undefined) return undefined;
    try {
      // Who was slow may find a number free that was used and given up long ago.
      if (lastEpoch(await namesIn(folder)) <= epoch) return new FolderOwner(folder, epoch, me, file);
      await file.remove();
      return undefined;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Resolves if nobody has taken the folder; asked after the deed, before its answer. */
  async check(): Promise<void> {
    const lost = await this.lost();
    if (lost !== undefined) throw lost;
  }

  /** Why it is the owner no more; `undefined` if it is. */
  async lost(): Promise<StreamError | undefined> {
    return (await this.#file.isThere()) ? undefined : this.#whyLost();
  }

  /** Gives the folder back; the file stays and says so. */
  async release(): Promise<void> {
    ownerHasEnded(this.#owner);
    const { path } = this.#file;
    try {
      const content = printOwner({ ...this.#owner, released: true });
      const isStillMeant = (): Promise<boolean> => this.#file.isThere();
      if (await isStillMeant()) await replaceFile(path, content, { keepPrevious: false, isStillMeant, sync: false });
    } finally {
      await this.#file.close();
    }
  }

  async #begin(sync: boolean): Promise<void> {
    const before = await namesIn(this.#folder);
    for (const epoch of before.owners) if (epoch < this.epoch) await remove(this.#folder, ownerName(epoch));
    await removeLeftovers(this.#folder, (name) => /^(?:owner|head|nohead|unreadable)-\d+$/.test(name));
    await pinHead(this.#folder, this.epoch);
    if (sync) await syncFolder(this.#folder);
    for (const epoch of before.heads) if (epoch < this.epoch) await remove(this.#folder, headName(epoch));
    for (const epoch of before.noHeads) if (epoch < this.epoch) await remove(this.#folder, noHeadName(epoch));
    await this.check();
  }

  async #whyLost(): Promise<StreamError> {
    const last = Math.max(0, ...(await namesIn(this.#folder)).owners);
    if (last > this.epoch) {
      const found = await readOwner(join(this.#folder, ownerName(last)));
      const by = found.found === 'owner' ? shownProcess(found.owner) : 'another owner';
      return new StreamError(
        'CHECKPOINT_TAKEN',
        `fileCheckpoint: the checkpoint in the folder ${this.#folder} was taken over by ${by}. Nothing that was written here since then is used. ` +
          'Let only one of them run.',
        { details: { folder: this.#folder, epoch: this.epoch, takenBy: last } },
      );
    }
    return new StreamError(
      'CHECKPOINT_FAILED',
      `fileCheckpoint: expected ${this.#file.path}, but it was removed while it was in use, perhaps with the whole folder. Put back what was removed, ` +
        'or start anew; do not remove files of a checkpoint while it runs.',
      { details: { folder: this.#folder, epoch: this.epoch } },
    );
  }
}

async function refuseIfOwned(folder: string, { owners }: LogNames): Promise<void> {
  if (owners.length === 0) return;
  const why = whyOwned(await readOwner(join(folder, ownerName(Math.max(...owners)))));
  if (why !== undefined) throw owned(folder, why);
}

function owned(folder: string, why: string): StreamError {
  return new StreamError(
    'CHECKPOINT_OWNED',
    `fileCheckpoint: expected the checkpoint in the folder ${folder} to be free, but ${why}. Stop that one, or give this one a folder of its own; if you ` +
      'know that it does not run any more (or that this folder is a copy), start once with takeOver: true.',
    { details: { folder } },
  );
}

async function remove(folder: string, name: string): Promise<void> {
  await rm(join(folder, name), { force: true });
}
