import { spawn } from 'node:child_process';
import { Pool } from 'pg';
import { retry, timer } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { batchInterval, foreachBatchInTransaction, StreamingContext } from '../../../src/index.ts';
import type { OffsetCommit } from '../../../src/offsets/OffsetStore.ts';
import {
  type PostgresHandle,
  type PostgresOffsets,
  type PostgresOffsetsOptions,
  postgresOffsets,
} from '../../../src/sql.ts';
import { type FaultyProxy, faultyProxy } from '../../support/faultyProxy.ts';
import { Log, logSource } from '../../support/logSource.ts';
import { PATIENT } from '../../support/patient.ts';
import { Program } from '../../support/runTypeScript.ts';
import { freshName, type PostgresServer, skipUnless, startOwnPostgres } from '../services.ts';

const unavailable = { code: 'OFFSET_STORE_UNAVAILABLE', retriable: true };
const lines = (from: number, until: number): OffsetCommit[] => [
  { topic: 'lines', partition: 0, from, until, expected: from === 0 ? undefined : from },
];
const held = (until: number) => [{ topic: 'lines', partition: 0, until }];

skipUnless('postgres')('postgresOffsets under faults', () => {
  let server: PostgresServer;
  let proxy: FaultyProxy;
  let pool: Pool;
  let table: string;
  let tables = 0;
  const opened: PostgresOffsets[] = [];
  const programs: Program[] = [];

  beforeAll(async () => {
    server = await startOwnPostgres();
    proxy = await faultyProxy({ host: '127.0.0.1', port: server.port });
    pool = new Pool({ connectionString: server.url });
    pool.on('error', () => undefined); // the server is killed in these tests
  });

  beforeEach(async () => {
    table = `results_${tables++}`;
    await pool.query(`CREATE TABLE ${table} (record text PRIMARY KEY)`);
  });

  afterEach(async () => {
    for (const program of programs.splice(0)) {
      program.process.kill('SIGCONT');
      await program.killed();
    }
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  afterAll(async () => {
    await pool?.end();
    await proxy?.close();
    await server?.stop();
  });

  function open(options: Partial<PostgresOffsetsOptions> = {}): PostgresOffsets {
    const whole = { postgres: server.url, group: freshName('group'), commandTimeoutMs: 2000, ...options };
    const store = postgresOffsets(whole);
    opened.push(store);
    return store;
  }

  const throughProxy = (): PostgresOffsets =>
    open({ queryTimeoutMs: 2000, postgres: `postgres://test@127.0.0.1:${proxy.port}/postgres` });
  const write = (handle: PostgresHandle, record: string): Promise<unknown> =>
    handle.query(`INSERT INTO ${table} VALUES ($1)`, [record]);

  async function written(): Promise<readonly string[]> {
    const { rows } = await pool.query(`SELECT record FROM ${table} ORDER BY length(record), record`);
    return rows.map(({ record }) => record);
  }

  /** A process that holds a transaction open. */
  async function holder(group: string, url = server.url): Promise<Program> {
    const program = new URL('holdTransaction.ts', import.meta.url).pathname;
    const node = ['--import', import.meta.resolve('tsx'), '--conditions=rx-dstream:source', program, url, group, table];
    const one = new Program(spawn(process.execPath, node, { stdio: ['pipe', 'pipe', 'pipe'] }));
    programs.push(one);
    await vi.waitFor(() => expect(`${one.output}${one.errors}`).toBe('open\n'), PATIENT);
    return one;
  }

  it('a stream whose server is killed and stopped in the middle of transactions resumes, and its account is exact', async () => {
    const store = open();
    const log = new Log<string>();
    const stream = new StreamingContext({ interval: 20, onWarning: () => undefined });
    const blows = [() => server.kill9(), () => server.halt(), () => server.kill9(), () => server.halt()];
    const restarts: Promise<void>[] = [];
    let failures = 0;
    let batches = 0;
    const running = logSource(log, { step: 50 })
      .pipe(
        batchInterval(stream),
        foreachBatchInTransaction(store, async ({ records }, client: PostgresHandle) => {
          log.append(...numbered(log.records.length, 10));
          for (const record of records) await write(client, record);
          if (++batches % 3 !== 0) return;
          const blow = blows.shift();
          // A server that is still being started is not hit: nobody could tell that from one that does not start.
          if (blow !== undefined) await restarts.at(-1);
          await blow?.();
          if (blow !== undefined) restarts.push(server.restart());
          await client.query('SELECT 1');
        }),
        retry({
          delay: () => {
            failures++;
            return timer(50);
          },
        }),
      )
      .subscribe({ error: (error) => expect.unreachable(String(error)) });
    log.append(...numbered(0, 10));
    await vi.waitFor(() => expect([restarts.length, failures >= 4]).toEqual([4, true]), PATIENT);
    await Promise.all(restarts);
    const before = (await written()).length;
    await vi.waitFor(async () => expect((await written()).length).toBeGreaterThan(before + 100), PATIENT);
    await stream.stop();
    running.unsubscribe();
    const all = await written();
    expect(all).toEqual(numbered(0, all.length));
    const [offset] = await store.load({});
    expect(offset?.until).toBe(all.length);
  });

  it('a frozen server is given up within the timeout, waited for, and nothing is written twice', async () => {
    const store = open({ commandTimeoutMs: 300, queryTimeoutMs: 300 });
    const log = new Log(...numbered(0, 30));
    const stream = new StreamingContext({ interval: 20, onWarning: () => undefined });
    const codes: string[] = [];
    let batches = 0;
    const running = logSource(log, { step: 10 })
      .pipe(
        batchInterval(stream),
        foreachBatchInTransaction(store, async ({ records }, client: PostgresHandle) => {
          for (const record of records) await write(client, record);
          // The first batch asks the store what it holds, and waits for that.
          if (++batches === 2) server.freeze();
        }),
        retry({
          delay: (error) => {
            codes.push(error.code);
            return timer(50);
          },
        }),
      )
      .subscribe();
    await vi.waitFor(() => expect(codes).toContain('OFFSET_STORE_UNAVAILABLE'), PATIENT);
    server.thaw();
    await vi.waitFor(async () => expect(await written()).toHaveLength(30), PATIENT);
    await stream.stop();
    running.unsubscribe();
    const found = await vi.waitFor(() => store.load({}), PATIENT);
    expect(found).toEqual([{ topic: 'log', partition: 0, until: 30 }]);
    expect(await written()).toEqual(numbered(0, 30));
  });

  it('while the server is away every call is unavailable, and it goes on by itself', async () => {
    const store = open();
    await store.own();
    await server.halt();
    await expect(store.load({})).rejects.toMatchObject(unavailable);
    await expect(store.commit(lines(0, 5))).rejects.toMatchObject(unavailable);
    await expect(store.begin({ time: 1000, repeated: false })).rejects.toMatchObject(unavailable);
    await server.restart();
    expect(await store.commit(lines(0, 5))).toEqual({ foreign: [] });
    expect(await store.load({})).toEqual(held(5));
  });

  it.each(['cut', 'silence'] as const)(
    'a commit whose answer is lost (%s) is unavailable, and the batch is recognised when it is repeated',
    async (how) => {
      const store = throughProxy();
      const transaction = await store.begin({ time: 1000, repeated: false });
      await write(transaction.handle, 'a');
      const lost = proxy.swallowAnswerTo('SET batch_time', how);
      await expect(transaction.commit(lines(0, 5))).rejects.toMatchObject(unavailable);
      await lost;
      const again = await store.begin({ time: 1000, repeated: true });
      expect(again.committed).toBe(true);
      await again.commit(lines(0, 5));
      expect([await written(), await store.load({})]).toEqual([['a'], held(5)]);
    },
  );

  it.each(['cut', 'silence'] as const)(
    'a connection lost before the commit (%s) leaves nothing, and the batch is written when it is repeated',
    async (how) => {
      const store = throughProxy();
      const transaction = await store.begin({ time: 1000, repeated: false });
      const lost = proxy.swallowAnswerTo(`INSERT INTO ${table}`, how);
      await expect(write(transaction.handle, 'a')).rejects.toMatchObject(unavailable);
      await lost;
      await expect(transaction.commit(lines(0, 5))).rejects.toMatchObject(unavailable);
      const again = await store.begin({ time: 1000, repeated: true });
      expect(again.committed).toBe(false);
      await write(again.handle, 'a');
      await again.commit(lines(0, 5));
      expect(await written()).toEqual(['a']);
    },
  );

  it('own whose answer is lost is recognised when it is repeated', async () => {
    const store = throughProxy();
    const lost = proxy.swallowAnswerTo('SET owner', 'cut');
    await expect(store.own()).rejects.toMatchObject(unavailable);
    await lost;
    await store.own();
    expect(await store.commit(lines(0, 5))).toEqual({ foreign: [] });
  });

  it('the transaction of a process that was killed lets go by itself', async () => {
    const group = freshName('group');
    const killed = await holder(group);
    await killed.killed();
    const store = open({ group });
    await store.own();
    const transaction = await store.begin({ time: 1000, repeated: true });
    expect(transaction.committed).toBe(false);
    await write(transaction.handle, 'held');
    await transaction.commit(lines(0, 5));
    expect(await written()).toEqual(['held']);
  });

  it('the transaction of a process that is stopped is ended by whoever takes the group over; awake, it is told so', async () => {
    const group = freshName('group');
    const zombie = await holder(group);
    zombie.process.kill('SIGSTOP');
    const store = open({ group });
    await store.own();
    const transaction = await store.begin({ time: 1000, repeated: true });
    // The same row: the zombie held its lock too.
    await write(transaction.handle, 'held');
    await transaction.commit(lines(0, 5));
    zombie.process.kill('SIGCONT');
    zombie.process.stdin?.write('commit\n');
    await vi.waitFor(() => expect(zombie.output).toBe('open\nOFFSET_STORE_TAKEN\n'), PATIENT);
    expect([await written(), await store.load({})]).toEqual([['held'], held(5)]);
  });

  it('where ending it is not allowed, taking over fails as unavailable and says so, until the server ends it', async () => {
    const group = freshName('group');
    const other = `other_${tables}`;
    const store = open({ group, postgres: server.url.replace('test@', `${other}@`), commandTimeoutMs: 600 });
    const zombie = open({ group, idleTimeoutMs: 5000 });
    await zombie.own();
    await pool.query(
      `CREATE ROLE ${other} LOGIN; GRANT ALL ON rx_dstream_offsets, rx_dstream_offsets_groups TO ${other}`,
    );
    const transaction = await zombie.begin({ time: 1000, repeated: false });
    await expect(store.own()).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('holds the row of the group'),
    });
    await vi.waitFor(() => store.own(), PATIENT);
    await expect(transaction.commit(lines(0, 5))).rejects.toMatchObject({ code: 'OFFSET_STORE_TAKEN' });
  });

  it('a connection of its own that the server still believes in does not keep the owner out', async () => {
    const group = freshName('group');
    const store = open({ group, commandTimeoutMs: 4000 });
    await store.own();
    const orphan = await pool.connect();
    orphan.on('error', () => undefined); // it is ended
    await orphan.query('BEGIN');
    await orphan.query('SELECT FROM rx_dstream_offsets_groups WHERE "group" = $1 FOR UPDATE', [group]);
    expect(await store.commit(lines(0, 5))).toEqual({ foreign: [] });
    await expect(orphan.query('SELECT 1')).rejects.toThrow();
    orphan.release(true);
  });
});

function numbered(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `record ${from + at}`);
}
