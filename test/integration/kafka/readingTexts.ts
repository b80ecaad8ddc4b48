import { afterEach } from 'vitest';
import { asText, type KafkaDirectOptions, kafkaDirect, orNull, type TypedKafkaRecord } from '../../../src/kafka.ts';
import { kafkaBrokers } from '../services.ts';
import { type PipelineOptions, type RunningPipeline, runningPipeline } from './runningPipeline.ts';

/** A record whose value is text. */
export type TextRecord = TypedKafkaRecord<Buffer | null, string | null>;
export type TextOptions = Partial<Omit<KafkaDirectOptions, 'key' | 'value'>>;
export type TextPipeline = RunningPipeline<TextRecord>;

interface Stoppable {
  stop(): unknown;
}

const toStop: Stoppable[] = [];
afterEach(async () => {
  for (const one of toStop.splice(0).reverse()) await one.stop();
});

/** Stopped after the test, in the reverse order of the calls. */
export function kept<T extends Stoppable>(one: T): T {
  toStop.push(one);
  return one;
}

/** A pipeline on the shared broker, from the earliest records on, unless the options say otherwise. */
export function readingTexts(options: TextOptions, pipeline?: PipelineOptions<TextRecord>): TextPipeline {
  const source = kafkaDirect({
    kafka: { brokers: kafkaBrokers() },
    from: 'earliest',
    ...options,
    value: orNull(asText()),
  });
  return kept(runningPipeline(source, pipeline));
}

/** The values in the order in which they were processed. */
export function texts({ records }: { readonly records: readonly TextRecord[] }): (string | null)[] {
  return records.map(({ value }) => value);
}
