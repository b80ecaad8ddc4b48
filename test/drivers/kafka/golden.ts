import { readFileSync } from 'node:fs';
import type { KafkaRecord } from '../../../src/drivers/kafka/KafkaRecord.ts';

/**
 * Record batches as Apache Kafka 4.3.1 wrote them to its log (with its Java codecs) and answered them: each file is one
 * batch of the same hundred records.
 */
export const GOLDEN = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export function golden(codec: (typeof GOLDEN)[number]): Buffer {
  return readFileSync(new URL(`golden/${codec}.bin`, import.meta.url));
}

/** What each of them holds. */
export const GOLDEN_RECORDS: readonly Record<string, unknown>[] = Array.from({ length: 100 }, (_, i) => ({
  offset: i,
  timestamp: 1_700_000_000_000 + i * 250,
  key: i === 50 ? null : `key-${i % 7}`,
  value: i === 51 ? null : i === 52 ? 'zażółć gęślą jaźń' : `record ${i} `.repeat(1 + (i % 5)),
  headers: i % 10 === 0 ? { trace: `t${i}` } : {},
}));

/** A record as {@link GOLDEN_RECORDS} tells it. */
export function plain(record: KafkaRecord): Record<string, unknown> {
  const { offset, timestamp, headers } = record;
  const [key, value] = [record.key?.toString() ?? null, record.value?.toString() ?? null];
  return { offset, timestamp, key, value, headers: Object.fromEntries(headers.map(([k, v]) => [k, String(v)])) };
}
