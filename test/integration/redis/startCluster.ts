import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { expect, vi } from 'vitest';
import { ChildServer } from '../../../scripts/services/ChildServer.ts';
import { freePorts } from '../../../scripts/services/ports.ts';
import { redisServer } from '../../../scripts/services/redis/redisServer.ts';
import { PATIENT } from '../../support/patient.ts';

/** Nodes talk to each other on a port so far above the one for clients. */
const BUS = 10_000;

/** A running cluster of one's own. */
export interface RedisCluster {
  readonly nodes: readonly ChildServer[];
  readonly client: Cluster;
  stop(): Promise<void>;
}

/** Two masters with half of the slots each. */
export async function startCluster(): Promise<RedisCluster> {
  const nodes: ChildServer[] = [];
  const command = await redisServer();
  const ports = await freePorts(2, BUS);
  for (const port of ports) {
    const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-cluster-'));
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    const node = new ChildServer({
      name: `Redis ${port}`,
      command,
      args: [...args, '--appendonly', 'yes', '--cluster-enabled', 'yes'],
      folder,
      ready: async () => (await on(port, (redis) => redis.ping())) === 'PONG',
    });
    nodes.push(node);
    await node.start();
  }
  const [first, second] = ports as [number, number];
  await on(first, (redis) => redis.cluster('ADDSLOTS', ...slots(0)));
  await on(second, (redis) => redis.cluster('ADDSLOTS', ...slots(8192)));
  await on(first, (redis) => redis.call('CLUSTER', 'MEET', '127.0.0.1', `${second}`));
  for (const port of ports) {
    await vi.waitFor(
      async () => expect(await on(port, (redis) => redis.call('CLUSTER', 'INFO'))).toContain('cluster_state:ok'),
      PATIENT,
    );
  }
  const client = new Cluster([{ host: '127.0.0.1', port: first }]);
  return {
    nodes,
    client,
    async stop() {
      client.disconnect();
      for (const node of nodes) await node.stop();
    },
  };
}

function slots(from: number): number[] {
  return Array.from({ length: 8192 }, (_, i) => from + i);
}

async function on<T>(port: number, act: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(port, '127.0.0.1', { retryStrategy: null, lazyConnect: true });
  redis.on('error', () => {}); // connect() rejects with it
  try {
    await redis.connect();
    return await act(redis);
  } finally {
    redis.disconnect();
  }
}
