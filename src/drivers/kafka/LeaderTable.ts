import type { ClusterMetadata, KafkaBroker, PartitionMetadata, TopicMetadata, TopicPartition } from './KafkaDriver.ts';

/**
 * Who leads what, put together from one metadata answer after the other. An answer of a broker that lags behind does not
 * undo what a newer leader epoch has told; a topic that was recreated (another id) starts anew.
 */
export class LeaderTable {
  private brokers: ReadonlyMap<number, KafkaBroker> = new Map();
  private readonly topics = new Map<string, TopicMetadata>();

  /** Takes in the answer to a question for `asked` and gives it back with what is known better. */
  learn(answer: ClusterMetadata, asked: readonly string[] | 'all'): ClusterMetadata {
    if (answer.brokers.length > 0) this.brokers = new Map(answer.brokers.map((broker) => [broker.nodeId, broker]));
    const topics = answer.topics.map((topic) => this.newest(topic));
    if (asked === 'all') this.topics.clear();
    for (const topic of topics) this.topics.set(topic.name, topic);
    return { ...answer, topics };
  }

  /** Whether the topic was ever asked for. */
  knows(topic: string): boolean {
    return this.topics.has(topic);
  }

  topic(name: string): TopicMetadata | undefined {
    return this.topics.get(name);
  }

  /** What is known of a partition; its leader may be -1. */
  partition(at: TopicPartition): PartitionMetadata | undefined {
    return this.topics.get(at.topic)?.partitions.find((known) => known.partition === at.partition);
  }

  broker(nodeId: number): KafkaBroker | undefined {
    return this.brokers.get(nodeId);
  }

  allBrokers(): readonly KafkaBroker[] {
    return [...this.brokers.values()];
  }

  private newest(topic: TopicMetadata): TopicMetadata {
    const known = this.topics.get(topic.name);
    if (!known || known.topicId !== topic.topicId || topic.error) return topic;
    const partitions = topic.partitions.map((told) => {
      const before = known.partitions.find((at) => at.partition === told.partition);
      return before && told.leaderEpoch >= 0 && before.leaderEpoch > told.leaderEpoch ? before : told;
    });
    return { ...topic, partitions };
  }
}
