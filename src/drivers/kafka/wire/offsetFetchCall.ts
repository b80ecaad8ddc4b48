import type { CommittedGroupOffset, TopicPartition } from '../KafkaDriver.ts';
import { type KafkaFault, kafkaFault } from '../kafkaFault.ts';
import { byTopic } from './byTopic.ts';
import type { WireCall } from './WireCall.ts';

/** What a coordinator keeps for a group. */
export interface OffsetFetchAnswer {
  readonly error?: KafkaFault;
  readonly offsets: readonly CommittedGroupOffset[];
}

/** Asks a coordinator for a group's offsets, those of open transactions not taken for an answer. */
export function offsetFetchCall(
  group: string,
  partitions: readonly TopicPartition[] | undefined,
): WireCall<OffsetFetchAnswer> {
  return {
    name: 'OffsetFetch',
    key: 9,
    version: 7,
    write: (body) => {
      body.text(group);
      body.array(partitions ? byTopic(partitions) : null, ([topic, wanted]) => {
        body.text(topic).int32s(wanted.map((at) => at.partition));
      });
      body.bool(true).tags();
    },
    read: (body) => {
      body.int32();
      const topics = body.array(() => {
        const topic = body.text();
        return body.array((): CommittedGroupOffset => {
          const partition = body.int32();
          const offset = body.int64();
          body.int32();
          const metadata = body.optionalText() ?? '';
          const error = kafkaFault(body.int16());
          return error ? { topic, partition, error } : { topic, partition, offset, metadata };
        });
      });
      const error = kafkaFault(body.int16());
      return { offsets: topics.flat(), ...(error && { error }) };
    },
  };
}
