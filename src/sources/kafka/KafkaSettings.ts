import type { Isolation } from '../../drivers/kafka/KafkaDriver.ts';
import type { KafkaTarget } from '../../drivers/kafka/KafkaTarget.ts';
import type { OffsetStore } from '../../offsets/OffsetStore.ts';
import type { DataLostPolicy } from './DataLoss.ts';
import type { UndecodableRecord } from './Deserializer.ts';
import type { RecordDecoder } from './recordDecoder.ts';
import type { StartFrom } from './startOffsets.ts';
import type { TopicSelection } from './topicSelection.ts';

/** The options of `kafkaDirect`, with every default filled in. */
export interface KafkaSettings<R> {
  readonly name: string;
  readonly target: KafkaTarget;
  readonly selection: TopicSelection;
  readonly offsets: OffsetStore | undefined;
  readonly from: StartFrom;
  /** `undefined`: records stay as they are read. */
  readonly decoder: RecordDecoder<R> | undefined;
  readonly onUndecodable: 'fail' | 'skip' | ((record: UndecodableRecord) => void);
  readonly onCorrupt: 'fail' | 'skip';
  readonly onDataLost: DataLostPolicy;
  readonly onMissingTopic: 'fail' | 'wait';
  readonly isolation: Isolation;
  /** Records per second; `Infinity` for no limit. */
  readonly maxRatePerPartition: number;
  readonly maxRecordsPerBatch: number;
  readonly maxBytesPerBatch: number;
  readonly prefetchBytes: number;
  readonly metadataIntervalMs: number;
  readonly openTimeoutMs: number;
}
