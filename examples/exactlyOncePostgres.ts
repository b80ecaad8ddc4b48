import {
  batchInterval,
  flatMapRecords,
  foreachBatchInTransaction,
  mapRecords,
  reduceByKey,
  StreamingContext,
  stopGracefullyOnShutdown,
} from 'rx-dstream';
import { asText, kafkaDirect } from 'rx-dstream/kafka';
import { postgresOffsets } from 'rx-dstream/sql';
import { retry } from 'rxjs';

// npm run services, export what it prints, then: npm run example -- examples/exactlyOncePostgres.ts lines
// It prints only what goes wrong. What it counts is in the database: psql "$POSTGRES_URL" -c 'SELECT * FROM word_counts ORDER BY word'
const { KAFKA_BROKERS = '127.0.0.1:9092', POSTGRES_URL = 'postgres://127.0.0.1:5432/postgres' } = process.env;
const [topic = 'lines'] = process.argv.slice(2);

const TABLE = 'CREATE TABLE IF NOT EXISTS word_counts (word text PRIMARY KEY, count bigint NOT NULL)';
const ADD = `INSERT INTO word_counts AS counted SELECT * FROM unnest($1::text[], $2::bigint[])
  ON CONFLICT (word) DO UPDATE SET count = counted.count + excluded.count`;

const offsets = postgresOffsets({ postgres: POSTGRES_URL, group: `word-count of ${topic}` });
const stream = new StreamingContext({ interval: 200 });
stream.progress$.subscribe((event) => event.type === 'report' && console.log(event.message));
stopGracefullyOnShutdown(stream, { close: () => offsets.close() });

kafkaDirect({
  kafka: { brokers: KAFKA_BROKERS.split(',') },
  topics: [topic],
  value: asText(),
  offsets,
  from: 'earliest',
})
  .pipe(
    batchInterval(stream),
    flatMapRecords(({ value }) => value?.split(' ') ?? []),
    mapRecords((word) => [word, 1] as const),
    reduceByKey((a, b) => a + b),
    // The sums, and the offsets of the records they were made of: both are there, or neither. Kill it whenever you like.
    foreachBatchInTransaction(offsets, async ({ records }, client) => {
      await client.query(TABLE);
      await client.query(ADD, [records.map(([word]) => word), records.map(([, count]) => count)]);
    }),
    retry({ delay: 1000 }), // a database that restarts in the middle: the batch runs again, or is found to be committed
  )
  .subscribe();
