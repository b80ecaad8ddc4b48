import type { Cluster, Redis, RedisOptions } from 'ioredis';

/**
 * Which Redis: a URL (`redis://127.0.0.1:6379/3`, `rediss://...`), ioredis options, or an ioredis client (`Redis` or
 * `Cluster`). A client is duplicated and never used, changed or closed itself.
 */
export type RedisTarget = string | RedisOptions | Redis | Cluster;

/** A connection of our own: a single server or a cluster. */
export type RedisClient = Redis | Cluster;

/** Whether somebody's ioredis client is meant; told by what it can do, since several copies of ioredis may be installed. */
export function isRedisClient(target: RedisTarget): target is Redis | Cluster {
  return typeof (target as Partial<Redis>).duplicate === 'function';
}

/** Whether the client speaks to a cluster. */
export function isClusterClient(client: Redis | Cluster): client is Cluster {
  return (client as Partial<Cluster>).isCluster === true;
}
