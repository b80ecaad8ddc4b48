import { StreamError } from '../../../core/errors.ts';

/**
 * Reads a response body in Kafka's flexible encoding. Every read is checked against the end of the bytes: an answer that
 * is cut or garbled is `DATA_CORRUPT`, never an endless loop or a huge allocation.
 */
export class WireReader {
  private at = 0;
  private readonly bytes: Buffer;
  private readonly what: string;

  /** `what` names the answer in messages, e.g. `Fetch v13 from broker 2`. */
  constructor(bytes: Buffer, what: string) {
    this.bytes = bytes;
    this.what = what;
  }

  int8(): number {
    return this.bytes.readInt8(this.take(1));
  }

  bool(): boolean {
    return this.int8() !== 0;
  }

  int16(): number {
    return this.bytes.readInt16BE(this.take(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.take(4));
  }

  int64(): number {
    const at = this.take(8);
    const value = this.bytes.readInt32BE(at) * 0x1_0000_0000 + this.bytes.readUInt32BE(at + 4);
    if (!Number.isSafeInteger(value)) this.corrupt(`a number beyond 2^53 at byte ${at}`);
    return value;
  }

  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.take(1)] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return this.corrupt(`a length of more than five bytes before byte ${this.at}`);
  }

  text(): string {
    return this.optionalText() ?? this.corrupt(`no text before byte ${this.at} where one must be`);
  }

  optionalText(): string | null {
    const length = this.uvarint() - 1;
    if (length < 0) return null;
    const at = this.take(length);
    return this.bytes.toString('utf8', at, at + length);
  }

  /** A topic id as 22 base64url characters; `''` for the id that means none. */
  uuid(): string {
    const at = this.take(16);
    const id = this.bytes.toString('base64url', at, at + 16);
    return id === 'AAAAAAAAAAAAAAAAAAAAAA' ? '' : id;
  }

  /** A view of the bytes, empty for null. */
  view(): Buffer {
    const length = Math.max(this.uvarint() - 1, 0);
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** The elements of an array, the tags after each skipped; none for null. */
  array<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let left = this.uvarint() - 1; left > 0; left--) {
      items.push(read());
      this.tags();
    }
    return items;
  }

  /** Skips an array of plain 32-bit numbers. */
  skipInt32s(): void {
    this.take(Math.max(this.uvarint() - 1, 0) * 4);
  }

  /** Skips a section of tags. */
  tags(): void {
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint();
      this.take(this.uvarint());
    }
  }

  private take(size: number): number {
    const at = this.at;
    if (size > this.bytes.length - at) this.corrupt(`${size} bytes wanted at byte ${at} of ${this.bytes.length}`);
    this.at = at + size;
    return at;
  }

  private corrupt(what: string): never {
    throw new StreamError('DATA_CORRUPT', `${this.what}: the answer breaks Kafka's protocol: ${what}.`, {
      retriable: true,
    });
  }
}
