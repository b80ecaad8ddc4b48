import { decodeRecords } from '../../../src/drivers/kafka/decodeRecords.ts';
import type {
  FetchedPartition,
  Isolation,
  KafkaDriver,
  TopicMetadata,
} from '../../../src/drivers/kafka/KafkaDriver.ts';
import type { KafkaRecord } from '../../../src/drivers/kafka/KafkaRecord.ts';

/** The metadata of a topic that is there. */
export async function topicOf(driver: KafkaDriver, name: string): Promise<TopicMetadata> {
  const { topics } = await driver.metadata([name]);
  const topic = topics[0];
  if (!topic || topic.error) throw new Error(`${name}: ${topic?.error?.name ?? 'missing'}`);
  return topic;
}

/** One fetch of one partition, as a source would send it. */
export async function fetchOne(
  driver: KafkaDriver,
  topic: TopicMetadata,
  position: number,
  options: {
    partition?: number;
    maxBytes?: number;
    isolation?: Isolation;
    leaderEpoch?: number;
    topicId?: string;
  } = {},
): Promise<FetchedPartition> {
  const { partition = 0, maxBytes = 1 << 20, isolation = 'read_committed' } = options;
  const at = topic.partitions[partition];
  if (!at) throw new Error(`${topic.name} has no partition ${partition}`);
  const [fetched] = await driver.fetch(
    at.leader,
    [
      {
        topic: topic.name,
        topicId: options.topicId ?? topic.topicId,
        partition,
        position,
        leaderEpoch: options.leaderEpoch ?? at.leaderEpoch,
        maxBytes,
      },
    ],
    { maxWaitMs: 100, minBytes: 1, maxBytes: 16 << 20, isolation },
  );
  return fetched as FetchedPartition;
}

/** Everything between two offsets of a partition, fetch by fetch. */
export async function readRange(
  driver: KafkaDriver,
  topic: TopicMetadata,
  from: number,
  until: number,
  options: { partition?: number; maxBytes?: number; isolation?: Isolation } = {},
): Promise<{ records: KafkaRecord[]; fetches: number; control: number; aborted: number; missing: number }> {
  const { partition = 0, isolation = 'read_committed' } = options;
  const records: KafkaRecord[] = [];
  const sum = { fetches: 0, control: 0, aborted: 0, missing: 0 };
  for (let position = from; position < until; ) {
    const { error, aborted, records: bytes } = await fetchOne(driver, topic, position, options);
    if (error) throw new Error(`${topic.name} at ${position}: ${error.name}`);
    const tally = decodeRecords(
      bytes,
      { topic: topic.name, partition, from: position, until, isolation, aborted },
      (record) => {
        records.push(record);
      },
    );
    if (tally.nextPosition === position && sum.fetches > 100) throw new Error(`${topic.name}: stuck at ${position}`);
    position = tally.nextPosition;
    sum.fetches++;
    sum.control += tally.control;
    sum.aborted += tally.aborted;
    sum.missing += tally.missing;
  }
  return { records, ...sum };
}

/** Calls until what comes back is wanted; fails after `limitMs`. */
export async function until<T>(
  what: string,
  call: () => Promise<T>,
  wanted: (answer: T) => boolean,
  limitMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await call();
      if (wanted(answer)) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} did not come within ${limitMs} ms; last: ${JSON.stringify(last)}`, { cause: last });
}
