import type { TopicPartition } from '../../../drivers/kafka/KafkaDriver.ts';

/** What a member wants to read. */
export interface Wish {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/**
 * The ways of handing out partitions that a receiver knows, the liked one first: by these names Java's consumers and kafkajs's know them,
 * so that a receiver can take part in a group of theirs while it takes one over.
 */
export const PROTOCOLS: readonly string[] = ['roundrobin', 'range', 'RoundRobinAssigner'];

/** Who reads what: each partition has one reader among those who want its topic, and members get shares as equal as can be. */
export function assignPartitions(
  protocol: string,
  wishes: readonly Wish[],
  counts: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly TopicPartition[]> {
  const members = [...wishes].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const shares = new Map(members.map(({ memberId }): [string, TopicPartition[]] => [memberId, []]));
  const topics = [...new Set(members.flatMap((member) => member.topics))].sort();
  let turn = 0;
  for (const topic of topics) {
    const readers = members.filter((member) => member.topics.includes(topic));
    const count = counts.get(topic) ?? 0;
    for (let partition = 0; partition < count; partition++) {
      const at = protocol === 'range' ? Math.floor((partition * readers.length) / count) : turn++ % readers.length;
      shares.get((readers[at] as Wish).memberId)?.push({ topic, partition });
    }
  }
  return shares;
}
