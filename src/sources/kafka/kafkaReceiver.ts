import {
  functionArgument,
  oneOf,
  optionsArgument,
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
import { RECEIVER_OPTIONS, type ReceiverOptions, receiverObservable } from '../receiver/receiverObservable.ts';
import { SOURCE, type SourceObservable } from '../Source.ts';
import { sourceObservable } from '../sourceObservable.ts';
import { checkedFrom } from './checkedFrom.ts';
import type { DataLostPolicy } from './DataLoss.ts';
import type { Deserializer } from './Deserializer.ts';
import { DecodedSource, type OnUndecodableRecord } from './receiver/DecodedSource.ts';
import { KafkaReceiver } from './receiver/KafkaReceiver.ts';
import type { ReceiverSettings } from './receiver/ReceiverSettings.ts';
import { recordDecoder } from './recordDecoder.ts';
import type { StartFrom } from './startOffsets.ts';
import type { TypedKafkaRecord } from './TypedKafkaRecord.ts';

/** Options of {@link kafkaReceiver}: `kafka`, `topics`, `groupId`, `log`, and what you like. */
export interface KafkaReceiverOptions<K = Buffer | null, V = Buffer | null>
  extends Omit<ReceiverOptions, 'onUndecodable'> {
  /** kafkajs's configuration (`{ brokers: ['localhost:9092'], ssl, sasl }`), its `Kafka` object, or a `KafkaDriver`. */
  readonly kafka: KafkaTarget;
  /** The topics; which of their partitions are read here is the group's decision. */
  readonly topics: readonly string[];
  /** The consumer group. Its members, of this process and of others, share the partitions. */
  readonly groupId: string;
  /** Consumers in this process, all of this group and with one log. Default 1. */
  readonly receivers?: number;
  /**
   * Where the group's offsets live: they are committed there, and read from there at the start. Default: with the group, in Kafka. The
   * store may be one of ZooKeeper in the layout of consumers of Kafka 0.8.
   */
  readonly offsets?: OffsetStore;
  /**
   * Where to start a topic for which the group has no offset: `'latest'` takes what is produced from now on. A timestamp means the first
   * record as young as that. Offsets for single partitions: the others start at their beginning, as all do that appear later. Default
   * `'latest'`.
   */
  readonly from?: StartFrom;
  /** Makes the key of its bytes: `asText()`, `asJson<T>()`, or a function. Default: bytes, or null. */
  readonly key?: Deserializer<K>;
  /** Makes the value of its bytes. Default: bytes, or null. */
  readonly value?: Deserializer<V>;
  /**
   * A record that a deserializer cannot make sense of: an error; left out and reported with their number; or handed to a function, which
   * may keep it elsewhere, and left out. Default `'fail'`.
   */
  readonly onUndecodable?: OnUndecodableRecord;
  /**
   * Records that nobody has received are gone from Kafka: an error, or going on at the first offset there is, or behind the last,
   * reported. Default `'fail'`. A topic that was truncated or made anew is reported (`POSITION_RESET`) and received from its first
   * offset, with `'latest'` from its last.
   */
  readonly onDataLost?: DataLostPolicy;
  /** A topic does not exist: an error, at the start or once it is gone for `openTimeoutMs`, or wait for it. Default `'fail'`. */
  readonly onMissingTopic?: 'fail' | 'wait';
  /** `'read_committed'`: no record of an open or aborted transaction. Default `'read_committed'`. */
  readonly isolation?: Isolation;
  /** How long fetched records gather before they are stored as a block, in milliseconds. Default 200. */
  readonly blockIntervalMs?: Milliseconds;
  /** Bytes at which a block is stored before its time; fetching waits while so much is on its way. Default 4 MiB. */
  readonly maxBlockBytes?: number;
  /** How long the group waits for a consumer that is silent before it gives its partitions to others, in milliseconds. Default 30 000. */
  readonly sessionTimeoutMs?: Milliseconds;
  /** How often a consumer tells the group that it lives, in milliseconds. Default a tenth of the session, at most 1000. */
  readonly heartbeatIntervalMs?: Milliseconds;
  /** How often to look for new partitions and leaders, in milliseconds. Default 5000. */
  readonly metadataIntervalMs?: Milliseconds;
  /** How long the start may take while Kafka cannot be reached, in milliseconds. Default 30 000. */
  readonly openTimeoutMs?: Milliseconds;
  /** Unique among the sources of a context. Default `kafka-receiver:` and the topics: `kafka-receiver:lines`. */
  readonly name?: string;
}

/**
 * Topics of Kafka read by the members of a consumer group, through a log: every record is in the log before its offset is committed.
 * Spark's `KafkaUtils.createStream` with the write-ahead log.
 *
 * ```text
 * lines[0], lines[1]               0-1---2-----3---
 * log                              ---(01)-(2)---(3)       a block for each 200 ms in which something came
 * committed in the group           ----2----3-----4        after the block is safe
 * kafkaReceiver({ topics }) | 1 s  -------(0 1 2)--(3)     offsets of the records in each batch
 * ```
 *
 * - **Records** are those of `kafkaDirect`: topic, partition, offset, timestamp, headers; key and value are bytes, or what a deserializer
 *   makes of them. Within a partition they come in order.
 * - **Delivery**: every record at least once, and in this log once: what Kafka brings again is known by topic, partition and offset, and
 *   dropped (`DUPLICATES_DROPPED`), also after a crash. A batch that has not settled runs again with the same records. With
 *   `log: 'memory'` what was committed and had not settled is lost with the process.
 * - **No offsets** on batches: the group's are committed by the receiver itself, and `commitOffsets` has nothing to do.
 * - **Rebalances**: what was fetched is stored and committed before partitions are given back; what cannot be is forgotten, and comes
 *   again to whoever has them then.
 * - **Outages** of brokers and coordinators are reported (`RECONNECTING`, `RECONNECTED`) and waited for. While the log is full or slow
 *   nothing is fetched, and the consumer stays in its group.
 * - **Completes** never. **Errors** with `DATA_LOST`, `RECORD_UNDECODABLE` as the options say, `DATA_CORRUPT`, `TOPIC_MISSING`,
 *   `SOURCE_UNAVAILABLE` (at the start), `SOURCE_FAILED` (refused, wrong credentials), `LOG_FAILED`, `LOG_OWNED`, `LOG_CORRUPT` of the
 *   log. Wrong arguments: `INVALID_ARGUMENT`.
 * - **Holds** in memory a batch (`maxBatchBytes`), two blocks (`maxBlockBytes`) and for each consumer the last answer.
 */
export function kafkaReceiver(
  options: KafkaReceiverOptions<Buffer | null, Buffer | null> & { readonly key?: never; readonly value?: never },
): SourceObservable<KafkaRecord>;
export function kafkaReceiver<K = Buffer | null, V = Buffer | null>(
  options: KafkaReceiverOptions<K, V>,
): SourceObservable<TypedKafkaRecord<K, V>>;
export function kafkaReceiver<K, V>(
  options: KafkaReceiverOptions<K, V>,
): SourceObservable<KafkaRecord> | SourceObservable<TypedKafkaRecord<K, V>> {
  optionsArgument(
    'kafkaReceiver',
    options,
    "{ kafka: { brokers: [...] }, topics: ['lines'], groupId: 'wordcount', log: './log' }",
  );
  knownOptions('kafkaReceiver', options, OPTIONS);
  const settings = settingsOf(options);
  const { key, value, onUndecodable = 'fail' } = options;
  if (key !== undefined) functionArgument('kafkaReceiver(key)', key);
  if (value !== undefined) functionArgument('kafkaReceiver(value)', value);
  if (typeof onUndecodable !== 'function') oneOf('kafkaReceiver(onUndecodable)', onUndecodable, ['fail', 'skip']);
  const { log, maxBatchBytes, maxRatePerSecond, onLost } = options;
  const received = receiverObservable<KafkaRecord>({
    where: 'kafkaReceiver',
    name: settings.name,
    makeReceiver: () => new KafkaReceiver(settings),
    log,
    ...(maxBatchBytes !== undefined && { maxBatchBytes }),
    ...(maxRatePerSecond !== undefined && { maxRatePerSecond }),
    ...(onLost !== undefined && { onLost }),
  });
  const decoder = recordDecoder(key, value);
  if (decoder === undefined) return received;
  return sourceObservable(() => new DecodedSource(received[SOURCE](), decoder, onUndecodable));
}

const MiB = 1024 * 1024;

function settingsOf<K, V>(options: KafkaReceiverOptions<K, V>): ReceiverSettings {
  // Makes one and throws it away unconnected: what is wrong with it is said here.
  const { driver } = kafkaDriverFor('kafkaReceiver(kafka)', options.kafka);
  if (typeof driver.groupMember !== 'function') {
    refuse('kafkaReceiver(kafka)', 'a KafkaDriver that can join consumer groups (groupMember)', driver.name);
  }
  const { topics, offsets } = options;
  if (!Array.isArray(topics) || topics.length === 0)
    refuse('kafkaReceiver(topics)', "names of topics: ['lines']", topics);
  for (const topic of topics) textArgument('kafkaReceiver(topics)', topic);
  if (offsets !== undefined && (typeof offsets?.load !== 'function' || typeof offsets.commit !== 'function')) {
    refuse('kafkaReceiver(offsets)', 'an offset store, as redisOffsets({ redis, group })', offsets);
  }
  const { name = `kafka-receiver:${topics.join(',')}`, receivers = 1, sessionTimeoutMs = 30_000 } = options;
  const session = wholeMilliseconds('kafkaReceiver(sessionTimeoutMs)', sessionTimeoutMs, 1000);
  const heartbeatIntervalMs = wholeMilliseconds(
    'kafkaReceiver(heartbeatIntervalMs)',
    options.heartbeatIntervalMs ?? Math.min(Math.floor(session / 10), 1000),
    1,
  );
  if (heartbeatIntervalMs > session / 3) {
    refuse(
      'kafkaReceiver(heartbeatIntervalMs)',
      `at most a third of sessionTimeoutMs (${session})`,
      heartbeatIntervalMs,
    );
  }
  return {
    name: textArgument('kafkaReceiver(name)', name),
    target: options.kafka,
    topics: [...new Set(topics)],
    groupId: textArgument('kafkaReceiver(groupId)', options.groupId),
    receivers: wholeNumber('kafkaReceiver(receivers)', receivers, 1),
    offsets,
    from: checkedFrom('kafkaReceiver', options.from ?? 'latest'),
    onDataLost: oneOf('kafkaReceiver(onDataLost)', options.onDataLost ?? 'fail', ['fail', 'earliest', 'latest']),
    onMissingTopic: oneOf('kafkaReceiver(onMissingTopic)', options.onMissingTopic ?? 'fail', ['fail', 'wait']),
    isolation: oneOf('kafkaReceiver(isolation)', options.isolation ?? 'read_committed', [
      'read_committed',
      'read_uncommitted',
    ]),
    blockIntervalMs: wholeMilliseconds('kafkaReceiver(blockIntervalMs)', options.blockIntervalMs ?? 200, 1),
    maxBlockBytes: wholeNumber('kafkaReceiver(maxBlockBytes)', options.maxBlockBytes ?? 4 * MiB, 1),
    sessionTimeoutMs: session,
    heartbeatIntervalMs,
    // A rebalance waits for members that are storing what they have.
    rebalanceTimeoutMs: Math.max(session, 60_000),
    metadataIntervalMs: wholeMilliseconds('kafkaReceiver(metadataIntervalMs)', options.metadataIntervalMs ?? 5000, 1),
    openTimeoutMs: wholeMilliseconds('kafkaReceiver(openTimeoutMs)', options.openTimeoutMs ?? 30_000, 0),
  };
}

const OPTIONS: Readonly<Record<keyof KafkaReceiverOptions, true>> = {
  ...RECEIVER_OPTIONS,
  kafka: true,
  topics: true,
  groupId: true,
  receivers: true,
  offsets: true,
  from: true,
  key: true,
  value: true,
  onDataLost: true,
  onMissingTopic: true,
  isolation: true,
  blockIntervalMs: true,
  maxBlockBytes: true,
  sessionTimeoutMs: true,
  heartbeatIntervalMs: true,
  metadataIntervalMs: true,
  openTimeoutMs: true,
  name: true,
};
