import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { Pool } from 'pg';
import { expect, it } from 'vitest';
import {
  createTopic,
  freshName,
  kafkaBrokers,
  postgresUrl,
  produce,
  redisUrl,
  skipUnless,
  startOwnPostgres,
  startOwnRedis,
  startOwnZookeeper,
} from './services.ts';

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

skipUnless('postgres')('PostgreSQL', () => {
  it('is shared by the tests of a run', async () => {
    const pool = new Pool({ connectionString: postgresUrl() });
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('of our own keeps what was committed through kill -9, freezes whole, and leaves neither process nor file', async () => {
    const own = await startOwnPostgres();
    const pool = new Pool({ connectionString: own.url });
    pool.on('error', () => undefined); // it is killed on purpose
    try {
      await pool.query('CREATE TABLE kept AS SELECT 7 AS value');
      await own.kill9();
      expect(own.server.running).toBe(false);
      await own.restart();
      await own.restart();
      own.freeze();
      let isFrozen = true;
      const kept = pool.query('SELECT value FROM kept').then(({ rows }) => [isFrozen, rows]);
      await expect(fetch(`http://127.0.0.1:${own.port}`, { signal: AbortSignal.timeout(50) })).rejects.toThrow(
        'timeout',
      );
      isFrozen = false;
      own.thaw();
      expect(await kept).toEqual([false, [{ value: 7 }]]);
      own.freeze();
    } finally {
      await Promise.all([pool.end(), own.stop()]);
    }
    expect(existsSync(own.server.options.folder)).toBe(false);
  });
});

skipUnless('zookeeper')('ZooKeeper', () => {
  it('of our own leaves neither process nor file when it is stopped, frozen or not', async () => {
    const own = await startOwnZookeeper();
    const pid = own.server.pid as number;
    own.freeze();
    await own.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(own.server.options.folder)).toBe(false);
  });
});
