import type { KafkaGroupMember } from './KafkaGroupMember.ts';
import type { KafkaFault } from './kafkaFault.ts';

/** Which records of transactions are seen: all, or those of committed transactions only. */
export type Isolation = 'read_committed' | 'read_uncommitted';

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A node of the cluster, as its metadata names it. */
export interface KafkaBroker {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** One partition, as the cluster's metadata tells it. */
export interface PartitionMetadata {
  readonly partition: number;
  /** Node id of the leader; -1 while there is none. */
  readonly leader: number;
  /** Rises with every change of leader; -1 where the cluster does not tell. */
  readonly leaderEpoch: number;
  /** Why this partition cannot be used now, e.g. `LEADER_NOT_AVAILABLE`. Others are not concerned. */
  readonly error?: KafkaFault;
}

/** One topic, as the cluster's metadata tells it. */
export interface TopicMetadata {
  readonly name: string;
  /** What tells a topic from a recreated one of the same name (22 characters, base64url); `''` where unknown. */
  readonly topicId: string;
  /** Whether the topic is Kafka's own (`__consumer_offsets`). */
  readonly internal: boolean;
  /** Why this topic cannot be used now, e.g. `UNKNOWN_TOPIC_OR_PARTITION`. Others are not concerned. */
  readonly error?: KafkaFault;
  /** Ascending by number; empty with an `error`. */
  readonly partitions: readonly PartitionMetadata[];
}

/** What {@link KafkaDriver.metadata} answers. */
export interface ClusterMetadata {
  readonly clusterId: string | null;
  readonly brokers: readonly KafkaBroker[];
  readonly topics: readonly TopicMetadata[];
}

/** Which offset {@link KafkaDriver.listOffsets} is asked for. */
export type OffsetSpec = 'earliest' | 'latest' | { readonly timestampMs: number };

/** The offset of one partition, or why there is none. */
export type ListedOffset = TopicPartition &
  (
    | {
        /**
         * For `latest` the offset after the last visible record (under `read_committed` the last stable offset). For a
         * timestamp the first record with that timestamp or a later one; -1 if there is none.
         */
        readonly offset: number;
        /** Leader epoch of the record at that offset; -1 where unknown. */
        readonly leaderEpoch: number;
        readonly error?: never;
      }
    | { readonly error: KafkaFault; readonly offset?: never; readonly leaderEpoch?: never }
  );

/** Where one partition is read from. */
export interface FetchPartition extends TopicPartition {
  /** As {@link TopicMetadata} gave it: a deleted or recreated topic then answers `UNKNOWN_TOPIC_ID`. `''`: not checked. */
  readonly topicId: string;
  /** First offset wanted; the answer may begin earlier, with the batch that holds it. */
  readonly position: number;
  /** As {@link PartitionMetadata} gave it: a stale leader then answers with a fault instead of old data. -1: not checked. */
  readonly leaderEpoch: number;
  /** Bytes; a single batch that is larger comes whole. */
  readonly maxBytes: number;
}

/** How long and how much one fetch may take. */
export interface FetchOptions {
  /** How long the broker may wait for `minBytes`, in milliseconds. */
  readonly maxWaitMs: number;
  readonly minBytes: number;
  /** Bytes of the whole answer; a single batch that is larger comes whole. */
  readonly maxBytes: number;
  readonly isolation: Isolation;
  /** Rejects the call with its reason at once; the broker may still work on it until `maxWaitMs` is over. */
  readonly signal?: AbortSignal;
}

/** A transaction that was aborted: its records are those of `producerId` from `firstOffset` to its abort marker. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** What one partition answered to a fetch. */
export interface FetchedPartition extends TopicPartition {
  /** With an error the offsets below may be -1 and `records` is empty. */
  readonly error?: KafkaFault;
  readonly highWatermark: number;
  /** Where `read_committed` ends: nothing at or after it is visible, and asking for it is no error. */
  readonly lastStable: number;
  /** First offset that still exists; -1 where the broker does not tell. */
  readonly logStart: number;
  /** Needed by `decodeRecords` under `read_committed`: the broker sends aborted records too. */
  readonly aborted: readonly AbortedTransaction[];
  /**
   * Raw record batches for `decodeRecords`; the last one may be cut off. A view of the response's own memory, which is
   * never written again.
   */
  readonly records: Buffer;
}

/** An offset kept by Kafka for a group. */
export type CommittedGroupOffset = TopicPartition &
  (
    | {
        /** -1 if nothing was committed. */
        readonly offset: number;
        readonly metadata: string;
        readonly error?: never;
      }
    | { readonly error: KafkaFault; readonly offset?: never; readonly metadata?: never }
  );

/** An offset to be kept by Kafka for a group. */
export interface GroupOffsetCommit extends TopicPartition {
  readonly offset: number;
  /** Kept beside the offset (brokers take up to 4096 bytes by default). */
  readonly metadata?: string;
}

/** What one partition answered to a commit. */
export interface GroupCommitAnswer extends TopicPartition {
  /** Absent if the offset is kept. `UNKNOWN_MEMBER_ID`: a consumer has joined this group, so it is not ours to write. */
  readonly error?: KafkaFault;
}

/**
 * All that sources and offset stores want of a Kafka client, so that one client can take another's place. A driver only
 * carries requests: it never retries, never waits between attempts, never joins a group unasked and never creates a topic.
 *
 * - A rejected call is a `StreamError`: `SOURCE_UNAVAILABLE` with `retriable: true` where the broker could not be
 *   reached or did not answer in time (its connection is dropped, the next call makes a new one), `DATA_CORRUPT` where
 *   the answer breaks the protocol, `SOURCE_FAILED` where calling again cannot help (authentication, too old a broker).
 *   Only an aborted fetch rejects with the reason of its signal.
 * - What concerns one partition is a {@link KafkaFault} at that partition; the others have their answers.
 * - The answer has one entry for each partition asked for, in the order asked.
 * - Calls may overlap. After `close` every call, also one that is under way, rejects.
 */
export interface KafkaDriver {
  /** For messages: which client this is, e.g. `kafkajs`. */
  readonly name: string;
  /** Reaches one broker and asks it for metadata. Idempotent, and may be called again after it failed. */
  connect(): Promise<void>;
  /** Lets go of every connection, within `deadlineMs` at the latest. Idempotent. */
  close(deadlineMs: number): Promise<void>;
  /** Names of all topics there are, Kafka's own left out. */
  topics(): Promise<readonly string[]>;
  /**
   * The cluster as any reachable broker sees it now, and what the next `listOffsets` finds its leaders by. A topic asked
   * for by name that does not exist is there with its `error`.
   */
  metadata(topics: readonly string[] | 'all'): Promise<ClusterMetadata>;
  /**
   * The offset of each partition, asked of its leader as the last `metadata` told it (topics never asked for are looked
   * up). A leader that cannot be reached is a retriable fault of its partitions; the caller then asks for metadata.
   */
  listOffsets(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    isolation: Isolation,
  ): Promise<readonly ListedOffset[]>;
  /** Records of several partitions that `nodeId` leads, in one request. */
  fetch(
    nodeId: number,
    partitions: readonly FetchPartition[],
    options: FetchOptions,
  ): Promise<readonly FetchedPartition[]>;
  /**
   * Offsets kept for a group; all that the group has when `partitions` is left out. A partition that a transaction is
   * just committing to answers with the retriable fault `UNSTABLE_OFFSET_COMMIT`.
   */
  committed(group: string, partitions?: readonly TopicPartition[]): Promise<readonly CommittedGroupOffset[]>;
  /** Keeps offsets for a group that no consumer has joined. */
  commit(group: string, offsets: readonly GroupOffsetCommit[]): Promise<readonly GroupCommitAnswer[]>;
  /**
   * A member of a consumer group to be, with connections of its own; nothing is joined or connected yet. Drivers without it serve
   * everything but receivers.
   */
  groupMember?(group: string): KafkaGroupMember;
  // Later: producer({ transactionalId }) for outputs that carry their offsets.
}
