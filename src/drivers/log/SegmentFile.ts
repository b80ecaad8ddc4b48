import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

/** The file of a segment while its owner writes it. Nobody else writes to it, ever: its name holds the owner's epoch, and it is made anew. */
export class SegmentFile {
  readonly #handle: FileHandle;
  #isClosed = false;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Makes it; there must be no such file. */
  static async begin(folder: string, file: string): Promise<SegmentFile> {
    return new SegmentFile(await open(join(folder, file), 'wx'));
  }

  async write(buffers: readonly Uint8Array[], at: number): Promise<void> {
    let [rest, place] = [[...buffers], at];
    while (rest.length > 0) {
      // A disk that fills up takes a part first, and says why with the next one.
      const { bytesWritten } = await this.#handle.writev(rest, place);
      place += bytesWritten;
      rest = behind(rest, bytesWritten);
    }
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  /** Takes back what was written of a group that is not whole. */
  truncate(bytes: number): Promise<void> {
    return this.#handle.truncate(bytes);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#handle.close();
  }
}

function behind(buffers: readonly Uint8Array[], written: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = written;
  for (const buffer of buffers) {
    if (skip < buffer.length) rest.push(skip === 0 ? buffer : buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return rest;
}
