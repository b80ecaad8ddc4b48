import type { KafkaRecord } from '../../drivers/kafka/KafkaRecord.ts';

/**
 * Makes a key or value of its bytes. Whatever it throws makes the record undecodable; so does a key or value that is null,
 * unless the deserializer is wrapped in `orNull(...)`. `record` has the rest: topic, headers, timestamp.
 */
export interface Deserializer<T> {
  (bytes: Buffer, record: KafkaRecord): T;
  /** Set by `orNull`: null stays null and is not handed in. */
  readonly takesNull?: true;
  /** Set by `asText`: the driver's own text, decoded once for a whole batch, is the same as this function's. */
  readonly isText?: true;
}

/** A record that a deserializer could not make sense of. */
export interface UndecodableRecord {
  /** The record as bytes. */
  readonly record: KafkaRecord;
  readonly part: 'key' | 'value';
  /** What the deserializer threw. */
  readonly error: unknown;
}
