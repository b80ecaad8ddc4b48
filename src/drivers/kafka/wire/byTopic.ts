import type { TopicPartition } from '../KafkaDriver.ts';

/** Partitions grouped by topic, both in the order given: how requests name them. */
export function byTopic<T extends TopicPartition>(
  partitions: readonly T[],
): readonly (readonly [string, readonly T[]])[] {
  const topics = new Map<string, T[]>();
  for (const at of partitions) {
    const known = topics.get(at.topic);
    if (known) known.push(at);
    else topics.set(at.topic, [at]);
  }
  return [...topics];
}
