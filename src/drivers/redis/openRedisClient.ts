import type { Redis, RedisOptions } from 'ioredis';
import { RedisFailure } from './RedisFailure.ts';
import { isClusterClient, isRedisClient, type RedisClient, type RedisTarget } from './RedisTarget.ts';

/**
 * Under ioredis's defaults a command whose reply is lost is sent again by itself (a counter counts twice), or waits for
 * ever. With these it rejects: sent once, ambiguous, for the caller to repeat. Nothing waits in a queue while Redis is down.
 */
const SAFE = {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  reconnectOnError: null,
  enableAutoPipelining: false,
  replyMapping: 'legacy',
  lazyConnect: true,
} as const;

/**
 * A cluster would send what was under way once more when a connection is lost, after `retryDelayOnFailover`. Its queue is for what comes while the
 * connection to a node is being made, and fails with it; before the cluster is there nothing is asked of it.
 */
const CLUSTER_SAFE = { lazyConnect: true, enableOfflineQueue: true, retryDelayOnFailover: 0 } as const;

/** A client of our own with the safe options; not yet connected. ioredis is loaded here and nowhere else. */
export async function openRedisClient(
  target: RedisTarget,
  db: number | undefined,
  commandTimeoutMs: number,
): Promise<RedisClient> {
  const safe = { ...SAFE, commandTimeout: commandTimeoutMs, ...(db === undefined ? {} : { db }) };
  if (isRedisClient(target)) {
    if (isClusterClient(target)) return target.duplicate([], { ...CLUSTER_SAFE, redisOptions: safe });
    return target.duplicate({ ...safe, readOnly: false });
  }
  const Redis = await loadRedis();
  const reconnect = { retryStrategy: (times: number): number => Math.min(50 * 2 ** (times - 1), 1000) };
  if (typeof target === 'string') return new Redis(target, { ...reconnect, ...safe });
  const options: RedisOptions = { ...reconnect, ...target, ...safe, readOnly: false };
  return new Redis({ ...options, replyMapping: 'legacy' });
}

async function loadRedis(): Promise<typeof Redis> {
  try {
    return (await import('ioredis')).Redis;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new RedisFailure('refused', 'the package ioredis is not installed; run: npm install ioredis', error);
  }
}
