import { StreamError } from '../../core/errors.ts';

/** How records of a socket lie in a block of a log. */
export interface BlockCodec<T> {
  encode(records: readonly T[]): readonly Uint8Array[];
  decode(block: Uint8Array): readonly T[];
}

/** In the first byte of every block: blocks outlive the version that wrote them. */
const FORMAT = 1;
/** The longest number takes so many bytes, seven bits in each. */
const LONGEST_NUMBER = 5;

/** Lines: how many, the length of each in UTF-16 units, then all of them in UTF-8. */
export const lineCodec: BlockCodec<string> = {
  encode: (lines) => [head(lines.map(({ length }) => length)), Buffer.from(lines.join(''))],
  decode(block) {
    const { lengths, at } = headOf(block);
    const text = Buffer.from(block.buffer, block.byteOffset + at, block.length - at).toString();
    return pieces(lengths, text.length, (from, until) => text.slice(from, until));
  },
};

/** Frames: how many, the length of each in bytes, then all of them. */
export const frameCodec: BlockCodec<Buffer> = {
  encode: (frames) => [head(frames.map(({ length }) => length)), ...frames],
  decode(block) {
    const { lengths, at } = headOf(block);
    const bytes = Buffer.from(block.buffer, block.byteOffset + at, block.length - at);
    return pieces(lengths, bytes.length, (from, until) => {
      const frame = bytes.subarray(from, until);
      // A small view would keep the whole block in memory.
      return 2 * frame.length >= bytes.length ? frame : Buffer.from(frame);
    });
  },
};

function head(lengths: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(1 + LONGEST_NUMBER * (lengths.length + 1));
  bytes[0] = FORMAT;
  let at = write(bytes, 1, lengths.length);
  for (const length of lengths) at = write(bytes, at, length);
  return bytes.subarray(0, at);
}

function write(bytes: Buffer, at: number, number: number): number {
  let rest = number;
  let next = at;
  while (rest > 0x7f) {
    bytes[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[next++] = rest;
  return next;
}

function headOf(block: Uint8Array): { readonly lengths: readonly number[]; readonly at: number } {
  if (block[0] !== FORMAT) throw corrupt(`its format is ${block[0]}, and only ${FORMAT} is known`);
  let at = 1;
  const read = (): number => {
    let number = 0;
    for (let shift = 0; shift < 7 * LONGEST_NUMBER; shift += 7) {
      const byte = block[at++];
      if (byte === undefined) break;
      number |= (byte & 0x7f) << shift;
      if (byte <= 0x7f) return number >>> 0;
    }
    throw corrupt('a length in it is cut short or too long');
  };
  const count = read();
  if (count > block.length) throw corrupt(`it cannot hold ${count} records`);
  return { lengths: Array.from({ length: count }, read), at };
}

function pieces<T>(lengths: readonly number[], total: number, piece: (from: number, until: number) => T): readonly T[] {
  let at = 0;
  const all = lengths.map((length) => {
    const from = at;
    at += length;
    return piece(from, at);
  });
  if (at !== total) throw corrupt(`its records are ${total} long, expected ${at}`);
  return all;
}

function corrupt(why: string): StreamError {
  return new StreamError('DATA_CORRUPT', `not a block of a socket: ${why}`);
}
