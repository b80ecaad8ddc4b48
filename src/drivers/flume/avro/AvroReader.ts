import { read, readVarlong } from '../../kafka/records/varint.ts';
import { malformed } from './malformed.ts';

/**
 * Reads values of Avro's binary encoding. Nothing that the bytes say is believed before it is checked against the bytes that are
 * there: a wrong number is `DATA_CORRUPT`, never an endless loop or a huge allocation.
 */
export class AvroReader {
  readonly bytes: Buffer;
  /** Where the next value begins. */
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  /** An `int` or `long`: at most ten bytes, exact up to 2^52. */
  long(): number {
    // Most are lengths of one byte.
    const byte = this.bytes[this.at] as number;
    if (byte < 0x80) {
      this.at++;
      return (byte >>> 1) ^ -(byte & 1);
    }
    readVarlong(this.bytes, this.at);
    if (read.end < 0) throw malformed('a number of at most ten bytes', `no end of it at byte ${this.at}`);
    this.at = read.end;
    return read.value;
  }

  boolean(): boolean {
    const byte = this.bytes[this.#take(1)] as number;
    if (byte > 1) throw malformed('a boolean', `byte ${byte}`);
    return byte === 1;
  }

  /** Which of so many: the branch of a union, the symbol of an enum. */
  choice(of: number): number {
    const index = this.long();
    if (index < 0 || index >= of) throw malformed(`one of ${of} choices`, index);
    return index;
  }

  /** A view of a `fixed`. */
  fixed(length: number): Buffer {
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** A view of `bytes`. */
  view(maxBytes: number = Number.POSITIVE_INFINITY): Buffer {
    const length = this.#length(maxBytes);
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** A `string`; what is no UTF-8 in it becomes U+FFFD. */
  text(maxBytes: number = Number.POSITIVE_INFINITY): string {
    const length = this.#length(maxBytes);
    const at = this.#take(length);
    return this.bytes.toString('utf8', at, at + length);
  }

  /** Goes over `bytes` or a `string`; answers its length. */
  skip(): number {
    const length = this.#length(Number.POSITIVE_INFINITY);
    this.#take(length);
    return length;
  }

  /**
   * How many items the next block of an array or map holds; 0: there is none any more. A block may say its bytes too.
   * `leastBytes` is what an item takes at least.
   */
  block(leastBytes: number): number {
    let items = this.long();
    if (items < 0) {
      items = -items;
      const bytes = this.long();
      if (bytes < 0 || bytes > this.left)
        throw malformed(`a block within the ${this.left} bytes left`, `${bytes} bytes`);
    }
    if (items * leastBytes > this.left) throw malformed(`a block within the ${this.left} bytes left`, `${items} items`);
    return items;
  }

  /** Goes over a `map` of `bytes` or `string`. */
  skipMap(): void {
    for (let items = this.block(2); items > 0; items = this.block(2)) {
      for (; items > 0; items--) {
        this.skip();
        this.skip();
      }
    }
  }

  /** Nothing may follow. */
  end(): void {
    if (this.left > 0) throw malformed('the end of the message', `${this.left} bytes more`);
  }

  #length(maxBytes: number): number {
    const length = this.long();
    if (length < 0 || length > maxBytes) throw malformed(`a length of 0 to ${Math.min(maxBytes, this.left)}`, length);
    return length;
  }

  #take(length: number): number {
    const { at } = this;
    if (length > this.left) throw malformed(`${length} bytes from byte ${at}`, `${this.left}`);
    this.at = at + length;
    return at;
  }
}
