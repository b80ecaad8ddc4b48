import { Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaDriver } from '../../../src/drivers/kafka/KafkaDriver.ts';
import { kafkajsDriver } from '../../../src/drivers/kafka/kafkajsDriver.ts';
import {
  createTopic,
  freshName,
  type KafkaBroker,
  type KafkaCluster,
  produce,
  skipUnless,
  startOwnKafka,
  startOwnKafkaCluster,
  startOwnSecureKafka,
} from '../services.ts';
import { fetchOne, readRange, topicOf, until } from './driverReads.ts';

const UNAVAILABLE = { code: 'SOURCE_UNAVAILABLE', retriable: true };

skipUnless('kafka')('kafkajsDriver and a broker that fails', () => {
  let broker: KafkaBroker;
  let driver: KafkaDriver;
  let down = false;
  const topic = freshName('faults');

  beforeAll(async () => {
    broker = await startOwnKafka();
    await createTopic(broker.brokers, topic);
    await produce(broker.brokers, topic, [{ value: 'a' }, { value: 'b' }]);
    driver = kafkajsDriver({ kafka: { brokers: [...broker.brokers] }, requestTimeoutMs: 1000 });
  });

  afterEach(async () => {
    if (down) await broker.restart();
    down = false;
  });

  afterAll(async () => {
    await driver.close(1000);
    await broker.stop();
  });

  it('rejects at once while it is down, and goes on by itself when it is up again', async () => {
    const read = await topicOf(driver, topic);
    const polling = fetchOne(driver, read, 2);
    await polling;
    const cut = driver.fetch(
      read.partitions[0]?.leader ?? 0,
      [{ topic, topicId: read.topicId, partition: 0, position: 2, leaderEpoch: -1, maxBytes: 1000 }],
      { maxWaitMs: 20_000, minBytes: 1, maxBytes: 1000, isolation: 'read_committed' },
    );
    const rejected = expect(cut).rejects.toMatchObject(UNAVAILABLE);
    down = true;
    await broker.kill9();
    await rejected;
    await expect(driver.metadata([topic])).rejects.toMatchObject({
      ...UNAVAILABLE,
      message: expect.stringMatching(/No Kafka broker answered \(tried 127\.0\.0\.1:\d+\).*ECONNREFUSED/s),
    });
    await expect(fetchOne(driver, read, 0)).rejects.toMatchObject(UNAVAILABLE);
    expect(await driver.listOffsets([{ topic, partition: 0 }], 'latest', 'read_committed')).toMatchObject([
      { error: { name: 'NETWORK_EXCEPTION', retriable: true, staleMetadata: true } },
    ]);
    await broker.restart();
    down = false;
    const { records } = await until(
      'reading',
      async () => readRange(driver, await topicOf(driver, topic), 0, 2),
      () => true,
    );
    expect(records.map(({ valueText }) => valueText)).toEqual(['a', 'b']);
  });

  it('gives up a frozen broker after its time, also a fresh connection, and goes on when it thaws', async () => {
    const read = await topicOf(driver, topic);
    broker.freeze();
    try {
      const fetching = fetchOne(driver, read, 0);
      await expect(fetching).rejects.toMatchObject({ ...UNAVAILABLE, message: expect.stringContaining('timed out') });
      await expect(driver.metadata([topic])).rejects.toMatchObject(UNAVAILABLE);
      const fresh = kafkajsDriver({ kafka: { brokers: [...broker.brokers] }, requestTimeoutMs: 500 });
      await expect(fresh.connect()).rejects.toMatchObject(UNAVAILABLE);
      await fresh.close(0);
    } finally {
      broker.thaw();
    }
    // It may have been gone long enough to be elected anew.
    const { records } = await until(
      'reading',
      async () => readRange(driver, await topicOf(driver, topic), 0, 2),
      () => true,
    );
    expect(records.length).toBe(2);
  });

  it('close lets go of a frozen broker at once', async () => {
    const other = kafkajsDriver({ kafka: { brokers: [...broker.brokers] } });
    const read = await until(
      'a leader',
      () => topicOf(other, topic),
      ({ partitions }) => (partitions[0]?.leader ?? -1) >= 0,
    );
    broker.freeze();
    try {
      const fetching = fetchOne(other, read, 0);
      const rejected = expect(fetching).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
      await other.close(100);
      await rejected;
    } finally {
      broker.thaw();
    }
  });

  it('finds a broker among configured addresses of which the first do not answer', async () => {
    const some = kafkajsDriver({ kafka: { brokers: ['127.0.0.1:1', 'localhost:1', ...broker.brokers] } });
    await some.connect();
    expect(await some.topics()).toContain(topic);
    await some.close(1000);
  });

  it('keeps committing after the coordinator was killed', async () => {
    const group = freshName('group');
    const commit = (offset: number) => driver.commit(group, [{ topic, partition: 0, offset }]);
    await until(
      'a commit',
      () => commit(1),
      ([answer]) => answer?.error === undefined,
    );
    down = true;
    await broker.kill9();
    await expect(commit(2)).rejects.toMatchObject(UNAVAILABLE);
    await broker.restart();
    await until(
      'a commit',
      () => commit(2),
      ([answer]) => answer?.error === undefined,
    );
    expect((await driver.committed(group))[0]).toMatchObject({ offset: 2 });
  });
});

skipUnless('kafka')('kafkajsDriver and a cluster of three', () => {
  let cluster: KafkaCluster;
  let down: KafkaBroker | undefined;

  beforeAll(async () => {
    cluster = await startOwnKafkaCluster();
  });

  afterEach(async () => {
    await down?.restart();
    down = undefined;
  });

  afterAll(() => cluster.stop());

  it('reads on from the new leader, also while another topic has no leader at all', async () => {
    const [topic, alone] = [freshName('copied'), freshName('alone')];
    await createTopic(cluster.brokers, topic, { config: { 'min.insync.replicas': '1' } });
    await createTopic(cluster.brokers, alone, { replicationFactor: 1, partitions: 6 });
    await produce(cluster.brokers, topic, [{ value: 'a' }, { value: 'b' }]);
    const driver = kafkajsDriver({ kafka: { brokers: [...cluster.brokers] }, requestTimeoutMs: 2000 });
    const before = await until(
      'the topic',
      () => topicOf(driver, topic),
      () => true,
    );
    const { leader, leaderEpoch } = before.partitions[0] as { leader: number; leaderEpoch: number };
    down = cluster.node(leader);
    await down.kill9();
    await expect(fetchOne(driver, before, 0)).rejects.toMatchObject(UNAVAILABLE);
    const after = await until(
      'a new leader',
      () => topicOf(driver, topic),
      ({ partitions }) => partitions[0]?.leader !== leader && (partitions[0]?.leader ?? -1) >= 0,
    );
    expect(after.partitions[0]?.leaderEpoch).toBeGreaterThan(leaderEpoch);
    // Another broker may have told of the new leader before that one knows of it.
    const { records } = await until(
      'reading from the new leader',
      () => readRange(driver, after, 0, 2),
      () => true,
    );
    expect(records.map(({ valueText }) => valueText)).toEqual(['a', 'b']);
    // A stale epoch is told from a good one by the new leader itself.
    expect((await fetchOne(driver, after, 0, { leaderEpoch })).error).toMatchObject({
      name: 'FENCED_LEADER_EPOCH',
      staleMetadata: true,
    });

    const leaderless = await until(
      'partitions without a leader',
      async () => {
        const { topics } = await driver.metadata('all');
        return topics.find(({ name }) => name === alone)?.partitions.filter(({ error }) => error) ?? [];
      },
      ({ length }) => length > 0,
    );
    expect(leaderless[0]).toMatchObject({ leader: -1, error: { name: 'LEADER_NOT_AVAILABLE', retriable: true } });
    const asked = [0, 1, 2, 3, 4, 5].map((partition) => ({ topic: alone, partition }));
    const offsets = await driver.listOffsets([...asked, { topic, partition: 0 }], 'latest', 'read_committed');
    expect(offsets.filter(({ error }) => error).map(({ partition }) => partition)).toEqual(
      leaderless.map(({ partition }) => partition),
    );
    expect(offsets.at(-1)).toMatchObject({ topic, offset: 2 });

    await down.restart();
    down = undefined;
    await until(
      'all leaders',
      () =>
        driver.listOffsets(asked, 'latest', 'read_committed').then(async (answers) => {
          if (answers.some(({ error }) => error)) await driver.metadata([alone]);
          return answers;
        }),
      (answers) => answers.every(({ error }) => error === undefined),
    );
    await driver.close(1000);
  });

  it('learns brokers it was not configured with, and forgets where a broker was', async () => {
    const topic = freshName('spread');
    await createTopic(cluster.brokers, topic, { replicationFactor: 1, partitions: 6 });
    const messages = Array.from({ length: 6 }, (_, partition) => ({ value: `in ${partition}`, partition }));
    await produce(cluster.brokers, topic, messages);
    const driver = kafkajsDriver({ kafka: { brokers: [cluster.brokers[0] as string] } });
    const read = await until(
      'the topic',
      () => topicOf(driver, topic),
      () => true,
    );
    expect(new Set(read.partitions.map(({ leader }) => leader)).size).toBe(3);
    for (const { partition } of read.partitions) {
      const { records } = await readRange(driver, read, 0, 1, { partition });
      expect(records[0]?.valueText).toBe(`in ${partition}`);
    }
    await driver.close(1000);
  });
});

describe('kafkajsDriver over TLS with SASL', () => {
  skipUnless('kafka')('on a real broker', () => {
    it('reads and commits with SCRAM, and says what is wrong with wrong credentials or certificates', async () => {
      const broker = await startOwnSecureKafka();
      try {
        const topic = freshName('secure');
        await createTopic(broker.brokers, topic);
        await produce(broker.brokers, topic, [{ value: 'secret' }]);
        const sasl = { mechanism: 'scram-sha-512' as const, username: broker.username, password: broker.password };
        const base = { brokers: [...broker.secureBrokers], ssl: { ca: [broker.ca] } };
        const driver = kafkajsDriver({ kafka: { ...base, sasl } });
        const read = await topicOf(driver, topic);
        const at = [{ topic, partition: 0 }];
        const [{ records }] = await Promise.all([
          readRange(driver, read, 0, 1),
          driver.listOffsets(at, 'latest', 'read_committed'),
          driver.metadata('all'),
        ]);
        expect(records[0]?.valueText).toBe('secret');
        await until(
          'a commit',
          () => driver.commit('secure', [{ topic, partition: 0, offset: 1 }]),
          ([answer]) => answer?.error === undefined,
        );
        await driver.close(1000);

        const wrong = kafkajsDriver({ kafka: { ...base, sasl: { ...sasl, password: 'guess' } } });
        await expect(wrong.connect()).rejects.toMatchObject({ code: 'SOURCE_FAILED', retriable: false });
        await wrong.close(1000);
        const untrusted = kafkajsDriver({ kafka: { ...base, ssl: true, sasl } });
        await expect(untrusted.connect()).rejects.toMatchObject({
          code: 'SOURCE_FAILED',
          message: expect.stringMatching(/self-signed certificate/),
        });
        await untrusted.close(1000);
      } finally {
        await broker.stop();
      }
    });

    it('takes a Kafka object as well, whose own settings stay as they are', async () => {
      const broker = await startOwnKafka();
      try {
        const kafka = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
        const driver = kafkajsDriver({ kafka, requestTimeoutMs: 700 });
        await driver.connect();
        await driver.close(1000);
        const admin = kafka.admin();
        await admin.connect();
        expect(await admin.listTopics()).toEqual([]);
        await admin.disconnect();
      } finally {
        await broker.stop();
      }
    });
  });
});
