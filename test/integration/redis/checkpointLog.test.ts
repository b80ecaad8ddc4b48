import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LogStorage } from '../../../src/checkpoint/log/LogStorage.ts';
import { type RedisLogOptions, redisLog } from '../../../src/checkpoint/redis/redisLog.ts';
import { PART_BYTES } from '../../../src/checkpoint/redis/redisLogKeys.ts';
import { logStorageLaws } from '../../checkpoint/log/logStorageLaws.ts';
import { PATIENT } from '../../support/patient.ts';
import { freshName, redisUrl, skipUnless } from '../services.ts';

const opened: LogStorage[] = [];

function open(options: Partial<RedisLogOptions> = {}): LogStorage {
  const storage = redisLog({
    redis: redisUrl(),
    key: freshName('log'),
    db: undefined,
    commandTimeoutMs: 2000,
    repeatForMs: 10_000,
    leaseMs: 3000,
    takeOver: false,
    ...options,
  });
  opened.push(storage);
  return storage;
}

async function owned(options: Partial<RedisLogOptions> = {}): Promise<LogStorage> {
  const storage = open(options);
  await storage.own(({ message }) => expect.unreachable(message));
  return storage;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function textOf(storage: LogStorage, segment: string, savepoint?: string): Promise<string | undefined> {
  const stored = await storage.open(segment, savepoint);
  return stored && new TextDecoder().decode(stored.read(0, stored.size));
}

async function headOf(storage: LogStorage, savepoint?: string): Promise<string | undefined> {
  const head = await storage.head(savepoint);
  return head && new TextDecoder().decode(head);
}

skipUnless('redis')('redisLog on a real Redis', () => {
  logStorageLaws('redisLog', () => {
    const key = freshName('law');
    return { storage: (some = {}) => open({ key, leaseMs: 3000, ...some }) };
  });

  let redis: Redis;

  beforeAll(() => {
    redis = new Redis(redisUrl());
  });

  afterEach(async () => {
    for (const storage of opened.splice(0)) await storage.release();
  });

  afterAll(() => redis.disconnect());

  const keysOf = (key: string): Promise<string[]> => redis.keys(`rx-dstream:{${key}}:*`);

  it('gives back what was appended and published, without being owned', async () => {
    const key = freshName('log');
    const storage = await owned({ key });
    expect(await storage.head()).toBeUndefined();
    expect(await storage.segments()).toEqual([]);
    await storage.append('a', bytes('one '), false);
    await storage.append('b', bytes(''), false);
    await storage.append('a', bytes('two'), true);
    await storage.publish(bytes('first'));
    await storage.publish(bytes('second'));
    const reader = open({ key });
    expect(await textOf(reader, 'a')).toBe('one two');
    expect(await textOf(reader, 'b')).toBe('');
    expect(await textOf(reader, 'c')).toBeUndefined();
    expect(await headOf(reader)).toBe('second');
    expect([...(await reader.segments())].sort()).toEqual(['a', 'b']);
  });

  it('keeps every byte of a segment that is longer than one string in Redis', async () => {
    const key = freshName('log');
    const storage = await owned({ key });
    const whole = new Uint8Array(2 * PART_BYTES + 3_000_017);
    for (let i = 0; i < whole.length; i++) whole[i] = (i * 31 + (i >> 13)) & 255;
    const cuts = [0, 5, 700_000, PART_BYTES - 1, PART_BYTES + 1, whole.length];
    for (const [i, to] of cuts.slice(1).entries()) await storage.append('base', whole.subarray(cuts[i], to), false);
    const stored = await open({ key }).open('base');
    expect(stored?.size).toBe(whole.length);
    expect(Buffer.compare(stored?.read(0, whole.length + 99) as Uint8Array, whole)).toBe(0);
    for (const [from, to] of [
      [0, 1],
      [1_048_575, 1_048_577],
      [PART_BYTES - 3, PART_BYTES + 2_500_000],
      [whole.length - 1, whole.length],
    ] as const) {
      expect(Buffer.compare(stored?.read(from, to) as Uint8Array, whole.subarray(from, to))).toBe(0);
    }
    expect(stored?.read(whole.length, whole.length + 5)).toHaveLength(0);
    await storage.remove(['base', 'never there']);
    expect((await keysOf(key)).filter((name) => name.includes(':bytes:'))).toEqual([]);
  });

  it('a savepoint stays what it was while the checkpoint goes on, and its bytes go when it is replaced', async () => {
    const key = freshName('log');
    const storage = await owned({ key });
    await storage.append('a', bytes('old'), true);
    await storage.append('b', bytes('more'), true);
    await storage.publish(bytes('now'));
    await storage.copy('before.a-b', bytes('then'), ['a', 'b']);
    await storage.remove(['a', 'b']);
    await storage.append('a', bytes('new'), true);
    expect(await textOf(storage, 'a')).toBe('new');
    expect(await textOf(storage, 'a', 'before.a-b')).toBe('old');
    expect(await textOf(storage, 'b', 'before.a-b')).toBe('more');
    expect(await headOf(storage, 'before.a-b')).toBe('then');
    expect(await headOf(storage, 'before')).toBeUndefined();
    expect([...(await storage.segments('before.a-b'))].sort()).toEqual(['a', 'b']);
    const parts = async () => (await keysOf(key)).filter((name) => name.includes(':bytes:')).length;
    expect(await parts()).toBe(3);
    await storage.copy('before.a-b', bytes('later'), ['a']);
    expect(await parts()).toBe(1);
    expect(await storage.segments('before.a-b')).toEqual(['a']);
    expect(await textOf(storage, 'a', 'before.a-b')).toBe('new');
  });

  it('a savepoint that is deleted by hand gives its bytes back at the next start', async () => {
    const key = freshName('log');
    const storage = await owned({ key });
    await storage.append('a', bytes('old'), true);
    await storage.copy('old', bytes('head'), ['a']);
    await storage.remove(['a']);
    await redis.del(`rx-dstream:{${key}}:checkpoint:savepoint:old`);
    await storage.release();
    expect((await keysOf(key)).filter((name) => name.includes(':bytes:'))).toHaveLength(1);
    await owned({ key });
    expect((await keysOf(key)).filter((name) => name.includes(':bytes:'))).toEqual([]);
  });

  it('what is set aside is out of the way and can still be read', async () => {
    const key = freshName('log');
    const storage = await owned({ key });
    await storage.append('a', bytes('old'), true);
    await storage.publish(bytes('head'));
    await storage.copy('kept', bytes('then'), ['a']);
    const aside = await storage.setAside();
    expect(aside).toMatch(/savepoint set-aside-1-\d+ of key log-.* in Redis at/);
    expect(await storage.head()).toBeUndefined();
    expect(await storage.segments()).toEqual([]);
    await storage.append('a', bytes('new'), true);
    expect(await textOf(storage, 'a', aside.split(' ')[1])).toBe('old');
    expect(await headOf(storage, aside.split(' ')[1])).toBe('head');
    expect(await textOf(storage, 'a', 'kept')).toBe('old');
  });

  it('two checkpoints on one server know nothing of each other, nor do databases', async () => {
    const key = freshName('log');
    const one = await owned({ key });
    const two = await owned({ key: `${key}:2` });
    const three = await owned({ key, db: 3 });
    await one.append('a', bytes('1'), true);
    await two.append('a', bytes('2'), true);
    await three.append('a', bytes('3'), true);
    expect([await textOf(one, 'a'), await textOf(two, 'a'), await textOf(three, 'a')]).toEqual(['1', '2', '3']);
    await one.remove(['a']);
    expect([await textOf(two, 'a'), await textOf(three, 'a')]).toEqual(['2', '3']);
  });

  it('honours the key prefix of a client, which is left alone', async () => {
    const client = new Redis(redisUrl(), { keyPrefix: 'app:', lazyConnect: true });
    const key = freshName('log');
    const storage = await owned({ key, redis: client });
    await storage.append('a', bytes('text'), true);
    expect(await textOf(storage, 'a')).toBe('text');
    expect(await keysOf(key)).toEqual([]);
    expect(await redis.keys(`app:rx-dstream:{${key}}:*`)).not.toEqual([]);
    await storage.remove(['a']);
    expect(client.status).toBe('wait');
  });

  it('needs no more permissions than its page says, and says where to find them', async () => {
    const user = freshName('user');
    const page = readFileSync(new URL('../../../docs/checkpoints/redis.md', import.meta.url), 'utf8');
    const commands = /needs the commands ([^.]*) and the keys/.exec(page)?.[1]?.match(/[A-Z]+/g) ?? [];
    await redis.call('ACL', 'SETUSER', user, 'on', '>secret', '~rx-dstream:*', ...commands.map((name) => `+${name}`));
    const target = `redis://${user}:secret@${new URL(redisUrl()).host}/3`;
    const storage = await owned({ redis: target });
    await storage.append('a', bytes('text'), true);
    await storage.publish(bytes('head'));
    await storage.copy('kept', bytes('then'), ['a']);
    expect([await textOf(storage, 'a'), await headOf(storage, 'kept')]).toEqual(['text', 'then']);
    await storage.setAside();
    await storage.append('b', bytes('text'), true);
    await storage.remove(['b']);
    await storage.release();
    await redis.call('ACL', 'SETUSER', user, '-append');
    const restricted = await owned({ redis: target });
    await expect(restricted.append('a', bytes('text'), true)).rejects.toMatchObject({
      code: 'CHECKPOINT_FAILED',
      message: expect.stringMatching(/append: .*docs\/checkpoints\/redis\.md/),
    });
    await redis.call('ACL', 'DELUSER', user);
  });

  describe('the owner', () => {
    it('keeps a second one out as long as he lives, and lets him in at once when he gives it back', async () => {
      const key = freshName('owner');
      const first = await owned({ key, leaseMs: 3000 });
      const second = open({ key });
      await expect(second.own()).rejects.toMatchObject({
        code: 'CHECKPOINT_OWNED',
        retriable: false,
        message: expect.stringMatching(/process \d+ \(.*\) on host .* goes on renewing.*takeOver: true/),
      });
      await first.append('a', bytes('mine'), true);
      await first.release();
      await second.own();
      expect(await textOf(second, 'a')).toBe('mine');
    });

    it('who takes over writes; the one before can write no more, not even the bytes of a segment', async () => {
      const key = freshName('owner');
      const zombie = await owned({ key });
      await zombie.append('a', bytes('before'), true);
      const next = await owned({ key, takeOver: true });
      const taken = { code: 'CHECKPOINT_TAKEN', message: expect.stringMatching(/process \d+ .* has taken it over/) };
      for (const write of [
        () => zombie.append('a', bytes('after'), true),
        () => zombie.publish(bytes('after')),
        () => zombie.remove(['a']),
        () => zombie.copy('s', bytes('after'), ['a']),
        () => zombie.setAside(),
      ]) {
        await expect(write()).rejects.toMatchObject(taken);
      }
      await zombie.release();
      await next.append('a', bytes('!'), true);
      expect(await textOf(next, 'a')).toBe('before!');
      expect(await next.head()).toBeUndefined();
      expect(await next.head('s')).toBeUndefined();
    });

    it('of those who come at once one wins', async () => {
      for (let round = 0; round < 3; round++) {
        const key = freshName('race');
        const all = [1, 2, 3].map(() => open({ key, leaseMs: 3000 }));
        const answers = await Promise.allSettled(all.map(async (storage) => storage.own()));
        expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const answer of answers) {
          if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'CHECKPOINT_OWNED' });
        }
        for (const storage of all) await storage.release();
      }
    });

    it('whose lease nobody renews is followed when it runs out; if nobody came he may go on', async () => {
      const key = freshName('lease');
      const ownerKey = `rx-dstream:{${key}}:checkpoint:owner`;
      const never = { now: () => 0, schedule: () => ({ unsubscribe() {} }) } as never;
      const silent = await owned({ key, leaseMs: 200, scheduler: never });
      await silent.append('a', bytes('one '), true);
      const until = Number(await redis.hget(ownerKey, 'until'));
      await vi.waitFor(async () => expect(await clockOf(redis)).toBeGreaterThan(until), PATIENT);
      await silent.append('a', bytes('two '), true);
      const next = open({ key });
      await next.own();
      await next.append('a', bytes('three'), true);
      expect(await textOf(next, 'a')).toBe('one two three');
    });

    it('may own again at once, and nothing of before is lost', async () => {
      const key = freshName('again');
      const storage = await owned({ key });
      await storage.append('a', bytes('one '), true);
      await storage.own();
      await storage.append('a', bytes('two'), true);
      expect(await textOf(storage, 'a')).toBe('one two');
    });
  });
});

/** The clock of the server, in milliseconds. */
async function clockOf(redis: Redis): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Number(micros) / 1000;
}
