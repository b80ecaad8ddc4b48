import { type Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import { type RedisOffsets, type RedisOffsetsOptions, redisOffsets } from '../../../src/offsets/redis/redisOffsets.ts';
import { offsetStoreContract } from '../../../src/testing/offsetStoreContract.ts';
import { PATIENT } from '../../support/patient.ts';
import { freshName, skipUnless } from '../services.ts';
import { counters } from './counters.ts';
import { type RedisCluster, startCluster } from './startCluster.ts';

const options = new WeakMap<OffsetStore, RedisOffsetsOptions>();
let servers: RedisCluster;
let cluster: Cluster;

function open(some: Partial<RedisOffsetsOptions> = {}): RedisOffsets {
  const whole = { redis: cluster, group: freshName('group'), ...some };
  const store = redisOffsets(whole);
  options.set(store, whole);
  return store;
}

const reopen = (store: OffsetStore): RedisOffsets => open(options.get(store) as RedisOffsetsOptions);

skipUnless('redis')('redisOffsets on a Redis cluster', () => {
  beforeAll(async () => {
    servers = await startCluster();
    cluster = servers.client;
  });

  afterAll(async () => {
    await servers?.stop();
  });

  offsetStoreContract(
    { describe, it, expect },
    { name: 'redisOffsets, layout group', make: () => open(), reopen, owns: true, results: counters(options) },
  );

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

  it('a transaction is whole where its keys share the slot of the group, and refused where they do not', async () => {
    const group = freshName('group');
    const offsets = [{ topic: 'lines', partition: 0, from: 0, until: 5, expected: undefined }];
    for (const some of [{}, { layout: 'topic', keyTemplate: '{{group}}:{topic}' }] as const) {
      const store = open({ group, ...some });
      await store.own();
      const scattered = await store.begin({ time: 1000, repeated: false });
      scattered.handle.incr(`{${group}}:counts`).incr('counts');
      await expect(scattered.commit(offsets)).rejects.toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        message: expect.stringMatching(/CROSSSLOT.*"\{<group>\}" in the keys that a transaction writes/),
      });
      const whole = await store.begin({ time: 1000, repeated: true });
      expect(whole.committed).toBe(false);
      whole.handle.incr(`{${group}}:counts`);
      await whole.commit(offsets);
      expect((await store.begin({ time: 1000, repeated: true })).committed).toBe(true);
      store.close();
      await cluster.del(`rx-dstream:{${group}}:owner`);
    }
    expect(await cluster.get(`{${group}}:counts`)).toBe('2');
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

  it('what was under way when its connection was lost is not sent again by itself', async () => {
    const store = open();
    const offsets = [{ topic: 'lines', partition: 0, until: 5, expected: undefined }];
    await store.load({});
    const nodes = cluster.nodes('master').map(({ options }) => new Redis(options.port as number));
    for (const node of nodes) await node.call('CLIENT', 'PAUSE', '60000', 'WRITE');
    const commit = store.commit(offsets).catch((error: unknown) => error);
    const waiting = async (): Promise<string> =>
      (await Promise.all(nodes.map((node) => node.call('CLIENT', 'LIST')))).join('\n');
    await vi.waitFor(async () => expect(await waiting()).toMatch(/ flags=b .* cmd=eval/), PATIENT);
    for (const node of nodes) await node.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    for (const node of nodes) await node.call('CLIENT', 'UNPAUSE');
    expect(await commit).toMatchObject({ code: 'OFFSET_STORE_UNAVAILABLE', retriable: true });
    await vi.waitFor(async () => expect(await store.load({})).toEqual([]), PATIENT);
    for (const node of nodes) node.disconnect();
    store.close();
  });

  it('a node that is killed rejects as retriable, and is found again after its restart', async () => {
    const store = open({ commandTimeoutMs: 1000 });
    const offsets = [{ topic: 'lines', partition: 0, until: 5, expected: undefined }];
    await store.commit(offsets);
    for (const node of servers.nodes) await node.kill9();
    await expect(store.commit(offsets)).rejects.toMatchObject({ code: 'OFFSET_STORE_UNAVAILABLE', retriable: true });
    for (const node of servers.nodes) await node.restart();
    await vi.waitFor(() => store.commit(offsets), PATIENT);
    store.close();
  });
});
