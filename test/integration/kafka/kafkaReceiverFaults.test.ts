import { expect, it } from 'vitest';
import { kafkajsDriver } from '../../../src/kafka.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { createTopic, freshName, kafkaBrokers, produce, skipUnless, startOwnKafka } from '../services.ts';
import { asAdmin, asTransactional, client, recreateTopic, values } from './kafkaTopics.ts';
import { kept, texts } from './readingTexts.ts';
import { given, receivingTexts } from './receivingTexts.ts';

const sent = (...runs: (readonly { value: string }[])[]) => runs.flat().map(({ value }) => value);
const folder = temporaryFolder();

skipUnless('kafka')('kafkaReceiver when something fails', () => {
  it('goes on by itself after its broker was killed, and after it was frozen for longer than a session', async () => {
    const own = kept(await startOwnKafka());
    const brokers = [...own.brokers];
    await createTopic(brokers, 'lines', { partitions: 2 });
    const first = [...values('a', 50, 0), ...values('b', 50, 1)];
    await produce(brokers, 'lines', first);
    const pipeline = receivingTexts({
      kafka: { brokers, requestTimeout: 1000 },
      topics: ['lines'],
      groupId: 'group',
      log: freshName(`${folder}/broker`),
      sessionTimeoutMs: 3000,
    });
    await pipeline.processed(100);
    await own.kill9();
    await pipeline.reported('RECONNECTING');
    await own.restart();
    const second = [...values('c', 50, 0), ...values('d', 50, 1)];
    await produce(brokers, 'lines', second);
    await pipeline.processed(200);
    await pipeline.reported('RECONNECTED');
    const before = pipeline.reports.length;
    own.freeze();
    const since = performance.now();
    const outage = (): boolean => pipeline.reports.slice(before).some(({ code }) => code === 'RECONNECTING');
    await expect.poll(outage).toBe(true);
    await expect.poll(() => performance.now() - since, { interval: 200 }).toBeGreaterThan(4000);
    own.thaw();
    const third = [...values('e', 50, 0), ...values('f', 50, 1)];
    await produce(brokers, 'lines', third);
    await pipeline.processed(300);
    expect(texts(pipeline).sort()).toEqual(sent(first, second, third).sort());
    expect(pipeline.error()).toBeUndefined();
  });

  it('joins again when it was thrown out of its group, and has each record once', async () => {
    const topic = freshName('thrown-out');
    const groupId = freshName('group');
    await createTopic(kafkaBrokers(), topic, { partitions: 2 });
    const pipeline = receivingTexts({ topics: [topic], groupId, log: freshName(`${folder}/thrown`) });
    const driver = kafkajsDriver({ kafka: { brokers: kafkaBrokers() } });
    kept({ stop: () => driver.close(0) });
    const member = (driver as Required<typeof driver>).groupMember(groupId);
    const all: string[] = [];
    const changes = () => pipeline.reports.filter(({ code }) => code === 'PARTITIONS_CHANGED');
    let seen = 0;
    for (let time = 1; time <= 3; time++) {
      await expect.poll(() => changes().length).toBeGreaterThan(seen);
      seen = changes().length;
      const more = [...values('a', 30, 0, time * 30), ...values('b', 30, 1, time * 30)];
      const sending = produce(kafkaBrokers(), topic, more);
      all.push(...sent(more));
      await member.leave(changes().at(-1)?.details?.memberId as string);
      await sending;
    }
    await pipeline.processed(all.length);
    expect(texts(pipeline).sort()).toEqual(all.sort());
  });

  it('has several consumers in one process, which share the partitions and one log', async () => {
    const topic = freshName('several');
    const groupId = freshName('group');
    await createTopic(kafkaBrokers(), topic, { partitions: 3 });
    const log = freshName(`${folder}/several`);
    const pipeline = receivingTexts({ topics: [topic], groupId, log, receivers: 3 });
    const shares = (): number[] => {
      const told = pipeline.reports.filter(({ code }) => code === 'PARTITIONS_CHANGED');
      const last = new Map(told.map(({ details, count }) => [details?.memberId, count ?? 0]));
      return [...last.values()];
    };
    const runs = [0, 1, 2].map((partition) => values(`p${partition} `, 300, partition));
    await Promise.all(runs.map((run) => produce(kafkaBrokers(), topic, run)));
    await expect.poll(shares).toEqual([1, 1, 1]);
    const more = [0, 1, 2].map((partition) => values(`p${partition} `, 100, partition, 300));
    await produce(kafkaBrokers(), topic, more.flat());
    await pipeline.processed(1200);
    for (const partition of [0, 1, 2]) {
      const ofOne = pipeline.records.filter((record) => record.partition === partition).map(({ value }) => value);
      expect(ofOne).toEqual(sent(runs[partition] ?? [], more[partition] ?? []));
    }
  });

  it('stays in its group while its log is full, and fetches no more than there is room for', async () => {
    const topic = freshName('full');
    const groupId = freshName('group');
    await createTopic(kafkaBrokers(), topic, { partitions: 2 });
    const padding = 'x'.repeat(1000);
    const runs = [0, 1].map((partition) => {
      return values(`p${partition} `, 1000, partition).map((one) => ({ ...one, value: `${one.value} ${padding}` }));
    });
    // Many small batches: one that is larger than the log would never find room.
    const producer = client().producer();
    await producer.connect();
    for (let at = 0; at < 1000; at += 20) {
      await producer.send({ topic, messages: runs.flatMap((run) => run.slice(at, at + 20)) });
    }
    await producer.disconnect();
    let release = (): void => undefined;
    const stall = new Promise<void>((resolve) => {
      release = resolve;
    });
    const pipeline = receivingTexts(
      {
        topics: [topic],
        groupId,
        log: { memory: true, maxBytes: 300_000 },
        maxBlockBytes: 50_000,
        sessionTimeoutMs: 5000,
      },
      { output: () => stall },
    );
    const committed = async (): Promise<number> => {
      const [answer] = await asAdmin((admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
      return (answer?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(Number(offset), 0), 0);
    };
    await expect.poll(committed).toBeGreaterThan(0);
    // Longer than a session: were there no heartbeats, the group would have it no more.
    const since = performance.now();
    await expect.poll(() => performance.now() - since, { interval: 100 }).toBeGreaterThan(6500);
    expect(pipeline.reports.filter(({ code }) => code === 'PARTITIONS_CHANGED').length).toBe(1);
    expect(await committed()).toBeLessThan(400);
    release();
    await pipeline.processed(2000);
    expect(new Set(texts(pipeline)).size).toBe(2000);
    expect(pipeline.records.length).toBe(2000);
  });

  it('receives a topic that was made anew from its beginning, and says so', async () => {
    const topic = freshName('anew');
    const groupId = freshName('group');
    await createTopic(kafkaBrokers(), topic, { partitions: 1 });
    await produce(kafkaBrokers(), topic, values('old', 30));
    const log = freshName(`${folder}/anew`);
    const pipeline = receivingTexts({ topics: [topic], groupId, log, metadataIntervalMs: 50 });
    await pipeline.processed(30);
    await recreateTopic(topic, 1);
    await produce(kafkaBrokers(), topic, values('new', 10));
    await pipeline.processed(40);
    expect((await pipeline.reported('POSITION_RESET')).message).toMatch(/created anew.*goes on at 0/);
    await pipeline.stop();
    // The same while nobody looked.
    await recreateTopic(topic, 1);
    await produce(kafkaBrokers(), topic, values('newer', 50));
    const again = receivingTexts({ topics: [topic], groupId, log });
    await again.processed(50);
    await again.reported('POSITION_RESET');
    expect(texts(again)).toEqual(sent(values('newer', 50)));
  });

  it('leaves out records of aborted transactions, and fails when records are gone that nobody has received', async () => {
    const topic = freshName('transactions');
    const groupId = freshName('group');
    await createTopic(kafkaBrokers(), topic);
    await asTransactional(freshName('writer'), async (producer) => {
      for (const [stem, ends] of [
        ['kept', true],
        ['aborted', false],
        ['kept too', true],
      ] as const) {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: values(stem, 5) });
        await (ends ? transaction.commit() : transaction.abort());
      }
    });
    const first = receivingTexts({ topics: [topic], groupId });
    await first.processed(10);
    expect(texts(first)).toEqual(sent(values('kept', 5), values('kept too', 5)));
    await first.stop();
    await produce(kafkaBrokers(), topic, values('gone', 10));
    await asAdmin(async (admin) => {
      const [{ high } = { high: '0' }] = await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: high }] });
    });
    const failing = receivingTexts({ topics: [topic], groupId });
    expect((await failing.failed()).code).toBe('DATA_LOST');
    const going = receivingTexts({ topics: [topic], groupId, onDataLost: 'earliest' });
    await going.reported('POSITION_RESET');
    await produce(kafkaBrokers(), topic, values('after', 3));
    await going.processed(3);
    expect(texts(going)).toEqual(sent(values('after', 3)));
  });

  it('fails at the start when a topic is not there, with what to do', async () => {
    const pipeline = receivingTexts({ topics: [freshName('nowhere')], groupId: freshName('group') });
    const error = await pipeline.failed();
    expect([error.code, error.message]).toEqual(['TOPIC_MISSING', expect.stringMatching(/Create it/)]);
    expect(given(pipeline)).toEqual([]);
  });
});
