import { expect, it } from 'vitest';
import { createTopic, freshName, kafkaBrokers, produce, skipUnless } from '../services.ts';
import { asAdmin, client, values } from './kafkaTopics.ts';
import { texts } from './readingTexts.ts';
import { receivingTexts } from './receivingTexts.ts';

/** What a group has committed for the one partition of a topic. */
function committedBy(groupId: string, topic: string): Promise<string | undefined> {
  return asAdmin(async (admin) => {
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return offsets?.partitions[0]?.offset;
  });
}

skipUnless('kafka')('kafkaReceiver and what logs are made of', () => {
  it('passes holes and empty batches of a compacted log, and commits behind them', { timeout: 150_000 }, async () => {
    const topic = freshName('compacted');
    const config = {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.01',
      'delete.retention.ms': '0',
      'min.compaction.lag.ms': '0',
      'max.compaction.lag.ms': '100',
    };
    await createTopic(kafkaBrokers(), topic, { config });
    const producer = client().producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    let sent = 0;
    /** Sends more of the same three keys, receives all there is, and answers how many of the records sent are left. */
    const left = async (): Promise<number> => {
      for (let i = 0; i < 10; i++, sent += 3) {
        const messages = [0, 1, 2].map((key) => ({ key: `${key}`, value: `${sent}`, partition: 0 }));
        await producer.send({ topic, messages });
      }
      const groupId = freshName('group');
      const one = receivingTexts({ topics: [topic], groupId });
      await expect.poll(() => committedBy(groupId, topic), { timeout: 20_000 }).toBe(`${sent}`);
      await expect.poll(() => one.records.at(-1)?.offset, { timeout: 20_000 }).toBe(sent - 1);
      await one.stop();
      const offsets = one.records.map(({ offset }) => offset);
      expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
      expect(one.reports.filter(({ code }) => code !== 'PARTITIONS_CHANGED')).toEqual([]);
      return offsets.length / sent;
    };
    await expect.poll(left, { timeout: 120_000, interval: 150 }).toBeLessThan(0.5);
    await producer.disconnect();
  });

  it('takes a record larger than its requests and its blocks', async () => {
    const topic = freshName('big');
    await createTopic(kafkaBrokers(), topic, { partitions: 2, config: { 'max.message.bytes': '4000000' } });
    await produce(kafkaBrokers(), topic, [{ value: 'small', partition: 0 }]);
    await produce(kafkaBrokers(), topic, [{ value: 'x'.repeat(3_000_000), partition: 1 }]);
    await produce(kafkaBrokers(), topic, values('after', 3, 1));
    const one = receivingTexts({ topics: [topic], groupId: freshName('group'), maxBlockBytes: 1000 });
    await one.processed(5);
    expect(
      texts(one)
        .map((text) => text?.slice(0, 6))
        .sort(),
    ).toEqual(['after0', 'after1', 'after2', 'small', 'xxxxxx']);
  });
});
