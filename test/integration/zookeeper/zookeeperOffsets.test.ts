import { createHash } from 'node:crypto';
import { asyncScheduler } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ZooKeeperCalls } from '../../../src/drivers/zookeeper/ZooKeeperCalls.ts';
import { zookeeperAddress } from '../../../src/drivers/zookeeper/zookeeperAddress.ts';
import { type ZooKeeperConnection, zookeeperConnection } from '../../../src/drivers/zookeeper/zookeeperConnection.ts';
import type { OffsetCommit, OffsetStore } from '../../../src/offsets/OffsetStore.ts';
import { OPEN_ACL } from '../../../src/offsets/zookeeper/zookeeperAcl.ts';
import {
  type ZooKeeperOffsets,
  type ZooKeeperOffsetsOptions,
  zookeeperOffsets,
} from '../../../src/offsets/zookeeper/zookeeperOffsets.ts';
import { offsetStoreContract } from '../../../src/testing/offsetStoreContract.ts';
import { freshName, skipUnless, zookeeperHosts } from '../services.ts';

const opened: OffsetStore[] = [];
const optionsOf = new WeakMap<OffsetStore, ZooKeeperOffsetsOptions>();

function open(options: Partial<ZooKeeperOffsetsOptions> = {}): ZooKeeperOffsets {
  const whole = { zookeeper: zookeeperHosts(), group: freshName('group'), ...options };
  const store = zookeeperOffsets(whole);
  optionsOf.set(store, whole);
  opened.push(store);
  return store;
}

const reopen = (store: OffsetStore): OffsetStore => open(optionsOf.get(store) as ZooKeeperOffsetsOptions);

const lines = (until: number, expected?: number): OffsetCommit[] => [{ topic: 'lines', partition: 0, until, expected }];
const held = (until: number) => [{ topic: 'lines', partition: 0, until }];

skipUnless('zookeeper')('zookeeperOffsets on a real ZooKeeper', () => {
  let direct: ZooKeeperConnection;

  beforeAll(() => {
    direct = zookeeperConnection({
      address: zookeeperAddress('test', zookeeperHosts()),
      auth: undefined,
      sessionTimeoutMs: 10_000,
      commandTimeoutMs: 10_000,
      scheduler: asyncScheduler,
    });
  });

  afterAll(async () => {
    for (const one of opened) await one.close();
    await direct?.close();
  });

  const children = async (path: string): Promise<readonly string[] | undefined> =>
    (await direct.run((zookeeper) => zookeeper.children(path)))?.names.toSorted();
  const data = async (path: string): Promise<string | undefined> =>
    (await direct.run((zookeeper) => zookeeper.read(path)))?.data;
  /** Writes nodes as any other program would, those above first. */
  const write = (nodes: Readonly<Record<string, string>>): Promise<void> =>
    direct.run(async (zookeeper) => {
      for (const [path, text] of Object.entries(nodes)) await writeOne(zookeeper, path, text);
    });

  offsetStoreContract(
    { describe, it, expect },
    { name: 'zookeeperOffsets, layout spark', owns: true, make: () => open(), reopen },
  );

  offsetStoreContract(
    { describe, it, expect },
    { name: 'zookeeperOffsets, layout kafka-0.8', owns: true, make: () => open({ layout: 'kafka-0.8' }), reopen },
  );

  describe('the layout', () => {
    it('spark is {root}/{group}/{topic}/{partition} in decimal digits, owners beside the topics', async () => {
      const group = freshName('spark');
      const store = open({ group });
      await store.own();
      await store.commit([...lines(5), { topic: 'a.b_c-d', partition: 12, until: 7, expected: undefined }]);
      expect(await children(`/rx-dstream/${group}`)).toEqual(['_epoch', 'a.b_c-d', 'lines']);
      expect(await children(`/rx-dstream/${group}/a.b_c-d`)).toEqual(['12']);
      expect(await data(`/rx-dstream/${group}/a.b_c-d/12`)).toBe('7');
      await open({ group, root: '/spark/offsets' }).commit(lines(6));
      expect(await data(`/spark/offsets/${group}/lines/0`)).toBe('6');
      expect(await store.load({})).toContainEqual(held(5)[0]);
    });

    it('kafka-0.8 is /consumers/{group}/offsets/{topic}/{partition}, and tools find nothing but topics and partitions there', async () => {
      const group = freshName('consumers');
      await write({ [`/consumers/${group}/offsets/lines/0`]: '41', [`/consumers/${group}/ids`]: '' });
      const store = open({ group, layout: 'kafka-0.8' });
      await store.own();
      expect(await store.load({})).toEqual(held(41));
      expect(
        await store.commit([...lines(42, 41), { topic: 'lines', partition: 1, until: 3, expected: undefined }]),
      ).toEqual({ foreign: [] });
      expect(await children(`/consumers/${group}`)).toEqual(['_epoch', 'ids', 'offsets']);
      expect(await children(`/consumers/${group}/offsets`)).toEqual(['lines']);
      expect(await children(`/consumers/${group}/offsets/lines`)).toEqual(['0', '1']);
      expect(await data(`/consumers/${group}/offsets/lines/0`)).toBe('42');
      await store.close();
    });

    it('may be a function', async () => {
      const group = freshName('own');
      const store = open({ group, layout: (name) => ({ topics: `/mine/${name}/t`, epoch: `/mine/${name}/owner` }) });
      await store.own();
      await store.commit(lines(5));
      expect(await children(`/mine/${group}`)).toEqual(['owner', 't']);
      expect(await data(`/mine/${group}/t/lines/0`)).toBe('5');
    });

    it('a topic may be named as the node of the owners is', async () => {
      const store = open();
      await store.own();
      const odd = [{ topic: '_epoch', partition: 0, until: 5, expected: undefined }];
      await store.commit(odd);
      await store.own();
      expect(await store.commit([...odd, ...lines(6)])).toEqual({ foreign: [] });
      expect(await store.load({ topics: ['_epoch'] })).toEqual([{ topic: '_epoch', partition: 0, until: 5 }]);
      expect(await store.load({})).toHaveLength(2);
    });

    it('a chroot is made where it is missing', async () => {
      const group = freshName('chroot');
      const chroot = `/${freshName('app')}/deep`;
      await open({ group, zookeeper: `${zookeeperHosts()}${chroot}` }).commit(lines(5));
      expect(await data(`${chroot}/rx-dstream/${group}/lines/0`)).toBe('5');
      expect(await open({ group, zookeeper: `${zookeeperHosts()}${chroot}` }).load({})).toEqual(held(5));
    });

    it('nodes that are no partitions are left alone', async () => {
      const group = freshName('strangers');
      const store = open({ group });
      await store.commit(lines(5));
      await write({
        [`/rx-dstream/${group}/lines/lock`]: 'mine',
        [`/rx-dstream/${group}/lines/007`]: '9',
        [`/rx-dstream/${group}/lines/-1`]: '9',
        [`/rx-dstream/${group}/100%`]: 'odd',
      });
      expect(await store.load({})).toEqual(held(5));
      expect(await store.commit(lines(6, 5))).toEqual({ foreign: [] });
    });
  });

  describe('what somebody else writes meanwhile', () => {
    it('is found by the next commit, which never lowers it, also where the store knew the node before', async () => {
      const group = freshName('meanwhile');
      const store = open({ group });
      await store.commit(lines(5));
      await write({ [`/rx-dstream/${group}/lines/0`]: '9' });
      expect(await store.commit(lines(7, 5))).toEqual({ foreign: held(9) });
      expect(await store.load({})).toEqual(held(9));
      expect(await store.commit(lines(12, 9))).toEqual({ foreign: [] });
    });

    it('may be the deletion of all nodes: a commit makes them anew; with an owner it is refused and told', async () => {
      const group = freshName('deleted');
      const store = open({ group });
      await store.commit(lines(5));
      await removeGroup(group);
      await store.commit(lines(7, 5));
      expect(await store.load({})).toEqual(held(7));
      await store.own();
      await removeGroup(group);
      await expect(store.commit(lines(9, 7))).rejects.toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        message: expect.stringMatching(/_epoch, which tells owners apart, got none: somebody has deleted the group/),
      });
      expect(await store.load({})).toEqual([]);
      await store.own();
      expect(await store.commit(lines(9))).toEqual({ foreign: [] });
    });

    async function removeGroup(group: string): Promise<void> {
      await direct.run(async (zookeeper) => {
        for (const path of [
          `/rx-dstream/${group}/lines/0`,
          `/rx-dstream/${group}/lines`,
          `/rx-dstream/${group}/_epoch`,
          `/rx-dstream/${group}`,
        ]) {
          if (await zookeeper.exists(path)) await zookeeper.transaction([{ act: 'delete', path, version: -1 }]);
        }
      });
    }
  });

  describe('a refusal is OFFSET_STORE_FAILED, and nothing of the commit is written', () => {
    it('a node that holds no offset', async () => {
      const group = freshName('badoffset');
      for (const wrong of ['many', '', '-1', '1.5', ' 7', '9007199254740992']) {
        await write({ [`/rx-dstream/${group}/lines/1`]: wrong });
        const store = open({ group });
        const whole = [...lines(5), { topic: 'lines', partition: 1, until: 5, expected: undefined }];
        for (const call of [() => store.commit(whole), () => store.load({})]) {
          await expect(call()).rejects.toMatchObject({
            code: 'OFFSET_STORE_FAILED',
            retriable: false,
            message: expect.stringContaining(`in decimal digits at /rx-dstream/${group}/lines/1, got`),
          });
        }
        expect(await children(`/rx-dstream/${group}/lines`)).toEqual(['1']);
      }
    });

    it('nodes of somebody else', async () => {
      const group = freshName('secret');
      const mine = open({ group, auth: 'ann:secret', acl: 'creator' });
      await mine.own();
      await mine.commit(lines(5));
      expect(await open({ group, auth: 'ann:secret' }).load({})).toEqual(held(5));
      for (const auth of [{}, { auth: 'ann:wrong' }]) {
        const other = open({ group, ...auth });
        for (const call of [() => other.load({}), () => other.commit(lines(9, 5)), () => other.own()]) {
          const failure = await call().catch((error: unknown) => error);
          expect(failure).toMatchObject({
            code: 'OFFSET_STORE_FAILED',
            message: expect.stringMatching(/NO_AUTH.*with auth/),
          });
          expect(String(failure)).not.toContain('wrong');
        }
      }
      expect(await mine.load({})).toEqual(held(5));
      // What lies above the group is everybody's.
      await open({ group: freshName('open') }).commit(lines(1));
    });

    it('an ACL of one’s own', async () => {
      const group = freshName('acl');
      const readable = { scheme: 'world', id: 'anyone', permissions: ['read'] } as const;
      const id = `bob:${createHash('sha1').update('bob:builder').digest('base64')}`;
      const writer = { scheme: 'digest', id, permissions: ['read', 'write', 'create', 'delete', 'admin'] } as const;
      await open({ group, acl: [readable, writer], auth: 'bob:builder' }).commit(lines(5));
      const other = open({ group });
      expect(await other.load({})).toEqual(held(5));
      await expect(other.commit(lines(6, 5))).rejects.toMatchObject({ message: expect.stringContaining('NO_AUTH') });
    });

    it('a commit above the limit of a request, before it is sent', async () => {
      const group = freshName('large');
      const store = open({ group });
      const all = Array.from({ length: 25_000 }, (_, partition) => ({
        topic: 'lines',
        partition,
        until: 1,
        expected: undefined,
      }));
      await expect(store.commit(all)).rejects.toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        retriable: false,
        message: expect.stringMatching(/at most 1000000 bytes, got \d+ for 25000 partitions.*jute\.maxbuffer/),
      });
      expect(await children(`/rx-dstream/${group}`)).toBeUndefined();
    });

    it('a store that was closed', async () => {
      const store = open();
      await store.commit(lines(5));
      await store.close();
      await expect(store.commit(lines(6))).rejects.toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        message: expect.stringContaining('was closed'),
      });
    });
  });

  it('takes as many partitions at once as fit into a request', async () => {
    const store = open({ commandTimeoutMs: 20_000 });
    const all = (until: number, expected?: number): OffsetCommit[] =>
      Array.from({ length: 5000 }, (_, partition) => ({ topic: 'lines', partition, until, expected }));
    await store.own();
    await store.commit(all(1));
    expect(await store.commit(all(2, 1))).toEqual({ foreign: [] });
    expect(await store.load({})).toHaveLength(5000);
  });
});

async function writeOne(zookeeper: ZooKeeperCalls, path: string, text: string): Promise<void> {
  const names = path.slice(1).split('/');
  for (const above of names.map((_, i) => `/${names.slice(0, i + 1).join('/')}`)) {
    if (await zookeeper.exists(above)) continue;
    await zookeeper.transaction([{ act: 'create', path: above, data: '', acl: OPEN_ACL }]);
  }
  await zookeeper.write(path, text, -1);
}
