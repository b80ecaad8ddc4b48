import { startRedis, startZookeeper } from '../../scripts/services/index.ts';

/** Does something with a real ZooKeeper and a real Redis of its own; where one cannot be had, says why instead. */
export async function withStores(
  work: (env: Readonly<Record<string, string>>) => Promise<void>,
  without: (reason: string) => void,
): Promise<void> {
  const started = await Promise.allSettled([startZookeeper(), startRedis()]);
  const [zookeeper, redis] = started;
  try {
    if (zookeeper.status === 'rejected') return without(`no ZooKeeper: ${zookeeper.reason}`);
    if (redis.status === 'rejected') return without(`no Redis: ${redis.reason}`);
    await work({ BENCH_ZOOKEEPER: zookeeper.value.hosts, BENCH_REDIS: redis.value.url });
  } finally {
    await Promise.all(started.map((server) => (server.status === 'fulfilled' ? server.value.stop() : undefined)));
  }
}
