/** What users hand to the stores in SQL, and what their outputs are handed. Checked by `npm run types`. */
import Database from 'libsql';
import pg from 'pg';
import { expectTypeOf } from 'vitest';
import { type Batch, foreachBatchInTransaction } from '../../src/index.ts';
import { type PostgresHandle, postgresOffsets, type SqliteHandle, sqliteOffsets } from '../../src/sql.ts';

export function postgresIsAUrlSettingsOrAPool(pool: pg.Pool, config: pg.PoolConfig): void {
  postgresOffsets({ postgres: 'postgres://127.0.0.1/shop', group: 'a' });
  postgresOffsets({ postgres: { host: '127.0.0.1', port: 5432, ssl: true, max: 3 }, group: 'a' });
  postgresOffsets({ postgres: pool, group: 'a' });
  postgresOffsets({ postgres: new pg.Pool(config), group: 'a' });
  // @ts-expect-error a pool or where it leads, no number
  postgresOffsets({ postgres: 5432, group: 'a' });
}

export function sqliteIsAPathOrAnOpenDatabase(): void {
  sqliteOffsets({ database: './offsets.db', group: 'a' });
  sqliteOffsets({ database: new Database(':memory:'), group: 'a' });
  // @ts-expect-error the group is needed
  sqliteOffsets({ database: './offsets.db' });
}

export function anOutputKnowsItsHandle(batches: import('rxjs').Observable<Batch<string>>): void {
  const postgres = postgresOffsets({ postgres: 'postgres://127.0.0.1/shop', group: 'a' });
  const sqlite = sqliteOffsets({ database: ':memory:', group: 'a' });
  batches.pipe(
    foreachBatchInTransaction(postgres, async (batch, client) => {
      expectTypeOf(client).toEqualTypeOf<PostgresHandle>();
      expectTypeOf(batch).toEqualTypeOf<Batch<string>>();
      const { rows } = await client.query<{ id: number }>('SELECT id FROM words WHERE word = ANY($1)', [batch.records]);
      expectTypeOf(rows).toEqualTypeOf<{ id: number }[]>();
      const copy = { submit: () => undefined, write: (_: string) => true };
      expectTypeOf(client.query(copy)).toEqualTypeOf<typeof copy>();
    }),
    foreachBatchInTransaction(sqlite, (batch, database) => {
      expectTypeOf(database).toEqualTypeOf<SqliteHandle>();
      const add = database.prepare('INSERT INTO words VALUES (?)');
      for (const word of batch.records) add.run(word);
    }),
  );
}
