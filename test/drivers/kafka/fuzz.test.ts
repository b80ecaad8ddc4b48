/**
 * Garbled bytes end in the records that are there or in an error that says what is wrong: no other exception, no hang,
 * no record that is not of the batch's range.
 */
import { describe, expect, it } from 'vitest';
import { isStreamError } from '../../../src/core/errors.ts';
import { decodeRecords } from '../../../src/drivers/kafka/decodeRecords.ts';
import type { KafkaRecord } from '../../../src/drivers/kafka/KafkaRecord.ts';
import { EVERYTHING } from './decoded.ts';
import { withChecksum } from './encodeRecordBatch.ts';
import { GOLDEN, GOLDEN_RECORDS, golden, plain } from './golden.ts';

describe('decodeRecords given garbled bytes', () => {
  it.each(GOLDEN)('every truncation of a %s batch is a cut batch, never an error', (codec) => {
    const whole = golden(codec);
    for (let kept = 0; kept < whole.length; kept++) {
      expect(outcome(whole.subarray(0, kept))).toEqual([]);
    }
  });

  it.each(GOLDEN)('every flipped byte of a %s batch is noticed by the checksum, or changes no record', (codec) => {
    const whole = golden(codec);
    const failed: number[] = [];
    for (let at = 0; at < whole.length; at++) {
      const records = outcome(flipped(whole, at, 0x41));
      if (typeof records === 'string') failed.push(at);
      // Before the checksummed part: the base offset moves all offsets, a larger length is a cut, the epoch is no matter.
      else if (at >= 12) expect(records.map(withoutOffset)).toEqual(GOLDEN_RECORDS.map(withoutOffset));
    }
    expect(failed).toEqual(expect.arrayContaining(range(16, whole.length)));
  });

  it.each(GOLDEN)('flipped bytes of a %s batch with the right checksum end in records or a clear error', (codec) => {
    const whole = golden(codec);
    const random = generator(7);
    let survived = 0;
    for (let round = 0; round < 1500; round++) {
      let bytes: Buffer = Buffer.from(whole);
      for (let flips = 1 + (round % 3); flips > 0; flips--) {
        bytes = flipped(bytes, 21 + Math.floor(random() * (bytes.length - 21)), 1 + Math.floor(random() * 255));
      }
      if (outcome(withChecksum(bytes)) !== 'DATA_CORRUPT') survived++;
    }
    expect(survived).toBeGreaterThan(0);
  });

  it('random bytes after a valid header end in a clear error', () => {
    const random = generator(11);
    for (const codec of GOLDEN) {
      for (let round = 0; round < 100; round++) {
        const bytes = Buffer.from(golden(codec));
        for (let at = 61; at < bytes.length; at++) bytes[at] = random() * 256;
        expect(outcome(withChecksum(bytes))).toBe('DATA_CORRUPT');
      }
    }
  });
});

/** The records, or the code of the error; anything else that is thrown fails the test. */
function outcome(bytes: Buffer): readonly KafkaRecord[] | string {
  const records: KafkaRecord[] = [];
  try {
    decodeRecords(bytes, { ...EVERYTHING, maxBatchBytes: 1_000_000 }, (record) => {
      records.push(record);
      plain(record);
    });
    return records;
  } catch (error) {
    if (!isStreamError(error) || (error.code !== 'DATA_CORRUPT' && error.code !== 'BUFFER_FULL')) throw error;
    return 'DATA_CORRUPT';
  }
}

function flipped(bytes: Buffer, at: number, by: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] as number) ^ by;
  return changed;
}

function withoutOffset(record: KafkaRecord | Record<string, unknown>): Record<string, unknown> {
  const { offset: _, ...rest } = 'valueText' in record ? plain(record as KafkaRecord) : record;
  return rest;
}

function range(from: number, until: number): number[] {
  return Array.from({ length: until - from }, (_, i) => from + i);
}

/** Numbers from 0 to 1, the same each time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}
