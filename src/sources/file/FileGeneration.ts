import { type FileHandle, open } from 'node:fs/promises';

/** The bytes that tell one generation of a file from the next, at most. */
const HEAD_BYTES = 1024;
const LF = 0x0a;

/**
 * One life of a path: the file that was opened under it, wherever it has been renamed to since. Its identity is its inode
 * number together with its first line (at most 1024 bytes of it), so that a file that was truncated and written again,
 * or that got the inode number of a deleted one, is another generation.
 */
export class FileGeneration {
  readonly #handle: FileHandle;
  readonly ino: string;
  #head: Buffer | undefined;
  #id: number | undefined;

  private constructor(handle: FileHandle, ino: string) {
    this.#handle = handle;
    this.ino = ino;
  }

  /** Opens what is at `path` now; anything but a regular file is an error. */
  static async open(path: string): Promise<FileGeneration> {
    const handle = await open(path, 'r');
    const stat = await handle.stat({ bigint: true });
    if (stat.isFile()) return new FileGeneration(handle, String(stat.ino));
    await handle.close();
    throw new Error(`${path} is not a regular file`);
  }

  /** A number made from the identity; `undefined` until the first line is complete or `HEAD_BYTES` long. */
  get id(): number | undefined {
    return this.#id;
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  /** When it was last written to, in nanoseconds since the epoch. */
  async changed(): Promise<bigint> {
    return (await this.#handle.stat({ bigint: true })).mtimeNs;
  }

  /** Works out the identity as soon as the file holds enough. `whole`: nothing will be added to it any more. */
  async identify(whole = false): Promise<void> {
    if (this.#id !== undefined) return;
    const bytes = await this.read(0, HEAD_BYTES);
    const end = bytes.indexOf(LF) + 1;
    if (end === 0 && bytes.length < HEAD_BYTES && !(whole && bytes.length > 0)) return;
    this.#head = end === 0 ? bytes : bytes.subarray(0, end);
    this.#id = hash(this.ino, this.#head);
  }

  /** Whether the file still begins as it did: it does not if it was truncated and written again. */
  async isSame(): Promise<boolean> {
    if (this.#head === undefined) return true;
    const bytes = await this.read(0, this.#head.length);
    return bytes.equals(this.#head);
  }

  /** The file was truncated: what comes now is another generation. */
  beginAnew(): void {
    this.#head = undefined;
    this.#id = undefined;
  }

  /** The bytes from `from` to `until`, fewer if the file ends before. */
  async read(from: number, until: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(until - from);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await this.#handle.read(bytes, filled, bytes.length - filled, from + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** FNV-1a over the inode number and the head, as a positive 31-bit number: it fits where stores keep partitions. */
function hash(ino: string, head: Buffer): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.concat([Buffer.from(`${ino}\n`), head])) value = Math.imul(value ^ byte, 0x01000193);
  return value & 0x7fffffff || 1;
}
