import { Redis } from 'ioredis';
import { afterAll, describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../../src/checkpoint/CheckpointStore.ts';
import { redisCheckpoint } from '../../../src/checkpoint/redis/redisCheckpoint.ts';
import { checkpointContract } from '../../../src/testing/checkpointContract.ts';
import { freshName, redisUrl, skipUnless } from '../services.ts';

const keys = new Map<CheckpointStore, string>();
let redis: Redis | undefined;

function open(key: string): CheckpointStore {
  const store = redisCheckpoint({ redis: redisUrl(), key, leaseMs: 3000 });
  keys.set(store, key);
  return store;
}

skipUnless('redis')('redisCheckpoint on a real Redis', () => {
  afterAll(() => redis?.disconnect());

  checkpointContract(
    { describe, it, expect },
    {
      name: 'redisCheckpoint',
      make: () => open(freshName('contract')),
      reopen: (store) => open(keys.get(store) as string),
      /** The owner becomes an earlier process with this one's number. */
      async abandon(store) {
        redis ??= new Redis(redisUrl());
        const owner = `rx-dstream:{${keys.get(store)}}:checkpoint:owner`;
        const who = JSON.parse((await redis.hget(owner, 'who')) as string) as object;
        await redis.hset(owner, 'who', JSON.stringify({ ...who, start: '0' }));
      },
    },
  );
});
