import { expect, it } from 'vitest';
import { encodeRecordBatch, type RecordToEncode, withChecksum } from './encodeRecordBatch.ts';
import { GOLDEN_RECORDS, golden } from './golden.ts';

it('the encoder of the tests writes the bytes that Kafka keeps', () => {
  const records = GOLDEN_RECORDS.map((record): RecordToEncode => {
    const { offset, timestamp, key, value, headers } = record as {
      offset: number;
      timestamp: number;
      key: string | null;
      value: string | null;
      headers: Record<string, string>;
    };
    const timestampDelta = timestamp - 1_700_000_000_000;
    return { offsetDelta: offset, timestampDelta, key, value, headers: Object.entries(headers) };
  });
  const kept = golden('uncompressed');
  const ours = encodeRecordBatch({ records, maxTimestamp: 1_700_000_000_000 + 99 * 250 });
  // Epoch and sequence of the producer that wrote it, which has none.
  kept.copy(ours, 51, 51, 57);
  expect(withChecksum(ours).subarray(16).equals(kept.subarray(16))).toBe(true);
  expect(ours.readInt32BE(8)).toBe(kept.readInt32BE(8));
});
