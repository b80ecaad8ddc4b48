import { isRedisClient, type RedisTarget } from './RedisTarget.ts';

/** Where the target is, for messages: never with its user or password. */
export function redisPlace(target: RedisTarget): string {
  if (typeof target === 'string') return urlPlace(target);
  if (!isRedisClient(target)) return optionsPlace(target);
  return 'startupNodes' in target ? 'the Redis cluster' : optionsPlace(target.options as Place);
}

/** What of ioredis's options says where the server is. */
interface Place {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
  readonly name?: string | undefined;
  readonly sentinels?: unknown;
}

function optionsPlace({ host, port, path, name, sentinels }: Place): string {
  if (path) return `Redis at ${path}`;
  if (sentinels) return `Redis ${name ?? ''} behind sentinels`;
  return `Redis at ${host ?? 'localhost'}:${port ?? 6379}`;
}

function urlPlace(url: string): string {
  if (!URL.canParse(url)) return url.includes('@') ? 'Redis' : `Redis at ${url}`;
  const { host, pathname } = new URL(url);
  return `Redis at ${host || pathname}`;
}
