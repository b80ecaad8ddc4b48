import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { OffsetCommit } from 'rx-dstream';
import { postgresOffsets, type SqliteDatabase, sqliteOffsets } from 'rx-dstream/sql';
import { startPostgres } from '../../scripts/services/index.ts';
import type { Bench, BenchResult } from '../measure/Bench.ts';
import { type Contender, interleaved, type Rates } from '../measure/interleaved.ts';

const COMMITS = 100;
const PARTITIONS = 10;
const WORDS = Array.from({ length: 100 }, (_, word) => `word${word}`);
const ROUNDS = { rounds: 5, warmUp: 1 };

/** How far the records are; it only rises. */
let at = 0;

/** Batches one after another: 100 rows of results and the offsets of 10 partitions in one transaction, beside the same by hand. */
export const bench: Bench = async () => [await postgresRow(), await sqliteRow()];

async function postgresRow(): Promise<BenchResult> {
  const name = 'stores-postgres-100';
  const server = await startPostgres().catch((error: unknown) => String(error));
  if (typeof server === 'string') return { name, skipped: `no PostgreSQL: ${server}` };
  const pool = new Pool({ connectionString: server.url, max: 1 });
  const store = postgresOffsets({ postgres: server.url, group: 'bench' });
  const ADD = `INSERT INTO counts AS c SELECT word, 1 FROM unnest($1::text[]) AS word
    ON CONFLICT (word) DO UPDATE SET count = c.count + 1`;
  const KEEP = `INSERT INTO by_hand SELECT 'lines', p, $1 FROM generate_series(0, ${PARTITIONS - 1}) AS p
    ON CONFLICT (topic, partition) DO UPDATE SET until = excluded.until`;
  try {
    await pool.query('CREATE TABLE counts (word text PRIMARY KEY, count int)');
    await pool.query('CREATE TABLE by_hand (topic text, partition int, until bigint, PRIMARY KEY (topic, partition))');
    await store.own();
    const rates = await interleaved(
      {
        ours: repeated(async () => {
          const { handle, commit } = await store.begin({ time: at, repeated: false });
          await handle.query(ADD, [WORDS]);
          await commit(offsets());
        }),
        byHand: repeated(async () => {
          offsets();
          const client = await pool.connect();
          await client.query('BEGIN');
          await client.query(ADD, [WORDS]);
          await client.query(KEEP, [at]);
          await client.query('COMMIT');
          client.release();
        }),
        offsets: repeated(() => store.commit(offsets())),
      },
      ROUNDS,
    );
    return row(name, rates, 'four round trips, fsync on');
  } finally {
    await store.close();
    await pool.end();
    await server.stop();
  }
}

async function sqliteRow(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-bench-'));
  const store = sqliteOffsets({ database: join(folder, 'ours.db'), group: 'bench' });
  const database = new (createRequire(import.meta.url)('libsql'))(join(folder, 'by-hand.db')) as SqliteDatabase;
  const ADD = 'INSERT INTO counts VALUES (?, 1) ON CONFLICT (word) DO UPDATE SET count = count + 1';
  const TABLE = 'CREATE TABLE counts (word TEXT PRIMARY KEY, count INTEGER)';
  try {
    store.own();
    const made = store.begin({ time: 0, repeated: false });
    made.handle.exec(TABLE);
    made.commit([]);
    database.prepare('PRAGMA journal_mode = WAL').all();
    database.exec(`PRAGMA synchronous = FULL; ${TABLE}`);
    database.exec(
      'CREATE TABLE offsets (topic TEXT, "partition" INTEGER, until INTEGER, PRIMARY KEY (topic, "partition"))',
    );
    const add = database.prepare(ADD);
    const keep = database.prepare(
      'INSERT INTO offsets VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until',
    );
    const rates = await interleaved(
      {
        ours: repeated(() => {
          const { handle, commit } = store.begin({ time: at, repeated: false });
          const adding = handle.prepare(ADD);
          for (const word of WORDS) adding.run(word);
          commit(offsets());
        }),
        byHand: repeated(() => {
          database.exec('BEGIN IMMEDIATE');
          for (const word of WORDS) add.run(word);
          for (const { topic, partition, until } of offsets()) keep.run(topic, partition, until);
          database.exec('COMMIT');
        }),
        offsets: repeated(() => store.commit(offsets())),
      },
      ROUNDS,
    );
    return row('stores-sqlite-100', rates, 'WAL, synchronous = FULL; by hand over libsql');
  } finally {
    store.close();
    database.close();
    rmSync(folder, { recursive: true });
  }
}

function repeated(commit: () => unknown): Contender {
  return {
    async work() {
      for (let i = 0; i < COMMITS; i++) await commit();
      return COMMITS;
    },
  };
}

function offsets(): OffsetCommit[] {
  at++;
  const range = { from: at, until: at + 1, expected: at };
  return Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: 'lines', partition, ...range }));
}

function row(name: string, rates: Readonly<Record<'ours' | 'byHand' | 'offsets', Rates>>, note: string): BenchResult {
  return {
    name,
    unit: 'commits/s',
    ours: Math.round(rates.ours.median),
    peers: {
      'transaction by hand, not fenced, not recognised': Math.round(rates.byHand.median),
      'ours, offsets alone': Math.round(rates.offsets.median),
    },
    notes: [`100 rows of results and the offsets of ${PARTITIONS} partitions a commit; ${note}`],
  };
}
