/**
 * The pipeline whose account is drawn up: reads a topic in batches of 200 ms, writes every record into a file, and commits the
 * offsets to Kafka once a batch is written. It knows nothing of the kills; where it goes on is for the offsets to say.
 */
import { appendFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { batchInterval, commitOffsets, foreachBatch, StreamingContext } from 'rx-dstream';
import { asText, kafkaDirect, kafkaOffsets } from 'rx-dstream/kafka';

const [brokers, topic, group, file] = process.argv.slice(2) as [string, string, string, string];
const kafka = { brokers: brokers.split(',') };
const offsets = kafkaOffsets({ kafka, group });
const stream = new StreamingContext({ interval: 200 });

stream.progress$.subscribe((event) => {
  if (event.type === 'report') console.log(`${event.code} ${event.message}`);
});

kafkaDirect({ kafka, topics: [topic], offsets, from: 'earliest', value: asText(), maxRecordsPerBatch: 2000 })
  .pipe(
    batchInterval(stream),
    foreachBatch(async ({ records }) => {
      const lines = records.map(({ partition, offset, value }) => `${partition} ${offset} ${value}\n`);
      const half = Math.ceil(lines.length / 2);
      await appendFile(file, lines.slice(0, half).join(''));
      if (half > 0) console.log('HALF of a batch is written');
      // A moment in which to be killed in the middle of a batch.
      await pause(20);
      await appendFile(file, lines.slice(half).join(''));
    }),
    commitOffsets(offsets),
  )
  .subscribe({
    error(error) {
      console.error(error);
      process.exit(1);
    },
  });

process.once('SIGTERM', async () => {
  await stream.stop({ graceful: true });
  await offsets.close();
});
