import type { KafkaPartition } from './KafkaPartition.ts';

/** Bytes asked for of one partition; a batch that is larger comes whole. */
const PARTITION_BYTES = 1024 * 1024;
/** Bytes of a whole answer. */
const RESPONSE_BYTES = 8 * 1024 * 1024;
/** The least that is asked for, however little room there is. */
const LEAST_BYTES = 64 * 1024;
/** How long a request waits at the broker for something to arrive, in milliseconds. */
const LONG_POLL_MS = 500;
/** The same where other partitions have something to fetch that this request leaves out. */
const SHORT_POLL_MS = 10;
/** Answers with nothing although there is something, before a partition is asked alone. */
const PATIENCE = 2;

/** What a broker is asked for next. */
export interface FetchRequest {
  readonly partitions: readonly KafkaPartition[];
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly partitionBytes: number;
  /** One partition only: an answer without records then means that there are none. */
  readonly isAlone: boolean;
  /** No read waits for it: it looks for what comes next. */
  readonly isLook: boolean;
}

/** What decides about the next request. */
export interface FetchSituation {
  readonly now: number;
  /** Bytes that may be fetched ahead of reads. */
  readonly room: number;
  /** Bytes of it that one partition may take. */
  readonly share: number;
  /** Batch interval in milliseconds, 0 under a drain trigger; `undefined` before the first cut: nothing is fetched ahead. */
  readonly interval: number | undefined;
  /** Whether it is time to look for what comes next. */
  readonly mayLook: boolean;
}

/** The next request to the leader of these partitions; `undefined` if there is nothing to ask for now. */
export function fetchRequest(led: readonly KafkaPartition[], situation: FetchSituation): FetchRequest | undefined {
  const fetchable = led
    .filter((partition) => partition.isFetchable(situation.now))
    .sort((a, b) => a.lastServed - b.lastServed);
  const demanded = fetchable.filter(({ feed }) => feed.isDemanded);
  if (demanded.length > 0) return request(demanded, 0, RESPONSE_BYTES, false);
  return ahead(fetchable, situation);
}

function ahead(fetchable: readonly KafkaPartition[], situation: FetchSituation): FetchRequest | undefined {
  const { room, share, interval, mayLook } = situation;
  if (interval === undefined || room <= 0) return undefined;
  const isLagging = ({ feed, latest }: KafkaPartition): boolean => latest > feed.position;
  const open = fetchable.filter((partition) => partition.next >= 0 && !partition.isExtra);
  const roomy = open.filter(({ feed }) => feed.bytes < share);
  if (roomy.length === 0 || !(interval === 0 || mayLook || roomy.some(isLagging))) return undefined;
  const leavesOut = open.some((partition) => isLagging(partition) && !roomy.includes(partition));
  const wait = interval > 0 ? 0 : leavesOut ? SHORT_POLL_MS : LONG_POLL_MS;
  return request(roomy, wait, Math.min(RESPONSE_BYTES, Math.max(room, LEAST_BYTES)), true);
}

function request(
  partitions: readonly KafkaPartition[],
  maxWaitMs: number,
  maxBytes: number,
  isLook: boolean,
): FetchRequest {
  const alone = partitions.find(({ passedOver }) => passedOver >= PATIENCE);
  const asked = alone === undefined ? partitions : [alone];
  const partitionBytes = Math.min(PARTITION_BYTES, maxBytes);
  return { partitions: asked, maxWaitMs, maxBytes, partitionBytes, isAlone: asked.length === 1, isLook };
}
