import type { Isolation } from '../../../drivers/kafka/KafkaDriver.ts';
import type { KafkaTarget } from '../../../drivers/kafka/KafkaTarget.ts';
import type { OffsetStore } from '../../../offsets/OffsetStore.ts';
import type { DataLostPolicy } from '../DataLoss.ts';
import type { StartFrom } from '../startOffsets.ts';

/** What the receiving half of `kafkaReceiver` goes by, with every default filled in. */
export interface ReceiverSettings {
  readonly name: string;
  readonly target: KafkaTarget;
  readonly topics: readonly string[];
  readonly groupId: string;
  readonly receivers: number;
  /** `undefined`: the group's own offsets in Kafka. */
  readonly offsets: OffsetStore | undefined;
  readonly from: StartFrom;
  readonly onDataLost: DataLostPolicy;
  readonly onMissingTopic: 'fail' | 'wait';
  readonly isolation: Isolation;
  readonly blockIntervalMs: number;
  readonly maxBlockBytes: number;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly metadataIntervalMs: number;
  readonly openTimeoutMs: number;
}
