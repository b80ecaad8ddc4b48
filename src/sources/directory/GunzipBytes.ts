import { createGunzip, type Gunzip } from 'node:zlib';
import type { ByteReader, FileBytes } from './FileBytes.ts';

/** Compressed bytes unpacked at a time. Deflate makes at most a thousand times more of them, which bounds what is held. */
const INPUT_BYTES = 16 * 1024;
const OUTPUT_BYTES = 64 * 1024;
const LEAST_OUTPUT_BYTES = 4 * 1024;

/** The compressed bytes break their format, or end too early. What came before them was read. */
export class GzipDamage extends Error {
  override readonly name = 'GzipDamage';
}

/**
 * What a gzip file unpacks to, members one after the other. Reading goes forward: a read from before the last one begins at
 * the first byte again. Where the file is damaged, all reads give the same bytes before the damage, and then
 * {@link GzipDamage}.
 */
export class GunzipBytes implements ByteReader {
  readonly #file: FileBytes;
  #unpacking: Unpacking;

  constructor(file: FileBytes) {
    this.#file = file;
    this.#unpacking = new Unpacking(file);
  }

  /** The bytes that come next, without starting again. */
  get at(): number {
    return this.#unpacking.at;
  }

  get grown(): number {
    return this.#file.grown;
  }

  /** Gives back the bytes that were read last, so that the next read may begin with them. */
  unread(bytes: Buffer): void {
    this.#unpacking.unread(bytes);
  }

  async read(from: number, until: number): Promise<Buffer> {
    if (from < this.#unpacking.at) {
      this.#unpacking.close();
      this.#unpacking = new Unpacking(this.#file);
    }
    while (this.#unpacking.at < from) {
      if ((await this.#unpacking.next(from - this.#unpacking.at)) === undefined) return Buffer.alloc(0);
    }
    const chunks: Buffer[] = [];
    while (this.#unpacking.at < until) {
      const chunk = await this.#orDamage(chunks.length > 0, until - this.#unpacking.at);
      if (chunk === undefined) break;
      chunks.push(chunk);
    }
    return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  }

  close(): Promise<void> {
    this.#unpacking.close();
    return this.#file.close();
  }

  /** Good bytes first: the damage is told by the read that begins at it. */
  async #orDamage(hasBytes: boolean, most: number): Promise<Buffer | undefined> {
    try {
      return await this.#unpacking.next(most);
    } catch (error) {
      if (hasBytes && error instanceof GzipDamage) return undefined;
      throw error;
    }
  }
}

/** One pass through a compressed file. */
class Unpacking {
  readonly #file: FileBytes;
  readonly #gunzip: Gunzip;
  #ready: Buffer[] = [];
  #readAt = 0;
  #isFed = false;
  #failure: Error | undefined;
  #isClosed = false;
  at = 0;

  constructor(file: FileBytes) {
    this.#file = file;
    const chunkSize = Math.min(OUTPUT_BYTES, Math.max(LEAST_OUTPUT_BYTES, 4 * file.size));
    this.#gunzip = createGunzip({ chunkSize });
    // Flowing: everything made of a chunk is here before the next one goes in, so that what precedes damage is always the same.
    this.#gunzip.on('data', (chunk: Buffer) => this.#ready.push(chunk));
    this.#gunzip.on('error', (error) => {
      this.#failure = new GzipDamage(error.message, { cause: error });
    });
    this.#gunzip.on('close', () => {
      this.#isClosed = true;
    });
  }

  /** The next bytes, at most `most`; nothing at the end. */
  async next(most: number): Promise<Buffer | undefined> {
    while (this.#ready.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isFed) return undefined;
      await this.#feed();
    }
    const first = this.#ready[0] as Buffer;
    const taken = first.length <= most ? first : first.subarray(0, most);
    if (taken === first) this.#ready.shift();
    else this.#ready[0] = first.subarray(most);
    this.at += taken.length;
    return taken;
  }

  unread(bytes: Buffer): void {
    // A copy: the bytes may be a small part of what a batch is made of.
    if (bytes.length > 0) this.#ready.unshift(Buffer.from(bytes));
    this.at -= bytes.length;
  }

  close(): void {
    this.#gunzip.destroy();
  }

  async #feed(): Promise<void> {
    const chunk = await this.#file.read(this.#readAt, this.#readAt + INPUT_BYTES);
    this.#readAt += chunk.length;
    this.#isFed = chunk.length === 0;
    await new Promise<void>((resolve) => {
      if (this.#isClosed || this.#gunzip.destroyed) return resolve();
      // A failure closes the stream; then the call back of a write may not come.
      this.#gunzip.once('close', resolve);
      const done = (): void => {
        this.#gunzip.off('close', resolve);
        resolve();
      };
      if (chunk.length > 0) this.#gunzip.write(chunk, done);
      else this.#gunzip.end();
    });
  }
}
