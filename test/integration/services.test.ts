import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { expect, it } from 'vitest';
import { createTopic, freshName, kafkaBrokers, produce, redisUrl, skipUnless, startOwnRedis } from './services.ts';

skipUnless('kafka')('the shared Kafka', () => {
  it('takes a topic of our own and keeps what is produced into it', async () => {
    const topic = freshName('services');
    await createTopic(kafkaBrokers(), topic, { partitions: 2 });
    await produce(
      kafkaBrokers(),
      topic,
      Array.from({ length: 2500 }, (_, i) => ({ value: `${i}`, partition: i % 2 })),
    );
    const admin = new Kafka({ brokers: kafkaBrokers(), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    expect(ends.map(({ partition, high }) => [partition, high]).sort()).toEqual([
      [0, '1250'],
      [1, '1250'],
    ]);
  });
});

skipUnless('redis')('Redis', () => {
  it('is shared by the tests of a run', async () => {
    const redis = new Redis(redisUrl());
    expect(await redis.ping()).toBe('PONG');
    await redis.quit();
  });

  it('of our own keeps acknowledged writes through kill -9', async () => {
    const own = await startOwnRedis();
    const redis = new Redis(own.url, { retryStrategy: () => 20 });
    redis.on('error', () => undefined); // it is killed on purpose
    try {
      await redis.set('key', 'value');
      await own.kill9();
      expect(own.server.running).toBe(false);
      await own.restart();
      expect(await redis.get('key')).toBe('value');
    } finally {
      redis.disconnect();
      await own.stop();
    }
  });

  it('of our own leaves neither process nor file when it is stopped, frozen or not', async () => {
    const own = await startOwnRedis();
    const pid = own.server.pid as number;
    own.freeze();
    await own.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(own.server.options.folder)).toBe(false);
  });
});
