/** An error code a broker answered with: its number, its name in Kafka's protocol, and what it means for the caller. */
export interface KafkaFault {
  readonly code: number;
  /** As Kafka's protocol names it, e.g. `NOT_LEADER_OR_FOLLOWER`; `CODE_n` for a number this table does not know. */
  readonly name: string;
  /** Whether the same request may succeed later, if need be after asking for metadata. */
  readonly retriable: boolean;
  /** Whether what was known of leaders or coordinators is out of date: ask for metadata first. */
  readonly staleMetadata: boolean;
}

// What a code means for the caller, as bits: may be tried again, and that only after asking for metadata.
const FATAL = 0;
const RETRY = 1;
const REFRESH = 3;

/** The codes that the requests of this package can meet. */
const FAULTS: ReadonlyMap<number, readonly [name: string, kind: number]> = new Map([
  [-1, ['UNKNOWN_SERVER_ERROR', FATAL]],
  [1, ['OFFSET_OUT_OF_RANGE', FATAL]],
  [2, ['CORRUPT_MESSAGE', RETRY]],
  [3, ['UNKNOWN_TOPIC_OR_PARTITION', REFRESH]],
  [4, ['INVALID_FETCH_SIZE', FATAL]],
  [5, ['LEADER_NOT_AVAILABLE', REFRESH]],
  [6, ['NOT_LEADER_OR_FOLLOWER', REFRESH]],
  [7, ['REQUEST_TIMED_OUT', RETRY]],
  [8, ['BROKER_NOT_AVAILABLE', REFRESH]],
  [9, ['REPLICA_NOT_AVAILABLE', REFRESH]],
  [10, ['MESSAGE_TOO_LARGE', FATAL]],
  [12, ['OFFSET_METADATA_TOO_LARGE', FATAL]],
  [13, ['NETWORK_EXCEPTION', REFRESH]],
  [14, ['COORDINATOR_LOAD_IN_PROGRESS', RETRY]],
  [15, ['COORDINATOR_NOT_AVAILABLE', REFRESH]],
  [16, ['NOT_COORDINATOR', REFRESH]],
  [17, ['INVALID_TOPIC_EXCEPTION', FATAL]],
  [22, ['ILLEGAL_GENERATION', FATAL]],
  [23, ['INCONSISTENT_GROUP_PROTOCOL', FATAL]],
  [24, ['INVALID_GROUP_ID', FATAL]],
  [25, ['UNKNOWN_MEMBER_ID', FATAL]],
  [26, ['INVALID_SESSION_TIMEOUT', FATAL]],
  [27, ['REBALANCE_IN_PROGRESS', FATAL]],
  [28, ['INVALID_COMMIT_OFFSET_SIZE', FATAL]],
  [29, ['TOPIC_AUTHORIZATION_FAILED', FATAL]],
  [30, ['GROUP_AUTHORIZATION_FAILED', FATAL]],
  [31, ['CLUSTER_AUTHORIZATION_FAILED', FATAL]],
  [35, ['UNSUPPORTED_VERSION', FATAL]],
  [42, ['INVALID_REQUEST', FATAL]],
  [43, ['UNSUPPORTED_FOR_MESSAGE_FORMAT', FATAL]],
  [56, ['KAFKA_STORAGE_ERROR', REFRESH]],
  [58, ['SASL_AUTHENTICATION_FAILED', FATAL]],
  [69, ['GROUP_ID_NOT_FOUND', FATAL]],
  [70, ['FETCH_SESSION_ID_NOT_FOUND', RETRY]],
  [71, ['INVALID_FETCH_SESSION_EPOCH', RETRY]],
  [72, ['LISTENER_NOT_FOUND', REFRESH]],
  [74, ['FENCED_LEADER_EPOCH', REFRESH]],
  [75, ['UNKNOWN_LEADER_EPOCH', RETRY]],
  [76, ['UNSUPPORTED_COMPRESSION_TYPE', FATAL]],
  [77, ['STALE_BROKER_EPOCH', FATAL]],
  [78, ['OFFSET_NOT_AVAILABLE', RETRY]],
  [79, ['MEMBER_ID_REQUIRED', FATAL]],
  [80, ['PREFERRED_LEADER_NOT_AVAILABLE', REFRESH]],
  [81, ['GROUP_MAX_SIZE_REACHED', FATAL]],
  [88, ['UNSTABLE_OFFSET_COMMIT', RETRY]],
  [89, ['THROTTLING_QUOTA_EXCEEDED', RETRY]],
  [100, ['UNKNOWN_TOPIC_ID', REFRESH]],
  [103, ['INCONSISTENT_TOPIC_ID', REFRESH]],
  [106, ['FETCH_SESSION_TOPIC_ID_ERROR', RETRY]],
  [109, ['OFFSET_MOVED_TO_TIERED_STORAGE', FATAL]],
  [113, ['STALE_MEMBER_EPOCH', FATAL]],
]);

/** The fault of a code; `undefined` for 0, which is success. */
export function kafkaFault(code: number): KafkaFault | undefined {
  if (code === 0) return undefined;
  const [name, kind] = FAULTS.get(code) ?? [`CODE_${code}`, FATAL];
  return { code, name, retriable: (kind & RETRY) !== 0, staleMetadata: kind === REFRESH };
}

/** The fault a driver gives partitions whose broker it could not reach. */
export const BROKER_UNREACHABLE: KafkaFault = known(13);

/** The fault a driver gives partitions that have no leader it knows of. */
export const LEADERLESS: KafkaFault = known(5);

/** The fault a driver gives partitions that the cluster's metadata does not have. */
export const UNKNOWN_PARTITION: KafkaFault = known(3);

/** The fault a driver gives partitions of a fetch that came too soon after the client had used up its quota. */
export const THROTTLED: KafkaFault = known(89);

function known(code: number): KafkaFault {
  return kafkaFault(code) as KafkaFault;
}
