import { describe, expect, it } from 'vitest';
import type { PostgresPool } from '../../../src/drivers/sql/PostgresTarget.ts';
import type { OffsetCommit } from '../../../src/offsets/OffsetStore.ts';
import { type PostgresOffsets, type PostgresOffsetsOptions, postgresOffsets } from '../../../src/sql.ts';
import { manualClock } from '../../../src/testing/index.ts';
import { promisesSettle } from '../../support/stage.ts';

const lines: readonly OffsetCommit[] = [{ topic: 'lines', partition: 0, from: 0, until: 5, expected: undefined }];
const ROW = { owner: null, batch_time: null, transaction: '7', there: true };
type Answered = (sql: string) => unknown;

/** A pool whose one client answers as it is told, and what was asked of both. */
function pretendPool(
  answer: Answered,
  connect: () => Promise<void> = async () => undefined,
  getTransactionStatus: () => string | null = () => null,
) {
  const asked: string[] = [];
  const listeners = new Set<(error: Error) => void>();
  const client = {
    on: (_: 'error', listener: (error: Error) => void) => listeners.add(listener),
    off: (_: 'error', listener: (error: Error) => void) => listeners.delete(listener),
    getTransactionStatus,
    release: (destroy?: boolean) => void asked.push(destroy ? 'destroyed' : 'released'),
    async query(query: string | object) {
      const sql = typeof query === 'string' ? query : JSON.stringify(query);
      asked.push(sql.split(/\s/, 1)[0] as string);
      return answer(sql);
    },
  };
  const pool: PostgresPool = {
    on: () => undefined,
    off: () => undefined,
    async connect() {
      await connect();
      return client as never;
    },
  };
  return { pool, asked, lost: (error: Error) => [...listeners].forEach((listener) => listener(error)) };
}

/** What a healthy server answers: every statement of a text in turn. */
const healthy: Answered = (sql) =>
  sql.split(';').map((statement) => ({
    rows: statement.includes('SELECT topic') ? [] : [ROW],
    rowCount: 1,
    command: statement.trim().split(/\s/, 1)[0],
  }));

function open(pool: PostgresPool, options: Partial<PostgresOffsetsOptions> = {}): PostgresOffsets {
  return postgresOffsets({ postgres: pool, group: 'wordcount', ...options });
}

const coded = (code: string, message: RegExp, retriable = false): unknown =>
  expect.objectContaining({ code, retriable, message: expect.stringMatching(message) });

/** A failure that PostgreSQL tells. */
const told = (code: string, severity = 'ERROR'): Error => Object.assign(new Error(`told ${code}`), { code, severity });

describe('postgresOffsets', () => {
  it('a server that does not answer is given up within the timeout, and its connection closed', async () => {
    const clock = manualClock();
    const { pool, asked } = pretendPool(() => new Promise(() => undefined));
    const loading = open(pool, { scheduler: clock, commandTimeoutMs: 700 }).load({});
    const failed = expect(loading).rejects.toEqual(
      coded('OFFSET_STORE_UNAVAILABLE', /did not answer within 700 ms/, true),
    );
    await promisesSettle();
    clock.advanceBy(699);
    expect(asked).toEqual(['SELECT']);
    clock.advanceBy(1);
    await failed;
    expect(asked).toEqual(['SELECT', 'destroyed']);
  });

  it('a connection that comes when nobody waits for it any more is given back', async () => {
    const clock = manualClock();
    let connected = (): void => undefined;
    const connecting = new Promise<void>((resolve) => {
      connected = resolve;
    });
    const { pool, asked } = pretendPool(healthy, () => connecting);
    const failed = expect(open(pool, { scheduler: clock }).own()).rejects.toEqual(
      coded('OFFSET_STORE_UNAVAILABLE', /did not answer within 5000 ms/, true),
    );
    await promisesSettle();
    clock.advanceBy(5000);
    await failed;
    connected();
    await promisesSettle();
    expect(asked).toEqual(['released']);
  });

  it('a query of an output has its own time', async () => {
    const clock = manualClock();
    const { pool, asked } = pretendPool((sql) => (sql === 'SLOW' ? new Promise(() => undefined) : healthy(sql)));
    const store = open(pool, { scheduler: clock, commandTimeoutMs: 100, queryTimeoutMs: 900 });
    const { handle, rollback } = await store.begin({ time: 1000, repeated: false });
    const failed = expect(handle.query('SLOW')).rejects.toEqual(
      coded('OFFSET_STORE_UNAVAILABLE', /within 900 ms/, true),
    );
    clock.advanceBy(899);
    expect(asked.at(-1)).toBe('SLOW');
    clock.advanceBy(1);
    await failed;
    expect(asked.at(-1)).toBe('destroyed');
    await rollback();
    expect(asked.at(-1)).toBe('destroyed');
  });

  it('a plain commit while a batch is open waits for its end, but not for ever', async () => {
    const clock = manualClock();
    const { pool } = pretendPool(healthy);
    const store = open(pool, { scheduler: clock });
    const { rollback } = await store.begin({ time: 1000, repeated: false });
    const failed = expect(store.own()).rejects.toEqual(
      coded('OFFSET_STORE_UNAVAILABLE', /has not ended within 5000 ms/, true),
    );
    await promisesSettle();
    clock.advanceBy(4999);
    const owned = store.own();
    clock.advanceBy(1);
    await failed;
    await rollback();
    await owned;
  });

  it.each([
    ['08006', true],
    ['57P01', true],
    ['57P03', true],
    ['53300', true],
    ['40P01', true],
    ['25006', true],
    ['28P01', false],
    ['3D000', false],
    ['42501', false],
    ['22003', false],
  ])('what PostgreSQL says with SQLSTATE %s is retriable: %s', async (state, retriable) => {
    const { pool } = pretendPool(() => {
      throw told(state);
    });
    const code = retriable ? 'OFFSET_STORE_UNAVAILABLE' : 'OFFSET_STORE_FAILED';
    await expect(open(pool).load({})).rejects.toEqual(
      coded(code, new RegExp(`told ${state}.*\\(${state}\\)`), retriable),
    );
  });

  it.each([
    [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), true],
    [new Error('Connection terminated unexpectedly'), true],
    [new Error('Client has encountered a connection error and is not queryable'), true],
    [new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'), false],
    [new Error('The server does not support SSL connections'), false],
    [new Error('Cannot use a pool after calling end on the pool'), false],
  ])('what pg says without one is retriable where waiting helps: %s', async (error, retriable) => {
    const { pool } = pretendPool(healthy, () => Promise.reject(error));
    const code = retriable ? 'OFFSET_STORE_UNAVAILABLE' : 'OFFSET_STORE_FAILED';
    await expect(open(pool).load({})).rejects.toEqual(coded(code, /postgresOffsets load: /, retriable));
  });

  it('a session that the server has ended is closed, one with a failed statement is rolled back and given back', async () => {
    for (const [error, after] of [
      [told('57P01', 'FATAL'), ['destroyed']],
      [told('42501'), ['ROLLBACK', 'released']],
    ] as const) {
      const { pool, asked } = pretendPool((sql) => {
        if (sql.startsWith('BEGIN')) throw error;
        return healthy(sql);
      });
      await expect(open(pool).own()).rejects.toThrow();
      expect(asked).toEqual(['SELECT', 'BEGIN', ...after]);
    }
  });

  it('a connection lost in the middle is told to the next query, and once more after that harms nobody', async () => {
    const { pool, asked, lost } = pretendPool(healthy);
    const { handle, commit } = await open(pool).begin({ time: 1000, repeated: false });
    lost(new Error('Connection terminated unexpectedly'));
    lost(new Error('Connection terminated unexpectedly'));
    const away = coded('OFFSET_STORE_UNAVAILABLE', /Connection terminated unexpectedly/, true);
    await expect(handle.query('INSERT')).rejects.toEqual(away);
    await expect(commit(lines)).rejects.toEqual(away);
    expect(asked.filter((what) => what === 'destroyed')).toHaveLength(1);
  });

  it('a statement that PostgreSQL refuses is told as pg tells it', async () => {
    const error = told('23505');
    const { pool } = pretendPool((sql) => {
      if (sql === 'INSERT') throw error;
      return healthy(sql);
    });
    const { handle } = await open(pool).begin({ time: 1000, repeated: false });
    await expect(handle.query('INSERT')).rejects.toBe(error);
  });

  it('only a batch that asked something of its handle, or raises an offset, is committed', async () => {
    const offsets = [{ topic: 'lines', partition: 0, until: 5, expected: undefined }];
    for (const [isWritten, raised, last] of [
      [false, [], 'ROLLBACK'],
      [true, [], 'SELECT'],
      [false, offsets, 'SELECT'],
    ] as const) {
      const { pool, asked } = pretendPool(healthy);
      const { handle, commit } = await open(pool).begin({ time: 1000, repeated: false });
      if (isWritten) await handle.query('SELECT 1');
      expect(await commit(raised)).toEqual({ foreign: [] });
      expect(asked.slice(-2)).toEqual([last, 'released']);
    }
  });

  it('a batch asks twice beside what its output asks: as it begins, and as it ends', async () => {
    const { pool, asked } = pretendPool(healthy);
    const store = open(pool);
    await store.load({}); // looks for its tables
    asked.length = 0;
    const { handle, commit } = await store.begin({ time: 1000, repeated: false });
    await handle.query('INSERT');
    await commit(lines);
    expect(asked).toEqual(['BEGIN', 'INSERT', 'SELECT', 'released']);
  });

  it('a COMMIT that PostgreSQL made a ROLLBACK of is no commit', async () => {
    const { pool } = pretendPool((sql) =>
      (healthy(sql) as { command: string }[]).map((result) =>
        result.command === 'COMMIT' ? { ...result, command: 'ROLLBACK' } : result,
      ),
    );
    const { commit } = await open(pool).begin({ time: 1000, repeated: false });
    const offsets = [{ topic: 'lines', partition: 0, until: 5, expected: undefined }];
    await expect(commit(offsets)).rejects.toEqual(coded('OFFSET_STORE_FAILED', /has ended it/));
  });

  it('a transaction of another number than the one that was begun is not committed', async () => {
    const { pool, asked } = pretendPool((sql) => {
      if (!sql.includes('if_assigned')) return healthy(sql);
      throw Object.assign(told('22P02'), { message: `invalid input syntax: ${/rx-dstream: [^']*/.exec(sql)?.[0]}` });
    });
    const { commit } = await open(pool).begin({ time: 1000, repeated: false });
    await expect(commit(lines)).rejects.toEqual(coded('OFFSET_STORE_FAILED', /has ended it/));
    expect(asked.slice(-3)).toEqual(['SELECT', 'ROLLBACK', 'released']);
    expect(asked.filter((what) => what === 'SELECT')).toHaveLength(2); // the tables, the commit
  });

  it.each([
    'COMMIT',
    'commit;',
    ' -- all\nEND',
    'ROLLBACK',
    'BEGIN',
    'START TRANSACTION',
    "PREPARE TRANSACTION 'a'",
    'SELECT 1; COMMIT; BEGIN',
  ])('the handle refuses %j, as text and as an object', async (text) => {
    const { pool, asked } = pretendPool(healthy);
    const { handle, rollback } = await open(pool).begin({ time: 1000, repeated: false });
    const before = asked.length;
    const refused = coded('OFFSET_STORE_FAILED', /expected a statement within the transaction/);
    await expect(handle.query(text)).rejects.toEqual(refused);
    await expect(handle.query({ text })).rejects.toEqual(refused);
    expect(asked).toHaveLength(before);
    await rollback();
  });

  it('a statement that ends the transaction unseen fails, and so does all that comes after it, with what to do', async () => {
    let status = 'T';
    const { pool, asked } = pretendPool(
      (sql) => {
        if (sql === 'HIDDEN') status = 'I';
        return healthy(sql);
      },
      undefined,
      () => status,
    );
    const { handle, commit } = await open(pool).begin({ time: 1000, repeated: false });
    await handle.query('INSERT');
    const ended = coded('OFFSET_STORE_FAILED', /has ended it.*committed without its offsets.*start again/);
    await expect(handle.query('HIDDEN')).rejects.toEqual(ended);
    await expect(handle.query('INSERT')).rejects.toEqual(ended);
    expect(() => handle.query({ submit: () => undefined })).toThrow(ended as Error);
    expect(asked.at(-1)).toBe('HIDDEN');
    await expect(commit(lines)).rejects.toEqual(ended);
    expect(asked).not.toContain('COMMIT');
  });

  describe('a query that is not awaited', () => {
    /** A pool in which queries `SLOW` and `OTHER` are answered when they are told to be. */
    function slow() {
      let answered = (): void => undefined;
      let failed = (_: Error): void => undefined;
      const waiting = new Promise<unknown>((resolve, reject) => {
        answered = () => resolve({ rows: [], rowCount: 0, command: 'SLOW' });
        failed = reject;
      });
      const made = pretendPool((sql) => (sql === 'SLOW' ? waiting : healthy(sql)));
      return { ...made, answered: () => answered(), failed: (error: Error) => failed(error) };
    }

    it('and fails, fails the batch, with its failure as the cause, and does not end the process', async () => {
      const { pool, asked, failed } = slow();
      const { handle, commit } = await open(pool).begin({ time: 1000, repeated: false });
      void handle.query('SLOW');
      const error = told('23505');
      failed(error);
      await promisesSettle();
      await expect(commit(lines)).rejects.toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        retriable: false,
        message: expect.stringMatching(/was not awaited. Return or await it/),
        cause: error,
      });
      expect(asked.slice(-2)).toEqual(['ROLLBACK', 'released']);
    });

    it('and is refused, fails the batch with the refusal', async () => {
      const { pool } = slow();
      const { handle, commit } = await open(pool).begin({ time: 1000, repeated: false });
      void handle.query('COMMIT');
      await expect(commit(lines)).rejects.toEqual(coded('OFFSET_STORE_FAILED', /got "COMMIT"/));
    });

    it('and is under way when the function has ended, is waited for', async () => {
      const { pool, asked, answered } = slow();
      const { handle, commit } = await open(pool).begin({ time: 1000, repeated: false });
      void handle.query('SLOW');
      const committing = commit(lines);
      await promisesSettle();
      expect(asked.at(-1)).toBe('SLOW');
      answered();
      expect(await committing).toEqual({ foreign: [] });
      expect(asked.at(-1)).toBe('released');
    });

    it('and is to be followed by another one, commits nothing', async () => {
      const { pool, asked, answered } = slow();
      const { handle, commit } = await open(pool).begin({ time: 1000, repeated: false });
      const writing = (async () => {
        await handle.query('SLOW');
        await handle.query('INSERT');
      })();
      const refused = expect(writing).rejects.toEqual(coded('OFFSET_STORE_FAILED', /before its batch ends/));
      const committing = expect(commit(lines)).rejects.toEqual(coded('OFFSET_STORE_FAILED', /before its batch ends/));
      answered();
      await Promise.all([refused, committing]);
      expect(asked.slice(-3)).toEqual(['SLOW', 'ROLLBACK', 'released']);
    });

    it('but awaited later, or caught, is no mistake', async () => {
      const { pool, failed } = slow();
      const { handle, commit } = await open(pool).begin({ time: 1000, repeated: false });
      const query = handle.query('SLOW');
      const error = told('23505');
      failed(error);
      await promisesSettle();
      await expect(query).rejects.toBe(error);
      expect(await Promise.all([handle.query('INSERT'), handle.query({ text: 'INSERT' })])).toHaveLength(2);
      expect(await commit(lines)).toEqual({ foreign: [] });
    });
  });

  it('a group whose row was deleted under its owner is not said to be taken', async () => {
    const { pool } = pretendPool(healthy);
    const store = open(pool);
    await store.own();
    await expect(store.commit(lines)).rejects.toEqual(coded('OFFSET_STORE_FAILED', /row of the group was deleted/));
    await store.own();
  });

  it('tables that are dropped under a run are said to be missing, and what to do', async () => {
    const { pool } = pretendPool((sql) => {
      if (sql.startsWith('BEGIN')) throw told('42P01');
      return healthy(sql);
    });
    await expect(open(pool).own()).rejects.toEqual(
      coded('OFFSET_STORE_FAILED', /42P01.*dropped under a run.*start again/),
    );
  });

  it('the handle passes on savepoints, statements that only look alike, and what does its own asking', async () => {
    const { pool, asked } = pretendPool(healthy);
    const { handle, rollback } = await open(pool).begin({ time: 1000, repeated: false });
    for (const text of [
      'ROLLBACK TO SAVEPOINT a',
      'rollback work to a',
      'ENDING',
      'COMMITTED',
      "PREPARE a AS SELECT 'COMMIT'",
    ]) {
      await handle.query(text);
    }
    expect(asked.slice(-5)).toEqual(['ROLLBACK', 'rollback', 'ENDING', 'COMMITTED', 'PREPARE']);
    const cursor = { submit: () => undefined };
    void handle.query(cursor);
    await rollback();
    await expect(handle.query('SELECT 1')).rejects.toEqual(coded('OFFSET_STORE_FAILED', /before its batch ends/));
    expect(() => handle.query(cursor)).toThrow(/before its batch ends/);
  });

  it('a text that PostgreSQL cannot keep is refused before anything is asked', async () => {
    const { pool } = pretendPool(healthy);
    const odd = [{ ...lines[0], topic: 'a\0b' } as OffsetCommit];
    await expect(open(pool).commit(odd)).rejects.toEqual(coded('INVALID_ARGUMENT', /without the character 0/));
    expect(() => open(pool, { group: '\0' })).toThrow(/without the character 0/);
  });

  it('without tables and without leave to create them it says what to create', async () => {
    const { pool } = pretendPool(() => ({ rows: [{ there: false }] }));
    await expect(open(pool, { createTables: false }).load({})).rejects.toEqual(
      coded('OFFSET_STORE_FAILED', /Create them:\nCREATE TABLE IF NOT EXISTS "rx_dstream_offsets_groups"/),
    );
  });

  it('says no password and no user in its messages', async () => {
    const store = postgresOffsets({ postgres: 'postgres://me:secret@127.0.0.1:1/shop', group: 'a' });
    const error = await store.load({}).catch((reason: Error) => reason.message);
    expect(error).toMatch(/PostgreSQL at 127\.0\.0\.1:1\/shop does not answer/);
    expect(error).not.toMatch(/secret|me:/);
    await store.close();
    await expect(store.load({})).rejects.toEqual(coded('OFFSET_STORE_FAILED', /was closed/));
  });

  it.each([
    [{ group: 'a' }, /postgresOffsets\(postgres\): expected a PostgreSQL URL, settings of pg or a Pool/],
    [{ postgres: '', group: 'a' }, /postgresOffsets\(postgres\)/],
    [{ postgres: 'nonsense', group: 'a' }, /postgresOffsets\(postgres\).*got "nonsense". A URL is written postgres:/],
    [{ postgres: 'me:secret@host', group: 'a' }, /postgresOffsets\(postgres\).*got (?!.*secret)/],
    [{ postgres: ['postgres://a'], group: 'a' }, /postgresOffsets\(postgres\)/],
    [{ postgres: { connectionString: 'nonsense' }, group: 'a' }, /postgresOffsets\(postgres\)/],
    [{ postgres: { connect() {}, connectionParameters: {} }, group: 'a' }, /A single client does not survive/],
    [{ postgres: { max: 1 }, group: 'a' }, /at least 2 connections/],
    [{ postgres: { connect() {}, options: { max: 1 } }, group: 'a' }, /at least 2 connections/],
    [{ postgres: 'postgres://a' }, /postgresOffsets\(group\)/],
    [{ postgres: 'postgres://a', group: 'a', table: 'a.b.c' }, /postgresOffsets\(table\)/],
    [{ postgres: 'postgres://a', group: 'a', table: 'a"b' }, /postgresOffsets\(table\)/],
    [{ postgres: 'postgres://a', group: 'a', table: 'a'.repeat(51) }, /at most 50/],
    [{ postgres: 'postgres://a', group: 'a', createTables: 'no' }, /postgresOffsets\(createTables\)/],
    [{ postgres: 'postgres://a', group: 'a', commandTimeoutMs: 0 }, /postgresOffsets\(commandTimeoutMs\)/],
    [{ postgres: 'postgres://a', group: 'a', queryTimeoutMs: '1' }, /postgresOffsets\(queryTimeoutMs\)/],
    [{ postgres: 'postgres://a', group: 'a', idleTimeoutMs: -1 }, /postgresOffsets\(idleTimeoutMs\)/],
  ])('refuses wrong options where they are written: %j', (options, message) => {
    expect(() => postgresOffsets(options as never)).toThrow(coded('INVALID_ARGUMENT', message));
  });
});
