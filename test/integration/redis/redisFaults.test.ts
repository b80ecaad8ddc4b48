import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { isStreamError } from '../../../src/core/errors.ts';
import type { OffsetCommit, OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import { type RedisOffsets, type RedisOffsetsOptions, redisOffsets } from '../../../src/offsets/redis/redisOffsets.ts';
import { type FaultyProxy, faultyProxy } from '../../support/faultyProxy.ts';
import { PATIENT } from '../../support/patient.ts';
import { freshName, type RedisServer, skipUnless, startOwnRedis } from '../services.ts';
import { scriptCalls } from './transactions.ts';

const lines = (until: number, expected?: number): OffsetCommit[] => [{ topic: 'lines', partition: 0, until, expected }];
const held = (until: number) => [{ topic: 'lines', partition: 0, until }];

/** What a runtime does: repeats what is retriable. */
function persistently(act: () => unknown): Promise<unknown> {
  return vi.waitFor(
    async () => {
      try {
        return await act();
      } catch (error) {
        if (isStreamError(error) && error.retriable) throw error;
        return expect.unreachable(`not retriable: ${error}`);
      }
    },
    { ...PATIENT, interval: 20 },
  );
}

const unavailable = { code: 'OFFSET_STORE_UNAVAILABLE', retriable: true };

skipUnless('redis')('redisOffsets under faults', () => {
  let server: RedisServer;
  let proxy: FaultyProxy;
  let direct: Redis;
  const stores: OffsetStore[] = [];

  beforeAll(async () => {
    server = await startOwnRedis({ appendfsync: 'always' });
    proxy = await faultyProxy({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    direct = new Redis(server.url);
    direct.on('error', () => {}); // it is killed in these tests
  });

  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });

  afterAll(async () => {
    direct?.disconnect();
    await proxy?.close();
    await server?.stop();
  });

  function open(options: Partial<RedisOffsetsOptions> = {}): RedisOffsets {
    const store = redisOffsets({ redis: server.url, group: freshName('group'), commandTimeoutMs: 20_000, ...options });
    stores.push(store);
    return store;
  }

  const throughProxy = (options: Partial<RedisOffsetsOptions> = {}): RedisOffsets =>
    open({ redis: `redis://127.0.0.1:${proxy.port}`, commandTimeoutMs: 2000, ...options });

  describe.each(['cut', 'silence'] as const)('a lost reply, then %s', (then) => {
    it('rejects as retriable, and the repeat is recognised', async () => {
      const group = freshName('lost');
      const store = throughProxy({ group });
      await store.commit(lines(10));
      const lost = proxy.swallowAnswerTo('lines:0', then);
      await expect(store.commit(lines(20, 10))).rejects.toMatchObject({
        ...unavailable,
        message: expect.stringContaining('may have taken effect; repeating it is safe'),
      });
      await lost;
      expect(await direct.hget(`rx-dstream:{${group}}:offsets`, 'lines:0')).toBe('20');
      const answer = await persistently(() => store.commit(lines(20, 10)));
      expect(answer).toEqual({ foreign: [] });
      expect(await store.commit(lines(30, 20))).toEqual({ foreign: [] });
    });

    it('reaches the server once, also over a duplicated client with unsafe options', async () => {
      const client = new Redis(proxy.port, '127.0.0.1', { lazyConnect: true, maxRetriesPerRequest: null });
      const store = throughProxy({ redis: client });
      await store.commit(lines(10));
      const calls = await scriptCalls(direct);
      const lost = proxy.swallowAnswerTo('lines:0', then);
      await expect(store.commit(lines(20, 10))).rejects.toMatchObject(unavailable);
      await lost;
      await persistently(() => store.load({}));
      expect((await scriptCalls(direct)) - calls).toBe(2);
      client.disconnect();
    });
  });

  it('while Redis is down a call rejects at once; after its restart the same store goes on by itself', async () => {
    const store = open({ commandTimeoutMs: 60_000 });
    await store.commit(lines(10));
    await server.kill9();
    // With a minute of patience, what rejects here did not wait for the timeout.
    await expect(store.commit(lines(20, 10))).rejects.toMatchObject(unavailable);
    await expect(store.commit(lines(20, 10))).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/Redis at 127\.0\.0\.1:\d+ does not answer/),
    });
    await server.restart();
    expect(await persistently(() => store.commit(lines(20, 10)))).toEqual({ foreign: [] });
    expect(await store.load({})).toEqual(held(20));
  });

  it('a store whose first call finds Redis down rejects at once and finds it later', async () => {
    const store = open({ commandTimeoutMs: 60_000 });
    await server.kill9();
    await expect(store.load({})).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('ECONNREFUSED'),
    });
    await server.restart();
    expect(await persistently(() => store.load({}))).toEqual([]);
  });

  it('kill -9 in the middle of commits loses no acknowledged one', async () => {
    const store = open();
    const others = Array.from({ length: 200 }, (_, i) => ({
      topic: 'words',
      partition: i,
      until: 1,
      expected: undefined,
    }));
    let acknowledged = 0;
    for (let life = 0; life < 5; life++) {
      const commits = (async () => {
        for (let until = acknowledged + 1; ; until++) {
          await store.commit([...lines(until, until - 1 || undefined), ...others]);
          acknowledged = until;
        }
      })().catch((error: unknown) => error);
      const before = acknowledged;
      await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(before + 20), { ...PATIENT, interval: 1 });
      await server.kill9();
      expect(await commits).toMatchObject(unavailable);
      await server.restart();
      const answer = await persistently(() => store.load({ topics: ['lines'] }));
      const [found] = answer as { until: number }[];
      expect([acknowledged, acknowledged + 1]).toContain(found?.until);
      acknowledged = found?.until ?? 0;
    }
  });

  it('a frozen Redis rejects within the timeout; what it applies late never lowers an offset', async () => {
    const group = freshName('frozen');
    const store = open({ group, commandTimeoutMs: 300 });
    await persistently(() => store.commit(lines(10)));
    server.freeze();
    try {
      await expect(store.commit(lines(20, 10))).rejects.toMatchObject({
        ...unavailable,
        message: expect.stringContaining('did not answer within 300 ms'),
      });
      await expect(store.commit(lines(20, 10))).rejects.toMatchObject(unavailable);
      await expect(store.load({})).rejects.toMatchObject(unavailable);
    } finally {
      server.thaw();
    }
    const answer = await persistently(() => store.commit(lines(30, 10)));
    // 20 may have been applied late; it is ours.
    expect(answer).toEqual({ foreign: [] });
    expect(await persistently(() => store.load({}))).toEqual(held(30));
  });

  it('a Redis that is out of memory rejects as retriable and writes nothing', async () => {
    const store = open();
    await store.commit(lines(10));
    await direct.config('SET', 'maxmemory', '1');
    try {
      await expect(store.commit(lines(20, 10))).rejects.toMatchObject({
        ...unavailable,
        message: expect.stringContaining('OOM'),
      });
    } finally {
      await direct.config('SET', 'maxmemory', '0');
    }
    expect(await store.load({})).toEqual(held(10));
    expect(await store.commit(lines(20, 10))).toEqual({ foreign: [] });
  });

  it('a server that was made a replica rejects as retriable, and a fail-over back is found', async () => {
    const store = open();
    await store.commit(lines(10));
    await direct.call('REPLICAOF', '127.0.0.1', '1');
    try {
      await expect(store.commit(lines(20, 10))).rejects.toMatchObject(unavailable);
    } finally {
      await direct.call('REPLICAOF', 'NO', 'ONE');
    }
    expect(await persistently(() => store.commit(lines(20, 10)))).toEqual({ foreign: [] });
  });
});
