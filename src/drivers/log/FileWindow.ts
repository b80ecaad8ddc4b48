import type { FileHandle } from 'node:fs/promises';

/** How much is read at once. */
const STEP = 1 << 20;

/** A part of a file in memory that moves on as it is read. */
export class FileWindow {
  readonly #file: FileHandle;
  readonly #end: number;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  /** @param end where to stop, though the file may go on */
  constructor(file: FileHandle, end: number) {
    this.#file = file;
    this.#end = end;
  }

  /** These bytes, if they are in memory. Valid until the next {@link load}. */
  look(from: number, length: number): Buffer | undefined {
    const at = from - this.#at;
    return at < 0 || at + length > this.#bytes.length ? undefined : this.#bytes.subarray(at, at + length);
  }

  /** These bytes, and some behind them for the next look; fewer where the end is. */
  async load(from: number, length: number): Promise<Buffer> {
    const size = Math.max(0, Math.min(Math.max(length, STEP), this.#end - from));
    this.#bytes = await readBytes(this.#file, from, size);
    this.#at = from;
    return this.#bytes.subarray(0, length);
  }
}

/** Reads into a buffer of its own; fewer bytes where the file ends. */
export async function readBytes(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
