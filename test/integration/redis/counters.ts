import { type Cluster, Redis } from 'ioredis';
import type { OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import type { RedisOffsetsOptions } from '../../../src/offsets/redis/redisOffsets.ts';
import type { RedisTransaction } from '../../../src/offsets/redis/transaction/RedisTransaction.ts';
import type { ResultsUnderTest } from '../../../src/testing/offsetStoreContract.ts';

/** Counters of a store's group, in a hash of its slot and its database. */
export function counters(optionsOf: WeakMap<OffsetStore, RedisOffsetsOptions>): ResultsUnderTest {
  const given = (store: OffsetStore): RedisOffsetsOptions => optionsOf.get(store) as RedisOffsetsOptions;
  const keyOf = (store: OffsetStore): string => `{${given(store).group}}:counters`;
  return {
    add: (transaction: RedisTransaction, name, amount, store) => void transaction.hincrby(keyOf(store), name, amount),
    async read(store, name) {
      const { redis, db = 0 } = given(store);
      const isUrl = typeof redis === 'string';
      const client = isUrl ? new Redis(redis, { db }) : (redis as Cluster);
      try {
        return Number(await client.hget(keyOf(store), name));
      } finally {
        if (isUrl) client.disconnect();
      }
    },
  };
}
