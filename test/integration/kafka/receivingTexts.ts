import { asText, type KafkaReceiverOptions, kafkaReceiver, orNull } from '../../../src/kafka.ts';
import { kafkaBrokers } from '../services.ts';
import { kept, type TextPipeline, type TextRecord } from './readingTexts.ts';
import { type PipelineOptions, runningPipeline } from './runningPipeline.ts';

export type ReceiverTextOptions = Partial<Omit<KafkaReceiverOptions, 'key' | 'value'>> &
  Pick<KafkaReceiverOptions, 'topics' | 'groupId'>;

/** A receiver on the shared broker with a log in memory, from the earliest records on, unless the options say otherwise. */
export function receivingTexts(options: ReceiverTextOptions, pipeline?: PipelineOptions<TextRecord>): TextPipeline {
  const source = kafkaReceiver({
    kafka: { brokers: kafkaBrokers() },
    log: 'memory',
    from: 'earliest',
    blockIntervalMs: 50,
    heartbeatIntervalMs: 200,
    ...options,
    value: orNull(asText()),
  });
  return kept(runningPipeline(source, pipeline));
}

/** The partitions that a receiver was last given, as its reports tell. */
export function given({ reports }: TextPipeline): readonly number[] {
  const last = reports.findLast(({ code }) => code === 'PARTITIONS_CHANGED');
  const partitions = (last?.details?.partitions ?? []) as readonly { readonly partition: number }[];
  return partitions.map(({ partition }) => partition).sort((a, b) => a - b);
}
