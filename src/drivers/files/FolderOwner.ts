import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamError } from '../../core/errors.ts';
import { createWhole } from './createWhole.ts';
import { HeldFile } from './HeldFile.ts';
import { newOwner, type Owner, ownerHasEnded, printOwner, readOwner, whyOwned } from './ownerFile.ts';
import { shownProcess } from './processIdentity.ts';
import { replaceFile } from './replaceFile.ts';
import { makeFolder, syncFolder } from './syncFolder.ts';

/** A folder that has one owner at a time. */
export interface OwnedFolder {
  readonly path: string;
  /** What its owner files say they are. */
  readonly format: string;
  /** What of a process owns it, for messages: `context`. */
  readonly sort: string;
  /** What is in it. */
  epochs(): Promise<FolderEpochs>;
  /** Done before it is owned for the first time. */
  prepare?(): Promise<void>;
  /** What to throw where somebody owns it; `why` says what to do, too. */
  owned(why: string): StreamError;
  /** What to throw when somebody has taken it over from the owner of an epoch. */
  overtaken(epoch: number, by: string, takenBy: number): StreamError;
  /** What to throw when the owner's file is not there any more, and no other. */
  removed(epoch: number, path: string): StreamError;
}

/** Epochs in an owned folder. */
export interface FolderEpochs {
  /** The highest one anything is of; 0 where there is nothing. */
  readonly last: number;
  /** Those of owner files. */
  readonly owners: readonly number[];
}

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
 * does not find its own file any more has been overtaken.
 */
export class FolderOwner {
  readonly epoch: number;
  readonly #folder: OwnedFolder;
  readonly #owner: Owner;
  readonly #file: HeldFile;

  private constructor(folder: OwnedFolder, epoch: number, owner: Owner, file: HeldFile) {
    this.#folder = folder;
    this.epoch = epoch;
    this.#owner = owner;
    this.#file = file;
  }

  /** @param begin what a new owner does first; if it fails the folder is given back */
  static async take(
    folder: OwnedFolder,
    options: TakeOptions,
    begin: (owner: FolderOwner) => Promise<void>,
  ): Promise<FolderOwner> {
    await makeFolder(folder.path);
    const me = newOwner();
    let taken: FolderOwner | undefined;
    try {
      while (taken === undefined) taken = await FolderOwner.#next(folder, me, options);
      for (const epoch of (await folder.epochs()).owners) if (epoch < taken.epoch) await removeOwner(folder, epoch);
      await begin(taken);
      await taken.check();
      return taken;
    } catch (error) {
      // The first failure is the one to report; whoever comes next finds this owner ended, in this process at least.
      await taken?.release().catch(() => undefined);
      ownerHasEnded(me);
      throw error;
    }
  }

  /** Tries to be the owner after the last one; `undefined` if somebody else was faster. */
  static async #next(folder: OwnedFolder, me: Owner, options: TakeOptions): Promise<FolderOwner | undefined> {
    const { last, owners } = await folder.epochs();
    await refuseIfOwned(folder, owners, options);
    const epoch = last + 1;
    if (epoch === 1) await folder.prepare?.();
    const path = join(folder.path, ownerName(epoch));
    if (!(await createWhole(path, printOwner(folder.format, me)))) return undefined;
    if (options.sync) await syncFolder(folder.path);
    const file = await HeldFile.open(path);
    if (file === undefined) return undefined;
    try {
      // Who was slow may find a number free that was used and given up long ago.
      if ((await folder.epochs()).last <= epoch) return new FolderOwner(folder, epoch, me, file);
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
      const content = printOwner(this.#folder.format, { ...this.#owner, released: true });
      const isStillMeant = (): Promise<boolean> => this.#file.isThere();
      if (await isStillMeant()) await replaceFile(path, content, { keepPrevious: false, isStillMeant, sync: false });
    } finally {
      await this.#file.close();
    }
  }

  async #whyLost(): Promise<StreamError> {
    const last = Math.max(0, ...(await this.#folder.epochs()).owners);
    if (last <= this.epoch) return this.#folder.removed(this.epoch, this.#file.path);
    const found = await readOwner(this.#folder.format, join(this.#folder.path, ownerName(last)));
    const by = found.found === 'owner' ? shownProcess(found.owner) : 'another owner';
    return this.#folder.overtaken(this.epoch, by, last);
  }
}

/** The name of the file of an epoch's owner. */
export function ownerName(epoch: number): string {
  return `owner-${epoch}`;
}

/** A folder of something else is not to be taken over either: what is in it is not what is looked for. */
async function refuseIfOwned(folder: OwnedFolder, owners: readonly number[], { takeOver }: TakeOptions): Promise<void> {
  if (owners.length === 0) return;
  const found = await readOwner(folder.format, join(folder.path, ownerName(Math.max(...owners))));
  if (takeOver && found.found !== 'other') return;
  const why = whyOwned(folder.sort, found);
  if (why !== undefined) throw folder.owned(why);
}

async function removeOwner(folder: OwnedFolder, epoch: number): Promise<void> {
  await rm(join(folder.path, ownerName(epoch)), { force: true });
}
