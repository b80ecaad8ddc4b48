/** `ours.js TOPIC RECORDS STALL_MS`: reads a topic with kafkaDirect, and tells how much memory that took. */
import { setTimeout as pause } from 'node:timers/promises';
import { batchInterval, drain, foreachBatch, StreamingContext } from 'rx-dstream';
import { kafkaDirect } from 'rx-dstream/kafka';
import { brokers } from '../brokers.ts';
import { tellReading } from './Reading.ts';

await tellReading(async (topic, records, stallMs) => {
  const context = new StreamingContext({ trigger: drain(), onWarning: () => {} });
  let seen = 0;
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    kafkaDirect({ kafka: { brokers: brokers() }, topics: [topic], from: 'earliest' })
      .pipe(
        batchInterval(context),
        foreachBatch(async (batch) => {
          if (seen === 0) await pause(stallMs);
          batch.forEach((record) => {
            seen++;
            bytes += record.value?.length ?? 0;
          });
          if (seen >= records) resolve();
        }),
      )
      .subscribe({ error: reject });
  });
  return bytes;
});
