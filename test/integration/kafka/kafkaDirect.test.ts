import { expect, it } from 'vitest';
import {
  batchInterval,
  commitOffsets,
  drain,
  flatMapRecords,
  foreachBatch,
  mapRecords,
  memoryOffsets,
  type ReportProgress,
  reduceByKey,
  StreamingContext,
} from '../../../src/index.ts';
import {
  asJson,
  asText,
  type KafkaDirectOptions,
  type KafkaRecord,
  kafkaDirect,
  kafkaOffsets,
  orNull,
  type StartFrom,
  type TypedKafkaRecord,
  type UndecodableRecord,
} from '../../../src/kafka.ts';
import { createTopic, freshName, kafkaBrokers, produce, skipUnless } from '../services.ts';
import { asAdmin, values } from './kafkaTopics.ts';
import { kept, readingTexts, type TextPipeline, texts } from './readingTexts.ts';
import { type RunningPipeline, runningPipeline } from './runningPipeline.ts';

const sorted = (list: readonly (string | null)[]) => [...list].sort();

async function topicOf(partitions = 1, config?: Record<string, string>): Promise<string> {
  const topic = freshName('direct');
  await createTopic(kafkaBrokers(), topic, { partitions, ...(config && { config }) });
  return topic;
}

skipUnless('kafka')('kafkaDirect on a real Kafka', () => {
  it('reads, counts words by key, writes, commits, and goes on there in the next run', async () => {
    const topic = await topicOf(3);
    const group = freshName('wordcount');
    const lines = ['to be or not', 'to be', 'that is the question'];
    await produce(
      kafkaBrokers(),
      topic,
      lines.map((value, partition) => ({ value, partition })),
    );
    /** Lives until so many words are counted. */
    const counted = async (
      words: number,
      more?: string,
    ): Promise<{ counts: Map<string, number>; reports: ReportProgress[] }> => {
      const offsets = kafkaOffsets({ kafka: { brokers: kafkaBrokers() }, group });
      const stream = new StreamingContext({ interval: 100 });
      const reports: ReportProgress[] = [];
      stream.progress$.subscribe((event) => event.type === 'report' && reports.push(event));
      const counts = new Map<string, number>();
      const ended = new Promise<void>((complete, error) =>
        kafkaDirect({ kafka: { brokers: kafkaBrokers() }, topics: [topic], offsets, from: 'earliest', value: asText() })
          .pipe(
            batchInterval(stream),
            flatMapRecords(({ value }) => value.split(' ')),
            mapRecords((word) => [word, 1] as const),
            reduceByKey((a, b) => a + b),
            foreachBatch(({ records }) => {
              for (const [word, count] of records) counts.set(word, (counts.get(word) ?? 0) + count);
            }),
            commitOffsets(offsets),
          )
          .subscribe({ error, complete }),
      );
      if (more !== undefined) await produce(kafkaBrokers(), topic, [{ value: more, partition: 0 }]);
      const all = (): number => [...counts.values()].reduce((sum, count) => sum + count, 0);
      await Promise.race([expect.poll(all).toBeGreaterThanOrEqual(words), ended]);
      await stream.stop({ graceful: true, deadline: 60_000 });
      await ended;
      await offsets.close();
      return { counts, reports };
    };
    const first = await counted(10);
    expect(Object.fromEntries(first.counts)).toEqual({
      to: 2,
      be: 2,
      or: 1,
      not: 1,
      that: 1,
      is: 1,
      the: 1,
      question: 1,
    });
    const second = await counted(2, 'be quick');
    expect(Object.fromEntries(second.counts)).toEqual({ be: 1, quick: 1 });
    expect(second.reports.find(({ code }) => code === 'RESUMED')?.message).toBe(
      `kafka:${topic}: goes on with ${topic}[0] at 1, ${topic}[1] at 1, ${topic}[2] at 1, as kafka ${group} says.`,
    );
  });

  it('gives every batch a range for every partition, without gap or overlap', async () => {
    const topic = await topicOf(3);
    const pipeline = readingTexts({ topics: [topic] });
    for (let i = 0; i < 5; i++) await produce(kafkaBrokers(), topic, values(`${i}:`, 20, i % 2));
    await pipeline.processed(100);
    await pipeline.stop();
    const ends = [0, 0, 0];
    for (const { offsets, records } of pipeline.batches) {
      expect(offsets.map(({ partition }) => partition)).toEqual([0, 1, 2]);
      expect(records).toHaveLength(offsets.reduce((sum, { from, until }) => sum + until - from, 0));
      for (const { partition, from, until } of offsets) {
        expect(from).toBe(ends[partition]);
        ends[partition] = until;
      }
    }
    expect(ends).toEqual([60, 40, 0]);
  });

  it('gives records their place, time, key, value and headers', async () => {
    const topic = await topicOf(2);
    const timestamp = '1700000000123';
    await produce(kafkaBrokers(), topic, [
      { key: 'k', value: 'v', partition: 1, timestamp, headers: { trace: ['a', 'b'], empty: '' } },
      { key: null, value: null, partition: 1, timestamp },
    ]);
    const bytes = kept(
      runningPipeline<KafkaRecord>(
        kafkaDirect({ kafka: { brokers: kafkaBrokers() }, topics: [topic], from: 'earliest' }),
      ),
    );
    await bytes.processed(2);
    const shown = bytes.records.map(({ partition, offset, timestamp, key, value, headers }) => [
      [partition, offset, timestamp],
      [key?.toString(), value?.toString()],
      headers.map(([name, one]) => [name, one?.toString()]),
    ]);
    expect(shown).toEqual([
      [
        [1, 0, 1700000000123],
        ['k', 'v'],
        [
          ['trace', 'a'],
          ['trace', 'b'],
          ['empty', ''],
        ],
      ],
      [[1, 1, 1700000000123], [undefined, undefined], []],
    ]);
  });

  it('gives keys and values as deserializers make them, null where that is allowed', async () => {
    const topic = await topicOf();
    await produce(kafkaBrokers(), topic, [
      { key: 'first', value: '{"n":1}' },
      { key: null, value: null },
    ]);
    const source = kafkaDirect({
      kafka: { brokers: kafkaBrokers() },
      topics: [topic],
      from: 'earliest',
      key: orNull(asText()),
      value: orNull(asJson<{ n: number }>()),
    });
    const typed = kept(runningPipeline(source));
    await typed.processed(2);
    const pairs: [string | null, { n: number } | null][] = typed.records.map(({ key, value }) => [key, value]);
    expect(pairs).toEqual([
      ['first', { n: 1 }],
      [null, null],
    ]);
  });

  undecodableRecords();

  it('starts where it is told: earliest, latest, at a timestamp, at offsets', async () => {
    const topic = await topicOf();
    const old = Date.now() - 10_000;
    await produce(
      kafkaBrokers(),
      topic,
      values('v', 10).map((one, i) => ({ ...one, timestamp: `${old + i * 1000}` })),
    );
    const first = async (from: StartFrom): Promise<string | null | undefined> => {
      const pipeline = readingTexts({ topics: [topic], from });
      await pipeline.processed(1);
      return texts(pipeline)[0];
    };
    expect(await first('earliest')).toBe('v0');
    expect(await first({ timestampMs: old + 2500 })).toBe('v3');
    expect(await first([{ topic, partition: 0, offset: 7 }])).toBe('v7');
    const latest = readingTexts({ topics: [topic], from: 'latest' });
    const young = readingTexts({ topics: [topic], from: { timestampMs: Date.now() + 60_000 } });
    await expect.poll(() => latest.batches.length > 1 && young.batches.length > 1).toBe(true);
    await produce(kafkaBrokers(), topic, values('late', 1));
    await Promise.all([latest.processed(1), young.processed(1)]);
    expect([texts(latest), texts(young)]).toEqual([['late0'], ['late0']]);
  });

  it('starts at the offsets of its store, and what the store does not know at its beginning', async () => {
    const topic = await topicOf(2);
    await produce(kafkaBrokers(), topic, [...values('a', 5, 0), ...values('b', 5, 1)]);
    const store = memoryOffsets();
    await store.commit([{ topic, partition: 0, until: 3, expected: undefined }]);
    const pipeline = readingTexts({ topics: [topic], from: 'latest', offsets: store }, { store });
    await pipeline.processed(7);
    expect(sorted(texts(pipeline))).toEqual(['a3', 'a4', 'b0', 'b1', 'b2', 'b3', 'b4']);
  });

  it('reads only the partitions assigned', async () => {
    const topic = await topicOf(3);
    await produce(
      kafkaBrokers(),
      topic,
      [0, 1, 2].flatMap((partition) => values(`p${partition}:`, 2, partition)),
    );
    const pipeline = readingTexts({ assign: [{ topic, partitions: [2, 0] }] });
    await pipeline.processed(4);
    expect(sorted(texts(pipeline))).toEqual(['p0:0', 'p0:1', 'p2:0', 'p2:1']);
  });

  it('takes up topics that match a pattern later, and new partitions, from their beginning', async () => {
    const stem = freshName('pattern');
    await createTopic(kafkaBrokers(), `${stem}-one`);
    const pipeline = readingTexts({ topicsPattern: new RegExp(`^${stem}-`), from: 'latest', metadataIntervalMs: 50 });
    await expect.poll(() => pipeline.batches.length).toBeGreaterThan(1);
    await createTopic(kafkaBrokers(), `${stem}-two`);
    await produce(kafkaBrokers(), `${stem}-two`, values('two:', 3));
    await pipeline.processed(3);
    const changed = await pipeline.reported('PARTITIONS_CHANGED');
    expect(changed.message).toContain(`${stem}-two[0] appeared`);
    await asAdmin((admin) => admin.createPartitions({ topicPartitions: [{ topic: `${stem}-one`, count: 2 }] }));
    await produce(kafkaBrokers(), `${stem}-one`, values('new:', 3, 1));
    await pipeline.processed(6);
    expect(texts(pipeline)).toEqual(['two:0', 'two:1', 'two:2', 'new:0', 'new:1', 'new:2']);
  });

  it('waits for a topic that does not exist, if it is told to; otherwise says TOPIC_MISSING', async () => {
    const topic = freshName('absent');
    const failing = readingTexts({ topics: [topic] });
    expect(await failing.failed()).toMatchObject({
      code: 'TOPIC_MISSING',
      message: expect.stringMatching(/expected the topic absent-.* to exist.*onMissingTopic: 'wait'/),
    });
    const waiting = readingTexts({ topics: [topic], onMissingTopic: 'wait', from: 'latest', metadataIntervalMs: 50 });
    await expect.poll(() => waiting.batches.length).toBeGreaterThan(1);
    await createTopic(kafkaBrokers(), topic);
    await produce(kafkaBrokers(), topic, values('v', 2));
    await waiting.processed(2);
    expect(texts(waiting)).toEqual(['v0', 'v1']);
  });

  it('says SOURCE_UNAVAILABLE when Kafka cannot be reached at the start for as long as it may try', async () => {
    const pipeline = kept(
      runningPipeline(kafkaDirect({ kafka: { brokers: ['127.0.0.1:1'] }, topics: ['lines'], openTimeoutMs: 300 })),
    );
    expect(await pipeline.failed()).toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    expect(pipeline.reports.map(({ code }) => code)).toContain('RECONNECTING');
  });

  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
    it(`reads what is compressed by ${codec}`, async () => {
      // The broker compresses by the topic's setting whatever the producer sends.
      const topic = await topicOf(1, { 'compression.type': codec });
      const sent = values(`compressible text ${'x'.repeat(100)} `, 2000);
      await produce(kafkaBrokers(), topic, sent);
      const pipeline = readingTexts({ topics: [topic] });
      await pipeline.processed(2000);
      expect(texts(pipeline)).toEqual(sent.map(({ value }) => value));
    });
  }

  it('keeps to maxRatePerPartition and maxRecordsPerBatch', async () => {
    const topic = await topicOf(2);
    await produce(kafkaBrokers(), topic, [...values('a', 300, 0), ...values('b', 100, 1)]);
    const rated = readingTexts({ topics: [topic], maxRatePerPartition: 200 });
    const shared = readingTexts({ topics: [topic], maxRecordsPerBatch: 40 });
    await Promise.all([rated.processed(400), shared.processed(400)]);
    const sizes = rated.batches.map(({ offsets }) => offsets.map(({ from, until }) => until - from));
    expect(Math.max(...sizes.flat())).toBe(20);
    const shares = shared.batches.map(({ offsets }) => offsets.map(({ from, until }) => until - from));
    expect(shares.find(([a = 0, b = 0]) => a + b > 0)).toEqual([30, 10]);
    expect(Math.max(...shares.map(([a = 0, b = 0]) => a + b))).toBe(40);
  });

  it('gives a record larger than any request', async () => {
    const topic = await topicOf(2, { 'max.message.bytes': '4000000' });
    const big = 'x'.repeat(3_000_000);
    await produce(kafkaBrokers(), topic, [{ value: 'small', partition: 0 }]);
    await produce(kafkaBrokers(), topic, [{ value: big, partition: 1 }]);
    await produce(kafkaBrokers(), topic, values('after', 3, 1));
    const pipeline = readingTexts({ topics: [topic], prefetchBytes: 1000 });
    await pipeline.processed(5);
    expect(sorted(texts(pipeline).map((text) => text?.slice(0, 6) ?? null))).toEqual([
      'after0',
      'after1',
      'after2',
      'small',
      'xxxxxx',
    ]);
  });

  it('under a drain trigger gives records as they arrive, in batches of what has arrived', async () => {
    const topic = await topicOf(2);
    const pipeline = readingTexts({ topics: [topic] }, { trigger: drain({ maxRecords: 50 }) });
    for (let i = 0; i < 3; i++) {
      await produce(kafkaBrokers(), topic, [...values(`${i}a`, 60, 0), ...values(`${i}b`, 5, 1)]);
      await pipeline.processed((i + 1) * 65);
    }
    expect(Math.max(...pipeline.batches.map(({ records }) => records.length))).toBeLessThanOrEqual(50);
    expect(pipeline.batches.every(({ records }) => records.length > 0)).toBe(true);
  });

  it('tells of two pipelines that commit to one group', async () => {
    const topic = await topicOf();
    const group = freshName('shared');
    const [one, other] = [0, 1].map(() => {
      const offsets = kafkaOffsets({ kafka: { brokers: kafkaBrokers() }, group });
      return readingTexts({ topics: [topic], offsets }, { store: offsets });
    }) as [TextPipeline, TextPipeline];
    for (let i = 0; i < 5; i++) {
      await produce(kafkaBrokers(), topic, values(`${i}:`, 3));
      await Promise.all([one.processed(3 * (i + 1)), other.processed(3 * (i + 1))]);
    }
    const moved = await Promise.any([one.reported('OFFSETS_MOVED'), other.reported('OFFSETS_MOVED')]);
    expect(moved.message).toContain(group);
  });
});

function undecodableRecords(): void {
  const poisoned = async (): Promise<string> => {
    const topic = await topicOf();
    const records = [{ value: '1' }, { value: 'oops' }, { value: null }, { value: '2' }];
    await produce(kafkaBrokers(), topic, records);
    return topic;
  };
  const numbers = (
    topic: string,
    onUndecodable?: KafkaDirectOptions['onUndecodable'],
  ): RunningPipeline<TypedKafkaRecord<Buffer | null, number>> => {
    const source = kafkaDirect({
      kafka: { brokers: kafkaBrokers() },
      topics: [topic],
      from: 'earliest',
      value: asJson<number>(),
      ...(onUndecodable === undefined ? {} : { onUndecodable }),
    });
    return kept(runningPipeline(source));
  };

  it('an undecodable record fails the run and is named, unless the user says otherwise', async () => {
    const pipeline = numbers(await poisoned());
    expect(await pipeline.failed()).toMatchObject({
      code: 'RECORD_UNDECODABLE',
      message: expect.stringMatching(/the value of direct-.*\[0\] offset 1 cannot be decoded.*onUndecodable/),
      details: { partition: 0, offset: 1, part: 'value' },
    });
    expect(pipeline.records).toEqual([]);
  });

  it('skipped undecodable records are counted', async () => {
    const pipeline = numbers(await poisoned(), 'skip');
    await pipeline.processed(2);
    const report = await pipeline.reported('RECORD_UNDECODABLE');
    expect(report.count).toBe(2);
    expect(pipeline.records.map(({ value }) => value)).toEqual([1, 2]);
  });

  it('undecodable records are handed to a function once each', async () => {
    const letters: UndecodableRecord[] = [];
    const pipeline = numbers(await poisoned(), (letter) => void letters.push(letter));
    await pipeline.processed(2);
    expect(letters.map(({ record, part, error }) => [record.offset, part, (error as Error).name])).toEqual([
      [1, 'value', 'SyntaxError'],
      [2, 'value', 'Error'],
    ]);
  });
}
