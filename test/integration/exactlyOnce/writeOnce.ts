/** One life of a pipeline from Kafka to PostgreSQL: from its start to its kill, or to its end in good order when all has been written. */
import { writeSync } from 'node:fs';
import { Pool } from 'pg';
import { merge, share } from 'rxjs';
import { fileCheckpoint } from '../../../src/file.ts';
import {
  batchInterval,
  foreachBatchInTransaction,
  mapRecords,
  reduceByKey,
  StreamingContext,
  updateStateByKey,
} from '../../../src/index.ts';
import { asText, kafkaDirect } from '../../../src/kafka.ts';
import { type PostgresHandle, postgresOffsets } from '../../../src/sql.ts';
import { add } from '../../support/pairs.ts';
import { stepsOfCheckpoint } from '../crashMatrix/programs/stepsOfCheckpoint.ts';
import { type Kill, Steps } from '../crashMatrix/Steps.ts';
import { stepsOfPool } from './stepsOfPool.ts';

/** What every life is told. */
export interface OnceSettings {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly postgres: string;
  /** Folder of a checkpoint; without one, offsets in PostgreSQL alone say where to go on. */
  readonly checkpoint?: string;
  readonly kill?: Kill;
  /** It ends when so many records have been written. */
  readonly until?: number;
}

const { brokers, topic, postgres, checkpoint, kill, until } = JSON.parse(process.argv[2] as string) as OnceSettings;
const steps = new Steps(kill);
const pool = new Pool({ connectionString: postgres, max: 2 });
const store = postgresOffsets({ postgres: stepsOfPool(pool, steps), group: topic });
const told = { loaded: () => undefined, planned: () => undefined };
const stream = new StreamingContext({
  interval: 25,
  onWarning: () => undefined,
  ...(checkpoint === undefined ? {} : { checkpoint: stepsOfCheckpoint(fileCheckpoint(checkpoint), steps, told) }),
});

const reached = new Map<string, number>();
stream.progress$.subscribe((event) => {
  if (event.type === 'report' && event.code === 'BATCH_COMMITTED_BEFORE') writeSync(1, 'recognised\n');
  if (event.type !== 'batch') return;
  writeSync(1, 'settled\n');
  if (checkpoint === undefined) steps.settled();
  for (const range of event.sources.flatMap((source) => source.offsets ?? [])) {
    reached.set(`${range.topic} ${range.partition}`, range.until);
  }
  const all = [...reached.values()].reduce((sum, offset) => sum + offset, 0);
  if (all === until) void stream.stop().then(() => pool.end());
});

const records = kafkaDirect({
  kafka: { brokers: [...brokers] },
  topics: [topic],
  offsets: store,
  from: 'earliest',
  value: asText(),
  maxRecordsPerBatch: 400,
}).pipe(
  batchInterval(stream),
  mapRecords(({ value }) => value as string),
  share(),
);

const written = records.pipe(
  foreachBatchInTransaction(store, ({ records }, client: PostgresHandle) =>
    client.query(`INSERT INTO ${identifier('results')} SELECT unnest($1::text[])`, [records]),
  ),
);

const counted = records.pipe(
  mapRecords((record) => [record.slice(record.lastIndexOf(' ') + 1), 1] as const),
  reduceByKey(add),
  updateStateByKey((more: readonly number[], total: number | undefined) => more.reduce(add, total ?? 0), {
    name: 'totals',
  }),
  foreachBatchInTransaction(store, ({ records }, client: PostgresHandle) =>
    client.query(
      `INSERT INTO ${identifier('totals')} SELECT * FROM unnest($1::text[], $2::int[]) ON CONFLICT (key) DO UPDATE SET total = excluded.total`,
      [records.map(([key]) => key), records.map(([, total]) => total)],
    ),
  ),
);

function identifier(table: string): string {
  return `"${topic} ${table}"`;
}

(checkpoint === undefined ? written : merge(written, counted)).subscribe({
  error(error) {
    console.error(error);
    process.exit(1);
  },
});
