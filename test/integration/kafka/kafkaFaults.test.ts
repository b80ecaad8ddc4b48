import { expect, it } from 'vitest';
import { drain } from '../../../src/index.ts';
import { kafkajsDriver } from '../../../src/kafka.ts';
import {
  createTopic,
  freshName,
  kafkaBrokers,
  produce,
  skipUnless,
  startOwnKafka,
  startOwnKafkaCluster,
} from '../services.ts';
import { countingDriver } from './countingDriver.ts';
import { asAdmin, values } from './kafkaTopics.ts';
import { kept, readingTexts, type TextRecord, texts } from './readingTexts.ts';
import type { PipelineOptions } from './runningPipeline.ts';

const sent = (...runs: (readonly { value: string }[])[]) => runs.flat().map(({ value }) => value);

const triggers: [string, PipelineOptions<TextRecord>][] = [
  ['an interval', {}],
  ['a drain trigger', { trigger: drain() }],
];

skipUnless('kafka')('kafkaDirect when Kafka fails', () => {
  for (const [name, trigger] of triggers) {
    it(`goes on by itself after the broker was killed and started again, under ${name}`, async () => {
      const own = kept(await startOwnKafka());
      await createTopic(own.brokers, 'lines', { partitions: 2 });
      const before = [...values('a', 50, 0), ...values('b', 50, 1)];
      await produce(own.brokers, 'lines', before);
      const pipeline = readingTexts({ kafka: { brokers: [...own.brokers] }, topics: ['lines'] }, trigger);
      await pipeline.processed(100);
      await own.kill9();
      const told = await pipeline.reported('RECONNECTING');
      expect(told.message).toMatch(/cannot be reached; trying again/);
      if (trigger.trigger === undefined) {
        // Ticks go on meanwhile, with nothing in them.
        const count = pipeline.batches.length;
        await expect.poll(() => pipeline.batches.length).toBeGreaterThan(count + 3);
      }
      await own.restart();
      const after = [...values('c', 50, 0), ...values('d', 50, 1)];
      await produce(own.brokers, 'lines', after);
      await pipeline.processed(200);
      expect(texts(pipeline).sort()).toEqual(sent(before, after).sort());
      await pipeline.reported('RECONNECTED');
      expect(pipeline.error()).toBeUndefined();
    });
  }

  it('goes on by itself after the broker was frozen for twenty seconds', async () => {
    const own = kept(await startOwnKafka());
    await createTopic(own.brokers, 'lines');
    await produce(own.brokers, 'lines', values('a', 10));
    const pipeline = readingTexts({ kafka: { brokers: [...own.brokers] }, topics: ['lines'] });
    await pipeline.processed(10);
    own.freeze();
    await pipeline.reported('RECONNECTING');
    const frozen = performance.now();
    await expect.poll(() => performance.now() - frozen, { interval: 500 }).toBeGreaterThan(20_000);
    // Every tick has been cut; none waited for the broker.
    expect(pipeline.batches.length).toBeGreaterThan(100);
    own.thaw();
    await produce(own.brokers, 'lines', values('b', 10));
    await pipeline.processed(20);
    expect(texts(pipeline)).toEqual(sent(values('a', 10), values('b', 10)));
    await pipeline.reported('RECONNECTED');
  });

  it('reads again soon after a leader was killed, also while another topic has no leader at all', async () => {
    const cluster = kept(await startOwnKafkaCluster());
    const brokers = [...cluster.brokers];
    await asAdmin(
      (admin) =>
        admin.createTopics({
          waitForLeaders: false, // kafkajs's own waiting fails on a broker that has not heard of the topic yet
          topics: [
            {
              topic: 'replicated',
              replicaAssignment: [
                { partition: 0, replicas: [2, 3, 1] },
                { partition: 1, replicas: [3, 1, 2] },
              ],
            },
            { topic: 'alone', replicaAssignment: [{ partition: 0, replicas: [2] }] },
            { topic: 'unread', replicaAssignment: [{ partition: 0, replicas: [2] }] },
          ] as never,
        }),
      brokers,
    );
    const eyes = kafkajsDriver({ kafka: { brokers } });
    kept({ stop: () => eyes.close(0) });
    const made = async (): Promise<boolean> => {
      const { topics } = await eyes.metadata(['replicated', 'alone', 'unread']);
      return topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader > 0));
    };
    await expect.poll(made, { interval: 20 }).toBe(true);
    for (const topic of ['replicated', 'alone']) await produce(brokers, topic, values(`${topic} `, 10));
    const pipeline = readingTexts({ kafka: { brokers }, topics: ['replicated', 'alone'] });
    await pipeline.processed(20);
    await cluster.node(2).kill9();
    const leader = async (): Promise<number> => {
      const { topics } = await eyes.metadata(['replicated']);
      return topics[0]?.partitions[0]?.leader ?? -1;
    };
    await expect.poll(leader, { interval: 20 }).toSatisfy((node: number) => node > 0 && node !== 2);
    await produce(
      brokers.filter((_, i) => i !== 1),
      'replicated',
      values('after ', 10),
      { once: false },
    );
    const available = performance.now();
    await pipeline.processed(30);
    // Long before a request to the dead one would be given up, or a client that wants leaders of all topics would go on.
    expect(performance.now() - available).toBeLessThan(20_000);
    const isTold = (): boolean =>
      pipeline.reports.some(({ message }) => message.includes('alone[0]') && message.includes('no leader'));
    await expect.poll(isTold).toBe(true);
    await cluster.node(2).restart();
    await produce(brokers, 'alone', values('back ', 10));
    await pipeline.processed(40);
    expect(texts(pipeline).sort()).toEqual(
      sent(values('replicated ', 10), values('alone ', 10), values('after ', 10), values('back ', 10)).sort(),
    );
    expect(pipeline.error()).toBeUndefined();
  });

  it('fetches no more ahead than its budget while the output stalls, and nothing is lost', async () => {
    const topic = freshName('stalled');
    await createTopic(kafkaBrokers(), topic, { partitions: 3 });
    const MiB = 1024 * 1024;
    const padding = 'x'.repeat(1000);
    const total = 30_000;
    for (const partition of [0, 1, 2]) {
      await produce(
        kafkaBrokers(),
        topic,
        values('', total / 3, partition).map((one) => ({ ...one, value: `${one.value} ${padding}` })),
      );
    }
    const driver = countingDriver(kafkajsDriver({ kafka: { brokers: kafkaBrokers() } }));
    kept({ stop: () => driver.close(0) });
    let release = (): void => undefined;
    const stall = new Promise<void>((resolve) => {
      release = resolve;
    });
    const options = { prefetchBytes: 4 * MiB, maxBytesPerBatch: 2 * MiB };
    const pipeline = readingTexts(
      { kafka: driver, topics: [topic], ...options },
      { output: () => stall, interval: 20 },
    );
    // Many ticks pass: more than what is in the log would be cut and fetched, were there no limit.
    await expect.poll(() => driver.counts.bytes).toBeGreaterThan(2 * MiB);
    let last = -1;
    await expect
      .poll(
        () => {
          const isStill = driver.counts.bytes === last;
          last = driver.counts.bytes;
          return isStill;
        },
        { interval: 500 },
      )
      .toBe(true);
    // The batch under way, what is ahead of it, and the last answer, which was asked for while there was room.
    expect(driver.counts.bytes).toBeLessThan(2 * MiB + 4 * MiB + 3 * MiB);
    release();
    await pipeline.processed(total, 120_000);
    expect(new Set(pipeline.records.map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(total);
    expect(Math.max(...pipeline.batches.map(({ records }) => records.length))).toBeLessThan(3000);
  });
});
