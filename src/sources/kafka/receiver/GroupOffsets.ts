import { promised } from '../../../core/Answer.ts';
import { StreamError } from '../../../core/errors.ts';
import { type CommittedOffset, partitionKey } from '../../../core/OffsetRange.ts';
import type { KafkaDriver } from '../../../drivers/kafka/KafkaDriver.ts';
import type { KafkaGroupMember, MemberPlace } from '../../../drivers/kafka/KafkaGroupMember.ts';
import type { KafkaFault } from '../../../drivers/kafka/kafkaFault.ts';
import type { OffsetStore } from '../../../offsets/OffsetStore.ts';

/** An offset of the group, and the topic it was committed for, where that is known. */
export interface GroupOffset extends CommittedOffset {
  readonly topicId: string;
}

/** An offset to be kept for the group. */
export interface DueOffset extends GroupOffset {
  /** What the group has, as far as it is known; -1: nothing. */
  readonly expected: number;
}

/** Where the offsets of a receiver's group live. */
export interface GroupOffsets {
  load(topics: readonly string[]): Promise<readonly GroupOffset[]>;
  /** Answers what Kafka has against the member's committing, if anything. */
  commit(place: MemberPlace, due: readonly DueOffset[]): Promise<KafkaFault | undefined>;
}

/** The group's offsets in Kafka, committed as its member: who is not in the group any more is refused. */
export function offsetsInKafka(group: string, driver: KafkaDriver, member: KafkaGroupMember): GroupOffsets {
  return {
    async load(topics) {
      const all = await driver.committed(group);
      const ours = all.filter(({ topic }) => topics.includes(topic));
      return ours.flatMap(({ topic, partition, offset, metadata, error }): GroupOffset[] => {
        if (error !== undefined) {
          const message = `Kafka does not tell the offset of ${topic}[${partition}] in the group ${group}: ${error.name}.`;
          const code = error.retriable ? 'SOURCE_UNAVAILABLE' : 'SOURCE_FAILED';
          throw new StreamError(code, message, { retriable: error.retriable, details: { fault: error } });
        }
        if (offset < 0) return [];
        return [{ topic, partition, until: offset, topicId: metadata.startsWith(ID) ? metadata.slice(ID.length) : '' }];
      });
    },
    async commit(place, due) {
      const answers = await member.commit(
        place,
        due.map(({ topic, partition, until, topicId }) => ({
          topic,
          partition,
          offset: until,
          metadata: `${ID}${topicId}`,
        })),
      );
      // A topic that was deleted keeps no offsets; the metadata tells what became of it.
      return answers.find(({ error }) => error !== undefined && error.name !== 'UNKNOWN_TOPIC_OR_PARTITION')?.error;
    },
  };
}

/** Kept beside each offset: the id of its topic, by which one made anew under the same name is told apart. */
const ID = 'topic ';

/** The group's offsets in a store of its own. */
export function offsetsInStore(store: OffsetStore): GroupOffsets {
  return {
    async load(topics) {
      const offsets = await promised(() => store.load({ topics }));
      return offsets.filter(({ topic }) => topics.includes(topic)).map((offset) => ({ ...offset, topicId: '' }));
    },
    async commit(_place, due) {
      const commits = due.map(({ topic, partition, until, expected }) => ({
        topic,
        partition,
        until,
        expected: expected < 0 ? undefined : expected,
      }));
      await promised(() => store.commit(commits));
      return undefined;
    },
  };
}

/** The offsets by their partitions. */
export function byPartition(offsets: readonly GroupOffset[]): ReadonlyMap<string, GroupOffset> {
  return new Map(offsets.map((offset) => [partitionKey(offset), offset]));
}
