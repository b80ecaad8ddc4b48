import { describe, expect, it } from 'vitest';
import type { OffsetTransaction } from '../../../src/offsets/OffsetStore.ts';
import type { RedisOffsets } from '../../../src/offsets/redis/redisOffsets.ts';
import type { RedisTransaction } from '../../../src/offsets/redis/transaction/RedisTransaction.ts';
import { skipUnless } from '../services.ts';
import { failureOf, lines, scriptCalls, transactions } from './transactions.ts';

skipUnless('redis')('transactions of redisOffsets', () => {
  const { at, open, commit, key } = transactions();

  describe('a command that fails in the middle although it was checked', () => {
    /** The checks look at the first bytes of a HyperLogLog, Redis at all of them. */
    async function stopped(store: RedisOffsets): Promise<Error> {
      await at.redis.set(key('corrupt'), 'HYLL, but not really');
      await store.own();
      return failureOf(commit(store, (tx) => tx.incr(key('first')).pfadd(key('corrupt'), 'a').incr(key('last'))));
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
      expect(await at.redis.mget(key('first'), key('last'))).toEqual(['1', null]);
      expect(await store.load({})).toEqual([]);
      const other = open({ group: at.group });
      await other.own();
      for (const again of [
        () => other.begin({ time: 1000, repeated: true }),
        () => other.begin({ time: 2000, repeated: false }),
        () => other.commit(lines(0, 5)),
      ]) {
        expect(await failureOf(again())).toMatchObject(expected);
      }
      await at.redis.del(key('first'), key('corrupt'));
      await at.redis.hdel(`rx-dstream:{${at.group}}:owner`, 'unfinished');
      const again = await other.begin({ time: 1000, repeated: true });
      expect(again.committed).toBe(false);
      again.handle.incr(key('first')).pfadd(key('corrupt'), 'a').incr(key('last'));
      await again.commit(lines(0, 5));
      expect(await at.redis.mget(key('first'), key('last'))).toEqual(['1', '1']);
    });

    it('that is the first one has written nothing, and stops nobody', async () => {
      const store = open();
      await at.redis.set(key('corrupt'), 'HYLL, but not really');
      const failed = failureOf(commit(store, (tx) => tx.pfadd(key('corrupt'), 'a').incr(key('last'))));
      expect(await failed).toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        message: expect.stringMatching(/HyperLogLog|HLL/),
      });
      await commit(store, (tx) => tx.incr(key('last')));
      expect(await at.redis.get(key('last'))).toBe('1');
    });
  });

  describe('a server that has lost what it had', () => {
    it('does not take the commit of a transaction that it does not know; the batch runs again', async () => {
      const store = open();
      await store.own();
      const transaction = await store.begin({ time: 1000, repeated: false });
      transaction.handle.incr(key('n'));
      await at.redis.del(`rx-dstream:{${at.group}}:owner`);
      expect(await failureOf(Promise.resolve(transaction.commit(lines(0, 5))))).toMatchObject({
        code: 'OFFSET_STORE_UNAVAILABLE',
        retriable: true,
        message: expect.stringMatching(/the batch has to run again/),
      });
      expect(await at.redis.exists(key('n'))).toBe(0);
      await commit(store, (tx) => tx.incr(key('n')));
      expect(await at.redis.get(key('n'))).toBe('1');
    });

    it('and so holds an older owner or none gives the group back to the newest that writes', async () => {
      const older = open();
      const newer = open({ group: at.group });
      const owner = `rx-dstream:{${at.group}}:owner`;
      await older.own();
      const before = await at.redis.hgetall(owner);
      await newer.own();
      await at.redis.del(owner);
      await newer.commit(lines(0, 5));
      await at.redis.hset(owner, before);
      await newer.commit(lines(5, 6));
      expect(await failureOf(older.commit(lines(6, 7)))).toMatchObject({ code: 'OFFSET_STORE_TAKEN' });
      expect(await newer.load({})).toEqual([{ topic: 'lines', partition: 0, until: 6 }]);
    });
  });

  describe('a batch after one that was committed', () => {
    /** One more, of `from` to the offset behind it. */
    async function next(store: RedisOffsets, from: number): Promise<void> {
      const transaction = await store.begin({ time: 1000 * (from + 1), repeated: false });
      transaction.handle.incr(key('n'));
      await transaction.commit(lines(from, from + 1));
    }

    it('asks the server once, not twice; one that comes again asks whether it is there', async () => {
      const store = open();
      await store.own();
      await next(store, 0);
      const before = await scriptCalls(at.redis);
      for (let from = 1; from <= 5; from++) await next(store, from);
      expect((await scriptCalls(at.redis)) - before).toBe(5);
      expect((await store.begin({ time: 6000, repeated: true })).committed).toBe(true);
      expect((await scriptCalls(at.redis)) - before).toBe(6);
    });

    it('goes on where the server has lost the owner, or another one has begun, in between', async () => {
      const store = open();
      await store.own();
      await next(store, 0);
      await at.redis.del(`rx-dstream:{${at.group}}:owner`);
      await next(store, 1);
      await open({ group: at.group }).begin({ time: 1, repeated: false });
      await next(store, 2);
      expect(await at.redis.get(key('n'))).toBe('3');
      expect(await store.load({})).toEqual([{ topic: 'lines', partition: 0, until: 3 }]);
    });

    it('that has been given up counts once when it runs again, and never late', async () => {
      const store = open();
      await store.own();
      await next(store, 0);
      const given = await store.begin({ time: 2000, repeated: false });
      given.handle.incr(key('n'));
      await given.rollback();
      const again = await store.begin({ time: 2000, repeated: true });
      expect(again.committed).toBe(false);
      again.handle.incr(key('n'));
      await again.commit(lines(1, 2));
      expect(await at.redis.get(key('n'))).toBe('2');
    });

    it('after a commit that was refused is asked about anew', async () => {
      const store = open();
      await store.own();
      await next(store, 0);
      expect(await failureOf(next(store, 0))).toMatchObject({ code: 'OFFSET_STORE_FAILED' });
      await next(store, 1);
      expect(await at.redis.get(key('n'))).toBe('2');
    });
  });

  it('what another transaction of the group was begun after comes too late, also from the same store', async () => {
    const store = open();
    const late = await store.begin({ time: 1000, repeated: false });
    late.handle.incr(key('n'));
    const other = await open({ group: at.group }).begin({ time: 1000, repeated: true });
    expect(await failureOf(Promise.resolve(late.commit([])))).toMatchObject({
      code: 'OFFSET_STORE_UNAVAILABLE',
      retriable: true,
    });
    other.handle.incr(key('n'));
    await other.commit([]);
    expect(await at.redis.get(key('n'))).toBe('1');
  });

  it('a process that was overtaken is told by whom', async () => {
    const zombie = open();
    await zombie.own();
    await open({ group: at.group }).own();
    expect(await failureOf(zombie.commit(lines(0, 1)))).toMatchObject({
      code: 'OFFSET_STORE_TAKEN',
      message: expect.stringContaining(`process ${process.pid} on host `),
    });
  });

  it('goes on after the script cache was flushed', async () => {
    const store = open();
    await store.own();
    const transaction: OffsetTransaction<RedisTransaction> = await store.begin({ time: 1000, repeated: false });
    transaction.handle.incr(key('n'));
    await at.redis.script('FLUSH');
    await transaction.commit(lines(0, 5));
    expect(await at.redis.get(key('n'))).toBe('1');
  });
});
