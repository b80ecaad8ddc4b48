import { partitionKey } from '../../core/OffsetRange.ts';
import type { ClusterMetadata, PartitionMetadata, TopicMetadata } from '../../drivers/kafka/KafkaDriver.ts';
import { KafkaPartition } from './KafkaPartition.ts';
import type { PrefetchBudget } from './PrefetchBudget.ts';
import type { TopicSelection } from './topicSelection.ts';

/** How long a topic has to be missing before it counts as deleted, in milliseconds: brokers do not learn of it at once. */
const DELETED_AFTER_MS = 500;

/** What a look at the cluster has brought. */
export interface Learnt {
  /** Partitions that were not known before; they have no place yet. */
  readonly fresh: readonly KafkaPartition[];
  /** Partitions whose topic is gone for good. */
  readonly gone: readonly KafkaPartition[];
  /** Nothing is out of order: every partition has a leader, and every topic is there. */
  readonly isWell: boolean;
}

/** The partitions that are read, kept up to date with the cluster's metadata. */
export class PartitionBook {
  readonly #selection: TopicSelection;
  readonly #budget: PrefetchBudget;
  readonly #now: () => number;
  readonly #partitions = new Map<string, KafkaPartition>();
  readonly #extraTopics = new Set<string>();
  readonly #ids = new Map<string, string>();

  constructor(selection: TopicSelection, budget: PrefetchBudget, now: () => number) {
    this.#selection = selection;
    this.#budget = budget;
    this.#now = now;
  }

  all(): Iterable<KafkaPartition> {
    return this.#partitions.values();
  }

  get(key: string): KafkaPartition | undefined {
    return this.#partitions.get(key);
  }

  /** The partitions that cuts take in. */
  cutting(): readonly KafkaPartition[] {
    return [...this.#partitions.values()].filter(({ next, isExtra }) => next >= 0 && !isExtra);
  }

  /** The id of the topic that has this name now; `''` where unknown. */
  idOf(topic: string): string {
    return this.#ids.get(topic) ?? '';
  }

  hasLeader(node: number): boolean {
    return [...this.#partitions.values()].some(({ leader }) => leader === node);
  }

  remove(partition: KafkaPartition): void {
    partition.feed.begin(0);
    this.#partitions.delete(partitionKey(partition));
  }

  /** Keeps all partitions of these topics, for reads of cuts that name them. */
  includeExtra(topics: readonly string[]): void {
    for (const topic of topics) this.#extraTopics.add(topic);
  }

  learn(metadata: ClusterMetadata): Learnt {
    const fresh: KafkaPartition[] = [];
    const seen = new Set<KafkaPartition>();
    for (const topic of metadata.topics) {
      if (topic.error !== undefined) continue;
      const selected = this.#selection.selects(topic) ? this.#selection.partitions(topic) : [];
      const isExtra = this.#extraTopics.has(topic.name);
      if (selected.length > 0 || isExtra) this.#ids.set(topic.name, topic.topicId);
      for (const told of topic.partitions) {
        const isSelected = selected.includes(told.partition);
        if (!isSelected && !isExtra) continue;
        const partition = this.#learnPartition(topic, told);
        seen.add(partition);
        if (!isSelected) partition.isExtra = true;
        else if (partition.next < 0 && !partition.isKnown) fresh.push(partition);
        if (isSelected) partition.isKnown = true;
      }
    }
    const gone = this.#missing(seen, metadata);
    const isWell = [...this.#partitions.values()].every(
      ({ leader, missingSince }) => leader >= 0 && missingSince === undefined,
    );
    return { fresh, gone, isWell };
  }

  #learnPartition(topic: TopicMetadata, told: PartitionMetadata): KafkaPartition {
    const at = { topic: topic.name, partition: told.partition };
    const key = partitionKey(at);
    const known = this.#partitions.get(key);
    const partition = known ?? new KafkaPartition(at, topic.topicId, this.#budget);
    if (known === undefined) this.#partitions.set(key, partition);
    partition.leader = told.error === undefined ? told.leader : -1;
    partition.leaderEpoch = told.leaderEpoch;
    partition.missingSince = undefined;
    if (partition.topicId === '') partition.topicId = topic.topicId;
    if (topic.topicId !== '' && partition.topicId !== topic.topicId && partition.loss?.kind !== 'recreated') {
      const position = partition.next >= 0 ? partition.next : partition.feed.position;
      partition.loss = { kind: 'recreated', ...at, position, earliest: -1, latest: -1 };
    }
    return partition;
  }

  /** Partitions that the cluster no longer names; a topic with an error of its own may come back. */
  #missing(seen: ReadonlySet<KafkaPartition>, { topics }: ClusterMetadata): readonly KafkaPartition[] {
    const faults = new Map(topics.map(({ name, error }) => [name, error?.name]));
    const now = this.#now();
    return [...this.#partitions.values()].filter((partition) => {
      if (seen.has(partition)) return false;
      partition.leader = -1;
      const fault = faults.get(partition.topic);
      if (fault !== undefined && fault !== 'UNKNOWN_TOPIC_OR_PARTITION') return false;
      partition.missingSince ??= now;
      return now - partition.missingSince >= DELETED_AFTER_MS;
    });
  }
}
