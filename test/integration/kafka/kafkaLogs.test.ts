import { expect, it } from 'vitest';
import { drain, memoryCheckpoint, memoryOffsets } from '../../../src/index.ts';
import { createTopic, freshName, kafkaBrokers, produce, skipUnless } from '../services.ts';
import { asAdmin, asTransactional, client, recreateTopic, values } from './kafkaTopics.ts';
import { readingTexts, type TextOptions, type TextPipeline, type TextRecord, texts } from './readingTexts.ts';
import type { PipelineOptions } from './runningPipeline.ts';

/** Looks for changes of topics often. */
function reading(options: TextOptions, pipeline?: PipelineOptions<TextRecord>): TextPipeline {
  return readingTexts({ metadataIntervalMs: 100, ...options }, pipeline);
}

async function topicOf(partitions = 1, config?: Record<string, string>): Promise<string> {
  const topic = freshName('log');
  await createTopic(kafkaBrokers(), topic, { partitions, ...(config && { config }) });
  return topic;
}

/** Deletes the records before an offset, as retention does. */
async function deleteBefore(topic: string, offset: number): Promise<void> {
  await asAdmin(async (admin) => {
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: `${offset}` }] });
  });
}

skipUnless('kafka')('kafkaDirect and what logs are made of', () => {
  const triggers: [string, PipelineOptions<TextRecord>][] = [
    ['an interval', {}],
    ['a drain trigger', { trigger: drain() }],
  ];
  for (const [name, trigger] of triggers) {
    it(`gives no record of an aborted or open transaction, under ${name}`, async () => {
      const topic = await topicOf();
      const pipeline = reading({ topics: [topic] }, trigger);
      const dirty = reading({ topics: [topic], isolation: 'read_uncommitted' }, trigger);
      const send = (value: string) => ({ topic, messages: [{ value, partition: 0 }] });
      await produce(kafkaBrokers(), topic, values('plain', 1));
      await asTransactional(freshName('tx'), async (producer) => {
        const committed = await producer.transaction();
        await committed.send(send('committed'));
        await committed.commit();
        for (const word of ['aborted', '\0\0\0\0']) {
          const aborted = await producer.transaction();
          await aborted.send({ topic, messages: [{ key: '\0\0\0\0', value: word, partition: 0 }] });
          await aborted.send(send(`${word} again`));
          await aborted.abort();
        }
        const open = await producer.transaction();
        await open.send(send('open'));
        await produce(kafkaBrokers(), topic, values('behind', 1));
        // The open transaction hides what comes after it, until it ends.
        await Promise.all([dirty.processed(8), pipeline.processed(2)]);
        expect(texts(pipeline)).toEqual(['plain0', 'committed']);
        await open.commit();
      });
      await pipeline.processed(4);
      expect(texts(pipeline)).toEqual(['plain0', 'committed', 'open', 'behind0']);
      expect(texts(dirty)).toHaveLength(8);
      // Markers and aborted records are no gaps.
      expect(pipeline.reports).toEqual([]);
    });
  }

  it('passes holes and empty batches of a compacted log, and counts them', async () => {
    const topic = await topicOf(1, {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.01',
      'delete.retention.ms': '0',
      'min.compaction.lag.ms': '0',
      'max.compaction.lag.ms': '100',
    });
    const producer = client().producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    let sent = 0;
    /** Sends more of the same three keys, reads all there is, and answers how many of the records sent are left. */
    const left = async (): Promise<number> => {
      for (let i = 0; i < 10; i++, sent += 3) {
        const messages = [0, 1, 2].map((key) => ({ key: `${key}`, value: `${sent}`, partition: 0 }));
        await producer.send({ topic, messages });
      }
      const one = reading({ topics: [topic] });
      await expect.poll(() => one.batches.at(-1)?.offsets[0]?.until).toBe(sent);
      await one.stop();
      expect(one.records.at(-1)).toMatchObject({ key: Buffer.from('2'), value: `${sent - 3}`, offset: sent - 1 });
      const gap = one.reports.find(({ code }) => code === 'OFFSET_GAP');
      expect((gap?.count ?? 0) + one.records.length).toBe(sent);
      return one.records.length / sent;
    };
    await expect.poll(left, { timeout: 120_000, interval: 150 }).toBeLessThan(0.5);
    await producer.disconnect();
  });

  it('says DATA_LOST when records were deleted before they were read', async () => {
    const topic = await topicOf();
    await produce(kafkaBrokers(), topic, values('v', 10));
    await deleteBefore(topic, 4);
    const store = memoryOffsets();
    await store.commit([{ topic, partition: 0, until: 2, expected: undefined }]);
    const pipeline = reading({ topics: [topic], offsets: store });
    expect(await pipeline.failed()).toMatchObject({
      code: 'DATA_LOST',
      message: expect.stringMatching(
        /\[0\]: offsets 2 to 3 were deleted before they were read.*onDataLost: 'earliest'/,
      ),
      details: { kind: 'expired', position: 2, earliest: 4, latest: 10 },
    });
    expect(pipeline.records).toEqual([]);
  });

  it('goes on at the first or behind the last record there is, and reports it, if it is told to', async () => {
    const topic = await topicOf();
    await produce(kafkaBrokers(), topic, values('v', 10));
    await deleteBefore(topic, 4);
    const from = [{ topic, partition: 0, offset: 2 }];
    const first = reading({ topics: [topic], from, onDataLost: 'earliest' });
    const last = reading({ topics: [topic], from, onDataLost: 'latest' });
    await first.processed(6);
    expect(await first.reported('POSITION_RESET')).toMatchObject({ count: 2, details: { offset: 4 } });
    expect(await last.reported('POSITION_RESET')).toMatchObject({ count: 8, details: { offset: 10 } });
    await produce(kafkaBrokers(), topic, values('late', 1));
    await Promise.all([first.processed(7), last.processed(1)]);
    expect(texts(first)).toEqual(['v4', 'v5', 'v6', 'v7', 'v8', 'v9', 'late0']);
    expect(texts(last)).toEqual(['late0']);
  });

  it('notices records that are deleted while it runs and has not read them', async () => {
    const topic = await topicOf();
    // One fetch brings a few of them, not all.
    const big = 'x'.repeat(600_000);
    for (const { value, partition } of values('v', 10)) {
      await produce(kafkaBrokers(), topic, [{ value: `${value} ${big}`, partition }]);
    }
    const deleted = { done: () => {} };
    const deletion = new Promise<void>((resolve) => {
      deleted.done = resolve;
    });
    const options = { topics: [topic], maxRecordsPerBatch: 1, prefetchBytes: 0 } as const;
    let begun = 0;
    const output = (): Promise<void> => {
      begun++;
      return deletion;
    };
    const pipeline = { output };
    const failing = reading(options, pipeline);
    const going = reading({ ...options, onDataLost: 'earliest' }, pipeline);
    await expect.poll(() => begun).toBe(2);
    await deleteBefore(topic, 10);
    await produce(kafkaBrokers(), topic, values('late', 1));
    deleted.done();
    expect(await failing.failed()).toMatchObject({ code: 'DATA_LOST', details: { kind: 'expired', earliest: 10 } });
    await expect.poll(() => texts(going).at(-1)).toBe('late0');
    const told = going.reports.filter(({ code }) => code === 'POSITION_RESET' || code === 'RECORDS_DROPPED');
    expect(told.length).toBeGreaterThan(0);
    const lost = told.reduce((sum, { count = 0 }) => sum + count, 0);
    expect(lost + going.records.length).toBe(11);
  });

  it('says so when an offset lies behind the end of the log', async () => {
    const topic = await topicOf();
    await produce(kafkaBrokers(), topic, values('v', 3));
    const from = [{ topic, partition: 0, offset: 5 }];
    expect(await reading({ topics: [topic], from }).failed()).toMatchObject({
      code: 'DATA_LOST',
      message: expect.stringContaining('offset 5 was reached before, but the log ends at 3'),
      details: { kind: 'truncated', position: 5, latest: 3 },
    });
    const going = reading({ topics: [topic], from, onDataLost: 'earliest' });
    await going.processed(3);
    expect(texts(going)).toEqual(['v0', 'v1', 'v2']);
  });

  for (const [how, records] of [
    ['shorter', 2],
    ['longer', 20],
  ] as const) {
    for (const [name, trigger] of triggers) {
      it(`notices a topic that was recreated, now ${how}, under ${name}`, async () => {
        const topic = await topicOf();
        await produce(kafkaBrokers(), topic, values('old', 5));
        const failing = reading({ topics: [topic] }, trigger);
        const going = reading({ topics: [topic], onDataLost: 'earliest' }, trigger);
        await Promise.all([failing.processed(5), going.processed(5)]);
        await recreateTopic(topic, 1);
        await produce(kafkaBrokers(), topic, values('new', records));
        expect(await failing.failed()).toMatchObject({ code: 'DATA_LOST', details: { topic, position: 5 } });
        expect(texts(failing).filter((text) => text?.startsWith('new'))).toEqual([]);
        await going.processed(5 + records);
        expect(texts(going).slice(5)).toEqual(values('new', records).map(({ value }) => value));
      });
    }
  }

  it('notices at the start that a topic was recreated since the position was kept, though it is longer now', async () => {
    const topic = await topicOf();
    await produce(kafkaBrokers(), topic, values('old', 5));
    const checkpoint = memoryCheckpoint();
    const before = reading({ topics: [topic] }, { checkpoint });
    await before.processed(5);
    await before.stop();
    await recreateTopic(topic, 1);
    await produce(kafkaBrokers(), topic, values('new', 20));
    const after = reading({ topics: [topic] }, { checkpoint });
    expect(await after.failed()).toMatchObject({
      code: 'DATA_LOST',
      message: expect.stringContaining('deleted and created anew'),
      details: { kind: 'recreated', position: 5 },
    });
  });

  it('a deleted topic is an error; under a pattern, once all of it was read, it is only told', async () => {
    const topic = await topicOf();
    await produce(kafkaBrokers(), topic, values('v', 3));
    const named = reading({ topics: [topic] });
    const matching = reading({ topicsPattern: new RegExp(`^${topic}$`) });
    await Promise.all([named.processed(3), matching.processed(3)]);
    await asAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
    expect(await named.failed()).toMatchObject({ code: 'DATA_LOST', details: { kind: 'deleted', topic } });
    const told = await matching.reported('PARTITIONS_CHANGED');
    expect(told.message).toContain(`${topic}[0] was deleted; it is read no more`);
    await expect.poll(() => matching.batches.at(-1)?.offsets).toEqual([]);
    expect(matching.error()).toBeUndefined();
  });
});
