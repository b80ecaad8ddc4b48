import { Redis } from 'ioredis';
import { afterEach, expect, it, vi } from 'vitest';
import { startRedisSentinels } from '../../../scripts/services/index.ts';
import { isStreamError } from '../../../src/core/errors.ts';
import type { OffsetCommit } from '../../../src/offsets/OffsetStore.ts';
import { type RedisOffsets, type RedisOffsetsOptions, redisOffsets } from '../../../src/offsets/redis/redisOffsets.ts';
import { faultyProxy } from '../../support/faultyProxy.ts';
import { PATIENT } from '../../support/patient.ts';
import { freshName, type RedisServer, skipUnless, startOwnRedis } from '../services.ts';

const toStop: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop();
});

const lines = (from: number, until: number, expected: number | undefined = from || undefined): OffsetCommit[] => [
  { topic: 'lines', partition: 0, from, until, expected },
];

function open(options: RedisOffsetsOptions): RedisOffsets {
  const store = redisOffsets({ commandTimeoutMs: 3000, ...options });
  toStop.push(() => store.close());
  return store;
}

function clientOf({ url }: RedisServer): Redis {
  const client = new Redis(url);
  client.on('error', () => undefined); // it is killed in these tests
  toStop.push(() => client.disconnect());
  return client;
}

/** A master and its replica, in step. */
async function pair() {
  const master = await startOwnRedis();
  toStop.push(() => master.stop());
  const replica = await startOwnRedis({ replicaOf: master });
  toStop.push(() => replica.stop());
  const [onMaster, onReplica] = [clientOf(master), clientOf(replica)];
  await vi.waitFor(async () => expect(await onReplica.info()).toContain('master_link_status:up'), PATIENT);
  return { master, replica, onMaster, onReplica };
}

const countOf = (group: string): string => `{${group}}:count`;

/** One batch: as many counted as there are records, and their offsets. */
async function counted(store: RedisOffsets, group: string, [offset]: OffsetCommit[], repeated = false): Promise<void> {
  const { from = 0, until } = offset as OffsetCommit;
  const open = await store.begin({ time: until * 1000, repeated });
  if (open.committed) return void open.rollback();
  open.handle.incrby(countOf(group), until - from);
  await open.commit([offset as OffsetCommit]);
}

skipUnless('redis')('redisOffsets through a fail-over', () => {
  it('finds the promoted replica through sentinels, counts on exactly, and who was overtaken before stays out', async () => {
    const { master, onMaster, onReplica } = await pair();
    const { stop, ...redis } = await startRedisSentinels(master);
    toStop.push(stop);
    const watching = new Redis(redis.sentinels[0]?.port as number);
    toStop.push(() => watching.disconnect());
    await vi.waitFor(async () => {
      const others = await watched(watching, redis.name, 'num-other-sentinels');
      expect([others, await watched(watching, redis.name, 'num-slaves')]).toEqual(['2', '1']);
    }, PATIENT);
    const group = freshName('group');
    const options = { redis: { ...redis, sentinels: [...redis.sentinels] }, group };
    const [zombie, store] = [open(options), open(options)];
    await zombie.own();
    await counted(zombie, group, lines(0, 10));
    await store.own();
    for (let at = 10; at < 50; at += 10) await counted(store, group, lines(at, at + 10));
    // What is to be exact has to have reached the replica.
    await onMaster.wait(1, 10_000);
    await master.kill9();
    let tries = 0;
    const repeatedly = () =>
      counted(store, group, lines(50, 60), tries++ > 0).catch((error: unknown) => {
        expect(isStreamError(error) && error.retriable).toBe(true);
        throw error;
      });
    await vi.waitFor(repeatedly, { ...PATIENT, interval: 50 });
    await counted(store, group, lines(60, 70));
    expect(await onReplica.get(countOf(group))).toBe('70');
    expect(await store.load({})).toEqual([{ topic: 'lines', partition: 0, until: 70 }]);
    await expect(zombie.commit(lines(70, 80))).rejects.toMatchObject({ code: 'OFFSET_STORE_TAKEN' });
  });

  it('refuses to go on where the promoted replica has not got what was acknowledged: started again, the lost batches are counted', async () => {
    const { master, replica, onMaster, onReplica } = await pair();
    const proxy = await faultyProxy(master);
    toStop.push(() => proxy.close());
    const group = freshName('group');
    const options = { redis: `redis://127.0.0.1:${proxy.port}`, group };
    const store = open(options);
    await store.own();
    await counted(store, group, lines(0, 10));
    await onMaster.wait(1, 10_000);
    await onReplica.replicaof('NO', 'ONE');
    await counted(store, group, lines(10, 20));
    proxy.leadTo(replica);
    const next = () => counted(store, group, lines(20, 30));
    await vi.waitFor(async () => expect(await next().catch(({ code }) => code)).toBe('OFFSET_STORE_FAILED'), PATIENT);
    await expect(next()).rejects.toMatchObject({
      retriable: false,
      message: expect.stringMatching(/lines 0 to be stored at 20.*got 10: the server has lost its last commits/),
    });
    expect(await onReplica.get(countOf(group))).toBe('10');
    const again = open(options);
    await again.own();
    expect(await again.load({})).toEqual([{ topic: 'lines', partition: 0, until: 10 }]);
    await counted(again, group, lines(10, 30));
    expect(await onReplica.get(countOf(group))).toBe('30');
  });

  it('the newest owner keeps the group where the fail-over has lost that it took it over', async () => {
    const { master, replica, onMaster, onReplica } = await pair();
    const proxy = await faultyProxy(master);
    toStop.push(() => proxy.close());
    const options = { redis: `redis://127.0.0.1:${proxy.port}`, group: freshName('group') };
    const [older, newest] = [open(options), open(options)];
    await older.own();
    await older.commit(lines(0, 10));
    await onMaster.wait(1, 10_000);
    await onReplica.replicaof('NO', 'ONE');
    await newest.own();
    proxy.leadTo(replica);
    const answered = (act: () => Promise<unknown>) => vi.waitFor(act, PATIENT);
    // Nobody can know yet that it was overtaken.
    expect(await answered(() => older.commit(lines(10, 20)))).toEqual({ foreign: [] });
    await answered(() => newest.commit(lines(20, 30)));
    await expect(older.commit(lines(20, 40))).rejects.toMatchObject({ code: 'OFFSET_STORE_TAKEN' });
    expect(await newest.load({})).toEqual([{ topic: 'lines', partition: 0, until: 30 }]);
  });
});

/** What a sentinel knows of its master. */
async function watched(sentinel: Redis, name: string, field: string): Promise<unknown> {
  const told = (await sentinel.call('SENTINEL', 'MASTER', name)) as unknown[];
  return told[told.indexOf(field) + 1];
}
