import { Duplex } from 'node:stream';
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';

const INFLATED_CHUNK_BYTES = 64 * 1024;

/**
 * zlib in both directions over another stream, flushed after each write: what Flume's `compression-type = deflate` is. It inflates
 * only as much as is read, so a bomb costs what its reader allows. Waits with the first bytes until it is read. Its errors are those of zlib.
 */
export class DeflatedStream extends Duplex {
  readonly #outer: Duplex;
  readonly #inflate: Inflate;
  readonly #deflate: Deflate;

  /** `first` are bytes of `outer` that were read already. */
  constructor(outer: Duplex, first: Buffer) {
    super();
    this.#outer = outer;
    const flush = constants.Z_SYNC_FLUSH;
    // A connection that ends has no trailer: that is no error.
    const inflate = createInflate({ flush, finishFlush: flush, chunkSize: INFLATED_CHUNK_BYTES });
    const deflate = createDeflate({ flush });
    this.#inflate = inflate;
    this.#deflate = deflate;
    inflate.pause();
    inflate.on('data', (bytes: Buffer) => {
      if (!this.push(bytes)) inflate.pause();
    });
    inflate.on('end', () => this.push(null));
    inflate.on('error', (error) => this.destroy(error));
    deflate.on('error', (error) => this.destroy(error));
    outer.on('error', () => this.destroy());
    outer.on('close', () => this.destroy());
    inflate.write(first);
    outer.pipe(inflate);
    deflate.pipe(outer);
  }

  override _read(): void {
    this.#inflate.resume();
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#deflate.write(bytes, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#deflate.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#inflate.destroy();
    this.#deflate.destroy();
    this.#outer.destroy();
    done(error);
  }
}
