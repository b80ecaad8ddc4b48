/** A stream with transactions in Redis and `retry()`, while everything between it and Redis goes wrong. */
import { Redis } from 'ioredis';
import { fileCheckpoint } from 'rx-dstream/file';
import { type RedisOffsets, type RedisOffsetsOptions, redisOffsets } from 'rx-dstream/redis';
import { retry, type Subscription } from 'rxjs';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { StreamError } from '../../../../src/core/errors.ts';
import { type FaultyProxy, faultyProxy } from '../../../support/faultyProxy.ts';
import { PATIENT } from '../../../support/patient.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { freshName, type RedisServer, skipUnless, startOwnRedis } from '../../services.ts';
import { countInRedis, countsKey, STEP } from './countInRedis.ts';
import { exactTotal } from './exactTotal.ts';

skipUnless('redis')('a stream that counts in Redis exactly once', () => {
  const folder = temporaryFolder();
  const running: Running[] = [];
  let server: RedisServer;
  let proxy: FaultyProxy;
  let direct: Redis;

  beforeAll(async () => {
    server = await startOwnRedis({ appendfsync: 'always' });
    proxy = await faultyProxy({ host: '127.0.0.1', port: server.port });
    direct = new Redis(server.url);
    direct.on('error', () => {}); // it is killed in these tests
  });

  afterEach(() => {
    for (const { subscription, store } of running.splice(0)) {
      subscription.unsubscribe();
      store.close();
    }
  });

  afterAll(async () => {
    direct?.disconnect();
    await proxy?.close();
    await server?.stop();
  });

  interface Running {
    readonly group: string;
    readonly store: RedisOffsets;
    readonly subscription: Subscription;
    /** What its runs have failed with. */
    readonly failures: StreamError[];
    /** Codes of what was reported. */
    readonly reports: string[];
    /** How many batches have settled since `batches`. */
    settled: number;
    ended: unknown;
  }

  function start(options: Partial<RedisOffsetsOptions> & { readonly checkpoint?: string } = {}): Running {
    const { checkpoint, ...given } = options;
    const group = given.group ?? freshName('counts');
    const store = redisOffsets({ redis: server.url, commandTimeoutMs: 500, ...given, group });
    const place = checkpoint === undefined ? undefined : fileCheckpoint(`${folder}/${checkpoint}`);
    const { stream, chain } = countInRedis(store, group, place);
    const it: Running = {
      group,
      store,
      failures: [],
      reports: [],
      settled: 0,
      ended: undefined,
      subscription: stream.progress$.subscribe((event) => {
        if (event.type === 'report') it.reports.push(event.code);
        if (event.type === 'batch' && event.status === 'settled') it.settled++;
      }),
    };
    const again = retry({
      delay: (error: StreamError) => {
        it.failures.push(error);
        // What a program does that is to survive: everything that may pass is tried again.
        if (!error.retriable) throw error;
        return new Promise((resolve) => setTimeout(resolve, 20));
      },
    });
    it.subscription.add(chain.pipe(again).subscribe({ error: (error: unknown) => (it.ended = error) }));
    running.push(it);
    return it;
  }

  /** Waits until `count` more batches have settled, with everything counted exactly at every look. */
  async function goesOn(stream: Running, count = 20): Promise<number> {
    const before = stream.settled;
    await vi.waitFor(() => expect(stream.settled - before, String(stream.ended)).toBeGreaterThan(count), PATIENT);
    const look = await vi.waitFor(() => exactTotal(direct, stream.group).catch(whatIsNotExact), PATIENT);
    if (look instanceof Error) throw look;
    return look;
  }

  it.each(['cut', 'silence'] as const)(
    'whose answer to a commit is lost, then %s, counts the batch once',
    async (then) => {
      const stream = start({ redis: `redis://127.0.0.1:${proxy.port}` });
      await goesOn(stream, 5);
      for (let i = 0; i < 3; i++) {
        await proxy.swallowAnswerTo(countsKey(stream.group), then);
        await goesOn(stream, 5);
      }
      // A disk that is slow may have made another commit late: it is told and found in the same way.
      expect(stream.failures.length).toBeGreaterThanOrEqual(3);
      expect(new Set(stream.failures.map(({ code }) => code))).toEqual(new Set(['OFFSET_STORE_UNAVAILABLE']));
      const found = stream.reports.filter((code) => code === 'BATCH_COMMITTED_BEFORE').length;
      expect(found).toBeGreaterThanOrEqual(3);
      expect(found).toBeLessThanOrEqual(stream.failures.length);
    },
  );

  it('whose Redis is killed and restarted goes on with what was acknowledged', async () => {
    const stream = start({ checkpoint: 'restarted' });
    for (let life = 0; life < 3; life++) {
      const before = await goesOn(stream, 10);
      await server.kill9();
      await vi.waitFor(() => expect(stream.failures.length + stream.reports.length).toBeGreaterThan(life), PATIENT);
      await server.restart();
      expect(await goesOn(stream, 10)).toBeGreaterThanOrEqual(before);
    }
    expect(stream.ended).toBeUndefined();
  });

  it('whose Redis is frozen and carries out late what was given up counts it once', async () => {
    const stream = start({ commandTimeoutMs: 300 });
    for (let i = 0; i < 4; i++) {
      await goesOn(stream, 5);
      const before = stream.failures.length + stream.reports.length;
      server.freeze();
      try {
        await vi.waitFor(
          () => expect(stream.failures.length + stream.reports.length).toBeGreaterThan(before + 1),
          PATIENT,
        );
      } finally {
        server.thaw();
      }
    }
    await goesOn(stream);
    expect(stream.ended).toBeUndefined();
  });

  it('whose script cache is flushed and whose connections are killed counts on', async () => {
    const stream = start();
    for (let i = 0; i < 5; i++) {
      await goesOn(stream, 3);
      await direct.script('FLUSH');
      await direct.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    }
    await goesOn(stream);
    expect(stream.ended).toBeUndefined();
  });

  it('that is overtaken by another one ends with OFFSET_STORE_TAKEN, retried or not, and the other one counts on', async () => {
    const group = freshName('counts');
    const zombie = start({ group, commandTimeoutMs: 20_000 });
    await goesOn(zombie, 5);
    const owner = start({ group, commandTimeoutMs: 20_000 });
    await vi.waitFor(() => expect(zombie.ended).toBeDefined(), PATIENT);
    expect(zombie.ended).toMatchObject({ code: 'OFFSET_STORE_TAKEN', retriable: false });
    await goesOn(owner);
    // Tried again in spite of it, by a program that tries everything again: the same store object never comes back.
    const { chain } = countInRedis(zombie.store, group);
    const again = await new Promise((resolve) => chain.subscribe({ error: resolve }));
    expect(again).toMatchObject({ code: 'OFFSET_STORE_TAKEN' });
    await goesOn(owner);
    expect(owner.failures).toEqual([]);
    expect(owner.ended).toBeUndefined();
  });

  it('that is frozen while another takes its place, and wakes in the middle of a commit, adds nothing', async () => {
    const group = freshName('counts');
    const zombie = redisOffsets({ redis: server.url, group });
    await zombie.own();
    const late = await zombie.begin({ time: 5, repeated: false });
    for (let n = 0; n < STEP; n++) late.handle.hincrby(countsKey(group), n % 10, 1);
    const owner = start({ group });
    await goesOn(owner, 3);
    const offsets = [{ topic: 'numbers', partition: 0, from: 0, until: STEP, expected: undefined }];
    await expect(late.commit(offsets)).rejects.toMatchObject({ code: 'OFFSET_STORE_TAKEN' });
    zombie.close();
    await goesOn(owner);
  });
});

/** What is not exact is not waited for: it must not become so. Redis may be starting still. */
function whatIsNotExact(error: Error): Error {
  if (error.message.startsWith('not exact')) return error;
  throw error;
}
