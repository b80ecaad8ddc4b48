import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { spareName } from './logNames.ts';
import type { Segment } from './Segment.ts';

/** So many are kept: about what is trimmed at once where segments come fast. */
const MOST = 4;

/**
 * Files of segments that nobody needs any more, to be written again: their blocks on the disk are theirs already, so a sync writes what is in them and
 * nothing about where it lies. They take no more of it than the log has had before: it makes no file while there is one of them. Only those of one owner's life: nobody else has them open for writing, whoever overtakes it removes them.
 */
export class SpareFiles {
  readonly #folder: string;
  readonly #epoch: number;
  readonly #spares: string[] = [];

  constructor(folder: string, epoch: number) {
    this.#folder = folder;
    this.#epoch = epoch;
  }

  /** Whether a segment's file can be one. */
  takes({ name }: Segment): boolean {
    return name.epoch === this.#epoch && this.#spares.length < MOST;
  }

  /** Makes the file of a segment one of them. */
  async put({ name: { file, number, epoch } }: Segment): Promise<void> {
    const spare = spareName(number, epoch);
    await rename(join(this.#folder, file), join(this.#folder, spare));
    this.#spares.push(spare);
  }

  /** One to write to, which stays one of them until {@link taken} is told. */
  next(): string | undefined {
    return this.#spares[0];
  }

  /** The next one has another name now. */
  taken(): void {
    this.#spares.shift();
  }

  /** Removes them. */
  async clear(): Promise<void> {
    for (let spare = this.next(); spare !== undefined; spare = this.next()) {
      await rm(join(this.#folder, spare), { force: true });
      this.taken();
    }
  }
}
