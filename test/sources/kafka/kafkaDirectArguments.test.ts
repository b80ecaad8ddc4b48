import { describe, expect, expectTypeOf, it } from 'vitest';
import type { SourceObservable } from '../../../src/index.ts';
import { SOURCE } from '../../../src/index.ts';
import {
  asJson,
  asText,
  type KafkaDirectOptions,
  type KafkaRecord,
  kafkaDirect,
  orNull,
  type TypedKafkaRecord,
} from '../../../src/kafka.ts';

const kafka = { brokers: ['localhost:9092'] };

function messageOf(options: unknown): string {
  try {
    kafkaDirect(options as KafkaDirectOptions as never);
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('kafkaDirect', () => {
  it('throws where a wrong option is written, with what was expected and what came', () => {
    const lines = { kafka, topics: ['lines'] };
    expect([
      messageOf(undefined),
      messageOf({ topics: ['lines'] }),
      messageOf({ kafka: {}, topics: ['lines'] }),
      messageOf({ kafka: { brokers: 'a:1' }, topics: ['lines'] }),
      messageOf({ kafka }),
      messageOf({ kafka, topics: ['lines'], topicsPattern: /lines/ }),
      messageOf({ kafka, topics: [] }),
      messageOf({ kafka, topics: [''] }),
      messageOf({ kafka, topicsPattern: 'lines' }),
      messageOf({ kafka, assign: [{ topic: 'lines', partitions: [] }] }),
      messageOf({ kafka, assign: [{ topic: 'lines', partitions: [-1] }] }),
      messageOf({ ...lines, from: 'smallest' }),
      messageOf({ ...lines, from: { timestampMs: 1.5 } }),
      messageOf({ ...lines, from: [{ topic: 'lines', partition: 0, offset: -1 }] }),
      messageOf({ ...lines, offsets: 'redis' }),
      messageOf({ ...lines, value: 'text' }),
      messageOf({ ...lines, onUndecodable: 'drop' }),
      messageOf({ ...lines, onCorrupt: 'ignore' }),
      messageOf({ ...lines, onDataLost: 'skip' }),
      messageOf({ ...lines, onMissingTopic: 'create' }),
      messageOf({ ...lines, isolation: 'serializable' }),
      messageOf({ ...lines, maxRatePerPartition: -5 }),
      messageOf({ ...lines, maxRecordsPerBatch: 0 }),
      messageOf({ ...lines, maxBytesPerBatch: '1 MiB' }),
      messageOf({ ...lines, prefetchBytes: -1 }),
      messageOf({ ...lines, metadataIntervalMs: 0 }),
      messageOf({ ...lines, openTimeoutMs: -1 }),
      messageOf({ ...lines, name: '' }),
    ]).toMatchInlineSnapshot(`
      [
        "kafkaDirect: expected options: { kafka, topics }, got undefined.",
        "kafkaDirect(kafka): expected kafkajs's configuration ({ brokers: [...] }), its Kafka object, or a KafkaDriver, got undefined.",
        "kafkajsDriver: kafka.brokers: expected addresses like ["localhost:9092"], got undefined.",
        "kafkajsDriver: kafka.brokers: expected addresses like ["localhost:9092"], got "a:1".",
        "kafkaDirect({ topics | topicsPattern | assign }): expected exactly one of the three, got an object (Object).",
        "kafkaDirect({ topics | topicsPattern | assign }): expected exactly one of the three, got an object (Object).",
        "kafkaDirect(topics): expected at least one topic: topics: ["lines"], got an array of 0.",
        "kafkaDirect(topics): expected a text that is not empty, got "".",
        "kafkaDirect(topicsPattern): expected a RegExp, got "lines".",
        "kafkaDirect(assign.partitions): expected the numbers of partitions of lines, got an array of 0.",
        "kafkaDirect(assign.partitions): expected a whole number of at least 0, got -1.",
        "kafkaDirect(from): expected 'earliest', 'latest', { timestampMs }, or a list of { topic, partition, offset }, got "smallest".",
        "kafkaDirect(from.timestampMs): expected a whole number of at least 0, got 1.5.",
        "kafkaDirect(from.offset of lines 0): expected a whole number of at least 0, got -1.",
        "kafkaDirect(offsets): expected an offset store, as kafkaOffsets({ kafka, group }), got "redis".",
        "kafkaDirect(value): expected a function, got "text".",
        "kafkaDirect(onUndecodable): expected 'fail' or 'skip', got "drop".",
        "kafkaDirect(onCorrupt): expected 'fail' or 'skip', got "ignore".",
        "kafkaDirect(onDataLost): expected 'fail', 'earliest' or 'latest', got "skip".",
        "kafkaDirect(onMissingTopic): expected 'fail' or 'wait', got "create".",
        "kafkaDirect(isolation): expected 'read_committed' or 'read_uncommitted', got "serializable".",
        "kafkaDirect(maxRatePerPartition): expected a number above 0, got -5.",
        "kafkaDirect(maxRecordsPerBatch): expected a whole number of at least 1 or Infinity, got 0.",
        "kafkaDirect(maxBytesPerBatch): expected a whole number of at least 1 or Infinity, got "1 MiB".",
        "kafkaDirect(prefetchBytes): expected a whole number of at least 0, got -1.",
        "kafkaDirect(metadataIntervalMs): expected a whole number of milliseconds from 1 to 2147483647 (24 days), got 0.",
        "kafkaDirect(openTimeoutMs): expected a whole number of milliseconds from 0 to 2147483647 (24 days), got -1.",
        "kafkaDirect(name): expected a text that is not empty, got "".",
      ]
    `);
  });

  it('is named after what it reads', () => {
    const nameOf = (options: Partial<KafkaDirectOptions>) => kafkaDirect({ kafka, ...options } as never)[SOURCE]().name;
    expect(nameOf({ topics: ['lines', 'words', 'lines'] })).toBe('kafka:lines,words');
    expect(nameOf({ topicsPattern: /^log-/ })).toBe('kafka:/^log-/');
    expect(nameOf({ assign: [{ topic: 'lines', partitions: [2, 0] }] })).toBe('kafka:lines[2 0]');
    expect(nameOf({ topics: ['lines'], name: 'clicks' })).toBe('clicks');
  });

  it('has the types that its deserializers make', () => {
    const bytes = kafkaDirect({ kafka, topics: ['lines'] });
    expectTypeOf(bytes).toEqualTypeOf<SourceObservable<KafkaRecord>>();
    const text = kafkaDirect({ kafka, topics: ['lines'], value: asText() });
    expectTypeOf(text).toEqualTypeOf<SourceObservable<TypedKafkaRecord<Buffer | null, string>>>();
    const both = kafkaDirect({ kafka, topics: ['lines'], key: orNull(asText()), value: asJson<{ n: number }>() });
    expectTypeOf(both).toEqualTypeOf<SourceObservable<TypedKafkaRecord<string | null, { n: number }>>>();
    const own = kafkaDirect({
      kafka,
      topics: ['lines'],
      key: (key) => key.length,
      value: (value) => value.readInt32BE(),
    });
    expectTypeOf(own).toEqualTypeOf<SourceObservable<TypedKafkaRecord<number, number>>>();
    // @ts-expect-error a topic is a text
    expect(() => kafkaDirect({ kafka, topics: [1] })).toThrow();
  });
});
