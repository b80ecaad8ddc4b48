import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../../src/drivers/sql/openSqlite.ts';
import type { SqliteDatabase } from '../../../src/drivers/sql/SqliteTarget.ts';
import type { OffsetCommit, OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import { type SqliteHandle, type SqliteOffsets, type SqliteOffsetsOptions, sqliteOffsets } from '../../../src/sql.ts';
import { offsetStoreContract } from '../../../src/testing/offsetStoreContract.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const optionsOf = new WeakMap<OffsetStore, SqliteOffsetsOptions>();
let files = 0;

/** A file with a table of counters. */
function freshFile(): string {
  const path = join(folder, `${files++}.db`);
  const database = openSqlite(path, 0);
  database.exec('CREATE TABLE counters (name TEXT PRIMARY KEY, amount INTEGER)');
  database.close();
  return path;
}

function open(options: Partial<SqliteOffsetsOptions> = {}): SqliteOffsets {
  const whole = { database: freshFile(), group: 'wordcount', ...options };
  const store = sqliteOffsets(whole);
  optionsOf.set(store, whole);
  return store;
}

const reopen = (store: OffsetStore): SqliteOffsets => open(optionsOf.get(store));

const SELECT = 'SELECT amount FROM counters WHERE name = ?';
const amountIn = (database: SqliteDatabase, name: string): number =>
  (database.prepare(SELECT).get(name) as { amount: number } | undefined)?.amount ?? 0;

/** What everybody sees: another connection. */
function amount(path: string, name: string): number {
  const database = openSqlite(path, 0);
  try {
    return amountIn(database, name);
  } finally {
    database.close();
  }
}

function add(handle: SqliteHandle, name: string, more: number): void {
  const added = 'INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET amount = amount + excluded.amount';
  handle.prepare(added).run(name, more);
}

const lines = (from: number, until: number): OffsetCommit[] => [
  { topic: 'lines', partition: 0, from, until, expected: from === 0 ? undefined : from },
];
function isRecognised(store: SqliteOffsets, time: number): boolean {
  const again = store.begin({ time, repeated: true });
  again.rollback();
  return again.committed;
}

const held = (until: number) => [{ topic: 'lines', partition: 0, until }];

offsetStoreContract(
  { describe, it, expect },
  {
    name: 'sqliteOffsets on a file',
    make: () => open(),
    reopen,
    owns: true,
    results: {
      add: (handle, name, more) => add(handle as SqliteHandle, name, more),
      read: (store, name) => amount(optionsOf.get(store)?.database as string, name),
    },
    skip: {
      overtakenTransaction: 'a file has one writer: taking its group over waits for the transaction that is open',
    },
  },
);

/** What there is on this Node. */
const DRIVERS: Readonly<Record<string, (path: string) => SqliteDatabase>> = {
  libsql: (path) => new (createRequire(import.meta.url)('libsql'))(path),
  'what a path is opened with': (path) => openSqlite(path, 0),
  'one that cannot say whether a transaction is open'(path) {
    const database = openSqlite(path, 0);
    return {
      exec: (sql) => database.exec(sql),
      prepare: (sql) => database.prepare(sql),
      close: () => database.close(),
    };
  },
};

describe.each(Object.entries(DRIVERS))('sqliteOffsets on an open database of the user: %s', (_, opened) => {
  it('commits results and offsets together, takes them back together, and leaves the database open', () => {
    const database = opened(freshFile());
    const store = open({ database });
    store.own();
    const batch = { time: 1000, repeated: false };
    const given = store.begin(batch);
    add(given.handle, 'a', 1);
    expect(amountIn(database, 'a')).toBe(1);
    given.rollback();
    expect([amountIn(database, 'a'), store.load({})]).toEqual([0, []]);
    const open1 = store.begin(batch);
    add(open1.handle, 'a', 1);
    open1.handle.exec("UPDATE counters SET amount = amount + 10 WHERE name = 'a'");
    expect(open1.handle.prepare(SELECT).all('a')).toHaveLength(1);
    expect(open1.commit(lines(0, 5))).toEqual({ foreign: [] });
    expect([amountIn(database, 'a'), store.load({})]).toEqual([11, held(5)]);
    expect(isRecognised(store, 1000)).toBe(true);
    store.close();
    expect(amountIn(database, 'a')).toBe(11);
    database.close();
  });

  it('refuses to begin within a transaction of the user, which goes on', () => {
    const database = opened(freshFile());
    const store = open({ database });
    store.own();
    database.exec('BEGIN');
    database.exec("INSERT INTO counters VALUES ('a', 1)");
    expect(() => store.begin({ time: 1000, repeated: false })).toThrow(
      coded('OFFSET_STORE_FAILED', /within a transaction/),
    );
    database.exec('COMMIT');
    expect(amountIn(database, 'a')).toBe(1);
    database.close();
  });

  it('is not kept waiting by readers, nor they by it', () => {
    const path = freshFile();
    const store = open({ database: path });
    const reader = opened(path);
    reader.exec('BEGIN');
    expect(amountIn(reader, 'a')).toBe(0);
    const transaction = store.begin({ time: 1000, repeated: false });
    add(transaction.handle, 'a', 1);
    transaction.commit(lines(0, 5));
    expect(amountIn(reader, 'a')).toBe(0);
    reader.exec('COMMIT');
    expect(amountIn(reader, 'a')).toBe(1);
    reader.close();
    store.close();
  });
});

describe('sqliteOffsets', () => {
  it('answers every call at once with a value, in memory too', () => {
    const store = open({ database: ':memory:' });
    expect(store.own()).toBeUndefined();
    expect(store.commit(lines(0, 3))).toEqual({ foreign: [] });
    expect(store.load({ topics: ['lines'] })).toEqual(held(3));
    expect(store.begin({ time: 1000, repeated: true }).committed).toBe(false);
    expect(store.name).toBe('sqlite wordcount');
    expect(store.close()).toBeUndefined();
  });

  it('makes the file and its folder, in which a commit is durable when it answers', () => {
    const database = join(folder, 'new', 'folder', 'offsets.db');
    const store = open({ database });
    store.commit(lines(0, 3));
    store.close();
    const again = openSqlite(database, 0);
    const value = (pragma: string): unknown => Object.values(again.prepare(`PRAGMA ${pragma}`).get() as object)[0];
    expect([value('journal_mode'), value('synchronous')]).toEqual(['wal', 2]);
    again.close();
  });

  it('two groups and two tables in one file do not meet', () => {
    const database = freshFile();
    const stores = [{}, { group: 'other' }, { table: 'offsets' }].map((options) => open({ database, ...options }));
    for (const [i, store] of stores.entries()) {
      store.own();
      store.begin({ time: 1000 * i, repeated: false }).commit(lines(0, i));
    }
    for (const [i, store] of stores.entries()) {
      expect(store.load({})).toEqual(held(i));
      expect(isRecognised(store, 1000 * i)).toBe(true);
      store.close();
    }
  });

  it('while another connection writes it is unavailable, and a commit repeated after that takes effect', () => {
    const database = freshFile();
    const store = open({ database, busyTimeoutMs: 0 });
    store.commit(lines(0, 3));
    const other = openSqlite(database, 0);
    other.exec('BEGIN IMMEDIATE');
    const busy = coded('OFFSET_STORE_UNAVAILABLE', /database is locked/, true);
    expect(() => store.commit(lines(3, 5))).toThrow(busy);
    expect(() => store.own()).toThrow(busy);
    expect(() => store.begin({ time: 1000, repeated: false })).toThrow(busy);
    expect(store.load({})).toEqual(held(3));
    other.exec('COMMIT');
    other.close();
    expect(store.commit(lines(3, 5))).toEqual({ foreign: [] });
    expect(store.load({})).toEqual(held(5));
    store.close();
  });

  it('is taken over when the transaction of the one before has ended, whose batch is then recognised', () => {
    const before = open({ busyTimeoutMs: 0 });
    before.own();
    const late = before.begin({ time: 1000, repeated: false });
    add(late.handle, 'a', 1);
    const next = reopen(before);
    expect(() => next.own()).toThrow(coded('OFFSET_STORE_UNAVAILABLE', /./, true));
    late.commit(lines(0, 5));
    next.own();
    expect(isRecognised(next, 1000)).toBe(true);
    expect(() => before.begin({ time: 2000, repeated: false })).toThrow(
      coded('OFFSET_STORE_TAKEN', /another pipeline/),
    );
    before.close();
    next.close();
  });

  it('a plain commit while a batch is open is to be repeated after it', () => {
    const store = open();
    const transaction = store.begin({ time: 1000, repeated: false });
    expect(() => store.commit(lines(0, 5))).toThrow(coded('OFFSET_STORE_UNAVAILABLE', /has not ended/, true));
    expect(store.load({})).toEqual([]);
    transaction.commit([]);
    expect(store.commit(lines(0, 5))).toEqual({ foreign: [] });
    store.close();
  });

  it.each(['COMMIT', ' rollback;', '-- done\nEND', '/* a */ begin', 'ABORT'])('the handle refuses %j', (sql) => {
    const store = open();
    const transaction = store.begin({ time: 1000, repeated: false });
    const refused = coded('OFFSET_STORE_FAILED', /expected a statement within the transaction/);
    expect(() => transaction.handle.exec(sql)).toThrow(refused);
    expect(() => transaction.handle.prepare(sql)).toThrow(refused);
    transaction.rollback();
    store.close();
  });

  it.each([
    "INSERT INTO counters VALUES ('a', 1); COMMIT",
    "INSERT INTO counters VALUES ('a', 1); -- done\nCOMMIT; BEGIN",
    'SELECT 1; /* ; */ rollback; begin',
    "INSERT INTO counters VALUES ('it''s', 1);end;",
  ])('the handle refuses an end in the middle, and nothing of it is done: %s', (sql) => {
    const store = open();
    const transaction = store.begin({ time: 1000, repeated: false });
    const refused = coded('OFFSET_STORE_FAILED', /got "(COMMIT|rollback|end)"/);
    expect(() => transaction.handle.exec(sql)).toThrow(refused);
    expect(() => transaction.handle.prepare(sql)).toThrow(refused);
    expect(transaction.handle.prepare('SELECT * FROM counters').all()).toEqual([]);
    transaction.commit(lines(0, 5));
    expect(store.load({})).toEqual(held(5));
    store.close();
  });

  it('the handle takes no text, name, comment or trigger for an end', () => {
    const store = open();
    const transaction = store.begin({ time: 1000, repeated: false });
    transaction.handle.exec(`CREATE TABLE "a; commit" ([b; end] TEXT); -- ; COMMIT
      INSERT INTO "a; commit" VALUES ('; ROLLBACK; it''s ; END') /* ; COMMIT */;
      ;SELECT CASE 1 WHEN 1 THEN 2 END`);
    transaction.handle.exec(`CREATE TEMP TRIGGER counted AFTER INSERT ON counters BEGIN
      UPDATE counters SET amount = amount + 1; END`);
    add(transaction.handle, 'a', 1);
    transaction.commit(lines(0, 5));
    expect(amount(optionsOf.get(store)?.database as string, 'a')).toBe(2);
    store.close();
  });

  it('the handle lets savepoints be', () => {
    const store = open();
    const transaction = store.begin({ time: 1000, repeated: false });
    add(transaction.handle, 'a', 1);
    transaction.handle.exec('SAVEPOINT risky');
    add(transaction.handle, 'a', 10);
    transaction.handle.exec('ROLLBACK TO risky');
    transaction.handle.exec('RELEASE risky');
    transaction.commit(lines(0, 5));
    expect(amount(optionsOf.get(store)?.database as string, 'a')).toBe(1);
    store.close();
  });

  it('a transaction that the function has ended behind its back is not committed with offsets', () => {
    const database = openSqlite(freshFile(), 0);
    const store = open({ database });
    const transaction = store.begin({ time: 1000, repeated: false });
    database.exec("INSERT INTO counters VALUES ('a', 1); COMMIT");
    const ended = coded('OFFSET_STORE_FAILED', /has ended it.*committed without its offsets/);
    expect(() => transaction.commit(lines(0, 5))).toThrow(ended);
    expect(store.load({})).toEqual([]);
    // Whoever tries again would write it twice.
    expect(() => store.begin({ time: 1000, repeated: true })).toThrow(ended);
    store.close();
  });

  it('such a transaction is found out by the next statement, and by the end of a batch that has failed', () => {
    const ended = coded('OFFSET_STORE_FAILED', /has ended it.*committed without its offsets/);
    for (const find of ['statement', 'rollback']) {
      const database = openSqlite(freshFile(), 0);
      const store = open({ database });
      const { handle, rollback } = store.begin({ time: 1000, repeated: false });
      database.exec("INSERT INTO counters VALUES ('a', 1); COMMIT");
      if (find === 'statement') expect(() => handle.exec('SELECT 1')).toThrow(ended);
      expect(() => rollback()).toThrow(ended);
      expect(() => store.begin({ time: 1000, repeated: true })).toThrow(ended);
      store.close();
      database.close();
    }
  });

  it('a batch that writes nothing and raises no offset leaves the file as it is, and runs again where it is repeated', () => {
    const store = open();
    const written = store.begin({ time: 1000, repeated: false });
    add(written.handle, 'a', 1);
    written.commit(lines(0, 5));
    const path = optionsOf.get(store)?.database as string;
    const before = readFileSync(`${path}-wal`);
    store.begin({ time: 2000, repeated: false }).commit(lines(5, 5));
    expect(readFileSync(`${path}-wal`).equals(before)).toBe(true);
    expect([isRecognised(store, 1000), isRecognised(store, 2000)]).toEqual([true, false]);
    store.begin({ time: 3000, repeated: false }).commit(lines(5, 6));
    expect([isRecognised(store, 1000), isRecognised(store, 3000)]).toEqual([false, true]);
    store.close();
  });

  it('close ends the transaction that is open, also in a database of the user; its rollback after that is harmless', () => {
    const path = freshFile();
    for (const database of [openSqlite(path, 0), path]) {
      const store = open({ database });
      const transaction = store.begin({ time: 1000, repeated: false });
      add(transaction.handle, 'a', 1);
      store.close();
      const other = openSqlite(path, 0);
      other.exec('BEGIN IMMEDIATE; ROLLBACK');
      expect(amountIn(other, 'a')).toBe(0);
      other.close();
      transaction.rollback();
      expect(() => transaction.commit(lines(0, 5))).toThrow(coded('OFFSET_STORE_FAILED', /after its end/));
      store.close();
    }
  });

  it('a handle that was kept is refused after the end of its batch, and so is a statement of it', () => {
    const store = open();
    const transaction = store.begin({ time: 1000, repeated: false });
    const statement = transaction.handle.prepare("INSERT INTO counters VALUES ('a', 1)");
    transaction.commit(lines(0, 5));
    const next = store.begin({ time: 2000, repeated: false });
    for (const use of [
      () => statement.run(),
      () => statement.get(),
      () => statement.all(),
      () => transaction.handle.exec('SELECT 1'),
    ]) {
      expect(use).toThrow(coded('OFFSET_STORE_FAILED', /after its end/));
    }
    next.rollback();
    store.close();
  });

  it('a statement that fails is told as the driver tells it, and the batch can go on', () => {
    const store = open();
    const transaction = store.begin({ time: 1000, repeated: false });
    transaction.handle.exec("INSERT INTO counters VALUES ('a', 1)");
    expect(() => transaction.handle.exec("INSERT INTO counters VALUES ('a', 2)")).toThrow(/UNIQUE constraint failed/);
    transaction.commit(lines(0, 5));
    expect(amount(optionsOf.get(store)?.database as string, 'a')).toBe(1);
    store.close();
  });

  it.each(['exec', 'prepare', 'a trigger'])(
    'a statement that rolls the transaction back as it fails is told as the driver tells it; what is written after it is refused: %s',
    (how) => {
      const store = open();
      const { handle, commit } = store.begin({ time: 1000, repeated: false });
      handle.exec("INSERT INTO counters VALUES ('a', 1)");
      if (how === 'a trigger') {
        handle.exec(`CREATE TEMP TRIGGER refusing BEFORE INSERT ON counters WHEN new.name = 'a' BEGIN
          SELECT RAISE(ROLLBACK, 'UNIQUE constraint failed'); END`);
      }
      const or = how === 'a trigger' ? '' : 'OR ROLLBACK';
      const before = handle.prepare("INSERT INTO counters VALUES ('b', 1)");
      const failing = `INSERT ${or} INTO counters VALUES ('a', 2)`;
      expect(() => (how === 'exec' ? handle.exec(failing) : handle.prepare(failing).run())).toThrow(
        expect.not.objectContaining({ code: 'OFFSET_STORE_FAILED' }),
      );
      const cause = expect.objectContaining({ message: expect.stringMatching(/UNIQUE constraint failed/) });
      const refused = expect.objectContaining({
        code: 'OFFSET_STORE_FAILED',
        retriable: false,
        message: expect.stringMatching(/has failed and rolled it back/),
        cause,
      });
      expect(() => before.run()).toThrow(refused);
      expect(() => handle.exec("INSERT INTO counters VALUES ('c', 1)")).toThrow(refused);
      expect(() => commit(lines(0, 5))).toThrow(refused);
      const look = store.begin({ time: 2000, repeated: false });
      expect(look.handle.prepare('SELECT * FROM counters').all()).toEqual([]);
      look.rollback();
      expect(store.load({})).toEqual([]);
      store.close();
    },
  );

  it('a disk that is full under a statement of the user is unavailable, as under one of the store', () => {
    const database = openSqlite(freshFile(), 0);
    const store = open({ database });
    const { handle, rollback } = store.begin({ time: 1000, repeated: false });
    const { page_count: pages } = handle.prepare('PRAGMA page_count').get() as { page_count: number };
    handle.prepare(`PRAGMA max_page_count = ${pages}`).get();
    const full = coded('OFFSET_STORE_UNAVAILABLE', /SQLITE_FULL/, true);
    expect(() => handle.exec('INSERT INTO counters VALUES (hex(zeroblob(100000)), 1)')).toThrow(full);
    rollback();
    const again = store.begin({ time: 1000, repeated: false });
    const add = again.handle.prepare('INSERT INTO counters VALUES (?, 1)');
    expect(() => add.run('a'.repeat(100_000))).toThrow(full);
    again.rollback();
    store.close();
    database.close();
  });

  it('a group whose row was deleted under its owner is not said to be taken; beginning anew it is owned again', () => {
    const database = openSqlite(freshFile(), 0);
    const store = open({ database });
    store.own();
    database.exec('DELETE FROM rx_dstream_offsets_groups');
    const deleted = coded('OFFSET_STORE_FAILED', /row of the group was deleted.*start again/);
    expect(() => store.commit(lines(0, 5))).toThrow(deleted);
    expect(() => store.begin({ time: 1000, repeated: false })).toThrow(deleted);
    store.own();
    store.commit(lines(0, 5));
    expect(store.load({})).toEqual(held(5));
    store.close();
    database.close();
  });

  it('tables that are dropped under a run are said to be missing, and what to do', () => {
    const database = openSqlite(freshFile(), 0);
    const store = open({ database });
    store.own();
    database.exec('DROP TABLE rx_dstream_offsets');
    expect(() => store.commit(lines(0, 5))).toThrow(coded('OFFSET_STORE_FAILED', /dropped under a run.*start again/));
    store.close();
    database.close();
  });

  it('creates no tables where it may not, and says what is missing', () => {
    const store = open({ createTables: false });
    expect(() => store.load({})).toThrow(
      coded('OFFSET_STORE_FAILED', /no such table: rx_dstream_offsets.*Create the tables/),
    );
    store.close();
  });

  it('an offset that is none is not taken for one', () => {
    const database = freshFile();
    const store = open({ database });
    store.commit(lines(0, 5));
    const other = openSqlite(database, 0);
    other.exec('UPDATE rx_dstream_offsets SET until = -1');
    other.close();
    expect(() => store.load({})).toThrow(
      coded('OFFSET_STORE_FAILED', /expected whole numbers .* got 0 and -1 of topic lines/),
    );
    store.close();
  });

  it('a file that is no database, and a store that is closed, are refused', () => {
    const path = join(folder, 'text.db');
    writeFileSync(path, 'this is no database, however long one looks at it. '.repeat(50));
    expect(() => open({ database: path }).load({})).toThrow(coded('OFFSET_STORE_FAILED', /not a database/));
    const store = open();
    store.close();
    expect(() => store.load({})).toThrow(coded('OFFSET_STORE_FAILED', /was closed/));
  });

  it.each([
    [{}, /sqliteOffsets\(database\): expected a path, or an open database/],
    [{ database: '', group: 'a' }, /sqliteOffsets\(database\)/],
    [{ database: {}, group: 'a' }, /sqliteOffsets\(database\)/],
    [{ database: ':memory:' }, /sqliteOffsets\(group\): expected a text/],
    [{ database: ':memory:', group: 'a', table: 'a-b' }, /sqliteOffsets\(table\): expected the name of a table/],
    [{ database: ':memory:', group: 'a', createTables: 1 }, /sqliteOffsets\(createTables\)/],
    [{ database: ':memory:', group: 'a', busyTimeoutMs: -1 }, /sqliteOffsets\(busyTimeoutMs\)/],
  ])('refuses wrong options where they are written: %j', (options, message) => {
    expect(() => sqliteOffsets(options as never)).toThrow(coded('INVALID_ARGUMENT', message));
  });
});

/** An error to compare with. */
function coded(code: string, message: RegExp, retriable = false): unknown {
  return expect.objectContaining({ code, retriable, message: expect.stringMatching(message) });
}
