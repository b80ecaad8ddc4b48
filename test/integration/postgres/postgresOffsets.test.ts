import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OffsetCommit, OffsetStore } from '../../../src/offsets/OffsetStore.ts';
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

  const lines = (from: number, until: number): OffsetCommit[] => [
    { topic: 'lines', partition: 0, from, until, expected: from === 0 ? undefined : from },
  ];

  async function counters(place: string): Promise<readonly string[]> {
    const { rows } = await pool.query('SELECT name FROM counters WHERE place = $1 ORDER BY name', [place]);
    return rows.map(({ name }) => name);
  }

  const ADD = 'INSERT INTO counters VALUES ($1, $2, 1)';

  it('a statement that failed and was hushed up fails the whole batch, and the failure says why', async () => {
    const store = open();
    const { handle, commit } = await store.begin({ time: 1000, repeated: false });
    await handle.query(ADD, [groupOf(store), 'a']);
    await expect(handle.query(ADD, [groupOf(store), 'a'])).rejects.toMatchObject({ code: '23505' });
    await expect(commit(lines(0, 5))).rejects.toMatchObject({
      code: 'OFFSET_STORE_FAILED',
      message: expect.stringMatching(/25P02.*its failure was not passed on/),
    });
    expect([await counters(groupOf(store)), await store.load({})]).toEqual([[], []]);
  });

  it('a statement that may fail belongs behind a savepoint', async () => {
    const store = open();
    const { handle, commit } = await store.begin({ time: 1000, repeated: false });
    await handle.query(ADD, [groupOf(store), 'a']);
    await handle.query('SAVEPOINT risky');
    await expect(handle.query(ADD, [groupOf(store), 'a'])).rejects.toMatchObject({ code: '23505' });
    await handle.query('ROLLBACK TO SAVEPOINT risky');
    await handle.query({ text: ADD, values: [groupOf(store), 'b'] });
    await commit(lines(0, 5));
    expect(await counters(groupOf(store))).toEqual(['a', 'b']);
  });

  it('a batch that asks nothing and raises no offset is not kept; the one before it stays recognised', async () => {
    const store = open();
    const first = await store.begin({ time: 1000, repeated: false });
    await first.handle.query(ADD, [groupOf(store), 'a']);
    await first.commit(lines(0, 5));
    await (await store.begin({ time: 2000, repeated: false })).commit(lines(5, 5));
    for (const [time, committed] of [
      [2000, false],
      [1000, true],
    ] as const) {
      const again = await store.begin({ time, repeated: true });
      expect(again.committed).toBe(committed);
      await again.rollback();
    }
    expect(await counters(groupOf(store))).toEqual(['a']);
  });

  it('an end in the middle of a text is refused before anything of the text is done, and the batch is whole when it runs again', async () => {
    const store = open();
    for (const ending of ['COMMIT', 'commit; begin', '/* ; */ ROLLBACK']) {
      const { handle, rollback } = await store.begin({ time: 1000, repeated: false });
      await handle.query(ADD, [groupOf(store), 'a']);
      await expect(handle.query(`SELECT $$;$$; ${ending}`)).rejects.toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        retriable: false,
        message: expect.stringContaining('expected a statement within the transaction'),
      });
      await rollback(); // as where the function that writes throws
    }
    expect(await counters(groupOf(store))).toEqual([]);
    const again = await store.begin({ time: 1000, repeated: true });
    await again.handle.query(ADD, [groupOf(store), 'a']);
    await again.commit(lines(0, 5));
    expect([await counters(groupOf(store)), await store.load({})]).toEqual([
      ['a'],
      [expect.objectContaining({ until: 5 })],
    ]);
  });

  it('a transaction that was ended all the same is found out: at once, or at the commit', async () => {
    for (const [ending, isSeenAtOnce] of [
      ['COMMIT', true],
      ['ROLLBACK', true],
      ['COMMIT; BEGIN', false],
    ] as const) {
      // To this server the backslash is none of standard SQL: what looks like a text is a statement.
      const store = open({ postgres: `${postgresUrl()}?options=-c%20standard_conforming_strings=off` });
      const { handle, commit } = await store.begin({ time: 1000, repeated: false });
      const ended = {
        code: 'OFFSET_STORE_FAILED',
        retriable: false,
        message: expect.stringMatching(/has ended it.*committed without its offsets/),
      };
      const asked = handle.query(`SELECT '\\''; ${ending}; SELECT 'a'`);
      if (isSeenAtOnce) {
        await expect(asked).rejects.toMatchObject(ended);
        await expect(handle.query(ADD, [groupOf(store), 'late'])).rejects.toMatchObject(ended);
      } else await asked;
      await expect(commit(lines(0, 5))).rejects.toMatchObject(ended);
      expect([await store.load({}), await counters(groupOf(store))]).toEqual([[], []]);
      // Whoever tries again would write it twice.
      await expect(store.begin({ time: 1000, repeated: true })).rejects.toMatchObject(ended);
    }
  });

  it('a transaction that was ended unseen in a batch that then fails is found out as it is rolled back', async () => {
    const store = open({ postgres: `${postgresUrl()}?options=-c%20standard_conforming_strings=off` });
    const { handle, rollback } = await store.begin({ time: 1000, repeated: false });
    await handle.query(ADD, [groupOf(store), 'a']);
    await handle.query(`SELECT '\\''; COMMIT; BEGIN; SELECT 'a'`);
    const ended = { code: 'OFFSET_STORE_FAILED', retriable: false, message: expect.stringMatching(/has ended it/) };
    await expect(rollback()).rejects.toMatchObject(ended);
    expect(await counters(groupOf(store))).toEqual(['a']);
    await expect(store.begin({ time: 1000, repeated: true })).rejects.toMatchObject(ended);
  });

  it('a query that is not awaited is committed with its batch; one that fails takes it back', async () => {
    const store = open();
    const first = await store.begin({ time: 1000, repeated: false });
    void first.handle.query('SELECT pg_sleep(0.05)');
    void first.handle.query(ADD, [groupOf(store), 'a']);
    await first.commit(lines(0, 5));
    const second = await store.begin({ time: 2000, repeated: false });
    await second.handle.query(ADD, [groupOf(store), 'b']);
    void second.handle.query(ADD, [groupOf(store), 'b']);
    await expect(second.commit(lines(5, 6))).rejects.toMatchObject({
      code: 'OFFSET_STORE_FAILED',
      message: expect.stringContaining('was not awaited'),
      cause: { code: '23505' },
    });
    expect(await counters(groupOf(store))).toEqual(['a']);
    expect(await store.load({})).toMatchObject([{ until: 5 }]);
  });

  it('a database that its operator has made read-only is waited for, not written', async () => {
    const store = open();
    await store.commit(lines(0, 3));
    const url = `${postgresUrl()}?options=-c%20default_transaction_read_only=on`;
    const reading = open({ group: groupOf(store), postgres: url });
    await expect(reading.commit(lines(3, 5))).rejects.toMatchObject({
      code: 'OFFSET_STORE_UNAVAILABLE',
      retriable: true,
      message: expect.stringContaining('25006'),
    });
    expect(await reading.load({})).toMatchObject([{ until: 3 }]);
  });

  it('a constraint that is checked at the commit takes the offsets back too', async () => {
    const table = `checked_late_${opened.length}`;
    await pool.query(`CREATE TABLE ${table} (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)`);
    const store = open();
    const { handle, commit } = await store.begin({ time: 1000, repeated: false });
    await handle.query(`INSERT INTO ${table} VALUES (1), (1)`);
    await expect(commit(lines(0, 5))).rejects.toMatchObject({
      code: 'OFFSET_STORE_FAILED',
      retriable: false,
      message: expect.stringContaining('23505'),
    });
    expect(await store.load({})).toEqual([]);
  });

  it('works under a database whose default is another isolation, and leaves settings of the pool alone', async () => {
    const url = `${postgresUrl()}?options=-c%20default_transaction_isolation=serializable%20-c%20lock_timeout=4321`;
    const store = open({ postgres: url });
    const { handle, commit } = await store.begin({ time: 1000, repeated: false });
    const { rows } = await handle.query(
      "SELECT current_setting('transaction_isolation') AS isolation, current_setting('lock_timeout') AS timeout",
    );
    expect(rows).toEqual([{ isolation: 'read committed', timeout: '4321ms' }]);
    await commit(lines(0, 5));
  });

  it('a user who may only read and write the tables that are there needs no more', async () => {
    const table = `granted_${opened.length}`;
    const role = `reader_${opened.length}`;
    const first = open({ table });
    await first.commit(lines(0, 3));
    await pool.query(`CREATE ROLE ${role} LOGIN; GRANT SELECT, INSERT, UPDATE ON ${table}, ${table}_groups TO ${role};
      REVOKE CREATE ON SCHEMA public FROM ${role}`);
    const store = open({ table, group: groupOf(first), postgres: postgresUrl().replace('test@', `${role}@`) });
    await store.own();
    expect(await store.commit(lines(3, 5))).toEqual({ foreign: [] });
    const forbidden = open({ table: `${table}_more`, postgres: postgresUrl().replace('test@', `${role}@`) });
    await expect(forbidden.load({})).rejects.toMatchObject({
      code: 'OFFSET_STORE_FAILED',
      message: expect.stringMatching(/42501.*has to be allowed to read and write both tables/),
    });
  });

  it('stores that make the same tables at the same time all succeed', async () => {
    const table = `raced_${opened.length}`;
    const stores = Array.from({ length: 6 }, () => open({ table }));
    await Promise.all(stores.map((store) => store.own()));
    expect(await Promise.all(stores.map((store) => store.commit(lines(0, 5))))).toEqual(
      stores.map(() => ({ foreign: [] })),
    );
  });
});
