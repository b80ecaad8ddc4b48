import type { KafkaHeaders, KafkaRecord } from '../../drivers/kafka/KafkaRecord.ts';

/** Stands for a key or value that has no deserializer and stays bytes, made when asked for. */
export const AS_BYTES: unique symbol = Symbol('as bytes');

/** A record whose key or value went through a deserializer. */
export class TypedKafkaRecord<K, V> {
  /** The record as it was read, in bytes. */
  readonly raw: KafkaRecord;
  private readonly decodedKey: K | typeof AS_BYTES;
  private readonly decodedValue: V | typeof AS_BYTES;

  /** Made by `kafkaDirect`. */
  constructor(raw: KafkaRecord, key: K | typeof AS_BYTES, value: V | typeof AS_BYTES) {
    this.raw = raw;
    this.decodedKey = key;
    this.decodedValue = value;
  }

  get topic(): string {
    return this.raw.topic;
  }

  get partition(): number {
    return this.raw.partition;
  }

  get offset(): number {
    return this.raw.offset;
  }

  /** Milliseconds since 1970, set by the producer or, where the topic says so, by the broker; -1 if there is none. */
  get timestamp(): number {
    return this.raw.timestamp;
  }

  get headers(): KafkaHeaders {
    return this.raw.headers;
  }

  get key(): K {
    return this.decodedKey === AS_BYTES ? (this.raw.key as K) : this.decodedKey;
  }

  get value(): V {
    return this.decodedValue === AS_BYTES ? (this.raw.value as V) : this.decodedValue;
  }

  /** The same record with bytes and texts of its own, which keeps nothing else in memory. */
  detached(): TypedKafkaRecord<K, V> {
    return new TypedKafkaRecord(this.raw.detached(), ownText(this.decodedKey), ownText(this.decodedValue));
  }

  /** What is shown of a record: its place, time, and contents. */
  toJSON(): Record<string, unknown> {
    const { topic, partition, offset, timestamp, key, value } = this;
    return { topic, partition, offset, timestamp, key: shown(key), value: shown(value) };
  }

  static {
    const inspected = function (this: TypedKafkaRecord<unknown, unknown>): unknown {
      return this.toJSON();
    };
    Object.defineProperty(TypedKafkaRecord.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: inspected });
  }
}

/** A text cut out of a longer one keeps that in memory; this one does not. */
function ownText<T>(value: T): T {
  return typeof value === 'string' ? (Buffer.from(value).toString() as T) : value;
}

function shown(value: unknown): unknown {
  return Buffer.isBuffer(value) ? value.toString() : value;
}
