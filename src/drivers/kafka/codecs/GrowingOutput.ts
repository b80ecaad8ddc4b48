import { tooLarge } from './Decompress.ts';

/** What a decompressor writes to: grows by doubling up to its limit, and can repeat what it holds. */
export class GrowingOutput {
  bytes: Buffer;
  end = 0;
  private readonly codec: string;
  private readonly maxBytes: number;

  constructor(codec: string, maxBytes: number, first: number) {
    this.codec = codec;
    this.maxBytes = maxBytes;
    this.bytes = Buffer.allocUnsafe(Math.min(first, maxBytes));
  }

  /** Makes sure that `size` bytes more fit; beyond the limit it throws. */
  room(size: number): void {
    const needed = this.end + size;
    if (needed <= this.bytes.length) return;
    if (needed > this.maxBytes) tooLarge(this.codec, this.maxBytes);
    const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, this.bytes.length * 2), this.maxBytes));
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
  }

  /** Appends a part of `source`; there is room. */
  append(source: Uint8Array, from: number, length: number): void {
    const { bytes, end } = this;
    if (length > 48) bytes.set(source.subarray(from, from + length), end);
    else for (let i = 0; i < length; i++) bytes[end + i] = source[from + i] as number;
    this.end = end + length;
  }

  /** Appends one byte many times; there is room. */
  fill(byte: number, length: number): void {
    this.bytes.fill(byte, this.end, this.end + length);
    this.end += length;
  }

  /** Appends what lies `back` bytes before the end, and what that appends in turn; there is room, and `back` is there. */
  repeat(back: number, length: number): void {
    const { bytes } = this;
    let put = this.end;
    let from = put - back;
    this.end = put + length;
    if (length > 48 && back >= length) bytes.copyWithin(put, from, from + length);
    else if (length > 48 && back === 1) bytes.fill(bytes[from] as number, put, this.end);
    else while (put < this.end) bytes[put++] = bytes[from++] as number;
  }

  taken(): Buffer {
    return this.bytes.subarray(0, this.end);
  }
}
