import { stat } from 'node:fs/promises';
import type { FileGeneration } from './FileGeneration.ts';
import { openBetween, openIfThere } from './findGenerations.ts';

/** Keeps the generations of a path open: those still to be read, and those that an unsettled batch may ask for again. */
export class FileFollower {
  readonly #path: string;
  /** Oldest first; the last one is the newest that was seen at the path. */
  #unread: FileGeneration[] = [];
  /** Read to their ends, oldest first. */
  #read: FileGeneration[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  start(files: readonly FileGeneration[]): void {
    this.#unread = [...files];
  }

  /** The generation that is being read. */
  get current(): FileGeneration | undefined {
    return this.#unread[0];
  }

  /** Whether another file has taken the place of the current one. */
  get isReplaced(): boolean {
    return this.#unread.length > 1;
  }

  /** Opens what is at the path, if it is not the file that was there before, and what was there in between. */
  async look(): Promise<void> {
    const newest = this.#unread.at(-1);
    if (newest !== undefined) {
      const found = await stat(this.#path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (found === undefined || String(found.ino) === newest.ino) return;
    }
    const file = await openIfThere(this.#path);
    if (file === undefined) return;
    if (file.ino === newest?.ino) await file.close();
    else this.#unread.push(...(newest === undefined ? [] : await this.#missed(newest, file)), file);
  }

  /** What was at the path between two looks. */
  async #missed(before: FileGeneration, after: FileGeneration): Promise<FileGeneration[]> {
    const known = new Set([...this.#read, ...this.#unread].map(({ ino }) => ino));
    const missed: FileGeneration[] = [];
    for (const file of await openBetween(this.#path, before, after)) {
      if (known.has(file.ino)) await file.close();
      else missed.push(file);
    }
    return missed;
  }

  /** The current generation is read to its end. */
  goOn(): void {
    const file = this.#unread.shift();
    if (file !== undefined) this.#read.push(file);
  }

  /** A generation that is still open. */
  find(wanted: (file: FileGeneration) => boolean): FileGeneration | undefined {
    return [...this.#read, ...this.#unread].find(wanted);
  }

  /** Whether a generation that was read to its end is still open. */
  get keeps(): boolean {
    return this.#read.length > 0;
  }

  /** Closes what came before the wanted generation. */
  async closeBefore(wanted: (file: FileGeneration) => boolean): Promise<void> {
    const first = this.#read.findIndex(wanted);
    if (first < 0 && !this.#unread.some(wanted)) return;
    await closeAll(this.#read.splice(0, first < 0 ? this.#read.length : first));
  }

  async close(): Promise<void> {
    await closeAll([...this.#read.splice(0), ...this.#unread.splice(0)]);
  }
}

async function closeAll(files: readonly FileGeneration[]): Promise<void> {
  await Promise.all(files.map((file) => file.close()));
}
