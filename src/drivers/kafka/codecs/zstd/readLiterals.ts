import { malformed } from '../Decompress.ts';
import { type HuffmanTable, readHuffmanStream, readHuffmanTable } from './HuffmanTable.ts';

/** Bytes that one block gives at most. */
export const MAX_BLOCK = 131_072;

/** The literals of a block, and what else was found there. */
export interface Literals {
  /** They are `length` bytes of this from `from` on; overwritten by the next block. */
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly length: number;
  /** Where the block goes on. */
  readonly end: number;
  /** The code they were written with, which a later block may use again. */
  readonly huffman: HuffmanTable | undefined;
}

/** Where compressed literals are decoded to; decoding never waits, so one is enough. */
let scratch: Uint8Array | undefined;

const REPEATED = 1;
const SAME_TABLE = 3;

/** Reads the literals of the block that lies from `from` to `end`. */
export function readLiterals(bytes: Uint8Array, from: number, end: number, before: HuffmanTable | undefined): Literals {
  if (from >= end) malformed('zstd', 'a block is cut');
  const head = bytes[from] as number;
  const kind = head & 3;
  const format = (head >> 2) & 3;
  if (kind > REPEATED) return compressedLiterals(bytes, from, end, kind === SAME_TABLE, format, before);
  const headSize = format === 1 ? 2 : format === 3 ? 3 : 1;
  const start = from + headSize;
  if (start > end) malformed('zstd', 'a block is cut');
  const length = littleEndian(bytes, from, headSize) >> (headSize === 1 ? 3 : 4);
  const stop = start + (kind === REPEATED ? 1 : length);
  if (length > MAX_BLOCK || stop > end) malformed('zstd', 'literals are longer than their block');
  if (kind !== REPEATED) return { bytes, from: start, length, end: stop, huffman: before };
  scratch ??= new Uint8Array(MAX_BLOCK);
  scratch.fill(bytes[start] as number, 0, length);
  return { bytes: scratch, from: 0, length, end: stop, huffman: before };
}

function compressedLiterals(
  bytes: Uint8Array,
  from: number,
  end: number,
  sameTable: boolean,
  format: number,
  before: HuffmanTable | undefined,
): Literals {
  const headSize = [3, 3, 4, 5][format] as number;
  const width = [10, 10, 14, 18][format] as number;
  if (from + headSize > end) malformed('zstd', 'a block is cut');
  const head = littleEndian(bytes, from, headSize);
  const length = Math.floor(head / 16) % 2 ** width;
  const stop = from + headSize + Math.floor(head / 2 ** (4 + width));
  if (length > MAX_BLOCK || stop > end) malformed('zstd', 'literals are longer than their block');
  let at = from + headSize;
  let table = before;
  if (!sameTable) [table, at] = readHuffmanTable(bytes, at, stop);
  if (table === undefined) return malformed('zstd', 'no Huffman table to use again');
  scratch ??= new Uint8Array(MAX_BLOCK);
  if (format === 0) readHuffmanStream(table, bytes, at, stop, scratch, 0, length);
  else fourStreams(table, bytes, at, stop, scratch, length);
  return { bytes: scratch, from: 0, length, end: stop, huffman: table };
}

/** Four streams of a quarter each, the sizes of three of them before the first. */
function fourStreams(
  table: HuffmanTable,
  bytes: Uint8Array,
  from: number,
  end: number,
  out: Uint8Array,
  length: number,
): void {
  const quarter = (length + 3) >> 2;
  if (from + 6 > end || length < 6) malformed('zstd', 'literals are cut');
  let at = from + 6;
  for (let i = 0; i < 4; i++) {
    const stop = i === 3 ? end : at + littleEndian(bytes, from + 2 * i, 2);
    if (stop > end) malformed('zstd', 'literals are cut');
    readHuffmanStream(table, bytes, at, stop, out, i * quarter, i === 3 ? length - 3 * quarter : quarter);
    at = stop;
  }
}

function littleEndian(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number);
  return value;
}
