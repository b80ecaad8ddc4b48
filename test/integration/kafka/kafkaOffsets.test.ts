import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { promised } from '../../../src/core/Answer.ts';
import { type KafkaOffsetsOptions, kafkaOffsets } from '../../../src/offsets/kafka/kafkaOffsets.ts';
import type { OffsetCommit, OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import { offsetStoreContract } from '../../../src/testing/offsetStoreContract.ts';
import { PATIENT } from '../../support/patient.ts';
import { createTopic, freshName, type KafkaBroker, skipUnless, startOwnKafka } from '../services.ts';

// One of its own: Kafka keeps offsets of partitions it has, and the suite says what they are called.
let own: KafkaBroker;
const kafkaBrokers = (): string[] => [...own.brokers];
const opened: { close(): unknown }[] = [];
const optionsOf = new WeakMap<OffsetStore, KafkaOffsetsOptions>();

function open(options: Partial<KafkaOffsetsOptions> = {}): OffsetStore {
  const whole = { kafka: { brokers: kafkaBrokers() }, group: freshName('group'), ...options };
  const store = kafkaOffsets(whole);
  optionsOf.set(store, whole);
  opened.push(store);
  return store;
}

const reopen = (store: OffsetStore): OffsetStore => open(optionsOf.get(store) as KafkaOffsetsOptions);

skipUnless('kafka')('kafkaOffsets on a real Kafka', () => {
  const topic = freshName('kept');

  beforeAll(async () => {
    own = await startOwnKafka();
    const partitions = { lines: 50, words: 4, word: 1, a: 60, 'a.b': 60, b: 60, [topic]: 1 };
    for (const [name, count] of Object.entries(partitions)) {
      await createTopic(kafkaBrokers(), name, { partitions: count });
    }
    // The first question makes Kafka create the topic that it keeps offsets in.
    await vi.waitFor(() => Promise.resolve(open().load({})), PATIENT);
  });

  afterAll(async () => {
    for (const one of opened) await one.close();
    await own?.stop();
  });

  offsetStoreContract(
    { describe, it, expect },
    {
      name: 'kafkaOffsets',
      make: () => open(),
      reopen,
      skip: {
        oddTopics: 'Kafka keeps offsets of topics it has, and their names are plain',
        manyPartitions: 'it names the topics a.b and a_b, which Kafka does not have side by side; see the test below',
      },
    },
  );

  it('many partitions of several topics are kept apart', async () => {
    const store = open();
    const offsets = ['a', 'a.b', 'b'].flatMap((name, t) =>
      Array.from({ length: 60 }, (_, partition) => ({ topic: name, partition, until: t * 1000 + partition })),
    );
    await store.commit(offsets.map((offset) => ({ ...offset, expected: undefined })));
    const loaded = await reopen(store).load({});
    expect(loaded).toHaveLength(offsets.length);
    expect(loaded).toEqual(expect.arrayContaining(offsets));
  });

  it("Kafka's own tools see the offsets and what is kept beside them", async () => {
    const group = freshName('seen');
    const store = open({ group, metadata: ({ until }) => `batch up to ${until}` });
    await store.commit([{ topic, partition: 0, until: 42, expected: undefined }]);
    const admin = new Kafka({ brokers: kafkaBrokers(), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const seen = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    await admin.disconnect();
    expect(seen).toEqual([
      {
        topic,
        partitions: [
          { partition: 0, offset: '42', metadata: expect.stringMatching(/^batch up to 42 \[writer [0-9a-f]{8}\]$/) },
        ],
      },
    ]);
  });

  it('reports a second writer in lockstep, whose commit got between the look and the write', async () => {
    const group = freshName('lockstep');
    const [first, second] = [open({ group }), open({ group })];
    const at = (until: number, expected?: number) => [{ topic, partition: 0, until, expected }];
    // Both find what they expect, and write the same: only the name beside the offset tells that there are two.
    const both = (offsets: OffsetCommit[]) =>
      Promise.all([first, second].map((store) => promised(() => store.commit(offsets))));
    await both(at(5));
    const outcomes = await both(at(8, 5));
    expect(outcomes.flatMap(({ foreign }) => foreign)).toContainEqual({ topic, partition: 0, until: 5 });
  });

  it('a group with members is refused, and the message says what to do; it works when they have left', async () => {
    const group = freshName('joined');
    const kafka = new Kafka({ brokers: kafkaBrokers(), logLevel: logLevel.NOTHING });
    const consumer = kafka.consumer({ groupId: group });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    await consumer.run({ eachMessage: async () => undefined });
    await joined;
    const store = open({ group });
    const commit = [{ topic, partition: 0, until: 5, expected: undefined }];
    await expect(store.commit(commit)).rejects.toMatchObject({
      code: 'OFFSET_STORE_FAILED',
      retriable: false,
      message: expect.stringMatching(/UNKNOWN_MEMBER_ID.*A consumer has joined this group.*group of its own/),
    });
    await consumer.disconnect();
    expect(await store.commit(commit)).toEqual({ foreign: [] });
    expect(await store.load({})).toEqual([{ topic, partition: 0, until: 5 }]);
  });

  it('a topic that Kafka does not have is refused for good', async () => {
    const missing = freshName('missing');
    await expect(
      open().commit([{ topic: missing, partition: 0, until: 5, expected: undefined }]),
    ).rejects.toMatchObject({
      code: 'OFFSET_STORE_FAILED',
      retriable: false,
      message: expect.stringContaining(`${missing}[0]`),
    });
  });

  it('a broker that is killed, or frozen, makes calls fail in time and retriably; the next one works when it is back', async () => {
    const store = open({ group: freshName('outage'), commandTimeoutMs: 3000 });
    const commit = (until: number) => store.commit([{ topic, partition: 0, until, expected: until - 1 }]);
    const outcome = (until: number) => () =>
      Promise.resolve(commit(until)).catch(({ code, retriable }) => [code, retriable]);
    await expect.poll(outcome(1)).toEqual({ foreign: [] });
    own.freeze();
    // The signal is on its way: a commit may still get through.
    await expect.poll(outcome(2)).toEqual(['OFFSET_STORE_UNAVAILABLE', true]);
    own.thaw();
    await expect.poll(outcome(2)).toEqual({ foreign: [] });
    await own.kill9();
    expect(await outcome(3)()).toEqual(['OFFSET_STORE_UNAVAILABLE', true]);
    await own.restart();
    await expect.poll(outcome(3)).toEqual({ foreign: [] });
    expect(await store.load({ topics: [topic] })).toEqual([{ topic, partition: 0, until: 3 }]);
  });

  it('after close every call fails', async () => {
    const store = open();
    await store.close();
    await expect(store.load({})).rejects.toMatchObject({ code: 'OFFSET_STORE_FAILED' });
    await expect(store.commit([{ topic, partition: 0, until: 1, expected: undefined }])).rejects.toMatchObject({
      code: 'OFFSET_STORE_FAILED',
    });
  });
});
