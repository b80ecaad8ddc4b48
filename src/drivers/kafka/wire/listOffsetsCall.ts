import type { Isolation, ListedOffset, OffsetSpec, TopicPartition } from '../KafkaDriver.ts';
import { kafkaFault } from '../kafkaFault.ts';
import { byTopic } from './byTopic.ts';
import type { WireCall } from './WireCall.ts';

/** A partition with the leader epoch its broker is held to; -1: none. */
export interface ListOffsetsPartition extends TopicPartition {
  readonly leaderEpoch: number;
}

/** Asks a leader for offsets of its partitions. */
export function listOffsetsCall(
  partitions: readonly ListOffsetsPartition[],
  spec: OffsetSpec,
  isolation: Isolation,
): WireCall<readonly ListedOffset[]> {
  const timestamp = spec === 'earliest' ? -2 : spec === 'latest' ? -1 : spec.timestampMs;
  return {
    name: 'ListOffsets',
    key: 2,
    version: 6,
    write: (body) => {
      body.int32(-1).int8(isolation === 'read_committed' ? 1 : 0);
      body.array(byTopic(partitions), ([topic, wanted]) => {
        body.text(topic);
        body.array(wanted, (at) => body.int32(at.partition).int32(at.leaderEpoch).int64(timestamp));
      });
      body.tags();
    },
    read: (body) => {
      body.int32();
      const topics = body.array(() => {
        const topic = body.text();
        return body.array((): ListedOffset => {
          const partition = body.int32();
          const error = kafkaFault(body.int16());
          body.int64();
          const offset = body.int64();
          const leaderEpoch = body.int32();
          return error ? { topic, partition, error } : { topic, partition, offset, leaderEpoch };
        });
      });
      return topics.flat();
    },
  };
}
