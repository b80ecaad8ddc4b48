import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import {
  type PostgresHandle,
  type PostgresOffsets,
  type PostgresOffsetsOptions,
  postgresOffsets,
} from '../../../src/sql.ts';
import { offsetStoreContract } from '../../../src/testing/offsetStoreContract.ts';
import { freshName, postgresUrl, skipUnless } from '../services.ts';

const optionsOf = new WeakMap<OffsetStore, PostgresOffsetsOptions>();
const opened: PostgresOffsets[] = [];

function open(options: Partial<PostgresOffsetsOptions> = {}): PostgresOffsets {
  const whole = { postgres: postgresUrl(), group: freshName('group'), ...options };
  const store = postgresOffsets(whole);
  optionsOf.set(store, whole);
  opened.push(store);
  return store;
}

const reopen = (store: OffsetStore): PostgresOffsets => open(optionsOf.get(store) as PostgresOffsetsOptions);
const groupOf = (store: OffsetStore): string => (optionsOf.get(store) as PostgresOffsetsOptions).group;

skipUnless('postgres')('postgresOffsets on a real PostgreSQL', () => {
  let pool: Pool;

  beforeAll(async () => {
    pool = new Pool({ connectionString: postgresUrl() });
    await pool.query('CREATE TABLE counters (place text, name text, amount int, PRIMARY KEY (place, name))');
  });

  afterAll(async () => {
    for (const one of opened) await one.close();
    await pool.end();
  });

  function contract(name: string, make: () => PostgresOffsets): void {
    let latest: OffsetStore | undefined;
    offsetStoreContract({ describe, it, expect }, {
      name,
      make: () => {
        latest = make();
        return latest;
      },
      reopen,
      owns: true,
      results: {
        async add(handle: PostgresHandle, counter, amount) {
          await handle.query(
            'INSERT INTO counters AS c VALUES ($1, $2, $3) ON CONFLICT (place, name) DO UPDATE SET amount = c.amount + $3',
            [groupOf(latest as OffsetStore), counter, amount],
          );
        },
        async read(store, counter) {
          const { rows } = await pool.query('SELECT amount FROM counters WHERE place = $1 AND name = $2', [
            groupOf(store),
            counter,
          ]);
          return rows[0]?.amount ?? 0;
        },
      },
    } as Parameters<typeof offsetStoreContract>[1]);
  }

  contract('postgresOffsets on a URL', () => open());
  contract('postgresOffsets on the pool of the user, in a schema', () =>
    open({ postgres: pool, table: 'public.My_Offsets' }),
  );
});
