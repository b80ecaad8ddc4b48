import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

const MOST_BYTES = 64 * 2 ** 20;

/**
 * What one writes by hand to keep what has come before it is answered for: appended to a file and synced, all that wait together. A new file is begun from
 * time to time and the old one removed; nobody looks whether anything was read, nothing is checked, nothing found again.
 */
export class KeptFile {
  readonly #folder: string;
  #file: FileHandle | undefined;
  #number = 0;
  #bytes = 0;
  #waiting: { readonly bytes: Buffer; readonly answer: () => void }[] = [];
  #isWriting = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Answers when it is on disk. */
  keep(bytes: Buffer): Promise<void> {
    return new Promise((answer, refuse) => {
      this.#waiting.push({ bytes, answer });
      if (!this.#isWriting) this.#write().catch(refuse);
    });
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting.splice(0);
      const file = await this.#open();
      const { bytesWritten } = await file.writev(waiting.map(({ bytes }) => bytes));
      await file.datasync();
      this.#bytes += bytesWritten;
      for (const { answer } of waiting) answer();
    }
    this.#isWriting = false;
  }

  async #open(): Promise<FileHandle> {
    if (this.#file !== undefined && this.#bytes < MOST_BYTES) return this.#file;
    await this.#file?.close();
    if (this.#number > 0) await rm(this.#path());
    this.#number++;
    this.#bytes = 0;
    this.#file = await open(this.#path(), 'wx');
    return this.#file;
  }

  #path(): string {
    return join(this.#folder, `kept-${this.#number}`);
  }
}
