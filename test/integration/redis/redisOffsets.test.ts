import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OffsetCommit, OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import { type RedisOffsets, type RedisOffsetsOptions, redisOffsets } from '../../../src/offsets/redis/redisOffsets.ts';
import { offsetStoreContract } from '../../../src/testing/offsetStoreContract.ts';
import { freshName, redisUrl, skipUnless } from '../services.ts';
import { counters } from './counters.ts';

const opened: { close(): unknown }[] = [];
const optionsOf = new WeakMap<OffsetStore, RedisOffsetsOptions>();

function open(options: Partial<RedisOffsetsOptions> = {}): RedisOffsets {
  const whole = { redis: redisUrl(), group: freshName('group'), ...options };
  const store = redisOffsets(whole);
  optionsOf.set(store, whole);
  opened.push(store);
  return store;
}

const reopen = (store: OffsetStore): OffsetStore => open(optionsOf.get(store) as RedisOffsetsOptions);
const lines = (until: number, expected?: number): OffsetCommit[] => [{ topic: 'lines', partition: 0, until, expected }];
const held = (until: number) => [{ topic: 'lines', partition: 0, until }];

skipUnless('redis')('redisOffsets on a real Redis', () => {
  let redis: Redis;

  beforeAll(() => {
    redis = new Redis(redisUrl());
  });

  afterAll(async () => {
    for (const one of opened) await one.close();
    redis.disconnect();
  });

  offsetStoreContract(
    { describe, it, expect },
    { name: 'redisOffsets, layout group', make: () => open(), reopen, owns: true, results: counters(optionsOf) },
  );

  let db = 5;
  offsetStoreContract(
    { describe, it, expect },
    {
      name: 'redisOffsets, layout topic in a database of its own',
      async make() {
        db = db === 15 ? 5 : db + 1;
        const cleaner = new Redis(redisUrl(), { db });
        await cleaner.flushdb();
        cleaner.disconnect();
        return open({ layout: 'topic', db });
      },
      reopen,
      owns: true,
      results: counters(optionsOf),
    },
  );

  offsetStoreContract(
    { describe, it, expect },
    {
      name: 'redisOffsets, layout topic with the group in the key',
      make: () => open({ layout: 'topic', keyTemplate: 'offsets:{group}:{topic}' }),
      reopen,
      owns: true,
      results: counters(optionsOf),
    },
  );

  describe('the layout', () => {
    it('group is one hash with a field for each topic and partition', async () => {
      const group = freshName('layout');
      await open({ group }).commit([...lines(5), { topic: 'a:b', partition: 12, until: 7, expected: undefined }]);
      expect(await redis.hgetall(`rx-dstream:{${group}}:offsets`)).toEqual({ 'lines:0': '5', 'a:b:12': '7' });
    });

    it('topic is what HSET topic partition until writes, in the database chosen', async () => {
      const topic = freshName('lines');
      const store = open({ layout: 'topic', db: 3 });
      await store.commit([{ topic, partition: 2, until: 42, expected: undefined }]);
      const third = new Redis(redisUrl(), { db: 3 });
      expect(await third.hgetall(topic)).toEqual({ 2: '42' });
      await third.hset(topic, '4', '17');
      expect(await store.load({ topics: [topic] })).toContainEqual({ topic, partition: 4, until: 17 });
      expect(await redis.exists(topic)).toBe(0);
      third.disconnect();
    });

    it('topic without names of topics finds them all, and leaves the hashes of others alone', async () => {
      const group = freshName('scan');
      const store = open({ group, layout: 'topic', keyTemplate: '{group}:[{topic}]' });
      await redis.hset(`${group}:[user]`, 'name', 'Ann');
      await redis.set(`${group}:[text]`, '1');
      const offsets = Array.from({ length: 2500 }, (_, i) => ({ topic: `t${i}`, partition: 0, until: i }));
      await store.commit(offsets.map((offset) => ({ ...offset, expected: undefined })));
      const loaded = await store.load({});
      expect(loaded).toHaveLength(2500);
      expect(loaded).toEqual(expect.arrayContaining(offsets.slice(0, 20)));
    });

    it('honours the key prefix of a client', async () => {
      const prefixed = new Redis(redisUrl(), { keyPrefix: 'app*:' });
      const group = freshName('prefix');
      const store = open({ redis: prefixed, group, layout: 'topic', keyTemplate: '{group}/{topic}' });
      await store.commit(lines(5));
      expect(await redis.hget(`app*:${group}/lines`, '0')).toBe('5');
      expect(await store.load({})).toEqual(held(5));
      prefixed.disconnect();
    });
  });

  describe('what it is given', () => {
    it('may be options of ioredis, whose database counts unless db says otherwise', async () => {
      const { hostname: host, port } = new URL(redisUrl());
      const group = freshName('options');
      await open({ redis: { host, port: Number(port), db: 2 }, group }).commit(lines(5));
      await open({ redis: { host, port: Number(port), db: 2 }, group, db: 4 }).commit(lines(6));
      expect(await open({ redis: `${redisUrl()}/2`, group }).load({})).toEqual(held(5));
      expect(await open({ redis: `${redisUrl()}/2`, group, db: 4 }).load({})).toEqual(held(6));
      expect(await open({ group }).load({})).toEqual([]);
    });

    it('may be a client, which is duplicated and otherwise left alone', async () => {
      const client = new Redis(redisUrl(), { lazyConnect: true, db: 1 });
      const before = { ...client.options };
      const store = open({ redis: client, db: 3 });
      await store.commit(lines(5));
      expect(await store.load({})).toEqual(held(5));
      expect(client.status).toBe('wait');
      await client.connect();
      await store.close();
      expect(client.status).toBe('ready');
      expect(client.options).toEqual(before);
      client.disconnect();
    });
  });

  describe('a refusal is OFFSET_STORE_FAILED, and nothing of the commit is written', () => {
    it('a key of another type', async () => {
      const group = freshName('wrongtype');
      const store = open({ group, layout: 'topic', keyTemplate: '{group}:{topic}' });
      await redis.set(`${group}:words`, 'a text');
      await expect(
        store.commit([...lines(5), { topic: 'words', partition: 0, until: 5, expected: undefined }]),
      ).rejects.toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        retriable: false,
        message: expect.stringMatching(/words is a string, expected a hash.*Another program uses that key/),
      });
      expect(await redis.exists(`${group}:lines`)).toBe(0);
      await expect(store.load({ topics: ['words'] })).rejects.toMatchObject({ code: 'OFFSET_STORE_FAILED' });
    });

    it('a field that holds no offset', async () => {
      const group = freshName('badoffset');
      const key = `rx-dstream:{${group}}:offsets`;
      const store = open({ group });
      for (const wrong of ['many', '', '-1', '1.5', '9007199254740992', '99999999999999999999']) {
        await redis.hset(key, 'lines:1', wrong);
        await expect(
          store.commit([...lines(5), { topic: 'lines', partition: 1, until: 5, expected: undefined }]),
        ).rejects.toMatchObject({ code: 'OFFSET_STORE_FAILED', message: expect.stringContaining('lines:1') });
        await expect(store.load({})).rejects.toMatchObject({ code: 'OFFSET_STORE_FAILED' });
      }
      expect(await redis.hgetall(key)).toEqual({ 'lines:1': '99999999999999999999' });
    });

    it('a database that the server does not have', async () => {
      const store = open({ db: 99 });
      for (const call of [() => store.commit(lines(5)), () => store.load({})]) {
        await expect(call()).rejects.toMatchObject({
          code: 'OFFSET_STORE_FAILED',
          message: expect.stringContaining('Choose a db that the server has'),
        });
      }
    });

    it('a password that is asked for, or a user who may not', async () => {
      const user = freshName('user');
      await redis.call('ACL', 'SETUSER', user, 'on', '>secret', '~*', '+@all', '-eval', '-evalsha');
      const { host } = new URL(redisUrl());
      const store = open({ redis: `redis://${user}:secret@${host}` });
      await expect(store.commit(lines(5))).rejects.toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        message: expect.stringMatching(/NOPERM.*needs the commands/),
      });
      const wrong = open({ redis: `redis://${user}:wrong@${host}`, commandTimeoutMs: 2000 });
      const failure = await Promise.resolve(wrong.load({})).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        message: expect.stringMatching(/WRONGPASS.*right user name and password/),
      });
      expect((failure as Error).message).not.toContain('wrong@');
      await redis.call('ACL', 'DELUSER', user);
    });
  });

  it('needs no more permissions than its page says', async () => {
    const user = freshName('user');
    const commands = ['+eval', '+evalsha', '+select', '+type', '+hget', '+hgetall', '+hset', '+scan', '+info'];
    await redis.call('ACL', 'SETUSER', user, 'on', '>secret', '~*', ...commands);
    const { host } = new URL(redisUrl());
    const options = {
      redis: `redis://${user}:secret@${host}/3`,
      keyTemplate: `${user}/{topic}`,
      layout: 'topic',
    } as const;
    const store = open(options);
    await store.commit(lines(5));
    expect(await store.load({})).toEqual(held(5));
    await redis.call('ACL', 'DELUSER', user);
  });

  it('goes on after the script cache was flushed', async () => {
    const store = open();
    await store.commit(lines(5));
    await redis.script('FLUSH');
    expect(await store.commit(lines(6, 5))).toEqual({ foreign: [] });
    await redis.script('FLUSH');
    expect(await store.load({})).toEqual(held(6));
  });

  it('after close every call fails, and none opens a connection again', async () => {
    const store = open();
    await store.load({});
    await store.close();
    await expect(store.load({})).rejects.toMatchObject({ code: 'OFFSET_STORE_FAILED' });
    await expect(store.commit(lines(1))).rejects.toMatchObject({ code: 'OFFSET_STORE_FAILED' });
  });
});
