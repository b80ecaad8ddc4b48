import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startZookeeperEnsemble, type ZookeeperEnsemble } from '../../../scripts/services/index.ts';
import { isStreamError } from '../../../src/core/errors.ts';
import type { OffsetCommit } from '../../../src/offsets/OffsetStore.ts';
import { type ZooKeeperOffsets, zookeeperOffsets } from '../../../src/offsets/zookeeper/zookeeperOffsets.ts';
import { PATIENT } from '../../support/patient.ts';
import { freshName, skipUnless, type ZookeeperServer } from '../services.ts';

skipUnless('zookeeper')('zookeeperOffsets on an ensemble of three', () => {
  let ensemble: ZookeeperEnsemble;
  const stores: ZooKeeperOffsets[] = [];

  beforeAll(async () => {
    ensemble = await startZookeeperEnsemble();
  });

  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });

  afterAll(async () => {
    await ensemble?.stop();
  });

  /** Over these servers, below a chroot. */
  function open(group: string, servers: readonly ZookeeperServer[] = ensemble.servers): ZooKeeperOffsets {
    const hosts = servers.map((server) => server.hosts).join(',');
    const zookeeper = `${hosts}/apps/streams`;
    const store = zookeeperOffsets({ zookeeper, group, sessionTimeoutMs: 2000, commandTimeoutMs: 4000 });
    stores.push(store);
    return store;
  }

  /** Commits one offset after the other, each until it is taken, while something happens and a little beyond. */
  async function committingWhile(
    store: ZooKeeperOffsets,
    from: number,
    happens: () => Promise<unknown>,
  ): Promise<number> {
    let isOver = false;
    const happening = happens().finally(() => {
      isOver = true;
    });
    let until = from;
    for (let beyond = 0; beyond < 10; beyond += isOver ? 1 : 0) await committed(store, until, ++until);
    await happening;
    return until;
  }

  it('goes on within the ensemble when its leader is killed, and a server that it is connected to freezes: every commit once', async () => {
    const group = freshName('group');
    const store = open(group);
    await store.own();
    const leader = await ensemble.leader();
    let until = await committingWhile(store, 0, () => leader.kill9());
    await leader.restart();
    // Whichever it is connected to: one after the other.
    for (const server of ensemble.servers) {
      until = await committingWhile(store, until, async () => {
        server.freeze();
        // Longer than a silence is borne: two thirds of a session.
        const since = performance.now();
        await expect.poll(() => performance.now() - since, { timeout: 10_000 }).toBeGreaterThan(1600);
        server.thaw();
      });
    }
    expect(await store.load({})).toEqual([{ topic: 'lines', partition: 0, until }]);
  });

  it('without a majority rejects as retriable and goes on by itself after it; an owner of before stays out on every server', async () => {
    const group = freshName('group');
    const [zombie, store] = [open(group), open(group)];
    await zombie.own();
    await committed(zombie, 0, 1);
    await store.own();
    await committed(store, 1, 2);
    const [first, second] = ensemble.servers as [ZookeeperServer, ZookeeperServer];
    await Promise.all([first.kill9(), second.kill9()]);
    const failures = await Promise.all(
      [store.commit(at(2, 3)), store.load({})].map((call) => call.then(String, (error: unknown) => error)),
    );
    for (const failure of failures)
      expect(failure).toMatchObject({ code: 'OFFSET_STORE_UNAVAILABLE', retriable: true });
    await Promise.all([first.restart(), second.restart()]);
    await committed(store, 2, 3);
    for (const server of ensemble.servers) {
      const there = open(group, [server]);
      await expect
        .poll(() => there.load({}).catch(() => 'not yet'), PATIENT)
        .toEqual([{ topic: 'lines', partition: 0, until: 3 }]);
    }
    await expect(refusal(zombie)).resolves.toMatchObject({ code: 'OFFSET_STORE_TAKEN' });
  });
});

const at = (expected: number, until: number): OffsetCommit[] => [
  { topic: 'lines', partition: 0, until, expected: expected || undefined },
];

/** What a runtime does: repeats what is retriable. Nobody else may have been met. */
async function committed(store: ZooKeeperOffsets, expected: number, until: number): Promise<void> {
  const end = performance.now() + PATIENT.timeout;
  for (;;) {
    try {
      expect(await store.commit(at(expected, until))).toEqual({ foreign: [] });
      return;
    } catch (error) {
      if (!isStreamError(error) || !error.retriable || performance.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What it is refused with for good. */
async function refusal(store: ZooKeeperOffsets): Promise<unknown> {
  return committed(store, 3, 4).then(
    () => 'no failure',
    (error: unknown) => error,
  );
}
