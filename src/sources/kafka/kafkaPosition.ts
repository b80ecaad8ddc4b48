import { type OffsetRange, partitionKey } from '../../core/OffsetRange.ts';

/** Where a source goes on, as it is kept in a checkpoint. */
export interface KafkaPosition {
  readonly topics: { readonly [name: string]: TopicPosition };
}

/** A topic's part of a {@link KafkaPosition}. */
export interface TopicPosition {
  /** Tells a topic from a recreated one of the same name; `''` where unknown. */
  readonly id: string;
  readonly partitions: readonly (readonly [partition: number, next: number, leaderEpoch: number])[];
}

/** What a cut contains, as it is kept in a checkpoint: the ranges that are not empty. */
export interface KafkaCutData {
  readonly ids: { readonly [topic: string]: string };
  readonly ranges: readonly (readonly [topic: string, partition: number, from: number, until: number])[];
}

/** A partition as a position remembers it. */
export interface RememberedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string;
  readonly next: number;
  readonly leaderEpoch: number;
}

/** The plain data for these partitions. */
export function kafkaPosition(partitions: Iterable<RememberedPartition>): KafkaPosition {
  const topics = new Map<string, { id: string; partitions: (readonly [number, number, number])[] }>();
  for (const { topic, partition, topicId, next, leaderEpoch } of partitions) {
    const entry = topics.get(topic) ?? { id: topicId, partitions: [] };
    topics.set(topic, entry);
    entry.partitions.push([partition, next, leaderEpoch]);
  }
  return { topics: Object.fromEntries(topics) };
}

/** The partitions that a position remembers, by key. */
export function rememberedPartitions(position: KafkaPosition): ReadonlyMap<string, RememberedPartition> {
  const remembered = new Map<string, RememberedPartition>();
  for (const [topic, { id, partitions }] of Object.entries(position.topics)) {
    for (const [partition, next, leaderEpoch] of partitions) {
      remembered.set(partitionKey({ topic, partition }), { topic, partition, topicId: id, next, leaderEpoch });
    }
  }
  return remembered;
}

/** The plain data of a cut with these ranges. */
export function kafkaCutData(ranges: readonly OffsetRange[], idOf: (topic: string) => string): KafkaCutData {
  const filled = ranges.filter(({ from, until }) => until > from);
  return {
    ids: Object.fromEntries([...new Set(filled.map(({ topic }) => topic))].map((topic) => [topic, idOf(topic)])),
    ranges: filled.map(({ topic, partition, from, until }) => [topic, partition, from, until]),
  };
}
