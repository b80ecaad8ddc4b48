import {
  functionArgument,
  oneOf,
  positiveNumber,
  refuse,
  textArgument,
  wholeMilliseconds,
  wholeNumber,
} from '../../core/arguments.ts';
import type { Milliseconds } from '../../core/durations.ts';
import { knownOptions } from '../../core/knownOptions.ts';
import type { Isolation } from '../../drivers/kafka/KafkaDriver.ts';
import type { KafkaRecord } from '../../drivers/kafka/KafkaRecord.ts';
import type { KafkaTarget } from '../../drivers/kafka/KafkaTarget.ts';
import { kafkaDriverFor } from '../../drivers/kafka/kafkaDriverFor.ts';
import type { OffsetStore } from '../../offsets/OffsetStore.ts';
import type { SourceObservable } from '../Source.ts';
import { sourceObservable } from '../sourceObservable.ts';
import { checkedFrom } from './checkedFrom.ts';
import type { DataLostPolicy } from './DataLoss.ts';
import type { Deserializer, UndecodableRecord } from './Deserializer.ts';
import { KafkaDirectSource } from './KafkaDirectSource.ts';
import type { KafkaSettings } from './KafkaSettings.ts';
import { recordDecoder } from './recordDecoder.ts';
import type { StartFrom } from './startOffsets.ts';
import type { TypedKafkaRecord } from './TypedKafkaRecord.ts';
import { type KafkaAssignment, topicSelection } from './topicSelection.ts';

/** Options of {@link kafkaDirect}: `kafka`, exactly one of `topics`, `topicsPattern` and `assign`, and what you like. */
export interface KafkaDirectOptions<K = Buffer | null, V = Buffer | null> {
  /** kafkajs's configuration (`{ brokers: ['localhost:9092'], ssl, sasl }`), its `Kafka` object, or a `KafkaDriver`. */
  readonly kafka: KafkaTarget;
  /** All partitions of these topics. */
  readonly topics?: readonly string[];
  /** All partitions of the topics whose name matches, those that appear later too; Kafka's own are left out. */
  readonly topicsPattern?: RegExp;
  /** These partitions and no others. */
  readonly assign?: readonly KafkaAssignment[];
  /** Where to go on after a restart: give the same store to `commitOffsets`. Default: none, only a checkpoint knows. */
  readonly offsets?: OffsetStore;
  /**
   * Where to start when neither checkpoint nor store knows: `'latest'` takes what is produced from now on. A timestamp
   * means the first record as young as that. Offsets for single partitions: the others start at their beginning.
   * Default `'latest'`.
   */
  readonly from?: StartFrom;
  /** Makes the key of its bytes: `asText()`, `asJson<T>()`, or a function. Default: bytes, or null. */
  readonly key?: Deserializer<K>;
  /** Makes the value of its bytes. Default: bytes, or null. */
  readonly value?: Deserializer<V>;
  /**
   * A record that a deserializer cannot make sense of: an error; left out and reported with their number; or handed to a
   * function, which may keep it elsewhere, and left out. Default `'fail'`.
   */
  readonly onUndecodable?: 'fail' | 'skip' | ((record: UndecodableRecord) => void);
  /** A batch of records whose checksum or format is wrong: an error, or left out and reported. Default `'fail'`. */
  readonly onCorrupt?: 'fail' | 'skip';
  /**
   * Records that were to be read are gone (deleted by retention, truncated, their topic deleted or recreated): an error, or
   * going on at the first offset there is, or behind the last. The last two are reported. Default `'fail'`.
   */
  readonly onDataLost?: DataLostPolicy;
  /** A topic or partition does not exist at the start: an error, or wait for it. Default `'fail'`. */
  readonly onMissingTopic?: 'fail' | 'wait';
  /** `'read_committed'`: no record of an open or aborted transaction. Default `'read_committed'`. */
  readonly isolation?: Isolation;
  /** Records per second and partition that batches take in, counted in offsets. Default `Infinity`. */
  readonly maxRatePerPartition?: number;
  /** Records that one batch takes in, counted in offsets and shared in proportion to the backlogs. Default `Infinity`. */
  readonly maxRecordsPerBatch?: number;
  /** Bytes that one batch takes in, as they are on the wire, estimated by what was read before. Default 64 MiB. */
  readonly maxBytesPerBatch?: number;
  /** Bytes fetched ahead while a batch is processed. Default 32 MiB; 0 fetches nothing ahead. */
  readonly prefetchBytes?: number;
  /** How often to look for new topics and partitions, in milliseconds. Default 5000. */
  readonly metadataIntervalMs?: Milliseconds;
  /** How long the start may take while Kafka or the offset store cannot be reached, in milliseconds. Default 30 000. */
  readonly openTimeoutMs?: Milliseconds;
  /** Unique among the sources of a context. Default `kafka:` and what is read: `kafka:lines`. */
  readonly name?: string;
}

/**
 * Topics of Kafka as a source that can be read again, with no consumer group joined. Spark's `createDirectStream`.
 *
 * ```text
 * lines[0]                        0-1---2-----3---
 * lines[1]                        --0-----1-2-----
 * kafkaDirect({ topics }) | 5 ms  ----(0 1 0)(2 1 2)    offsets of the records in each batch
 * ```
 *
 * - **Records** carry topic, partition, offset, timestamp and headers; key and value are bytes, or what a deserializer makes of
 *   them. Within a partition they come in order.
 * - **A batch** is, for every partition, the offsets from the last batch to what is visible at the tick: planned first, then
 *   read, so that a repeated batch has the same records.
 * - **Starts** where the checkpoint says, else the store, else `from`. What appears later starts at its beginning.
 * - **Outages**: a broker that is away gives empty batches and is reported (`RECONNECTING`, `RECONNECTED`); nothing is lost.
 * - **Completes** never. **Errors** with `DATA_LOST`, `DATA_CORRUPT`, `RECORD_UNDECODABLE` as the options say, `TOPIC_MISSING`,
 *   `SOURCE_UNAVAILABLE` (at the start), `SOURCE_FAILED` (refused, wrong credentials). Wrong arguments: `INVALID_ARGUMENT`.
 * - **Memory**: a batch (`maxBytesPerBatch`) and `prefetchBytes`. A record keeps the response it came in; keep
 *   `record.detached()` of what outlives the batch.
 */
export function kafkaDirect(
  options: KafkaDirectOptions<Buffer | null, Buffer | null> & { readonly key?: never; readonly value?: never },
): SourceObservable<KafkaRecord>;
export function kafkaDirect<K = Buffer | null, V = Buffer | null>(
  options: KafkaDirectOptions<K, V>,
): SourceObservable<TypedKafkaRecord<K, V>>;
export function kafkaDirect<K, V>(
  options: KafkaDirectOptions<K, V>,
): SourceObservable<KafkaRecord> | SourceObservable<TypedKafkaRecord<K, V>> {
  const settings = settingsOf(options);
  return sourceObservable(() => new KafkaDirectSource(settings));
}

const MiB = 1024 * 1024;

function settingsOf<K, V>(options: KafkaDirectOptions<K, V>): KafkaSettings<TypedKafkaRecord<K, V>> {
  if (typeof options !== 'object' || options === null) refuse('kafkaDirect', 'options: { kafka, topics }', options);
  knownOptions('kafkaDirect', options, OPTIONS);
  // Makes one and throws it away unconnected: what is wrong with it is said here.
  kafkaDriverFor('kafkaDirect(kafka)', options.kafka);
  const { key, value, offsets, onUndecodable = 'fail' } = options;
  const selection = topicSelection(options);
  if (key !== undefined) functionArgument('kafkaDirect(key)', key);
  if (value !== undefined) functionArgument('kafkaDirect(value)', value);
  if (offsets !== undefined && typeof offsets?.load !== 'function') {
    refuse('kafkaDirect(offsets)', 'an offset store, as kafkaOffsets({ kafka, group })', offsets);
  }
  if (typeof onUndecodable !== 'function') oneOf('kafkaDirect(onUndecodable)', onUndecodable, ['fail', 'skip']);
  return {
    name: textArgument('kafkaDirect(name)', options.name ?? `kafka:${selection.title}`),
    target: options.kafka,
    selection,
    offsets,
    from: checkedFrom('kafkaDirect', options.from ?? 'latest'),
    decoder: recordDecoder(key, value),
    onUndecodable,
    onCorrupt: oneOf('kafkaDirect(onCorrupt)', options.onCorrupt ?? 'fail', ['fail', 'skip']),
    onDataLost: oneOf('kafkaDirect(onDataLost)', options.onDataLost ?? 'fail', ['fail', 'earliest', 'latest']),
    onMissingTopic: oneOf('kafkaDirect(onMissingTopic)', options.onMissingTopic ?? 'fail', ['fail', 'wait']),
    isolation: oneOf('kafkaDirect(isolation)', options.isolation ?? 'read_committed', [
      'read_committed',
      'read_uncommitted',
    ]),
    maxRatePerPartition: positiveNumber(
      'kafkaDirect(maxRatePerPartition)',
      options.maxRatePerPartition ?? Number.POSITIVE_INFINITY,
    ),
    maxRecordsPerBatch: wholeNumber(
      'kafkaDirect(maxRecordsPerBatch)',
      options.maxRecordsPerBatch ?? Number.POSITIVE_INFINITY,
      1,
      true,
    ),
    maxBytesPerBatch: wholeNumber('kafkaDirect(maxBytesPerBatch)', options.maxBytesPerBatch ?? 64 * MiB, 1, true),
    prefetchBytes: wholeNumber('kafkaDirect(prefetchBytes)', options.prefetchBytes ?? 32 * MiB, 0),
    metadataIntervalMs: wholeMilliseconds('kafkaDirect(metadataIntervalMs)', options.metadataIntervalMs ?? 5000, 1),
    openTimeoutMs: wholeMilliseconds('kafkaDirect(openTimeoutMs)', options.openTimeoutMs ?? 30_000, 0),
  };
}

const OPTIONS: Readonly<Record<keyof KafkaDirectOptions, true>> = {
  kafka: true,
  topics: true,
  topicsPattern: true,
  assign: true,
  offsets: true,
  from: true,
  key: true,
  value: true,
  onUndecodable: true,
  onCorrupt: true,
  onDataLost: true,
  onMissingTopic: true,
  isolation: true,
  maxRatePerPartition: true,
  maxRecordsPerBatch: true,
  maxBytesPerBatch: true,
  prefetchBytes: true,
  metadataIntervalMs: true,
  openTimeoutMs: true,
  name: true,
};
