import { describe, expect, it } from 'vitest';
import { crc32c, crc32cBlocks } from '../../../../src/drivers/kafka/records/crc32c.ts';
import { crc32cBytewise } from '../../../../src/drivers/kafka/records/crc32cTables.ts';
import { crc32cWasm } from '../../../../src/drivers/kafka/records/crc32cWasm.ts';

const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * i * 31 + i) >> 3));

describe('crc32c', () => {
  it.each([
    ['123456789', 0xe3069283],
    ['', 0],
    ['\0'.repeat(32), 0x8a9136aa],
    ['\xff'.repeat(32), 0x62a8ab43],
  ])('of %j is as published', (text, expected) => {
    const input = Buffer.from(text, 'latin1');
    expect(crc32c(input, 0, input.length)).toBe(expected);
  });

  it('is the same byte by byte, in JavaScript and in WebAssembly, at any place and size', () => {
    const wasm = crc32cWasm();
    expect(wasm).toBeDefined();
    for (const [from, size] of [
      [0, 16],
      [1, 32],
      [7, 32_768],
      [3, 32_784],
      [5, 131_072],
    ] as const) {
      const slow = crc32cBytewise(-1, bytes, from, from + size);
      expect(crc32cBlocks(-1, bytes, from, from + size)).toBe(slow);
      expect(wasm?.(-1, bytes, from, from + size)).toBe(slow);
    }
    for (let size = 200; size < 320; size++) {
      expect(crc32c(bytes, 3, 3 + size)).toBe(~crc32cBytewise(-1, bytes, 3, 3 + size) >>> 0);
    }
  });
});
