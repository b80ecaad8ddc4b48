export type {
  AbortedTransaction,
  ClusterMetadata,
  CommittedGroupOffset,
  FetchedPartition,
  FetchOptions,
  FetchPartition,
  GroupCommitAnswer,
  GroupOffsetCommit,
  Isolation,
  KafkaBroker,
  KafkaDriver,
  ListedOffset,
  OffsetSpec,
  PartitionMetadata,
  TopicMetadata,
  TopicPartition,
} from './drivers/kafka/KafkaDriver.ts';
export type { Joined, JoinRequest, KafkaGroupMember, MemberPlace, Synced } from './drivers/kafka/KafkaGroupMember.ts';
export { type KafkaHeaders, KafkaRecord } from './drivers/kafka/KafkaRecord.ts';
export type { KafkaTarget } from './drivers/kafka/KafkaTarget.ts';
export type { KafkaFault } from './drivers/kafka/kafkaFault.ts';
export { type KafkajsDriverOptions, kafkajsDriver } from './drivers/kafka/kafkajsDriver.ts';
export { type KafkaOffsetsOptions, kafkaOffsets } from './offsets/kafka/kafkaOffsets.ts';
export { asJson } from './sources/kafka/asJson.ts';
export { type AsTextOptions, asText } from './sources/kafka/asText.ts';
export type { DataLostPolicy } from './sources/kafka/DataLoss.ts';
export type { Deserializer, UndecodableRecord } from './sources/kafka/Deserializer.ts';
export { type KafkaDirectOptions, kafkaDirect } from './sources/kafka/kafkaDirect.ts';
export { type KafkaReceiverOptions, kafkaReceiver } from './sources/kafka/kafkaReceiver.ts';
export { orNull } from './sources/kafka/orNull.ts';
export type { OnUndecodableRecord } from './sources/kafka/receiver/DecodedSource.ts';
export type { OffsetPosition, StartFrom } from './sources/kafka/startOffsets.ts';
export type { TypedKafkaRecord } from './sources/kafka/TypedKafkaRecord.ts';
export type { KafkaAssignment } from './sources/kafka/topicSelection.ts';
