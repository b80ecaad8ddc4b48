import { type FileHandle, open } from 'node:fs/promises';
import { StreamError } from '../../core/errors.ts';

/**
 * One segment that is begun and written by this owner, through one open descriptor. After a failed write or sync the system may have forgotten
 * what it had not written yet, and would not say so a second time: the descriptor is not used again.
 */
export class SegmentWriter {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #sync: boolean;
  #unsynced = 0;
  #failure: unknown;
  #isClosed = false;

  private constructor(path: string, handle: FileHandle, sync: boolean) {
    this.path = path;
    this.#handle = handle;
    this.#sync = sync;
  }

  /** Begins it; there must be no such file. */
  static async begin(path: string, sync: boolean): Promise<SegmentWriter> {
    return new SegmentWriter(path, await open(path, 'ax'), sync);
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#refuseAfterFailure();
    try {
      for (let rest = bytes; rest.length > 0; ) {
        // A disk that fills up takes a part first, and says why with the next one.
        const { bytesWritten } = await this.#handle.write(rest);
        rest = rest.subarray(bytesWritten);
      }
    } catch (error) {
      await this.#fail(error);
    }
    this.#unsynced += bytes.length;
  }

  /** All that was added is on disk when it answers. */
  async sync(): Promise<void> {
    if (this.#unsynced === 0) return;
    this.#refuseAfterFailure();
    try {
      if (this.#sync) await this.#handle.datasync();
    } catch (error) {
      await this.#fail(error);
    }
    this.#unsynced = 0;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#handle.close();
  }

  async #fail(error: unknown): Promise<never> {
    this.#failure = error;
    // The first failure is the one to report.
    await this.close().catch(() => undefined);
    throw error;
  }

  #refuseAfterFailure(): void {
    if (this.#failure === undefined) return;
    throw new StreamError(
      'CHECKPOINT_FAILED',
      `fileCheckpoint: a write to ${this.path} failed before, so nobody knows what is in it: load the checkpoint again.`,
      { cause: this.#failure, details: { path: this.path } },
    );
  }
}
