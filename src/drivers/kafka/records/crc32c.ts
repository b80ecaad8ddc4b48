/** The Castagnoli polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const TABLES: readonly Int32Array[] = tables();
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as readonly [
  Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array,
];

/** CRC-32C of `bytes` from `from` to `end`, as record batches carry it. Eight bytes a step. */
export function crc32c(bytes: Uint8Array, from: number, end: number): number {
  let crc = -1;
  let at = from;
  const last = end - 8;
  while (at <= last) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    crc =
      (T7[low & 0xff] as number) ^
      (T6[(low >>> 8) & 0xff] as number) ^
      (T5[(low >>> 16) & 0xff] as number) ^
      (T4[low >>> 24] as number) ^
      (T3[bytes[at + 4] as number] as number) ^
      (T2[bytes[at + 5] as number] as number) ^
      (T1[bytes[at + 6] as number] as number) ^
      (T0[bytes[at + 7] as number] as number);
    at += 8;
  }
  while (at < end) crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[at++] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

function tables(): Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
  const all = [first];
  for (let i = 1; i < 8; i++) {
    const before = all[i - 1] as Int32Array;
    all.push(before.map((crc) => (crc >>> 8) ^ (first[crc & 0xff] as number)));
  }
  return all;
}
