import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { hasCode } from './fileTrouble.ts';

/**
 * A file that is known again: whether what is at its path is still this file, and not another one of its name. It is held open, so that its number on the
 * disk is not given to another.
 */
export class HeldFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #inode: bigint;
  #isClosed = false;

  private constructor(path: string, handle: FileHandle, inode: bigint) {
    this.path = path;
    this.#handle = handle;
    this.#inode = inode;
  }

  /** `undefined` if it is not there. */
  static async open(path: string): Promise<HeldFile | undefined> {
    const handle = await openIfThere(path);
    if (handle === undefined) return undefined;
    try {
      return new HeldFile(path, handle, (await handle.stat({ bigint: true })).ino);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async isThere(): Promise<boolean> {
    try {
      return (await stat(this.path, { bigint: true })).ino === this.#inode;
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
      throw error;
    }
  }

  /** Removes it, unless another one has its name, and closes it. */
  async remove(): Promise<void> {
    if (await this.isThere()) await rm(this.path, { force: true });
    await this.close();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#handle.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
