import type { ChosenFile } from './directoryPosition.ts';

/**
 * What the last cut unpacked to find out where it ends, no more than a batch. Its read usually comes next and takes it over;
 * where another cut or another process comes in between, files are unpacked again.
 */
export class UnpackedAhead {
  readonly #parts = new Map<string, Buffer>();

  /** Another cut begins. */
  clear(): void {
    this.#parts.clear();
  }

  keep(file: ChosenFile, from: number, bytes: Buffer): void {
    this.#parts.set(keyOf(file, from), bytes);
  }

  /** The bytes of a piece, the reader's from now on. */
  take(file: ChosenFile, from: number, until: number): Buffer | undefined {
    const key = keyOf(file, from);
    const bytes = this.#parts.get(key);
    this.#parts.delete(key);
    return bytes?.length === until - from ? bytes : undefined;
  }
}

/** The name comes last: it may hold any character. */
function keyOf([name, size, modifiedMs, inode]: ChosenFile, from: number): string {
  return `${from} ${size} ${modifiedMs} ${inode} ${name}`;
}
