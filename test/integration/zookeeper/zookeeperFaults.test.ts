import { asyncScheduler } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { isStreamError } from '../../../src/core/errors.ts';
import { zookeeperAddress } from '../../../src/drivers/zookeeper/zookeeperAddress.ts';
import { type ZooKeeperConnection, zookeeperConnection } from '../../../src/drivers/zookeeper/zookeeperConnection.ts';
import type { OffsetCommit } from '../../../src/offsets/OffsetStore.ts';
import {
  type ZooKeeperOffsets,
  type ZooKeeperOffsetsOptions,
  zookeeperOffsets,
} from '../../../src/offsets/zookeeper/zookeeperOffsets.ts';
import { type CuttingProxy, cuttingProxy } from '../../support/cuttingProxy.ts';
import { PATIENT } from '../../support/patient.ts';
import { freshName, skipUnless, startOwnZookeeper, type ZookeeperServer } from '../services.ts';

/** How many bytes lie between two cuts; 1 cuts at every byte. */
const STRIDE = Number(process.env.CUT_STRIDE ?? 47);

const lines = (until: number, expected?: number): OffsetCommit[] => [
  { topic: 'lines', partition: 0, until, expected },
  { topic: 'lines', partition: 1, until, expected },
];
const held = (until: number) => [
  { topic: 'lines', partition: 0, until },
  { topic: 'lines', partition: 1, until },
];
const unavailable = { code: 'OFFSET_STORE_UNAVAILABLE', retriable: true };

/** What a runtime does: repeats what is retriable. */
async function persistently<T>(act: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENT.timeout;
  while (true) {
    try {
      return await act();
    } catch (error) {
      if (!isStreamError(error) || !error.retriable || performance.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

skipUnless('zookeeper')('zookeeperOffsets under faults', () => {
  let server: ZookeeperServer;
  let proxy: CuttingProxy;
  let direct: ZooKeeperConnection;
  const stores: ZooKeeperOffsets[] = [];

  beforeAll(async () => {
    server = await startOwnZookeeper({ tickTime: 300 });
    proxy = await cuttingProxy({ host: '127.0.0.1', port: server.port });
    direct = zookeeperConnection({
      address: zookeeperAddress('test', server.hosts),
      auth: undefined,
      sessionTimeoutMs: 4000,
      commandTimeoutMs: 5000,
      scheduler: asyncScheduler,
    });
  });

  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });

  afterAll(async () => {
    await direct?.close();
    await proxy?.close();
    await server?.stop();
  });

  function open(options: Partial<ZooKeeperOffsetsOptions> = {}): ZooKeeperOffsets {
    const store = zookeeperOffsets({
      zookeeper: server.hosts,
      group: freshName('group'),
      commandTimeoutMs: 20_000,
      sessionTimeoutMs: 6000, // as long as this server lets one be
      ...options,
    });
    stores.push(store);
    return store;
  }

  const throughProxy = (options: Partial<ZooKeeperOffsetsOptions> = {}): ZooKeeperOffsets =>
    open({ zookeeper: `127.0.0.1:${proxy.port}`, ...options });

  /** What a partition's node holds, and how often it was written. */
  const nodeOf = (group: string, partition = 0) =>
    direct.run((zookeeper) => zookeeper.read(`/rx-dstream/${group}/lines/${partition}`));

  describe.each(['answers', 'requests'] as const)('a connection cut in the middle of its %s, wherever', (direction) => {
    const timeout = Math.max(60_000, 3_000_000 / STRIDE);
    it('is replaced within the call: every commit takes effect exactly once and answers', { timeout }, async () => {
      const undisturbed = throughProxy({ group: freshName('cut') });
      await undisturbed.own();
      await undisturbed.commit(lines(10));
      await undisturbed.commit(lines(20, 10));
      await undisturbed.load({});
      const length = direction === 'answers' ? proxy.answered : proxy.asked;
      expect(length).toBeGreaterThan(300);
      for (let bytes = 1; bytes < length; bytes += STRIDE) {
        const group = freshName('cut');
        const store = throughProxy({ group });
        const before = proxy.connections;
        proxy.cutNext(direction, bytes);
        // Where the session itself was cut, no server could be reached: that is for the caller to repeat.
        await persistently(() => store.own());
        expect(await persistently(() => store.commit(lines(10)))).toEqual({ foreign: [] });
        expect(await persistently(() => store.commit(lines(20, 10)))).toEqual({ foreign: [] });
        expect(await persistently(() => store.load({}))).toEqual(held(20));
        // Names and numbers of other lengths make it a few bytes shorter or longer.
        if (proxy.connections === before + 1) expect(bytes).toBeGreaterThan(length - 60);
        else expect(proxy.connections - before, `cut after ${bytes} of ${length}`).toBe(2);
        for (const partition of [0, 1])
          expect(await nodeOf(group, partition)).toMatchObject({ data: '20', version: 1 });
        await store.close();
      }
    });
  });

  it('a commit whose answer was lost is told as done, not as somebody else’s', async () => {
    const group = freshName('lost');
    const store = throughProxy({ group });
    await store.own();
    await store.commit(lines(10));
    const whole = proxy.answered;
    const second = throughProxy({ group });
    proxy.cutNext('answers', whole - 1);
    await second.own();
    expect(await second.commit(lines(20, 10))).toEqual({ foreign: [] });
    expect(await second.commit(lines(30, 20))).toEqual({ foreign: [] });
    expect(await second.load({})).toEqual(held(30));
  });

  it('a commit that the server gets late, after another has taken over, changes nothing', async () => {
    const group = freshName('zombie');
    const zombie = throughProxy({ group, commandTimeoutMs: 500 });
    await persistently(() => zombie.own());
    await persistently(() => zombie.commit(lines(10)));
    const { release } = proxy.hold();
    const late = [...lines(20, 10), { topic: 'lines', partition: 2, until: 5, expected: undefined }];
    await expect(zombie.commit(late)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('may have taken effect; repeating it is safe'),
    });

    const owner = open({ group });
    await owner.own();
    expect(await owner.load({})).toEqual(held(10));
    const requests = proxy.asked;
    release();
    await vi.waitFor(() => expect(proxy.asked).toBeGreaterThan(requests), PATIENT);
    expect(await owner.commit(lines(15, 10))).toEqual({ foreign: [] });
    expect(await owner.load({})).toEqual(held(15));
    await expect(zombie.commit(late)).rejects.toMatchObject({ code: 'OFFSET_STORE_TAKEN', retriable: false });
    await expect(zombie.commit(late)).rejects.toMatchObject({ code: 'OFFSET_STORE_TAKEN' });
    await expect(zombie.own()).rejects.toMatchObject({ code: 'OFFSET_STORE_TAKEN' });
    expect(await owner.load({})).toEqual(held(15));
  });

  it('a take-over that the server gets late takes nothing from whoever came after it', async () => {
    const group = freshName('ghost');
    const ghost = throughProxy({ group, commandTimeoutMs: 500 });
    await persistently(() => ghost.load({}));
    const { release } = proxy.hold(` ${process.pid} `); // what names the owner
    await expect(ghost.own()).rejects.toMatchObject(unavailable);
    const owner = open({ group });
    await owner.own();
    await owner.commit(lines(10));
    const requests = proxy.asked;
    release();
    await vi.waitFor(() => expect(proxy.asked).toBeGreaterThan(requests), PATIENT);
    expect(await owner.commit(lines(20, 10))).toEqual({ foreign: [] });
  });

  it('a frozen ZooKeeper rejects within the timeout; what it does late is harmless, also after its sessions have expired', async () => {
    const group = freshName('frozen');
    const store = open({ group, commandTimeoutMs: 500, sessionTimeoutMs: 1500 });
    await persistently(() => store.own());
    await persistently(() => store.commit(lines(10)));
    server.freeze();
    const frozenAt = performance.now();
    try {
      await expect(store.commit(lines(20, 10))).rejects.toMatchObject({
        ...unavailable,
        message: expect.stringContaining('did not answer within 500 ms'),
      });
      await expect(store.load({})).rejects.toMatchObject(unavailable);
      while (performance.now() - frozenAt < 3500) {
        await expect(store.commit(lines(20, 10))).rejects.toMatchObject(unavailable);
      }
    } finally {
      server.thaw();
    }
    // 20 may have been applied late; it is ours.
    expect(await persistently(() => store.commit(lines(30, 10)))).toEqual({ foreign: [] });
    expect(await persistently(() => store.load({}))).toEqual(held(30));
  });

  it('an old owner that wakes with the server cannot commit beside the new one', async () => {
    const group = freshName('thawed');
    const zombie = open({ group, commandTimeoutMs: 300 });
    await persistently(() => zombie.own());
    await persistently(() => zombie.commit(lines(10)));
    server.freeze();
    const sent = zombie.commit(lines(20, 10)).catch((error: unknown) => error);
    expect(await sent).toMatchObject(unavailable);
    server.thaw();
    const owner = open({ group });
    await persistently(() => owner.own());
    const [found] = await owner.load({});
    expect([10, 20]).toContain(found?.until);
    expect(await owner.commit(lines(25, found?.until))).toEqual({ foreign: [] });
    await expect(persistently(() => zombie.commit(lines(40, 20)))).rejects.toThrow(/another writer has taken it over/);
    expect(await owner.load({})).toEqual(held(25));
  });

  it('a connection on which nothing is heard any more is replaced before the next call needs it', async () => {
    const store = throughProxy({ commandTimeoutMs: 20_000, sessionTimeoutMs: 1500 });
    await store.commit(lines(10));
    const { release } = proxy.hold();
    const waiting = store.commit(lines(20, 10));
    const before = proxy.connections;
    // The first connection is given up after a second; with twenty seconds of patience it was not the timeout.
    await vi.waitFor(() => expect(proxy.connections).toBeGreaterThan(before), PATIENT);
    release();
    expect(await waiting).toEqual({ foreign: [] });
  });

  it('while ZooKeeper is down a call rejects at once; after its restart the same store goes on by itself', async () => {
    const store = open({ commandTimeoutMs: 60_000 });
    await store.own();
    await store.commit(lines(10));
    await server.kill9();
    // With a minute of patience, what rejects here did not wait for the timeout.
    await expect(store.commit(lines(20, 10))).rejects.toMatchObject(unavailable);
    await expect(store.commit(lines(20, 10))).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/ZooKeeper at 127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/),
    });
    await expect(open({ commandTimeoutMs: 60_000 }).load({})).rejects.toMatchObject(unavailable);
    await server.restart();
    expect(await persistently(() => store.commit(lines(20, 10)))).toEqual({ foreign: [] });
    expect(await store.load({})).toEqual(held(20));
  });

  it('kill -9 in the middle of commits loses no acknowledged one and repeats none', async () => {
    const group = freshName('killed');
    const store = open({ group });
    await store.own();
    let acknowledged = 0;
    for (let life = 0; life < 3; life++) {
      const commits = (async () => {
        for (let until = acknowledged + 1; ; until++) {
          expect(await store.commit(lines(until, until - 1 || undefined))).toEqual({ foreign: [] });
          acknowledged = until;
        }
      })().catch((error: unknown) => error);
      const before = acknowledged;
      await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(before + 20), { ...PATIENT, interval: 1 });
      await server.kill9();
      expect(await commits).toMatchObject(unavailable);
      await server.restart();
      const [found] = await persistently(() => store.load({}));
      expect([acknowledged, acknowledged + 1]).toContain(found?.until);
      acknowledged = found?.until ?? 0;
      const node = await vi.waitFor(() => nodeOf(group), PATIENT); // by a connection that was lost with the server too
      expect(node).toMatchObject({ data: String(acknowledged), version: acknowledged - 1 });
    }
  });

  it('of several servers one that is down or silent is passed over', async () => {
    const silent = await cuttingProxy({ host: '127.0.0.1', port: server.port });
    silent.hold();
    const hosts = [`127.0.0.1:${silent.port}`, '127.0.0.1:1', server.hosts];
    const group = freshName('several');
    for (let until = 1; until <= 4; until++) {
      const store = open({ zookeeper: hosts.join(','), group, commandTimeoutMs: 1200 });
      expect(await persistently(() => store.commit(lines(until, until - 1 || undefined)))).toEqual({ foreign: [] });
      await store.close();
    }
    expect(await nodeOf(group)).toMatchObject({ data: '4' });
    await silent.close();
  });

  it('close ends while the server is frozen, and what waits is told', async () => {
    const store = open({ commandTimeoutMs: 60_000 });
    await store.commit(lines(10));
    server.freeze();
    try {
      const waiting = store.commit(lines(20, 10)).catch((error: unknown) => error);
      await store.close();
      expect(await waiting).toMatchObject({
        code: 'OFFSET_STORE_FAILED',
        message: expect.stringContaining('was closed'),
      });
      const connecting = open({ commandTimeoutMs: 60_000 });
      const loading = connecting.load({}).catch((error: unknown) => error);
      await connecting.close();
      expect(await loading).toMatchObject({ code: 'OFFSET_STORE_FAILED' });
    } finally {
      server.thaw();
    }
  });
});
