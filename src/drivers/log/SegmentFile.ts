import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { FRAME_HEAD } from './frames.ts';

/** What the system writes and reads as a whole. */
const PAGE = 4096;
const ZEROS = new Uint8Array(2 * PAGE);

/** The file of a segment while its owner writes it. Nobody else writes to it, ever: its name holds the owner's epoch, and only that owner has made it. */
export class SegmentFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  /** The path that it has until its first group is in it. */
  #before: string | undefined;
  /** How long it is, with what of an earlier segment is left in it. */
  #size: number;
  #isClosed = false;

  private constructor(handle: FileHandle, path: string, size: number, before?: string) {
    this.#handle = handle;
    this.#path = path;
    this.#size = size;
    this.#before = before;
  }

  /** Makes it; there must be no such file. */
  static async begin(folder: string, file: string): Promise<SegmentFile> {
    const path = join(folder, file);
    return new SegmentFile(await open(path, 'wx'), path, 0);
  }

  /** Takes a spare file for it, which gets its name when {@link name} says so. */
  static async reuse(folder: string, file: string, spare: string): Promise<SegmentFile> {
    const before = join(folder, spare);
    const handle = await open(before, 'r+');
    try {
      return new SegmentFile(handle, join(folder, file), (await handle.stat()).size, before);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Whether it is a spare file still, which has no group of its own yet. */
  get isSpare(): boolean {
    return this.#before !== undefined;
  }

  /**
   * Where more of the file follows, zeros come behind: where a frame would begin they are its end. They fill the page, as the system would
   * have to read the rest of it otherwise.
   */
  async write(buffers: readonly Uint8Array[], at: number): Promise<void> {
    const end = buffers.reduce((sum, { length }) => sum + length, at);
    let [rest, place] = [[...buffers], at];
    if (end < this.#size) rest.push(zerosBehind(end));
    while (rest.length > 0) {
      // A disk that fills up takes a part first, and says why with the next one.
      const { bytesWritten } = await this.#handle.writev(rest, place);
      place += bytesWritten;
      rest = behind(rest, bytesWritten);
    }
    this.#size = Math.max(this.#size, place);
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  /** Gives it its name, now that a whole group is in it. */
  async name(): Promise<void> {
    if (this.#before === undefined) return;
    await rename(this.#before, this.#path);
    this.#before = undefined;
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

function zerosBehind(end: number): Uint8Array {
  const page = Math.ceil((end + FRAME_HEAD) / PAGE) * PAGE;
  return ZEROS.subarray(0, page - end);
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
