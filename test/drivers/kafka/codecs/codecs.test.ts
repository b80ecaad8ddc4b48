import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decompressor } from '../../../../src/drivers/kafka/codecs/codecs.ts';
import { unlz4 } from '../../../../src/drivers/kafka/codecs/unlz4.ts';
import { unsnappy } from '../../../../src/drivers/kafka/codecs/unsnappy.ts';
import { decoded, failureOf } from '../decoded.ts';
import { GOLDEN, GOLDEN_RECORDS, golden, plain } from '../golden.ts';

const LIMIT = 1_000_000;

describe('codecs', () => {
  it.each(GOLDEN)('a %s batch as Kafka wrote it gives its hundred records', (codec) => {
    const { records, tally } = decoded(golden(codec));
    expect(records.map(plain)).toEqual(GOLDEN_RECORDS);
    expect(tally).toMatchObject({ delivered: 100, nextPosition: 100, missing: 0 });
  });

  it.each(GOLDEN.slice(1))('a %s batch beyond the limit is refused', (codec) => {
    expect(failureOf(() => decoded(golden(codec), { maxBatchBytes: 3000 }))).toMatchObject({ code: 'BUFFER_FULL' });
    expect(decoded(golden(codec), { maxBatchBytes: 4450 }).tally.delivered).toBe(100);
  });

  it('a codec that Kafka does not have is DATA_CORRUPT', () => {
    expect(failureOf(() => decompressor(5))).toMatchObject({ code: 'DATA_CORRUPT' });
  });
});

describe('unsnappy', () => {
  // "abcd", then copies of 1 and 2 byte offsets: abcd abcd abcdabcdab, as the format's description has them.
  const raw = Buffer.from([18, 0x0c, 0x61, 0x62, 0x63, 0x64, 0x01, 0x04, 0x26, 0x04, 0x00]);

  it('reads raw blocks: literals and copies that overlap themselves', () => {
    expect(unsnappy(raw, LIMIT).toString()).toBe('abcdabcdabcdabcdab');
  });

  it('reads literals whose length takes bytes of its own, and copies of four-byte offsets', () => {
    const text = Buffer.from('x'.repeat(300));
    const block = Buffer.concat([
      Buffer.from([0xac + 4, 0x02, 0xf4, 0x2b, 0x01]),
      text,
      Buffer.from([0x0f, 4, 0, 0, 0]),
    ]);
    expect(unsnappy(block, LIMIT).toString()).toBe('x'.repeat(304));
  });

  it('reads several blocks in the framing of Java clients', () => {
    const head = Buffer.from('82534e415050590000000001000000010000000b', 'hex');
    const framed = Buffer.concat([head, raw, Buffer.from([0, 0, 0, 11]), raw]);
    expect(unsnappy(framed, LIMIT).toString()).toBe('abcdabcdabcdabcdab'.repeat(2));
    expect(failureOf(() => unsnappy(framed, 35))).toMatchObject({ code: 'BUFFER_FULL' });
    for (let kept = 17; kept < framed.length; kept++) {
      if (kept === 31) continue;
      expect(failureOf(() => unsnappy(framed.subarray(0, kept), LIMIT))).toMatchObject({ code: 'DATA_CORRUPT' });
    }
  });

  it.each([
    ['nothing', []],
    ['more output told than there can be', [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]],
    ['a size without end', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['a copy from before the beginning', [8, 0x00, 0x61, 0x0d, 0x05]],
    ['a copy of offset 0', [8, 0x00, 0x61, 0x0d, 0x00]],
    ['a literal longer than the input', [8, 0x1c, 0x61]],
    ['less output than told', [9, 0x00, 0x61]],
  ])('refuses %s', (_, bytes) => {
    expect(failureOf(() => unsnappy(Buffer.from(bytes), 2 ** 31))).toMatchObject({ code: 'DATA_CORRUPT' });
  });
});

describe('unlz4', () => {
  const frame = (...parts: readonly (readonly number[])[]) => Buffer.from([0x04, 0x22, 0x4d, 0x18, ...parts.flat()]);
  const block = (...bytes: readonly number[]) => [bytes.length, 0, 0, 0, ...bytes];
  const plainBlock = (...bytes: readonly number[]) => [bytes.length, 0, 0, 0x80, ...bytes];
  const end = [0, 0, 0, 0];

  it('reads compressed and uncompressed blocks; a copy may overlap itself and reach into the block before', () => {
    const bytes = frame([0x40, 0x40, 0], plainBlock(0x61, 0x62), block(0x14, 0x63, 3, 0, 0x10, 0x64), end);
    expect(unlz4(bytes, LIMIT).toString()).toBe('abcabcabcabd');
  });

  it('reads lengths of several bytes, frames with sizes and checksums, and one frame after the other', () => {
    const zeros = block(0x1f, 0x30, 1, 0, 255, 100, 0x00);
    const sized = frame([0x5c, 0x40, 1, 0, 0, 0, 0, 0, 0, 0, 0], zeros, [9, 9, 9, 9], end, [8, 8, 8, 8]);
    expect(unlz4(Buffer.concat([sized, sized]), LIMIT).toString()).toBe('0'.repeat(2 * (1 + 4 + 15 + 255 + 100)));
  });

  it('stops a bomb at its limit', () => {
    const bomb = frame([0x60, 0x70, 0], block(0x1f, 0x30, 1, 0, ...Array<number>(200).fill(255), 0, 0x00), end);
    expect(failureOf(() => unlz4(bomb, 10_000))).toMatchObject({ code: 'BUFFER_FULL' });
    expect(unlz4(bomb, 100_000).length).toBe(1 + 4 + 15 + 200 * 255);
  });

  it('refuses every truncation of a frame', () => {
    const whole = golden('lz4').subarray(61);
    const failures = Array.from({ length: whole.length - 1 }, (_, kept) =>
      failureOf(() => unlz4(whole.subarray(0, kept + 1), LIMIT)),
    );
    expect(failures.filter((error) => (error as { code?: string }).code !== 'DATA_CORRUPT')).toEqual([]);
  });

  it.each([
    ['another magic', Buffer.from([1, 2, 3, 4, 5, 6, 7, 8])],
    ['another version', frame([0x80, 0x40, 0], end)],
    ['a copy from before the beginning', frame([0x60, 0x40, 0], block(0x10, 0x61, 9, 0, 0x00), end)],
    ['a block that ends with a copy', frame([0x60, 0x40, 0], block(0x10, 0x61, 1, 0), end)],
  ])('refuses %s', (_, bytes) => {
    expect(failureOf(() => unlz4(bytes, LIMIT))).toMatchObject({ code: 'DATA_CORRUPT' });
  });
});

describe('gunzip', () => {
  it('does not believe a trailer that tells a size the input cannot hold', () => {
    const bytes = gzipSync(Buffer.from('hello'));
    bytes.writeUInt32LE(0xffffffff, bytes.length - 4);
    expect(() => decompressor(1)(bytes, 2 ** 31)).toThrow();
    expect(decompressor(1)(gzipSync(Buffer.from('hello')), 5).toString()).toBe('hello');
  });
});
