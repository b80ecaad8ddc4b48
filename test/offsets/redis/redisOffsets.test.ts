import { describe, expect, it } from 'vitest';
import { redisOffsets } from '../../../src/offsets/redis/redisOffsets.ts';

const redis = 'redis://user:secret@127.0.0.1:1';

describe('redisOffsets', () => {
  it('opens no connection before its first call', () => {
    const store = redisOffsets({ redis, group: 'wordcount' });
    expect(store.name).toBe('redis wordcount');
    store.close();
  });

  it('a Redis that is not there is OFFSET_STORE_UNAVAILABLE, and the message shows no password', async () => {
    const store = redisOffsets({ redis, group: 'wordcount' });
    const failure = await store.load({}).catch((error: unknown) => error);
    store.close();
    expect(failure).toMatchObject({
      code: 'OFFSET_STORE_UNAVAILABLE',
      retriable: true,
      message: expect.stringMatching(/^redisOffsets load: Redis at 127\.0\.0\.1:1 does not answer \(.*ECONNREFUSED/),
    });
    expect((failure as Error).message).not.toContain('secret');
  });

  it('refuses a commit of what is no offset without asking Redis', async () => {
    const store = redisOffsets({ redis, group: 'wordcount' });
    const wrong = [{ topic: 'lines', partition: 0, until: -1, expected: undefined }];
    await expect(store.commit(wrong)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(store.commit([])).resolves.toEqual({ foreign: [] });
    store.close();
  });

  it('refuses wrong options where they are written', () => {
    const wrong: [object, RegExp][] = [
      [
        { group: 'g' },
        /redisOffsets\(redis\): expected a Redis URL, ioredis options or an ioredis client, got undefined/,
      ],
      [{ redis: '', group: 'g' }, /redisOffsets\(redis\)/],
      [{ redis }, /redisOffsets\(group\): expected a text that is not empty/],
      [{ redis, group: 'g', layout: 'flat' }, /redisOffsets\(layout\): expected "group" or "topic", got "flat"/],
      [{ redis, group: 'g', db: -1 }, /redisOffsets\(db\): expected a whole number of at least 0/],
      [{ redis, group: 'g', keyTemplate: '{topic}' }, /redisOffsets\(keyTemplate\): expected none with layout "group"/],
      [{ redis, group: 'g', layout: 'topic', keyTemplate: 'offsets' }, /expected a text that names \{topic\} once/],
      [{ redis, group: 'g', layout: 'topic', keyTemplate: '{topic}{topic}' }, /names \{topic\} once/],
      [{ redis, group: 'g', commandTimeoutMs: 0 }, /redisOffsets\(commandTimeoutMs\): expected milliseconds above 0/],
    ];
    for (const [options, message] of wrong) expect(() => redisOffsets(options as never)).toThrow(message);
  });
});
