import { closeSync, fstat, open, readSync } from 'node:fs';
import { promisify } from 'node:util';
import type { StoredSegment } from '../log/LogStorage.ts';
import { folderFailure } from './folderFailure.ts';

const opened = promisify(open);
const stated = promisify(fstat);

/** Opens a segment's file as it is now: what is added later is not seen. */
export async function openSegment(folder: string, path: string): Promise<StoredSegment> {
  const descriptor = await opened(path, 'r');
  try {
    const { size } = await stated(descriptor);
    return new OpenSegment(folder, descriptor, size);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

class OpenSegment implements StoredSegment {
  readonly size: number;
  readonly #folder: string;
  #descriptor: number | undefined;

  constructor(folder: string, descriptor: number, size: number) {
    this.#folder = folder;
    this.#descriptor = descriptor;
    this.size = size;
  }

  read(from: number, to: number): Uint8Array {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(to, this.size) - from));
    let filled = 0;
    try {
      while (filled < bytes.length) {
        const got = readSync(this.#descriptor ?? -1, bytes, filled, bytes.length - filled, from + filled);
        if (got === 0) break; // Somebody has cut the file: whoever reads misses the rest.
        filled += got;
      }
    } catch (error) {
      throw folderFailure(this.#folder, 'read', error);
    }
    return bytes.subarray(0, filled);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
