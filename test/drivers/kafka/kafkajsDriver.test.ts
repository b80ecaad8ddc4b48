import { connect, createServer, type Socket } from 'node:net';
import type { ISocketFactory, Kafka } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KafkaDriver } from '../../../src/drivers/kafka/KafkaDriver.ts';
import { kafkajsDriver } from '../../../src/drivers/kafka/kafkajsDriver.ts';
import { WireWriter } from '../../../src/drivers/kafka/wire/WireWriter.ts';
import { failureOf } from './decoded.ts';
import { FakeBroker } from './FakeBroker.ts';

const METADATA = 3;
const FETCH = 1;
const LIST_OFFSETS = 2;

describe('kafkajsDriver', () => {
  let broker: FakeBroker;
  let driver: KafkaDriver;

  beforeEach(async () => {
    broker = await new FakeBroker().start();
    broker.script = ({ key }) => (key === METADATA ? broker.metadata('lines', 2) : undefined);
    driver = kafkajsDriver({ kafka: { brokers: [broker.address] }, requestTimeoutMs: 60_000 });
  });

  afterEach(async () => {
    await driver.close(0);
    await broker.stop();
  });

  const fetchBoth = (signal?: AbortSignal) =>
    driver.fetch(
      1,
      [0, 1].map((partition) => ({
        topic: 'lines',
        topicId: ID,
        partition,
        position: 5,
        leaderEpoch: 0,
        maxBytes: 100,
      })),
      { maxWaitMs: 0, minBytes: 1, maxBytes: 100, isolation: 'read_committed', ...(signal && { signal }) },
    );

  it('refuses what is no Kafka and no configuration, where it is written', () => {
    const wrong = [undefined, 'localhost:9092', {}].map((kafka) => failureOf(() => kafkajsDriver({ kafka } as never)));
    expect(wrong).toMatchObject(wrong.map(() => ({ code: 'INVALID_ARGUMENT' })));
    expect(failureOf(() => kafkajsDriver({ kafka: { brokers: [] }, requestTimeoutMs: 0 }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('requestTimeoutMs'),
    });
  });

  it('connects nowhere before it is asked to', async () => {
    expect(broker.connections).toBe(0);
    await driver.connect();
    expect(broker.connections).toBe(1);
  });

  it('says what is missing in a kafkajs that is not the one it knows', async () => {
    const foreign = { consumer: () => ({}) } as unknown as Kafka;
    await expect(kafkajsDriver({ kafka: foreign }).connect()).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(/expected a cluster in the partition assigner.*kafkajs@2\.2\.4/),
    });
    const hollow = {
      consumer: ({ partitionAssigners }: { partitionAssigners: ((given: unknown) => unknown)[] }) =>
        partitionAssigners[0]?.({ cluster: { brokerPool: {} } }),
    } as unknown as Kafka;
    await expect(kafkajsDriver({ kafka: hollow }).connect()).rejects.toMatchObject({
      message: expect.stringContaining('cluster.brokerPool.createBroker'),
    });
  });

  it('says so when the broker is too old', async () => {
    broker.highest = 11;
    await expect(driver.connect()).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(/Metadata version 12, got versions 0 to 11\. Use Apache Kafka 3\.1 or newer/),
    });
  });

  it('says what to check where a broker hangs up before it has said anything, as a listener for TLS or SASL does', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).on('data', () => socket.end()));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const mistaken = kafkajsDriver({ kafka: { brokers: [`127.0.0.1:${port}`] } });
    await expect(mistaken.connect()).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      retriable: true,
      message: expect.stringMatching(/Closed connection.*may want TLS or SASL/),
    });
    await mistaken.close(0);
    await new Promise((resolve) => silent.close(resolve));
    await driver.connect();
    broker.script = () => {
      broker.hangUp();
      return undefined;
    };
    await expect(driver.metadata(['lines'])).rejects.toMatchObject({ message: expect.not.stringContaining('SASL') });
  });

  it('has no addresses: says so instead of waiting', async () => {
    await expect(kafkajsDriver({ kafka: { brokers: [] } }).connect()).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
  });

  it('takes every truncation of an answer for DATA_CORRUPT, and goes on over a new connection', async () => {
    const whole = broker.metadata('lines', 2);
    for (let kept = 0; kept < whole.length - 1; kept++) {
      broker.script = () => whole.subarray(0, kept);
      await expect(driver.metadata(['lines'])).rejects.toMatchObject({ code: 'DATA_CORRUPT', retriable: true });
    }
    broker.script = () => whole;
    expect((await driver.metadata(['lines'])).topics[0]?.partitions.length).toBe(2);
  });

  it('notices an answer that leaves a partition out', async () => {
    await driver.metadata(['lines']);
    broker.script = () =>
      new WireWriter()
        .tags()
        .int32(0)
        .array([], () => undefined)
        .tags()
        .written();
    const asked = [{ topic: 'lines', partition: 1 }];
    await expect(driver.listOffsets(asked, 'latest', 'read_committed')).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      details: { topic: 'lines', partition: 1 },
    });
  });

  it('gives every partition the error of a whole fetch', async () => {
    await driver.metadata(['lines']);
    broker.script = () =>
      new WireWriter()
        .tags()
        .int32(0)
        .int16(56)
        .int32(0)
        .array([], () => undefined)
        .tags()
        .written();
    expect((await fetchBoth()).map(({ error }) => error?.name)).toEqual(['KAFKA_STORAGE_ERROR', 'KAFKA_STORAGE_ERROR']);
  });

  it('asks nobody for a broker that metadata does not have', async () => {
    await driver.metadata(['lines']);
    const answer = await driver.fetch(
      9,
      [{ topic: 'lines', topicId: ID, partition: 0, position: 0, leaderEpoch: 0, maxBytes: 1 }],
      { maxWaitMs: 0, minBytes: 0, maxBytes: 1, isolation: 'read_committed' },
    );
    expect(answer).toMatchObject([{ error: { name: 'LEADER_NOT_AVAILABLE', staleMetadata: true } }]);
    expect(broker.requests.filter((key) => key === FETCH)).toEqual([]);
  });

  it('drops a broker that does not answer in time, and makes a new connection for the next call', async () => {
    driver = kafkajsDriver({ kafka: { brokers: [broker.address] }, requestTimeoutMs: 300 });
    await driver.metadata(['lines']);
    await expect(fetchBoth()).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE', retriable: true });
    expect(broker.connections).toBe(2);
    await driver.metadata(['lines']);
    expect(broker.connections).toBe(3);
  });

  it('gives up at once a connection that sends what is no answer', async () => {
    const patient = kafkajsDriver({ kafka: { brokers: [broker.address] }, requestTimeoutMs: 60_000 });
    await patient.metadata(['lines']);
    broker.unframed = Buffer.from([0xff, 0xff, 0xff, 0xff]);
    const asked = { topic: 'lines', topicId: ID, partition: 0, position: 0, leaderEpoch: 0, maxBytes: 100 };
    const options = { maxWaitMs: 0, minBytes: 1, maxBytes: 100, isolation: 'read_committed' } as const;
    await expect(patient.fetch(1, [asked], options)).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      retriable: true,
      message: expect.stringContaining('it is no Kafka broker'),
    });
    await patient.close(0);
  });

  it.each([
    ['no bytes', Buffer.alloc(64)],
    ['fewer bytes than any answer has', Buffer.from([0, 0, 0, 2, 1, 1])],
    ['less than nothing', Buffer.from([0xff, 0xff, 0xff, 0xf0, 1, 1])],
  ])('outlives a server of something else, whose first bytes say %s', async (_what, bytes) => {
    const serve = (socket: Socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .write(bytes);
    const other = createServer((socket) => void serve(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const patient = kafkajsDriver({ kafka: { brokers: [`127.0.0.1:${port}`] }, requestTimeoutMs: 60_000 });
    await expect(patient.metadata(['lines'])).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      retriable: true,
      message: expect.stringContaining('what came is no answer of a Kafka broker'),
    });
    await patient.close(0);
    await new Promise((resolve) => other.close(resolve));
  });

  it('leaves making sockets to who has said how', async () => {
    let made = 0;
    const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
      made++;
      return connect({ host, port }, onConnect);
    };
    const given = kafkajsDriver({ kafka: { brokers: [broker.address], socketFactory }, requestTimeoutMs: 300 });
    await given.metadata(['lines']);
    const asked = { topic: 'lines', topicId: ID, partition: 0, position: 0, leaderEpoch: 0, maxBytes: 100 };
    const options = { maxWaitMs: 0, minBytes: 1, maxBytes: 100, isolation: 'read_committed' } as const;
    await expect(given.fetch(1, [asked], options)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    expect(made).toBe(2);
    await given.close(0);
  });

  it('rejects with the reason of a signal that was aborted before, and sends nothing', async () => {
    await driver.metadata(['lines']);
    const reason = new Error('over');
    await expect(fetchBoth(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(broker.requests.filter((key) => key === FETCH)).toEqual([]);
  });

  it('connects again after the broker closed idle connections', async () => {
    await driver.metadata(['lines']);
    broker.script = ({ key }) =>
      key === METADATA
        ? broker.metadata('lines', 2)
        : new WireWriter()
            .tags()
            .int32(0)
            .int16(56)
            .int32(0)
            .array([], () => undefined)
            .tags()
            .written();
    await fetchBoth();
    for (let round = 0; round < 3; round++) {
      broker.hangUp();
      await expect.poll(async () => (await driver.metadata(['lines'])).topics.length).toBe(1);
      await expect.poll(() => fetchBoth().then((answers) => answers.length)).toBe(2);
    }
  });

  it('looks topics up by itself that listOffsets has never been asked for, once', async () => {
    const offsets = new WireWriter().tags().int32(0);
    offsets.array(['lines'], (topic) => {
      offsets.text(topic);
      offsets.array([0], (partition) => offsets.int32(partition).int16(0).int64(-1).int64(77).int32(4));
    });
    offsets.tags();
    broker.script = ({ key }) => (key === LIST_OFFSETS ? offsets.written() : broker.metadata('lines', 1));
    const asked = [{ topic: 'lines', partition: 0 }];
    const answer = [{ topic: 'lines', partition: 0, offset: 77, leaderEpoch: 4 }];
    expect(await driver.listOffsets(asked, 'latest', 'read_committed')).toEqual(answer);
    expect(await driver.listOffsets(asked, 'latest', 'read_committed')).toEqual(answer);
    expect(broker.requests.filter((key) => key === METADATA)).toEqual([METADATA]);
  });

  it('is closed for good, and close may be called again', async () => {
    await driver.connect();
    await driver.close(0);
    await driver.close(0);
    await expect(driver.connect()).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    const never = kafkajsDriver({ kafka: { brokers: [broker.address] } });
    await never.close(0);
    await expect(never.topics()).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
  });

  const ID = 'AAAAAAAAAAAAAAAAAAAAAQ';
});
