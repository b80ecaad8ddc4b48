import { type DecodeOptions, type DecodeTally, decodeRecords } from '../../../src/drivers/kafka/decodeRecords.ts';
import type { KafkaRecord } from '../../../src/drivers/kafka/KafkaRecord.ts';

/** The records that decoding gives, and its tally. */
export function decoded(
  bytes: Buffer,
  options: Partial<DecodeOptions> = {},
): { readonly records: readonly KafkaRecord[]; readonly tally: DecodeTally } {
  const records: KafkaRecord[] = [];
  const tally = decodeRecords(bytes, { ...EVERYTHING, ...options }, (record) => {
    records.push(record);
  });
  return { records, tally };
}

/** Offset and value of each, which is mostly enough to tell records. */
export function values(records: readonly KafkaRecord[]): string[] {
  return records.map(({ offset, valueText }) => `${offset}:${valueText}`);
}

/** What decoding throws; fails if it does not. */
export function failureOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

export const EVERYTHING: DecodeOptions = {
  topic: 'lines',
  partition: 3,
  from: 0,
  until: Number.MAX_SAFE_INTEGER,
  isolation: 'read_committed',
  aborted: [],
};
