import { Redis } from 'ioredis';
import { type RedisOffsets, redisOffsets } from 'rx-dstream/redis';
import { startRedis } from '../../scripts/services/index.ts';
import type { Bench } from '../measure/Bench.ts';
import { type Contender, interleaved } from '../measure/interleaved.ts';

const COMMITS = 500;

/** How far the records are; it only rises. */
let at = 0;

/** Commits one after another, as a pipeline makes them: offsets of 10 partitions, with the counts of 1 or 100 words. */
export const bench: Bench = async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  const store = redisOffsets({ redis: server.url, group: 'bench' });
  try {
    await store.own();
    const few = await interleaved(contenders(store, redis, 1), { rounds: 5, warmUp: 1 });
    const many = await interleaved(contenders(store, redis, 100), { rounds: 5, warmUp: 1 });
    return [['stores-redis-1', few] as const, ['stores-redis-100', many] as const].map(
      ([name, { ours, multi, offsets }]) => ({
        name,
        unit: 'commits/s',
        ours: Math.round(ours.median),
        peers: {
          'MULTI by hand, not fenced, counts twice when an answer is lost': Math.round(multi.median),
          'ours, offsets alone': Math.round(offsets.median),
        },
        notes: [
          `${name.endsWith('-1') ? 'one HINCRBY' : '100 HINCRBY'} and the offsets of 10 partitions; one connection, appendfsync everysec`,
        ],
      }),
    );
  } finally {
    store.close();
    redis.disconnect();
    await server.stop();
  }
};

function contenders(store: RedisOffsets, redis: Redis, words: number): Record<'ours' | 'multi' | 'offsets', Contender> {
  const offsets = (): { topic: string; partition: number; from: number; until: number; expected: number }[] => {
    at++;
    return Array.from({ length: 10 }, (_, partition) => ({
      topic: 'lines',
      partition,
      from: at,
      until: at + 1,
      expected: at,
    }));
  };
  const repeated = (commit: () => unknown): Contender => ({
    async work() {
      for (let i = 0; i < COMMITS; i++) await commit();
      return COMMITS;
    },
  });
  return {
    ours: repeated(async () => {
      const transaction = await store.begin({ time: at, repeated: false });
      for (let word = 0; word < words; word++) transaction.handle.hincrby('counts', `word${word}`, 1);
      await transaction.commit(offsets());
    }),
    multi: repeated(async () => {
      const transaction = redis.multi();
      for (let word = 0; word < words; word++) transaction.hincrby('by-hand', `word${word}`, 1);
      for (const { topic, partition, until } of offsets())
        transaction.hset('by-hand-offsets', `${topic}:${partition}`, until);
      await transaction.exec();
    }),
    offsets: repeated(() => store.commit(offsets())),
  };
}
