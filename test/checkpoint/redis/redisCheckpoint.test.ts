import { describe, expect, it } from 'vitest';
import { type RedisCheckpointOptions, redisCheckpoint } from '../../../src/checkpoint/redis/redisCheckpoint.ts';

const right: RedisCheckpointOptions = { redis: 'redis://127.0.0.1:1', key: 'wordcount' };

describe('redisCheckpoint', () => {
  it('is durable, and its name says where it is but no password', () => {
    expect(redisCheckpoint(right)).toMatchObject({ durable: true, name: 'key wordcount in Redis at 127.0.0.1:1' });
    const secret = redisCheckpoint({ ...right, redis: 'rediss://ann:secret@cache:6380/2' });
    expect(secret.name).toBe('key wordcount in Redis at cache:6380');
  });

  it.each([
    [undefined, 'redisCheckpoint: expected options like'],
    ['redis://127.0.0.1', 'redisCheckpoint: expected options like'],
    [{ key: 'a' }, 'redisCheckpoint(redis): expected a Redis URL, ioredis options or an ioredis client, got undefined'],
    [{ ...right, redis: '' }, 'redisCheckpoint(redis)'],
    [{ ...right, redis: null }, 'redisCheckpoint(redis)'],
    [{ redis: right.redis }, 'redisCheckpoint(key): expected a text that is not empty, got undefined'],
    [{ ...right, key: '' }, 'redisCheckpoint(key)'],
    [{ ...right, key: 'a{b}' }, 'redisCheckpoint(key): expected a text without { and }'],
    [{ ...right, db: -1 }, 'redisCheckpoint(db): expected a whole number of at least 0, got -1'],
    [{ ...right, commandTimeoutMs: 0 }, 'redisCheckpoint(commandTimeoutMs): expected milliseconds above 0 and at most'],
    [{ ...right, repeatForMs: -1 }, 'redisCheckpoint(repeatForMs)'],
    [{ ...right, leaseMs: 0 }, 'redisCheckpoint(leaseMs): expected a whole number of milliseconds from 1 to'],
    [{ ...right, leaseMs: 0.5 }, 'redisCheckpoint(leaseMs)'],
    [{ ...right, takeOver: 'false' }, 'redisCheckpoint(takeOver): expected true or false, got "false"'],
    [{ ...right, compactAfterBytes: 0 }, 'redisCheckpoint(compactAfterBytes)'],
    [
      { ...right, onUnreadable: 'ignore' },
      "redisCheckpoint(onUnreadable): expected 'fail' or 'setAside', got \"ignore\"",
    ],
    [
      { ...right, startFrom: 'before' },
      'redisCheckpoint(startFrom): expected a savepoint, as savepointOf(store, name)',
    ],
  ])('refuses %o where it is written', (wrong, message) => {
    expect(() => redisCheckpoint(wrong as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
  });

  it('repeats nothing, or for ever, where it is told to', () => {
    for (const repeatForMs of [0, Number.POSITIVE_INFINITY])
      expect(redisCheckpoint({ ...right, repeatForMs }).durable).toBe(true);
  });

  it('opens nothing before it is loaded; then a Redis that is not there is CHECKPOINT_UNAVAILABLE, at once', async () => {
    const store = redisCheckpoint({ ...right, commandTimeoutMs: 60_000 });
    await store.close();
    await expect(Promise.resolve().then(() => store.load() as Promise<unknown>)).rejects.toMatchObject({
      code: 'CHECKPOINT_UNAVAILABLE',
      retriable: true,
      message: expect.stringMatching(/^redisCheckpoint: key wordcount in Redis at 127\.0\.0\.1:1, own: .*ECONNREFUSED/),
    });
  });
});
