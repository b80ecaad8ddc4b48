/** The Castagnoli polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/** How many bytes one step of the fast loop takes in, each through a table of its own. */
export const TABLE_COUNT = 16;

/** Sixteen tables of 256 in a row: what a byte does to the checksum when so many bytes follow it. */
export const TABLES: Int32Array = tables();

/** Carries the raw (inverted) checksum on over bytes, one at a time. */
export function crc32cBytewise(crc: number, bytes: Uint8Array, from: number, end: number): number {
  let sum = crc;
  for (let at = from; at < end; at++) sum = (sum >>> 8) ^ (TABLES[(sum ^ (bytes[at] as number)) & 0xff] as number);
  return sum;
}

function tables(): Int32Array {
  const all = new Int32Array(TABLE_COUNT * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    all[byte] = crc;
  }
  for (let at = 256; at < all.length; at++) {
    const crc = all[at - 256] as number;
    all[at] = (crc >>> 8) ^ (all[crc & 0xff] as number);
  }
  return all;
}
