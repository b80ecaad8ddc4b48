import { RecordBytes } from './records/RecordBytes.ts';
import { headersEnd, readHeaders } from './records/readHeaders.ts';

/** Headers of a record: a name may come more than once, so they are a list. */
export type KafkaHeaders = readonly (readonly [name: string, value: Buffer | null])[];

/**
 * One record of a topic. Key, value and headers are views of the response it came in, made when they are asked for: a
 * record that is kept for long keeps the whole response in memory, so keep `detached()` instead.
 */
export class KafkaRecord {
  static {
    // What console.log shows.
    const value = function (this: KafkaRecord): unknown {
      return this.toJSON();
    };
    Object.defineProperty(KafkaRecord.prototype, Symbol.for('nodejs.util.inspect.custom'), { value });
  }

  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970, set by the producer or, where the topic says so, by the broker; -1 if there is none. */
  readonly timestamp: number;
  private readonly batch: RecordBytes;
  private readonly keyAt: number;
  /** -1: the key is null. */
  private readonly keyEnd: number;
  private readonly valueAt: number;
  /** -1: the value is null. */
  private readonly valueEnd: number;
  /** Where the headers begin; -1: there are none. */
  private readonly headersAt: number;

  /** For decoders; positions are those in the bytes of `batch`, an end of -1 is null. */
  constructor(
    topic: string,
    partition: number,
    offset: number,
    timestamp: number,
    batch: RecordBytes,
    keyAt: number,
    keyEnd: number,
    valueAt: number,
    valueEnd: number,
    headersAt: number,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
    this.timestamp = timestamp;
    this.batch = batch;
    this.keyAt = keyAt;
    this.keyEnd = keyEnd;
    this.valueAt = valueAt;
    this.valueEnd = valueEnd;
    this.headersAt = headersAt;
  }

  /** The key's bytes, or null; a new view each time. */
  get key(): Buffer | null {
    return this.keyEnd < 0 ? null : this.batch.bytes.subarray(this.keyAt, this.keyEnd);
  }

  /** The value's bytes, or null (in a compacted topic: the key was deleted); a new view each time. */
  get value(): Buffer | null {
    return this.valueEnd < 0 ? null : this.batch.bytes.subarray(this.valueAt, this.valueEnd);
  }

  /** The key as UTF-8 text, or null. Faster than `key.toString()`; see {@link KafkaRecord.valueText}. */
  get keyText(): string | null {
    return this.keyEnd < 0 ? null : this.batch.text(this.keyAt, this.keyEnd);
  }

  /**
   * The value as UTF-8 text, or null. Faster than `value.toString()`, and like all views it keeps its batch in memory
   * while it, or a longer piece cut out of it, is kept.
   */
  get valueText(): string | null {
    return this.valueEnd < 0 ? null : this.batch.text(this.valueAt, this.valueEnd);
  }

  get headers(): KafkaHeaders {
    return this.headersAt < 0 ? NO_HEADERS : readHeaders(this.batch.bytes, this.headersAt);
  }

  /** The same record with bytes of its own, which keeps nothing else in memory. */
  detached(): KafkaRecord {
    const { batch } = this;
    const keySize = Math.max(this.keyEnd - this.keyAt, 0);
    const valueSize = Math.max(this.valueEnd - this.valueAt, 0);
    const headers =
      this.headersAt < 0 ? 0 : headersEnd(batch.bytes, this.headersAt, batch.bytes.length) - this.headersAt;
    const own = Buffer.allocUnsafeSlow(keySize + valueSize + headers);
    batch.bytes.copy(own, 0, this.keyAt, this.keyAt + keySize);
    batch.bytes.copy(own, keySize, this.valueAt, this.valueAt + valueSize);
    if (headers > 0) batch.bytes.copy(own, keySize + valueSize, this.headersAt, this.headersAt + headers);
    return new KafkaRecord(
      this.topic,
      this.partition,
      this.offset,
      this.timestamp,
      new RecordBytes(own, 0, own.length),
      0,
      this.keyEnd < 0 ? -1 : keySize,
      keySize,
      this.valueEnd < 0 ? -1 : keySize + valueSize,
      this.headersAt < 0 ? -1 : keySize + valueSize,
    );
  }

  /** What is shown of a record: its place, time, and contents. */
  toJSON(): Record<string, unknown> {
    const { topic, partition, offset, timestamp, keyText, valueText } = this;
    return { topic, partition, offset, timestamp, key: keyText, value: valueText };
  }
}

const NO_HEADERS: KafkaHeaders = [];
