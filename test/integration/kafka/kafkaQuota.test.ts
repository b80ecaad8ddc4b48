import { expect, it } from 'vitest';
import { StreamError } from '../../../src/core/errors.ts';
import { KafkajsLinks } from '../../../src/drivers/kafka/kafkajs/KafkajsLinks.ts';
import { captureCluster } from '../../../src/drivers/kafka/kafkajs/kafkajsInternals.ts';
import type { WireCall } from '../../../src/drivers/kafka/wire/WireCall.ts';
import { createTopic, freshName, kafkaBrokers, produce, skipUnless } from '../services.ts';
import { client } from './kafkaTopics.ts';
import { readingTexts, texts } from './readingTexts.ts';
import { receivingTexts } from './receivingTexts.ts';

/** Bytes a second that Kafka gives the client, on an average of eleven seconds. */
const BYTES_PER_SECOND = 120_000;
const RECORDS = 1600;

skipUnless('kafka')('a consumer that has used up its quota', () => {
  it('is slowed down by Kafka, and loses nothing', async () => {
    const topic = freshName('quota');
    await createTopic(kafkaBrokers(), topic);
    const all = Array.from({ length: RECORDS }, (_, i) => `${i} ${'v'.repeat(1000)}`);
    for (let from = 0; from < RECORDS; from += 100) {
      await produce(
        kafkaBrokers(),
        topic,
        all.slice(from, from + 100).map((value) => ({ value })),
      );
    }
    const pipelines = [];
    for (const name of ['direct', 'receiver']) {
      const kafka = { brokers: kafkaBrokers(), clientId: freshName(name) };
      await limitTo(BYTES_PER_SECOND, kafka.clientId);
      const options = { kafka, topics: [topic] };
      if (name === 'direct') pipelines.push(readingTexts({ ...options, maxRecordsPerBatch: 100 }));
      else pipelines.push(receivingTexts({ ...options, groupId: freshName('group') }));
    }
    await Promise.all(pipelines.map((pipeline) => pipeline.processed(RECORDS, 150_000)));
    for (const pipeline of pipelines) {
      expect(texts(pipeline)).toEqual(all);
      expect(pipeline.error()).toBeUndefined();
    }
  });
});

/** Gives a client a quota of bytes a second that it may fetch. */
async function limitTo(bytesPerSecond: number, clientId: string): Promise<void> {
  const links = new KafkajsLinks(captureCluster(client()), 5000, false);
  try {
    await links.any([], (link) => link.call(alterQuotasCall(bytesPerSecond, clientId)));
  } finally {
    links.close(new StreamError('SOURCE_FAILED', 'The quota is set.'));
  }
}

function alterQuotasCall(bytesPerSecond: number, clientId: string): WireCall<void> {
  const rate = Buffer.alloc(8);
  rate.writeDoubleBE(bytesPerSecond);
  return {
    name: 'AlterClientQuotas',
    key: 49,
    version: 1,
    write: (body) => {
      body.array([clientId], () => {
        body.array([clientId], () => body.text('client-id').text(clientId));
        body.array([rate], () => {
          body.text('consumer_byte_rate').int32(rate.readInt32BE(0)).int32(rate.readInt32BE(4)).bool(false);
        });
      });
      body.bool(false).tags();
    },
    read: (body) => {
      body.int32();
      body.array(() => {
        expect([body.int16(), body.optionalText()]).toEqual([0, null]);
        body.array(() => [body.text(), body.optionalText()]);
      });
    },
  };
}
