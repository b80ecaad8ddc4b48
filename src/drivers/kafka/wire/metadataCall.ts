import type { ClusterMetadata, PartitionMetadata, TopicMetadata } from '../KafkaDriver.ts';
import { kafkaFault } from '../kafkaFault.ts';
import type { WireCall } from './WireCall.ts';
import type { WireReader } from './WireReader.ts';

/** Asks for brokers, topics and leaders; never creates a topic. Errors are those of single topics and partitions. */
export function metadataCall(topics: readonly string[] | 'all'): WireCall<ClusterMetadata> {
  return {
    name: 'Metadata',
    key: 3,
    version: 12,
    write: (body) => {
      body.array(topics === 'all' ? null : topics, (name) => body.uuid('').text(name));
      body.bool(false).bool(false).tags();
    },
    read: (body) => {
      body.int32();
      const brokers = body.array(() => ({
        nodeId: body.int32(),
        host: body.text(),
        port: body.int32(),
        rack: body.optionalText(),
      }));
      const clusterId = body.optionalText();
      body.int32();
      return { clusterId, brokers, topics: body.array(() => readTopic(body)) };
    },
  };
}

function readTopic(body: WireReader): TopicMetadata {
  const error = kafkaFault(body.int16());
  const name = body.optionalText() ?? '';
  const topicId = body.uuid();
  const internal = body.bool();
  const partitions = body.array(() => readPartition(body)).sort((a, b) => a.partition - b.partition);
  body.int32();
  return { name, topicId, internal, partitions, ...(error && { error }) };
}

function readPartition(body: WireReader): PartitionMetadata {
  const error = kafkaFault(body.int16());
  const partition = body.int32();
  const leader = body.int32();
  const leaderEpoch = body.int32();
  body.skipInt32s();
  body.skipInt32s();
  body.skipInt32s();
  // A partition with too few replicas in sync, or with an offline one, is as readable as any other: its leader decides.
  return { partition, leader, leaderEpoch, ...(error && leader < 0 && { error }) };
}
