import { malformed } from '../Decompress.ts';

/**
 * Reads bits from the end of a span to its beginning, as zstd's entropy coders leave them: the highest bit that is set in
 * the last byte only marks where they begin.
 */
export class BackwardBits {
  readonly bytes: Uint8Array;
  /** First bit of the span. */
  readonly first: number;
  /** The bit after the next one to be read; below `first` once more was read than there is. */
  at: number;

  constructor(bytes: Uint8Array, from: number, end: number) {
    const last = end > from ? (bytes[end - 1] as number) : 0;
    if (last === 0) malformed('zstd', 'a bit stream without its end mark');
    this.bytes = bytes;
    this.first = from * 8;
    this.at = end * 8 - 1 - (Math.clz32(last) - 24);
  }

  /** The next `count` bits, at most 24. Before the beginning of the span there are zeros. */
  read(count: number): number {
    this.at -= count;
    if (this.at >= this.first) return bitsAt(this.bytes, this.at, count);
    const lacking = Math.min(this.first - this.at, count);
    return bitsAt(this.bytes, this.first, count - lacking) << lacking;
  }
}

/** `count` bits, at most 24, from bit `at` on. */
export function bitsAt(bytes: Uint8Array, at: number, count: number): number {
  const byte = at >> 3;
  const word =
    (bytes[byte] as number) |
    ((bytes[byte + 1] as number) << 8) |
    ((bytes[byte + 2] as number) << 16) |
    ((bytes[byte + 3] as number) << 24);
  return (word >>> (at & 7)) & ((1 << count) - 1);
}
