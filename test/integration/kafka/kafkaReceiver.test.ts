import { expect, it } from 'vitest';
import { zookeeperOffsets } from '../../../src/zookeeper.ts';
import { createTopic, freshName, kafkaBrokers, produce, skipUnless, zookeeperHosts } from '../services.ts';
import { asAdmin, values } from './kafkaTopics.ts';
import { kept, texts } from './readingTexts.ts';
import { given, receivingTexts } from './receivingTexts.ts';

const sent = (...runs: (readonly { value: string }[])[]) => runs.flat().map(({ value }) => value);

/** What a group has committed for a topic: the sum over its partitions. */
const committed = async (groupId: string, topic: string): Promise<number> => {
  const [answer] = await asAdmin((admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
  return (answer?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(Number(offset), 0), 0);
};

skipUnless('kafka')('kafkaReceiver', () => {
  it('receives what is there and what comes, and commits it to the group', async () => {
    const topic = freshName('received');
    const groupId = freshName('group');
    await createTopic(kafkaBrokers(), topic, { partitions: 3 });
    const before = [...values('a', 20, 0), ...values('b', 20, 1), ...values('c', 20, 2)];
    await produce(kafkaBrokers(), topic, before);
    const pipeline = receivingTexts({ topics: [topic], groupId });
    await pipeline.processed(60);
    const after = [...values('d', 20, 0), ...values('e', 20, 2)];
    await produce(kafkaBrokers(), topic, after);
    await pipeline.processed(100);
    expect(texts(pipeline).sort()).toEqual(sent(before, after).sort());
    await expect.poll(() => committed(groupId, topic)).toBe(100);
    await pipeline.stop();
    expect(pipeline.error()).toBeUndefined();
    const again = receivingTexts({ topics: [topic], groupId });
    await again.reported('PARTITIONS_CHANGED');
    const last = values('f', 10, 1);
    await produce(kafkaBrokers(), topic, last);
    await again.processed(10);
    expect(texts(again)).toEqual(sent(last));
  });

  it('shares partitions with another process of the group, and takes them back when that leaves', async () => {
    const topic = freshName('shared');
    const groupId = freshName('group');
    await createTopic(kafkaBrokers(), topic, { partitions: 4 });
    const all: string[] = [];
    let count = 0;
    const send = async (n: number): Promise<void> => {
      const runs = [0, 1, 2, 3].flatMap((partition) => values(`p${partition} `, n, partition, count));
      count += n;
      all.push(...sent(runs));
      await produce(kafkaBrokers(), topic, runs);
    };
    const first = receivingTexts({ topics: [topic], groupId });
    await expect.poll(() => given(first)).toEqual([0, 1, 2, 3]);
    await send(50);
    const second = receivingTexts({ topics: [topic], groupId });
    const sending = send(200);
    await expect.poll(() => [given(first).length, given(second).length]).toEqual([2, 2]);
    await sending;
    await send(50);
    const both = (): number => first.records.length + second.records.length;
    await expect.poll(both).toBe(all.length);
    expect(second.records.length).toBeGreaterThan(0);
    await Promise.all([second.stop(), send(100)]);
    await expect.poll(() => given(first)).toEqual([0, 1, 2, 3]);
    await send(50);
    await expect.poll(both).toBe(all.length);
    // Each of them once: what was fetched was stored and committed before partitions went over.
    expect([...texts(first), ...texts(second)].sort()).toEqual(all.sort());
  });
});

skipUnless('kafka', 'zookeeper')('kafkaReceiver with its offsets in ZooKeeper', () => {
  it('starts from the offsets of a consumer of Kafka 0.8, and commits where it kept them', async () => {
    const topic = freshName('in-zookeeper');
    const group = freshName('group');
    await createTopic(kafkaBrokers(), topic, { partitions: 2 });
    await produce(kafkaBrokers(), topic, [...values('a', 10, 0), ...values('b', 10, 1)]);
    const store = () => {
      const offsets = zookeeperOffsets({ zookeeper: zookeeperHosts(), group, layout: 'kafka-0.8' });
      kept({ stop: () => offsets.close() });
      return offsets;
    };
    const before = [0, 1].map((partition) => ({ topic, partition, until: 4 + partition, expected: undefined }));
    await store().commit(before);
    const pipeline = receivingTexts({ topics: [topic], groupId: group, offsets: store() });
    await pipeline.processed(11);
    expect(texts(pipeline).sort()).toEqual(sent(values('a', 6, 0, 4), values('b', 5, 1, 5)).sort());
    const eyes = store();
    const held = async () => (await eyes.load({ topics: [topic] })).map(({ until }) => until);
    await expect.poll(held).toEqual([10, 10]);
    expect(await committed(group, topic)).toBe(0);
  });
});
