import { readFileSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isStreamError } from '../../../../src/core/errors.ts';
import { decompressor } from '../../../../src/drivers/kafka/codecs/codecs.ts';
import { unlz4 } from '../../../../src/drivers/kafka/codecs/unlz4.ts';
import { unzstd } from '../../../../src/drivers/kafka/codecs/zstd/unzstd.ts';
import { failureOf } from '../decoded.ts';
import { golden } from '../golden.ts';
import { generator, zstdInput } from './zstdInput.ts';

const LIMIT = 1_000_000;
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const frames = Object.entries(
  JSON.parse(readFileSync(new URL('../golden/zstdFrames.json', import.meta.url), 'utf8')) as Record<string, string>,
).map(([name, base64]) => ({ name, frame: Buffer.from(base64, 'base64') }));
const input = zstdInput();

describe('unzstd', () => {
  it.each(frames)('reads $name', ({ name, frame }) => {
    const expected = input[name.split(', level')[0] as string] as Buffer;
    expect(unzstd(frame, LIMIT).equals(expected)).toBe(true);
    if (expected.length > 0) {
      expect(unzstd(frame, expected.length).length).toBe(expected.length);
      expect(failureOf(() => unzstd(frame, expected.length - 1))).toMatchObject({ code: 'BUFFER_FULL' });
    }
  });

  it('gives what the codec in use gives, and what Kafka compressed', () => {
    const frame = golden('zstd').subarray(61);
    const expected = unlz4(golden('lz4').subarray(61), LIMIT);
    expect(unzstd(frame, LIMIT).equals(expected)).toBe(true);
    expect(decompressor(4)(frame, LIMIT).equals(expected)).toBe(true);
  });

  it('reads frames one after the other, and leaves skippable ones out', () => {
    const frame = golden('zstd').subarray(61);
    const skippable = Buffer.from([0x57, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]);
    const once = unzstd(frame, LIMIT);
    expect(unzstd(Buffer.concat([frame, skippable, frame]), LIMIT).equals(Buffer.concat([once, once]))).toBe(true);
  });

  it('refuses every truncation of every frame', () => {
    for (const { frame } of frames) {
      for (let kept = 0; kept < frame.length; kept += 1 + (kept >> 4)) {
        expect(failureOf(() => unzstd(frame.subarray(0, kept), LIMIT))).toMatchObject({ code: 'DATA_CORRUPT' });
      }
    }
  });

  it('ends in bytes or a clear error whatever bits are flipped', () => {
    const random = generator(3);
    for (let round = 0; round < 4000; round++) {
      const { frame } = frames[round % frames.length] as { frame: Buffer };
      const bytes = Buffer.from(frame);
      for (let flips = 1 + (round % 4); flips > 0; flips--) {
        const at = Math.floor(random() * bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 + Math.floor(random() * 255));
      }
      try {
        expect(unzstd(bytes, LIMIT).length).toBeLessThanOrEqual(LIMIT);
      } catch (error) {
        if (!isStreamError(error) || !['DATA_CORRUPT', 'BUFFER_FULL'].includes(error.code)) throw error;
      }
    }
  });

  it('stops a bomb at its limit: repeated blocks, a claimed size', () => {
    const repeated = Array.from({ length: 500 }, (_, i) => [i === 499 ? 0x03 : 0x02, 0x00, 0x10, 0x61]).flat();
    const bomb = Buffer.from([...MAGIC, 0x00, 0x58, ...repeated]);
    expect(failureOf(() => unzstd(bomb, LIMIT))).toMatchObject({ code: 'BUFFER_FULL' });
    expect(unzstd(bomb, 500 * 131_072).length).toBe(500 * 131_072);
    const claims = Buffer.from([...MAGIC, 0xe0, 0, 0, 0, 0, 1, 0, 0, 0, 0x01, 0, 0]);
    expect(failureOf(() => unzstd(claims, LIMIT))).toMatchObject({ code: 'BUFFER_FULL' });
  });

  it('is not kept busy by a block that claims many long sequences', () => {
    // 98,046 sequences of 131,074 bytes each, from tables of one code and hardly any bits.
    const block = [0x08, 0x61, 0xff, 0xff, 0xff, 0x54, 0, 0, 52, 0xff, 0x01];
    const head = 1 | (2 << 1) | (block.length << 3);
    const frame = Buffer.from([...MAGIC, 0x00, 0x58, head & 255, head >> 8, 0, ...block]);
    expect(failureOf(() => unzstd(frame, LIMIT))).toMatchObject({ code: 'DATA_CORRUPT' });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['nothing but a magic', Buffer.from(MAGIC)],
    ['another magic', Buffer.alloc(20, 1)],
    ['a dictionary', Buffer.from([...MAGIC, 0x01, 0x58, 7, 0x01, 0, 0])],
    ['a block of an unknown kind', Buffer.from([...MAGIC, 0x00, 0x58, 0x07, 0, 0])],
    ['less than the size told', Buffer.from([...MAGIC, 0x20, 9, 0x09, 0, 0, 0x61])],
    ['a table to use again that there never was', Buffer.from([...MAGIC, 0x00, 0x58, 0x2d, 0, 0, 0x00, 1, 0xfc, 1, 1])],
  ])('refuses %s', (_, bytes) => {
    expect(failureOf(() => unzstd(bytes, LIMIT))).toMatchObject({ code: 'DATA_CORRUPT' });
  });

  it('reads whatever the zstd of this Node writes, where it has one', ({ skip }) => {
    const { zstdCompressSync, constants } = zlib as unknown as {
      zstdCompressSync?: (bytes: Buffer, options: object) => Buffer;
      constants: Record<string, number>;
    };
    if (zstdCompressSync === undefined) return skip('this Node has no zstd of its own');
    const random = generator(9);
    const pieces = Object.values(input);
    for (let round = 0; round < 150; round++) {
      const parts = Array.from({ length: 1 + (round % 30) }, () => {
        const piece = pieces[Math.floor(random() * pieces.length)] as Buffer;
        const from = Math.floor(random() * piece.length);
        return piece.subarray(from, from + random() * 4000);
      });
      const bytes = Buffer.concat(parts);
      const params = { [constants.ZSTD_c_compressionLevel as number]: [1, 3, -7, 9, 19][round % 5] };
      expect(unzstd(zstdCompressSync(bytes, { params }), LIMIT).equals(bytes)).toBe(true);
    }
  });
});
