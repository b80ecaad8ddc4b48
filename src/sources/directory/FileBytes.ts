import { close, constants, fstat, open, read, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import type { ChosenFile } from './directoryPosition.ts';

// The plain calls: a FileHandle costs twice as much, and there may be ten thousand files in a batch.
const openFile = promisify(open);
const statFile: (fd: number) => Promise<Stats> = promisify(fstat);
const closeFile = promisify(close);

/** A pipe that has taken a file's place must not keep us waiting; Windows does not know the flag. */
const FLAGS: number = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The file is not there any more as it was when it was selected, or may not be read. */
export class FileGone extends Error {
  override readonly name = 'FileGone';
}

/** The bytes of a file, in any order. */
export interface ByteReader {
  /** The bytes from `from` to `until`, fewer only where the file ends before. */
  read(from: number, until: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** A file that was selected, opened again: its bytes up to the size that it had then. */
export class FileBytes implements ByteReader {
  readonly #fd: number;
  /** Its bytes when it was selected. */
  readonly size: number;
  /** Bytes that were added since it was selected. */
  readonly grown: number;
  #closed: Promise<void> | undefined;

  private constructor(fd: number, size: number, grown: number) {
    this.#fd = fd;
    this.size = size;
    this.grown = grown;
  }

  /** Opens the file if it is what was selected: at most longer. Throws {@link FileGone} if it is not. */
  static async open(path: string, chosen: ChosenFile): Promise<FileBytes> {
    const fd = await openFile(path, FLAGS).catch((error) => {
      throw isForGood(error) ? new FileGone(reason(error, path), { cause: error }) : error;
    });
    try {
      const stats = await statFile(fd);
      const change = changeOf(stats, chosen);
      if (change !== undefined) throw new FileGone(`${path} ${change}`);
      return new FileBytes(fd, chosen[1], stats.size - chosen[1]);
    } catch (error) {
      await closeFile(fd);
      throw error;
    }
  }

  async read(from: number, until: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(until, this.size) - from));
    let filled = 0;
    while (filled < bytes.length) {
      const count = await readInto(this.#fd, bytes, filled, from + filled);
      if (count === 0) break;
      filled += count;
    }
    return filled === bytes.length ? bytes : bytes.subarray(0, filled);
  }

  close(): Promise<void> {
    this.#closed ??= closeFile(this.#fd);
    return this.#closed;
  }
}

function readInto(fd: number, bytes: Buffer, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, bytes, offset, bytes.length - offset, position, (error, count) =>
      error ? reject(error) : resolve(count),
    );
  });
}

/** What tells that these are not the bytes that were selected; a file that grew has them still. */
function changeOf(stats: Stats, [, size, modifiedMs, inode]: ChosenFile): string | undefined {
  if (!stats.isFile()) return 'is not a file any more';
  if (stats.size < size) return `has ${stats.size} bytes, it had ${size} when it was selected`;
  if (Math.floor(stats.mtimeMs) === modifiedMs) return undefined;
  if (stats.ino !== inode) return 'was replaced by another file';
  return stats.size === size ? 'was written to without growing' : undefined;
}

const FOR_GOOD = new Set(['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENODEV', 'EOPNOTSUPP']);

/** Trying again would not help, or not soon. */
function isForGood(error: unknown): boolean {
  return FOR_GOOD.has((error as NodeJS.ErrnoException).code ?? '');
}

function reason(error: unknown, path: string): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `${path} is gone`;
  return code === 'EACCES' || code === 'EPERM' ? `${path} may not be read` : `${path} cannot be opened (${code})`;
}
