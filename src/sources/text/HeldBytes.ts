const EMPTY: Buffer = Buffer.alloc(0);

/** Bytes that wait for the rest of their record: one growing buffer, however small the pieces come. */
export class HeldBytes {
  #buffer: Buffer = EMPTY;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(bytes: Buffer, from: number, until: number): void {
    const needed = this.#length + until - from;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    bytes.copy(this.#buffer, this.#length, from, until);
    this.#length = needed;
  }

  /** The bytes so far, to look at before the next call. */
  peek(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** The bytes, which are the caller's from now on. */
  take(): Buffer {
    const bytes = this.peek();
    this.#buffer = EMPTY;
    this.#length = 0;
    return bytes;
  }
}
