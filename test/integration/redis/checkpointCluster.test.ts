import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { LogStorage } from '../../../src/checkpoint/log/LogStorage.ts';
import { redisLog } from '../../../src/checkpoint/redis/redisLog.ts';
import { PART_BYTES } from '../../../src/checkpoint/redis/redisLogKeys.ts';
import { bytes, logStorageLaws } from '../../checkpoint/log/logStorageLaws.ts';
import { freshName, skipUnless } from '../services.ts';
import { type RedisCluster, startCluster } from './startCluster.ts';

let cluster: RedisCluster;
const opened: LogStorage[] = [];

function open(options: { readonly key: string; readonly takeOver?: boolean; readonly db?: number }): LogStorage {
  const { db, takeOver = false, key } = options;
  const waits = { commandTimeoutMs: 2000, repeatForMs: 30_000, leaseMs: 3000 };
  const storage = redisLog({ redis: cluster.client, key, db, takeOver, ...waits });
  opened.push(storage);
  return storage;
}

skipUnless('redis')('redisLog on a Redis cluster', () => {
  beforeAll(async () => {
    cluster = await startCluster();
  });

  afterEach(async () => {
    for (const storage of opened.splice(0)) await storage.release();
  });

  afterAll(() => cluster?.stop());

  logStorageLaws('on a cluster', () => {
    const key = freshName('law');
    return { storage: (some = {}) => open({ key, ...some }) };
  });

  it('keeps a long segment with all its parts on one node', async () => {
    const storage = open({ key: freshName('long') });
    await storage.own();
    await storage.append('base', new Uint8Array(PART_BYTES + 17).fill(7), true);
    const stored = await storage.open('base');
    expect(stored?.read(PART_BYTES - 1, PART_BYTES + 99)).toHaveLength(18);
    await storage.remove(['base']);
  });

  it('has no databases', async () => {
    await expect(open({ key: freshName('db'), db: 3 }).own()).rejects.toMatchObject({
      code: 'CHECKPOINT_FAILED',
      message: expect.stringContaining('leave db out'),
    });
  });

  it('waits for nodes that are killed and come back', async () => {
    const storage = open({ key: freshName('killed') });
    await storage.own();
    await storage.append('a', bytes('one '), true);
    for (const node of cluster.nodes) await node.kill9();
    const written = storage.append('a', bytes('two'), true);
    for (const node of cluster.nodes) await node.restart();
    await written;
    expect((await storage.open('a'))?.size).toBe(7);
  });
});
