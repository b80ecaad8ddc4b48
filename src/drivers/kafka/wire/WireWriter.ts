/** Writes a request body in Kafka's flexible encoding: compact lengths, and an empty section of tags after each struct. */
export class WireWriter {
  private content: Buffer = Buffer.allocUnsafe(256);
  private end = 0;

  /** The bytes written so far. */
  written(): Buffer {
    return this.content.subarray(0, this.end);
  }

  int8(value: number): this {
    this.room(1);
    this.end = this.content.writeInt8(value, this.end);
    return this;
  }

  bool(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  int16(value: number): this {
    this.room(2);
    this.end = this.content.writeInt16BE(value, this.end);
    return this;
  }

  int32(value: number): this {
    this.room(4);
    this.end = this.content.writeInt32BE(value, this.end);
    return this;
  }

  int64(value: number): this {
    this.room(8);
    this.end = this.content.writeBigInt64BE(BigInt(value), this.end);
    return this;
  }

  /** An unsigned number of up to 32 bits, seven bits a byte. */
  uvarint(value: number): this {
    this.room(5);
    let rest = value;
    while (rest > 0x7f) {
      this.content[this.end++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.content[this.end++] = rest;
    return this;
  }

  /** A text, or null. */
  text(value: string | null): this {
    if (value === null) return this.uvarint(0);
    const length = Buffer.byteLength(value);
    this.uvarint(length + 1).room(length);
    this.end += this.content.write(value, this.end);
    return this;
  }

  /** Bytes as they are. */
  bytes(value: Uint8Array): this {
    this.uvarint(value.length + 1).room(value.length);
    this.content.set(value, this.end);
    this.end += value.length;
    return this;
  }

  /** A topic id of 22 base64url characters; `''` is the id that means none. */
  uuid(value: string): this {
    this.room(16);
    this.content.fill(0, this.end, this.end + 16);
    Buffer.from(value, 'base64url').copy(this.content, this.end, 0, 16);
    this.end += 16;
    return this;
  }

  /** An array, each element followed by its empty section of tags; `null` where Kafka tells no array from an empty one. */
  array<T>(items: readonly T[] | null, write: (item: T) => void): this {
    if (items === null) return this.uvarint(0);
    this.uvarint(items.length + 1);
    for (const item of items) {
      write(item);
      this.tags();
    }
    return this;
  }

  /** An array of plain numbers, which have no tags of their own. */
  int32s(items: readonly number[]): this {
    this.uvarint(items.length + 1);
    for (const item of items) this.int32(item);
    return this;
  }

  /** The empty section of tags that ends a struct. */
  tags(): this {
    return this.uvarint(0);
  }

  private room(size: number): void {
    if (this.end + size <= this.content.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.content.length * 2, this.end + size));
    this.content.copy(larger, 0, 0, this.end);
    this.content = larger;
  }
}
