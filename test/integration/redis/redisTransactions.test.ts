import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OffsetCommit, OffsetTransaction } from '../../../src/offsets/OffsetStore.ts';
import { type RedisOffsets, type RedisOffsetsOptions, redisOffsets } from '../../../src/offsets/redis/redisOffsets.ts';
import type { RedisTransaction } from '../../../src/offsets/redis/transaction/RedisTransaction.ts';
import { freshName, redisUrl, skipUnless } from '../services.ts';

const opened: RedisOffsets[] = [];
const lines = (from: number, until: number): OffsetCommit[] => [
  { topic: 'lines', partition: 0, from, until, expected: from === 0 ? undefined : from },
];

skipUnless('redis')('transactions of redisOffsets', () => {
  let redis: Redis;
  let group: string;

  beforeAll(() => {
    redis = new Redis(redisUrl());
  });

  afterEach(() => {
    for (const store of opened.splice(0)) store.close();
  });

  afterAll(() => redis.disconnect());

  function open(options: Partial<RedisOffsetsOptions> = {}): RedisOffsets {
    group = options.group ?? freshName('group');
    const store = redisOffsets({ redis: redisUrl(), ...options, group });
    opened.push(store);
    return store;
  }

  /** One batch from 0 to 5 whose output adds commands. */
  async function commit(
    store: RedisOffsets,
    write: (transaction: RedisTransaction) => unknown,
    offsets: readonly OffsetCommit[] = lines(0, 5),
  ): Promise<void> {
    const transaction = await store.begin({ time: 1000, repeated: false });
    write(transaction.handle);
    await transaction.commit(offsets);
  }

  const key = (name: string): string => `${group}:${name}`;
  const failure = (act: Promise<unknown>): Promise<Error> =>
    act.then(
      () => new Error('no failure'),
      (error: Error) => error,
    );

  describe('the commands', () => {
    it('of strings', async () => {
      await commit(open(), (tx) =>
        tx
          .set(key('set'), 'a')
          .setex(key('setex'), 100, 'b')
          .setnx(key('setnx'), 'first')
          .setnx(key('setnx'), 'second')
          .append(key('append'), 'a')
          .append(key('append'), 'b')
          .setbit(key('bits'), 7, 1)
          .incr(key('int'))
          .incrby(key('int'), 10)
          .decr(key('int'))
          .decrby(key('int'), 2)
          .incrbyfloat(key('float'), 0.5)
          .incrbyfloat(key('float'), 2),
      );
      const names = ['set', 'setex', 'setnx', 'append', 'bits', 'int', 'float'];
      expect(await redis.mget(names.map(key))).toEqual(['a', 'b', 'first', 'ab', '\u0001', '8', '2.5']);
      expect(await redis.ttl(key('setex'))).toBeGreaterThan(90);
    });

    it('of hashes, with bytes and numbers of 64 bits', async () => {
      const bytes = Uint8Array.from([0, 255, 128, 10]);
      await commit(open(), (tx) =>
        tx
          .hset(key('h'), 'a', 1, 'b', 'two', 'gone', '')
          .hsetnx(key('h'), 'a', 'not this')
          .hsetnx(key('h'), bytes, bytes)
          .hdel(key('h'), 'gone', 'never there')
          .hincrby(key('h'), 'a', 41)
          .hincrby(key('h'), 'big', 2n ** 53n + 1n)
          .hincrbyfloat(key('h'), 'float', -0.25),
      );
      expect(await redis.hgetBuffer(key('h'), Buffer.from(bytes))).toEqual(Buffer.from(bytes));
      const { a, b, big, float, gone } = await redis.hgetall(key('h'));
      expect({ a, b, big, float, gone }).toEqual({
        a: '42',
        b: 'two',
        big: '9007199254740993',
        float: '-0.25',
        gone: undefined,
      });
    });

    it('of lists, sets, sorted sets, streams and HyperLogLogs', async () => {
      await commit(open(), (tx) =>
        tx
          .rpush(key('list'), 'a', 'b', 'c', 'b')
          .lpush(key('list'), 'first')
          .lrem(key('list'), 1, 'b')
          .ltrim(key('list'), 0, 2)
          .sadd(key('members'), 'x', 'y', 'z')
          .srem(key('members'), 'z')
          .zadd(key('scores'), 3, 'ann')
          .zadd(key('scores'), 1, 'ann', 'GT')
          .zadd(key('scores'), Number.NEGATIVE_INFINITY, 'least')
          .zadd(key('scores'), 50, 'out')
          .zincrby(key('scores'), 1.5, 'bob')
          .zremrangebyscore(key('scores'), '(10', '+inf')
          .zremrangebyrank(key('scores'), 0, 0)
          .zadd(key('scores'), 9, 'gone')
          .zrem(key('scores'), 'gone')
          .xadd(key('entries'), 'f', 'v')
          .xadd(key('entries'), 'f', 'w')
          .xtrim(key('entries'), 1000)
          .pfadd(key('distinct'), 'a', 'b')
          .pfadd(key('distinct'), 'b'),
      );
      expect(await redis.lrange(key('list'), 0, -1)).toEqual(['first', 'a', 'c']);
      expect((await redis.smembers(key('members'))).sort()).toEqual(['x', 'y']);
      expect(await redis.zrange(key('scores'), 0, '-1', 'WITHSCORES')).toEqual(['bob', '1.5', 'ann', '3']);
      expect((await redis.xrange(key('entries'), '-', '+')).map(([, entry]) => entry)).toEqual([
        ['f', 'v'],
        ['f', 'w'],
      ]);
      expect(await redis.pfcount(key('distinct'))).toBe(2);
    });

    it('of keys', async () => {
      const store = open();
      await redis.set(key('old'), 'a text');
      await redis.set(key('lasts'), 1, 'EX', 50);
      await commit(store, (tx) =>
        tx
          .del(key('old'))
          .sadd(key('old'), 'now a set')
          .expire(key('old'), 100)
          .expire(key('old'), 5, 'NX')
          .persist(key('lasts'))
          .set(key('soon'), 1)
          .pexpire(key('soon'), 60_000)
          .set(key('late'), 1)
          .expireat(key('late'), 4_000_000_000),
      );
      expect(await redis.smembers(key('old'))).toEqual(['now a set']);
      expect(await redis.ttl(key('old'))).toBeGreaterThan(90);
      expect(await redis.ttl(key('lasts'))).toBe(-1);
      expect(await redis.pttl(key('soon'))).toBeGreaterThan(50_000);
      expect(await redis.expiretime(key('late'))).toBe(4_000_000_000);
    });

    it('may be as many as the limits say, in one script', async () => {
      const store = open();
      const count = 50_000;
      await commit(store, (tx) => {
        for (let i = 0; i < count; i++) tx.hincrby(key('many'), `word ${i % 10_000}`, 1);
      });
      const counts = Object.values(await redis.hgetall(key('many')));
      expect([counts.length, new Set(counts)]).toEqual([10_000, new Set(['5'])]);
    });

    it('use the key prefix of the client, and its database', async () => {
      const prefixed = new Redis(redisUrl(), { keyPrefix: 'app:', db: 2, lazyConnect: true });
      await commit(open({ redis: prefixed }), (tx) => tx.set(key('a'), 1));
      const second = new Redis(redisUrl(), { db: 2 });
      expect(await second.get(`app:${group}:a`)).toBe('1');
      expect(await second.hget(`app:rx-dstream:{${group}}:owner`, 'time')).toBe('1000');
      second.disconnect();
      prefixed.disconnect();
    });
  });

  describe('what would fail is OFFSET_STORE_FAILED before anything is written:', () => {
    const refusals: [string, (tx: RedisTransaction) => unknown, RegExp][] = [
      [
        'a key of another kind',
        (tx) => tx.sadd(key('text'), 'x'),
        /command 2, SADD .*text: the key is a string, expected a set/,
      ],
      [
        'a counter that holds a text',
        (tx) => tx.incr(key('text')),
        /INCRBY .*text: it holds "a text", expected a whole number/,
      ],
      [
        'a field that holds a text',
        (tx) => tx.hincrby(key('hash'), 'f', 1),
        /it holds "words", expected a whole number/,
      ],
      [
        'a field that holds no number',
        (tx) => tx.hincrbyfloat(key('hash'), 'f', 1),
        /it holds "words", expected a number/,
      ],
      ['a counter that would overflow', (tx) => tx.incrby(key('full'), 1e15), /it would overflow/],
      [
        'a counter that overflows step by step',
        (tx) => tx.incrby(key('n'), 2n ** 62n).incrby(key('n'), 2n ** 62n),
        /command 3.*overflow/,
      ],
      ['a text that is no HyperLogLog', (tx) => tx.pfadd(key('text'), 'a'), /the key is no HyperLogLog/],
      [
        'a kind that the transaction itself has made',
        (tx) => tx.set(key('new'), 1).hset(key('new'), 'a', 1),
        /the key is a string, expected a hash/,
      ],
      [
        'a value that the transaction itself has made',
        (tx) => tx.hset(key('new'), 'f', 'x').hincrby(key('new'), 'f', 1),
        /it holds "x"/,
      ],
      [
        'a value that it has appended to',
        (tx) => tx.append(key('new'), '1').incr(key('new')),
        /holds "what APPEND makes"/,
      ],
      ['the key of the offsets', (tx) => tx.del(`rx-dstream:{${group}}:offsets`), /where the store keeps its offsets/],
      [
        'the key of the owner',
        (tx) => tx.hset(`rx-dstream:{${group}}:owner`, 'epoch', 0),
        /where the store keeps its offsets/,
      ],
    ];

    it.each(refusals)('%s', async (_, write, message) => {
      const store = open();
      await redis.set(key('text'), 'a text');
      await redis.hset(key('hash'), 'f', 'words');
      await redis.set(key('full'), '9199999999999999999');
      const failed = failure(commit(store, (tx) => write(tx.incr(key('first')))));
      expect(await failed).toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        retriable: false,
        message: expect.stringMatching(message),
      });
      expect(await redis.exists(key('first'), key('new'), key('n'))).toBe(0);
      expect(await redis.get(key('full'))).toBe('9199999999999999999');
      expect(await store.load({})).toEqual([]);
      // It was refused whole, so the batch can come again.
      const again = await store.begin({ time: 1000, repeated: true });
      expect(again.committed).toBe(false);
    });

    it('a command that the user may not', async () => {
      const user = freshName('user');
      await redis.call('ACL', 'SETUSER', user, 'on', '>secret', '~*', ...PERMISSIONS, '+hincrby');
      const { host } = new URL(redisUrl());
      const store = open({ redis: `redis://${user}:secret@${host}` });
      await store.own();
      await store.commit([{ topic: 'words', partition: 0, until: 1, expected: undefined }]);
      const failed = failure(commit(store, (tx) => tx.hincrby(key('h'), 'f', 1).sadd(key('s'), 'x')));
      expect(await failed).toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        message: expect.stringMatching(/command 2, SADD .*NOPERM/),
      });
      expect(await redis.exists(key('h'))).toBe(0);
      await commit(store, (tx) => tx.hincrby(key('h'), 'f', 1));
      expect(await redis.hget(key('h'), 'f')).toBe('1');
      await redis.call('ACL', 'DELUSER', user);
    });
  });

  describe('a command that fails in the middle although it was checked', () => {
    /** The checks look at the first bytes of a HyperLogLog, Redis at all of them. */
    async function stopped(store: RedisOffsets): Promise<Error> {
      await redis.set(key('corrupt'), 'HYLL, but not really');
      await store.own();
      return failure(commit(store, (tx) => tx.incr(key('first')).pfadd(key('corrupt'), 'a').incr(key('last'))));
    }

    it('stops the group with words that say what was done, for every store, until a person has put it right', async () => {
      const store = open();
      const expected = {
        code: 'OFFSET_STORE_FAILED',
        retriable: false,
        message: expect.stringMatching(
          /batch 1000: 1 of its 3 commands were done, then PFADD .*:corrupt failed: .*then: HDEL rx-dstream:\{.*\}:owner unfinished/,
        ),
      };
      expect(await stopped(store)).toMatchObject(expected);
      expect(await redis.mget(key('first'), key('last'))).toEqual(['1', null]);
      expect(await store.load({})).toEqual([]);
      const other = open({ group });
      await other.own();
      for (const again of [
        () => other.begin({ time: 1000, repeated: true }),
        () => other.begin({ time: 2000, repeated: false }),
        () => other.commit(lines(0, 5)),
      ]) {
        expect(await failure(again())).toMatchObject(expected);
      }
      await redis.del(key('first'), key('corrupt'));
      await redis.hdel(`rx-dstream:{${group}}:owner`, 'unfinished');
      const again = await other.begin({ time: 1000, repeated: true });
      expect(again.committed).toBe(false);
      again.handle.incr(key('first')).pfadd(key('corrupt'), 'a').incr(key('last'));
      await again.commit(lines(0, 5));
      expect(await redis.mget(key('first'), key('last'))).toEqual(['1', '1']);
    });

    it('that is the first one has written nothing, and stops nobody', async () => {
      const store = open();
      await redis.set(key('corrupt'), 'HYLL, but not really');
      const failed = failure(commit(store, (tx) => tx.pfadd(key('corrupt'), 'a').incr(key('last'))));
      expect(await failed).toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        message: expect.stringMatching(/HyperLogLog|HLL/),
      });
      await commit(store, (tx) => tx.incr(key('last')));
      expect(await redis.get(key('last'))).toBe('1');
    });
  });

  describe('a server that has lost what it had', () => {
    it('does not take the commit of a transaction that it does not know; the batch runs again', async () => {
      const store = open();
      await store.own();
      const transaction = await store.begin({ time: 1000, repeated: false });
      transaction.handle.incr(key('n'));
      await redis.del(`rx-dstream:{${group}}:owner`);
      expect(await failure(Promise.resolve(transaction.commit(lines(0, 5))))).toMatchObject({
        code: 'OFFSET_STORE_UNAVAILABLE',
        retriable: true,
        message: expect.stringMatching(/the batch has to run again/),
      });
      expect(await redis.exists(key('n'))).toBe(0);
      await commit(store, (tx) => tx.incr(key('n')));
      expect(await redis.get(key('n'))).toBe('1');
    });

    it('and so holds an older owner or none gives the group back to the newest that writes', async () => {
      const older = open();
      const newer = open({ group });
      const owner = `rx-dstream:{${group}}:owner`;
      await older.own();
      const before = await redis.hgetall(owner);
      await newer.own();
      await redis.del(owner);
      await newer.commit(lines(0, 5));
      await redis.hset(owner, before);
      await newer.commit(lines(5, 6));
      expect(await failure(older.commit(lines(6, 7)))).toMatchObject({ code: 'OFFSET_STORE_TAKEN' });
      expect(await newer.load({})).toEqual([{ topic: 'lines', partition: 0, until: 6 }]);
    });
  });

  it('what another transaction of the group was begun after comes too late, also from the same store', async () => {
    const store = open();
    const late = await store.begin({ time: 1000, repeated: false });
    late.handle.incr(key('n'));
    const other = await open({ group }).begin({ time: 1000, repeated: true });
    expect(await failure(Promise.resolve(late.commit([])))).toMatchObject({
      code: 'OFFSET_STORE_UNAVAILABLE',
      retriable: true,
    });
    other.handle.incr(key('n'));
    await other.commit([]);
    expect(await redis.get(key('n'))).toBe('1');
  });

  it('a process that was overtaken is told by whom', async () => {
    const zombie = open();
    await zombie.own();
    await open({ group }).own();
    expect(await failure(zombie.commit(lines(0, 1)))).toMatchObject({
      code: 'OFFSET_STORE_TAKEN',
      message: expect.stringContaining(`process ${process.pid} on host `),
    });
  });

  it('goes on after the script cache was flushed', async () => {
    const store = open();
    await store.own();
    const transaction: OffsetTransaction<RedisTransaction> = await store.begin({ time: 1000, repeated: false });
    transaction.handle.incr(key('n'));
    await redis.script('FLUSH');
    await transaction.commit(lines(0, 5));
    expect(await redis.get(key('n'))).toBe('1');
  });
});

/** What docs/stores/redis.md says a user needs. */
const PERMISSIONS = ['+eval', '+select', '+type', '+hget', '+hgetall', '+hmget', '+hset', '+hdel', '+scan', '+info'];
