import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import type { RedisTransaction } from '../../../src/offsets/redis/transaction/RedisTransaction.ts';
import { freshName, redisUrl, skipUnless } from '../services.ts';
import { failureOf, transactions } from './transactions.ts';

skipUnless('redis')('commands in transactions of redisOffsets', () => {
  const { at, open, commit, key } = transactions();

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
      expect(await at.redis.mget(names.map(key))).toEqual(['a', 'b', 'first', 'ab', '\u0001', '8', '2.5']);
      expect(await at.redis.ttl(key('setex'))).toBeGreaterThan(90);
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
      expect(await at.redis.hgetBuffer(key('h'), Buffer.from(bytes))).toEqual(Buffer.from(bytes));
      const { a, b, big, float, gone } = await at.redis.hgetall(key('h'));
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
      expect(await at.redis.lrange(key('list'), 0, -1)).toEqual(['first', 'a', 'c']);
      expect((await at.redis.smembers(key('members'))).sort()).toEqual(['x', 'y']);
      expect(await at.redis.zrange(key('scores'), 0, '-1', 'WITHSCORES')).toEqual(['bob', '1.5', 'ann', '3']);
      expect((await at.redis.xrange(key('entries'), '-', '+')).map(([, entry]) => entry)).toEqual([
        ['f', 'v'],
        ['f', 'w'],
      ]);
      expect(await at.redis.pfcount(key('distinct'))).toBe(2);
    });

    it('of keys', async () => {
      const store = open();
      await at.redis.set(key('old'), 'a text');
      await at.redis.set(key('lasts'), 1, 'EX', 50);
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
      expect(await at.redis.smembers(key('old'))).toEqual(['now a set']);
      expect(await at.redis.ttl(key('old'))).toBeGreaterThan(90);
      expect(await at.redis.ttl(key('lasts'))).toBe(-1);
      expect(await at.redis.pttl(key('soon'))).toBeGreaterThan(50_000);
      expect(await at.redis.expiretime(key('late'))).toBe(4_000_000_000);
    });

    it('may be as many as the limits say, in one script', async () => {
      const store = open();
      const count = 50_000;
      await commit(store, (tx) => {
        for (let i = 0; i < count; i++) tx.hincrby(key('many'), `word ${i % 10_000}`, 1);
      });
      const counts = Object.values(await at.redis.hgetall(key('many')));
      expect([counts.length, new Set(counts)]).toEqual([10_000, new Set(['5'])]);
    });

    it('use the key prefix of the client, and its database', async () => {
      const prefixed = new Redis(redisUrl(), { keyPrefix: 'app:', db: 2, lazyConnect: true });
      await commit(open({ redis: prefixed }), (tx) => tx.set(key('a'), 1));
      const second = new Redis(redisUrl(), { db: 2 });
      expect(await second.get(`app:${at.group}:a`)).toBe('1');
      expect(await second.hget(`app:rx-dstream:{${at.group}}:owner`, 'time')).toBe('1000');
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
      [
        'the key of the offsets',
        (tx) => tx.del(`rx-dstream:{${at.group}}:offsets`),
        /where the store keeps its offsets/,
      ],
      [
        'the key of the owner',
        (tx) => tx.hset(`rx-dstream:{${at.group}}:owner`, 'epoch', 0),
        /where the store keeps its offsets/,
      ],
    ];

    it.each(refusals)('%s', async (_, write, message) => {
      const store = open();
      await at.redis.set(key('text'), 'a text');
      await at.redis.hset(key('hash'), 'f', 'words');
      await at.redis.set(key('full'), '9199999999999999999');
      const failed = failureOf(commit(store, (tx) => write(tx.incr(key('first')))));
      expect(await failed).toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        retriable: false,
        message: expect.stringMatching(message),
      });
      expect(await at.redis.exists(key('first'), key('new'), key('n'))).toBe(0);
      expect(await at.redis.get(key('full'))).toBe('9199999999999999999');
      expect(await store.load({})).toEqual([]);
      // It was refused whole, so the batch can come again.
      const again = await store.begin({ time: 1000, repeated: true });
      expect(again.committed).toBe(false);
    });

    it('a command that the user may not', async () => {
      const user = freshName('user');
      await at.redis.call('ACL', 'SETUSER', user, 'on', '>secret', '~*', ...PERMISSIONS, '+hincrby');
      const { host } = new URL(redisUrl());
      const store = open({ redis: `redis://${user}:secret@${host}` });
      await store.own();
      await store.commit([{ topic: 'words', partition: 0, until: 1, expected: undefined }]);
      const failed = failureOf(commit(store, (tx) => tx.hincrby(key('h'), 'f', 1).sadd(key('s'), 'x')));
      expect(await failed).toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        message: expect.stringMatching(/command 2, SADD .*NOPERM/),
      });
      expect(await at.redis.exists(key('h'))).toBe(0);
      await commit(store, (tx) => tx.hincrby(key('h'), 'f', 1));
      expect(await at.redis.hget(key('h'), 'f')).toBe('1');
      await at.redis.call('ACL', 'DELUSER', user);
    });
  });
});

/** What docs/stores/redis.md says a user needs. */
const PERMISSIONS = [
  '+eval',
  '+evalsha',
  '+select',
  '+type',
  '+hget',
  '+hgetall',
  '+hmget',
  '+hset',
  '+hdel',
  '+scan',
  '+info',
];
