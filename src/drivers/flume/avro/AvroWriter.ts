/** Writes values of Avro's binary encoding. */
export class AvroWriter {
  #bytes: Buffer = Buffer.allocUnsafe(64);
  #end = 0;

  /** The bytes written so far. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  /** An `int` or `long`, a branch of a union, a symbol of an enum: exact up to 2^52. */
  long(value: number): this {
    this.#room(10);
    let rest = value >= 0 ? value * 2 : value * -2 - 1;
    while (rest >= 0x80) {
      this.#bytes[this.#end++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#end++] = rest;
    return this;
  }

  boolean(value: boolean): this {
    this.#room(1);
    this.#bytes[this.#end++] = value ? 1 : 0;
    return this;
  }

  /** Bytes as they are: a `fixed`, or something encoded before. */
  raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
    return this;
  }

  bytes(bytes: Uint8Array): this {
    return this.long(bytes.length).raw(bytes);
  }

  text(text: string): this {
    return this.bytes(Buffer.from(text));
  }

  /** A `map` of strings, in one block. */
  texts(entries: ReadonlyMap<string, string>): this {
    if (entries.size > 0) this.long(entries.size);
    for (const [key, value] of entries) this.text(key).text(value);
    return this.long(0);
  }

  /** The end of an array or map, which is all of an empty one. */
  end(): this {
    return this.long(0);
  }

  #room(size: number): void {
    if (this.#end + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#end + size));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}
