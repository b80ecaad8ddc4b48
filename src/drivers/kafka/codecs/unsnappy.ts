import { malformed, tooLarge } from './Decompress.ts';

/** What Java clients put before a row of snappy blocks: this, and eight bytes of versions. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER = 16;
/** Three bytes of input make at most 64 of output. */
const MAX_RATIO = 32;

/** snappy, raw or in the framing of Java clients. */
export function unsnappy(bytes: Buffer, maxBytes: number): Buffer {
  if (bytes.length < XERIAL_HEADER || bytes.compare(XERIAL, 0, 8, 0, 8) !== 0) {
    const size = blockSize(bytes, 0, bytes.length);
    if (size > maxBytes) tooLarge('snappy', maxBytes);
    const out = Buffer.allocUnsafe(size);
    readBlock(bytes, 0, bytes.length, out, 0);
    return out;
  }
  let total = 0;
  for (let at = XERIAL_HEADER; at < bytes.length; at = blockEnd(bytes, at)) {
    total += blockSize(bytes, at + 4, blockEnd(bytes, at));
    if (total > maxBytes) tooLarge('snappy', maxBytes);
  }
  const out = Buffer.allocUnsafe(total);
  let put = 0;
  for (let at = XERIAL_HEADER; at < bytes.length; at = blockEnd(bytes, at)) {
    put = readBlock(bytes, at + 4, blockEnd(bytes, at), out, put);
  }
  return out;
}

function blockEnd(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) malformed('snappy', 'cut in the length of a block');
  const end = at + 4 + bytes.readUInt32BE(at);
  if (end > bytes.length) malformed('snappy', 'a block is longer than the input');
  return end;
}

/** The size a block says it has when decompressed, if its input could hold that much. */
function blockSize(bytes: Buffer, from: number, end: number): number {
  let size = 0;
  for (let at = from, shift = 0; shift < 35; at++, shift += 7) {
    if (at >= end) malformed('snappy', 'cut in the size of a block');
    const byte = bytes[at] as number;
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      if (size > (end - from) * MAX_RATIO) malformed('snappy', 'more output told than the input can hold');
      return size;
    }
  }
  return malformed('snappy', 'the size of a block has more than five bytes');
}

/** Decompresses one block to `out` at `start`; gives the end of its output. */
function readBlock(bytes: Buffer, from: number, end: number, out: Buffer, start: number): number {
  const stop = start + blockSize(bytes, from, end);
  let at = from;
  while ((bytes[at++] as number) >= 0x80);
  let put = start;
  while (at < end) {
    const tag = bytes[at++] as number;
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >> 2) + 1;
      if (length > 60) {
        const extra = length - 60;
        if (at + extra > end) malformed('snappy', 'cut in a length');
        length = bytes.readUIntLE(at, extra) + 1;
        at += extra;
      }
      if (at + length > end || put + length > stop) malformed('snappy', 'a literal is longer than its block');
      copyForward(bytes, at, out, put, length);
      at += length;
      put += length;
      continue;
    }
    const width = kind === 3 ? 4 : kind;
    if (at + width > end) malformed('snappy', 'cut in a copy');
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const back = bytes.readUIntLE(at, width) + (kind === 1 ? (tag >> 5) << 8 : 0);
    at += width;
    if (back === 0 || put - back < start || put + length > stop) malformed('snappy', 'a copy leaves its block');
    copyForward(out, put - back, out, put, length);
    put += length;
  }
  if (put !== stop) malformed('snappy', 'a block ends before its size is reached');
  return put;
}

/** Copies byte by byte from the front, as copies that overlap themselves need it; long ones that do not go at once. */
function copyForward(source: Buffer, from: number, out: Buffer, put: number, length: number): void {
  if (length > 48 && (source !== out || put - from >= length)) {
    source.copy(out, put, from, from + length);
    return;
  }
  for (let i = 0; i < length; i++) out[put + i] = source[from + i] as number;
}
