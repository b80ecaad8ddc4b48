import { crc32cBytewise, TABLE_COUNT, TABLES } from './crc32cTables.ts';
import { type ChecksumBlocks, crc32cWasm } from './crc32cWasm.ts';

/** Spans shorter than this are not worth the copy into WebAssembly's memory. */
const WORTH_A_COPY = 256;
let wasm: ChecksumBlocks | undefined;
let looked = false;

/** CRC-32C of `bytes` from `from` to `end`, as record batches carry it. */
export function crc32c(bytes: Uint8Array, from: number, end: number): number {
  if (!looked) {
    wasm = crc32cWasm();
    looked = true;
  }
  const blocks = wasm !== undefined && end - from >= WORTH_A_COPY ? wasm : crc32cBlocks;
  const rest = end - ((end - from) % TABLE_COUNT);
  return ~crc32cBytewise(blocks(-1, bytes, from, rest), bytes, rest, end) >>> 0;
}

/** The same loop in JavaScript, eight bytes a step. `end - from` is a multiple of 16. */
export const crc32cBlocks: ChecksumBlocks = (crc, bytes, from, end) => {
  const tables = TABLES;
  let sum = crc;
  for (let at = from; at < end; at += 8) {
    const low =
      sum ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    sum =
      (tables[0x700 | (low & 0xff)] as number) ^
      (tables[0x600 | ((low >>> 8) & 0xff)] as number) ^
      (tables[0x500 | ((low >>> 16) & 0xff)] as number) ^
      (tables[0x400 | (low >>> 24)] as number) ^
      (tables[0x300 | (bytes[at + 4] as number)] as number) ^
      (tables[0x200 | (bytes[at + 5] as number)] as number) ^
      (tables[0x100 | (bytes[at + 6] as number)] as number) ^
      (tables[bytes[at + 7] as number] as number);
  }
  return sum;
};
