/** `kafkajs.js TOPIC RECORDS STALL_MS`: reads a topic with `eachBatch`, and tells how much memory that took. */
import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { brokers } from '../brokers.ts';
import { tellReading } from './Reading.ts';

await tellReading(async (topic, records, stallMs) => {
  const kafka = new Kafka({ clientId: 'bench', brokers: brokers(), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `bench-memory-${process.pid}`, maxWaitTimeInMs: 100 });
  let seen = 0;
  let bytes = 0;
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
    const eachBatch = async ({ batch }: { batch: { messages: readonly { value: Buffer | null }[] } }) => {
      if (seen === 0) await pause(stallMs);
      for (const { value } of batch.messages) {
        seen++;
        bytes += value?.length ?? 0;
      }
      if (seen >= records) resolve();
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  });
  return bytes;
});
