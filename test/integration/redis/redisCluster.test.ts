import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ChildServer } from '../../../scripts/services/ChildServer.ts';
import { freePorts } from '../../../scripts/services/ports.ts';
import { redisServer } from '../../../scripts/services/redis/redisServer.ts';
import type { OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import { type RedisOffsets, type RedisOffsetsOptions, redisOffsets } from '../../../src/offsets/redis/redisOffsets.ts';
import { offsetStoreContract } from '../../../src/testing/offsetStoreContract.ts';
import { freshName, skipUnless } from '../services.ts';

const nodes: ChildServer[] = [];
const options = new WeakMap<OffsetStore, RedisOffsetsOptions>();
let cluster: Cluster;

function open(some: Partial<RedisOffsetsOptions> = {}): RedisOffsets {
  const whole = { redis: cluster, group: freshName('group'), ...some };
  const store = redisOffsets(whole);
  options.set(store, whole);
  return store;
}

const reopen = (store: OffsetStore): RedisOffsets => open(options.get(store) as RedisOffsetsOptions);

/** Two masters with half of the slots each. */
async function startCluster(): Promise<Cluster> {
  const command = await redisServer();
  const ports = await freePorts(2);
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
      { timeout: 20_000 },
    );
  }
  return new Cluster([{ host: '127.0.0.1', port: first }]);
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

skipUnless('redis')('redisOffsets on a Redis cluster', () => {
  beforeAll(async () => {
    cluster = await startCluster();
  });

  afterAll(async () => {
    cluster?.disconnect();
    for (const node of nodes) await node.stop();
  });

  offsetStoreContract({ describe, it, expect }, { name: 'redisOffsets, layout group', make: () => open(), reopen });

  it('layout topic is whole where the topics of a group share a slot, and refused where they do not', async () => {
    const offsets = ['a', 'b', 'c', 'd'].map((topic) => ({ topic, partition: 0, until: 5, expected: undefined }));
    const tagged = open({ layout: 'topic', keyTemplate: '{{group}}:{topic}' });
    expect(await tagged.commit(offsets)).toEqual({ foreign: [] });
    expect(await tagged.load({ topics: ['a', 'd'] })).toHaveLength(2);
    const scattered = open({ layout: 'topic', keyTemplate: '{group}:{topic}' });
    await expect(scattered.commit(offsets)).rejects.toMatchObject({
      code: 'OFFSET_STORE_FAILED',
      message: expect.stringContaining('keyTemplate: "{{group}}:{topic}"'),
    });
    for (const store of [tagged, scattered]) store.close();
  });

  it('layout topic cannot search a cluster for its topics, and a cluster has no databases', async () => {
    const topics = open({ layout: 'topic' });
    await expect(topics.load({})).rejects.toMatchObject({
      code: 'OFFSET_STORE_FAILED',
      message: expect.stringContaining('Name the topics'),
    });
    const db = open({ db: 3 });
    await expect(db.load({})).rejects.toMatchObject({
      code: 'OFFSET_STORE_FAILED',
      message: expect.stringContaining('leave db out'),
    });
    for (const store of [topics, db]) store.close();
  });

  it('a node that is killed rejects as retriable, and is found again after its restart', async () => {
    const store = open({ commandTimeoutMs: 1000 });
    const offsets = [{ topic: 'lines', partition: 0, until: 5, expected: undefined }];
    await store.commit(offsets);
    for (const node of nodes) await node.kill9();
    await expect(store.commit(offsets)).rejects.toMatchObject({ code: 'OFFSET_STORE_UNAVAILABLE', retriable: true });
    for (const node of nodes) await node.restart();
    await vi.waitFor(() => store.commit(offsets), { timeout: 30_000 });
    store.close();
  });
});
