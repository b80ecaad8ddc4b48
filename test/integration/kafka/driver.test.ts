import { Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KafkaDriver } from '../../../src/drivers/kafka/KafkaDriver.ts';
import { kafkajsDriver } from '../../../src/drivers/kafka/kafkajsDriver.ts';
import { createTopic, freshName, kafkaBrokers, produce, skipUnless } from '../services.ts';
import { fetchOne, readRange, topicOf, until } from './driverReads.ts';

skipUnless('kafka')('kafkajsDriver on a real broker', () => {
  let driver: KafkaDriver;
  let kafka: Kafka;
  const producers: Producer[] = [];

  beforeAll(async () => {
    kafka = new Kafka({ brokers: kafkaBrokers(), logLevel: logLevel.NOTHING });
    driver = kafkajsDriver({ kafka: { brokers: kafkaBrokers() } });
    await driver.connect();
  });

  afterAll(async () => {
    await Promise.all(producers.map((producer) => producer.disconnect()));
    await driver.close(1000);
  });

  async function newTopic(stem: string, options: Parameters<typeof createTopic>[2] = {}): Promise<string> {
    const topic = freshName(stem);
    await createTopic(kafkaBrokers(), topic, options);
    return topic;
  }

  async function send(topic: string, values: readonly string[], partition = 0): Promise<void> {
    await produce(
      kafkaBrokers(),
      topic,
      values.map((value) => ({ value, partition })),
    );
  }

  async function transactional(): Promise<Producer> {
    const producer = kafka.producer({ transactionalId: freshName('tx'), maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    producers.push(producer);
    return producer;
  }

  it('lists topics, creates none, and tells a missing one by its own error', async () => {
    const topic = await newTopic('listed', { partitions: 3 });
    const missing = freshName('missing');
    const { topics, brokers } = await driver.metadata([topic, missing]);
    expect(topics.find(({ name }) => name === topic)).toMatchObject({
      topicId: expect.stringMatching(/^[\w-]{22}$/),
      internal: false,
      partitions: [0, 1, 2].map((partition) => ({ partition, leader: brokers[0]?.nodeId, leaderEpoch: 0 })),
    });
    expect(topics.find(({ name }) => name === missing)?.error).toMatchObject({
      name: 'UNKNOWN_TOPIC_OR_PARTITION',
      retriable: true,
    });
    const names = await driver.topics();
    expect(names).toContain(topic);
    expect(names).not.toContain(missing);
    expect(names.filter((name) => name.startsWith('__'))).toEqual([]);
  });

  it('finds the earliest and latest offset and the one of a timestamp, with its leader epoch', async () => {
    const topic = await newTopic('offsets', { partitions: 2 });
    const messages = [1000, 2000, 3000].map((timestamp) => ({
      value: 'x',
      partition: 1,
      timestamp: String(timestamp),
    }));
    await produce(kafkaBrokers(), topic, messages);
    const both = [0, 1].map((partition) => ({ topic, partition }));
    const ask = (spec: Parameters<KafkaDriver['listOffsets']>[1]) => driver.listOffsets(both, spec, 'read_committed');
    expect((await ask('earliest')).map(({ offset }) => offset)).toEqual([0, 0]);
    expect((await ask('latest')).map(({ offset }) => offset)).toEqual([0, 3]);
    expect(await ask({ timestampMs: 1500 })).toEqual([
      { topic, partition: 0, offset: -1, leaderEpoch: -1 },
      { topic, partition: 1, offset: 1, leaderEpoch: 0 },
    ]);
    expect((await ask({ timestampMs: 3001 })).map(({ offset }) => offset)).toEqual([-1, -1]);
  });

  it('answers for each partition by itself, in the order asked', async () => {
    const topic = await newTopic('each');
    const missing = freshName('missing');
    const asked = [
      { topic: missing, partition: 0 },
      { topic, partition: 0 },
      { topic, partition: 9 },
    ];
    const answers = await driver.listOffsets(asked, 'latest', 'read_committed');
    expect(answers.map(({ offset, error }) => offset ?? error?.name)).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
      0,
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
    const { leader, leaderEpoch } = (await topicOf(driver, topic)).partitions[0] as {
      leader: number;
      leaderEpoch: number;
    };
    const { topicId } = await topicOf(driver, topic);
    const fetched = await driver.fetch(
      leader,
      [9, 0].map((partition) => ({ topic, topicId, partition, position: 0, leaderEpoch, maxBytes: 1000 })),
      { maxWaitMs: 0, minBytes: 0, maxBytes: 1000, isolation: 'read_committed' },
    );
    expect(fetched.map(({ partition, error }) => [partition, error?.name])).toEqual([
      [9, 'UNKNOWN_TOPIC_OR_PARTITION'],
      [0, undefined],
    ]);
  });

  it('reads what was written, fetch by fetch', async () => {
    const topic = await newTopic('read');
    const values = Array.from({ length: 5000 }, (_, i) => `value ${i}`);
    await send(topic, values);
    const { records, fetches } = await readRange(driver, await topicOf(driver, topic), 0, 5000, { maxBytes: 20_000 });
    expect(records.map(({ valueText }) => valueText)).toEqual(values);
    expect(records.map(({ offset }) => offset)).toEqual(values.map((_, i) => i));
    expect(fetches).toBeGreaterThan(2);
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('reads %s as the broker compresses it', async (codec) => {
    const topic = await newTopic(codec, { config: { 'compression.type': codec } });
    const values = Array.from({ length: 3000 }, (_, i) => `${codec} ${i} ${'abc'.repeat(i % 50)}`);
    await send(topic, values);
    const read = await topicOf(driver, topic);
    const fetched = await fetchOne(driver, read, 0);
    expect((fetched.records[22] as number) & 7).toBe(['', 'gzip', 'snappy', 'lz4', 'zstd'].indexOf(codec));
    const { records } = await readRange(driver, read, 0, 3000);
    expect(records.map(({ valueText }) => valueText)).toEqual(values);
  });

  it('reads incompressible and highly compressible large values in every codec', async () => {
    const random = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) ^ (i * i)));
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
      const topic = await newTopic(`large-${codec}`, { config: { 'compression.type': codec } });
      const sent = [random, Buffer.alloc(500_000, 'ab'), random.subarray(7, 99_999), Buffer.alloc(1)];
      await produce(
        kafkaBrokers(),
        topic,
        sent.map((value) => ({ value })),
      );
      const { records } = await readRange(driver, await topicOf(driver, topic), 0, 4);
      expect(records.map(({ value }, i) => value?.equals(sent[i] as Buffer))).toEqual([true, true, true, true]);
    }
  });

  it('leaves out aborted transactions exactly, whatever the size of the fetches', async () => {
    const topic = await newTopic('transactions');
    const write = async (producer: Producer, values: readonly string[], end: 'commit' | 'abort', key?: Buffer) => {
      const transaction = await producer.transaction();
      for (const value of values) await transaction.send({ topic, messages: [{ key: key ?? null, value }] });
      await transaction[end]();
    };
    const [a, b] = [await transactional(), await transactional()];
    await send(topic, ['plain 0']);
    await write(a, ['a1', 'a2'], 'commit');
    await write(a, ['x1', 'x2'], 'abort');
    await write(a, ['x3'], 'abort', Buffer.alloc(4));
    const open = await b.transaction();
    await open.send({ topic, messages: [{ value: 'b1' }] });
    await write(a, ['x4'], 'abort');
    await open.send({ topic, messages: [{ value: 'b2' }] });
    await open.commit();
    await send(topic, ['plain 1']);
    const read = await topicOf(driver, topic);
    // Markers are written after the transaction's call has returned: seven records, four aborted ones, five markers.
    const [end] = await until(
      'the last marker',
      () => driver.listOffsets([{ topic, partition: 0 }], 'latest', 'read_committed'),
      ([answer]) => answer?.offset === 15,
    );
    for (const maxBytes of [1 << 20, 100, 1]) {
      const { records, control, aborted, missing } = await readRange(driver, read, 0, end?.offset ?? 0, { maxBytes });
      expect(records.map(({ valueText }) => valueText)).toEqual(['plain 0', 'a1', 'a2', 'b1', 'b2', 'plain 1']);
      expect({ control, aborted, missing }).toEqual({ control: 5, aborted: 4, missing: 0 });
    }
    const everything = await readRange(driver, read, 0, end?.offset ?? 0, { isolation: 'read_uncommitted' });
    expect(everything.records.length).toBe(10);
  });

  it('stops at the last stable offset while a transaction is open', async () => {
    const topic = await newTopic('open');
    const open = await (await transactional()).transaction();
    await send(topic, ['before']);
    await open.send({ topic, messages: [{ value: 'hidden' }] });
    await send(topic, ['after']);
    const at = [{ topic, partition: 0 }];
    expect((await driver.listOffsets(at, 'latest', 'read_committed'))[0]).toMatchObject({ offset: 1 });
    expect((await driver.listOffsets(at, 'latest', 'read_uncommitted'))[0]).toMatchObject({ offset: 3 });
    const read = await topicOf(driver, topic);
    const fetched = await fetchOne(driver, read, 1);
    expect(fetched).toMatchObject({ lastStable: 1, highWatermark: 3 });
    expect([fetched.error, fetched.records.length]).toEqual([undefined, 0]);
    await open.abort();
  });

  it('reads through compacted holes and the empty batch that an idempotent producer leaves', async () => {
    const topic = await newTopic('compacted', {
      config: {
        'cleanup.policy': 'compact',
        'segment.ms': '100',
        'min.cleanable.dirty.ratio': '0.01',
        'delete.retention.ms': '0',
      },
    });
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    producers.push(producer);
    for (let round = 0; round < 5; round++) {
      const messages = ['a', 'b', 'c'].map((key) => ({ key, value: `${key}${round}` }));
      await producer.send({ topic, messages });
    }
    const read = await topicOf(driver, topic);
    const compacted = await until(
      'compaction',
      async () => {
        await producer.send({ topic, messages: [{ key: 'roll', value: 'x' }] });
        const [end] = await driver.listOffsets([{ topic, partition: 0 }], 'latest', 'read_committed');
        return { end: end?.offset ?? 0, range: await readRange(driver, read, 0, 15, { maxBytes: 1 }) };
      },
      ({ range }) => range.missing >= 12,
      120_000,
    );
    expect(compacted.range.records.map(({ valueText }) => valueText)).toEqual(['a4', 'b4', 'c4']);
    const whole = await readRange(driver, read, 0, compacted.end);
    expect(whole.records.length + whole.missing).toBe(compacted.end);
  });

  it('tells positions that are gone, that are not yet there, and the end', async () => {
    const topic = await newTopic('ranges');
    await send(topic, ['0', '1', '2', '3']);
    const admin = kafka.admin();
    await admin.connect();
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    await admin.disconnect();
    const read = await topicOf(driver, topic);
    expect((await fetchOne(driver, read, 1)).error).toMatchObject({ name: 'OFFSET_OUT_OF_RANGE', retriable: false });
    expect((await fetchOne(driver, read, 5)).error).toMatchObject({ name: 'OFFSET_OUT_OF_RANGE' });
    expect(await fetchOne(driver, read, 4)).toMatchObject({ highWatermark: 4, logStart: 2, records: Buffer.alloc(0) });
    expect((await driver.listOffsets([{ topic, partition: 0 }], 'earliest', 'read_committed'))[0]?.offset).toBe(2);
  });

  it('notices a topic that was deleted, and one that was recreated and is longer', async () => {
    const topic = await newTopic('recreated');
    await send(topic, ['old']);
    const old = await topicOf(driver, topic);
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    const gone = await until(
      'deletion',
      () => fetchOne(driver, old, 1),
      ({ error }) => error !== undefined,
    );
    expect(gone.error).toMatchObject({ name: 'UNKNOWN_TOPIC_ID', retriable: true, staleMetadata: true });
    await until(
      'recreation',
      () => createTopic(kafkaBrokers(), topic),
      () => true,
    );
    await admin.disconnect();
    await send(topic, ['new 0', 'new 1', 'new 2']);
    expect((await fetchOne(driver, old, 1)).error?.name).toBe('UNKNOWN_TOPIC_ID');
    const now = await topicOf(driver, topic);
    expect(now.topicId).not.toBe(old.topicId);
    expect((await fetchOne(driver, now, 1)).error).toBeUndefined();
    // What the check is for: by name alone the new topic's data would pass for the old one's.
    expect((await fetchOne(driver, old, 1, { topicId: '' })).records.length).toBeGreaterThan(0);
  });

  it('is fenced by a leader epoch that is not the leader’s', async () => {
    const topic = await newTopic('epochs');
    const read = await topicOf(driver, topic);
    expect((await fetchOne(driver, read, 0, { leaderEpoch: 5 })).error).toMatchObject({ name: 'UNKNOWN_LEADER_EPOCH' });
  });

  it('hands out a batch larger than the limit whole when it comes first, and else tells what it takes', async () => {
    const topic = await newTopic('big', { config: { 'max.message.bytes': '3000000' } });
    await send(topic, ['small', 'x'.repeat(600_000)]);
    const read = await topicOf(driver, topic);
    const { records } = await readRange(driver, read, 0, 2, { maxBytes: 500 });
    expect(records.map(({ valueText }) => valueText?.length)).toEqual([5, 600_000]);
  });

  it('lets go of a fetch at once when it is aborted', async () => {
    const topic = await newTopic('aborted');
    const { topicId, partitions } = await topicOf(driver, topic);
    const { leader, leaderEpoch } = partitions[0] as { leader: number; leaderEpoch: number };
    const controller = new AbortController();
    const fetching = driver.fetch(
      leader,
      [{ topic, topicId, partition: 0, position: 0, leaderEpoch, maxBytes: 1000 }],
      {
        maxWaitMs: 2_000,
        minBytes: 1,
        maxBytes: 1000,
        isolation: 'read_committed',
        signal: controller.signal,
      },
    );
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(fetching).rejects.toBe(reason);
  });

  it('keeps offsets and their metadata for a group, and answers -1 for what it does not keep', async () => {
    const [topic, group] = [await newTopic('kept', { partitions: 2 }), freshName('group')];
    const at = [0, 1].map((partition) => ({ topic, partition }));
    const kept = () =>
      until(
        'a coordinator',
        () => driver.committed(group, at),
        ([first]) => first?.error === undefined,
      );
    expect((await kept()).map(({ offset }) => offset)).toEqual([-1, -1]);
    const answers = await driver.commit(group, [{ topic, partition: 1, offset: 41, metadata: 'batch 7' }]);
    expect(answers).toEqual([{ topic, partition: 1 }]);
    expect(await kept()).toEqual([
      { topic, partition: 0, offset: -1, metadata: '' },
      { topic, partition: 1, offset: 41, metadata: 'batch 7' },
    ]);
    expect(await driver.committed(group)).toEqual([{ topic, partition: 1, offset: 41, metadata: 'batch 7' }]);
    expect(await driver.committed(freshName('group'))).toEqual([]);
  });

  it('is refused a commit to a group that a consumer has joined, and taken again after it left', async () => {
    const [topic, group] = [await newTopic('joined'), freshName('group')];
    const consumer = kafka.consumer({ groupId: group });
    await consumer.connect();
    await consumer.subscribe({ topic });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run({ eachMessage: async () => undefined });
    await joined;
    const commit = () => driver.commit(group, [{ topic, partition: 0, offset: 1 }]);
    expect((await commit())[0]?.error).toMatchObject({ name: 'UNKNOWN_MEMBER_ID', retriable: false });
    await consumer.disconnect();
    await until('an empty group', commit, ([answer]) => answer?.error === undefined);
  });

  it('says that the offsets of an open transaction are not to be had yet', async () => {
    const [topic, group] = [await newTopic('unstable'), freshName('group')];
    const transaction = await (await transactional()).transaction();
    const topics = [{ topic, partitions: [{ partition: 0, offset: '5' }] }];
    await transaction.sendOffsets({ consumerGroupId: group, topics });
    const kept = () => driver.committed(group, [{ topic, partition: 0 }]);
    expect((await kept())[0]?.error).toMatchObject({ name: 'UNSTABLE_OFFSET_COMMIT', retriable: true });
    await transaction.commit();
    const [answer] = await until('the offset', kept, ([first]) => first?.error === undefined);
    expect(answer?.offset).toBe(5);
  });

  it('opens one socket of each kind however many calls come at once, and closes them all', async () => {
    const topic = await newTopic('sockets', { partitions: 4 });
    let opened = 0;
    let closed = 0;
    const { connect } = await import('node:net');
    const counting = new Kafka({
      brokers: kafkaBrokers(),
      logLevel: logLevel.NOTHING,
      socketFactory: ({ host, port, onConnect }) => {
        opened++;
        return connect({ host, port }, onConnect).on('close', () => closed++);
      },
    });
    const one = kafkajsDriver({ kafka: counting });
    const read = await topicOf(one, topic);
    await Promise.all([
      ...[0, 1, 2, 3].map((partition) => fetchOne(one, read, 0, { partition })),
      ...[0, 1, 2, 3].map((partition) => one.listOffsets([{ topic, partition }], 'latest', 'read_committed')),
      one.metadata('all'),
    ]);
    expect(opened).toBe(2);
    const hanging = fetchOne(one, read, 0);
    await one.close(1000);
    await expect(hanging).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    await expect(one.topics()).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining('closed'),
    });
    await until(
      'all sockets closed',
      async () => closed,
      (count) => count === opened,
    );
  });
});
