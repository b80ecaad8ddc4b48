/*
 * Zigzag numbers of seven bits a byte. A reader answers with two numbers (the value and where it ends); they are left in
 * `read`, which saves an object for each of the five numbers of each record.
 */

/** Where the last reader left its answer; `end` is -1 after bytes that are no number. */
export const read: { value: number; end: number } = { value: 0, end: 0 };

/** A number of up to 32 bits. */
export function readVarint(bytes: Uint8Array, at: number): void {
  let result = 0;
  for (let shift = 0, next = at; shift < 35 && next < bytes.length; shift += 7) {
    const byte = bytes[next++] as number;
    result |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      read.value = (result >>> 1) ^ -(result & 1);
      read.end = next;
      return;
    }
  }
  read.end = -1;
}

/** A number of up to 64 bits, exact up to 2^53. */
export function readVarlong(bytes: Uint8Array, at: number): void {
  let low = 0;
  let next = at;
  for (let shift = 0; shift < 28 && next < bytes.length; shift += 7) {
    const byte = bytes[next++] as number;
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      read.value = (low >>> 1) ^ -(low & 1);
      read.end = next;
      return;
    }
  }
  let result = low;
  for (let scale = 2 ** 28; scale < 2 ** 70 && next < bytes.length; scale *= 128) {
    const byte = bytes[next++] as number;
    result += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      read.value = low & 1 ? -(result + 1) / 2 : result / 2;
      read.end = next;
      return;
    }
  }
  read.end = -1;
}
