import { afterAll, describe, expect, it } from 'vitest';
import type { OffsetStore } from '../../../src/offsets/OffsetStore.ts';
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

skipUnless('zookeeper')('zookeeperOffsets on a real ZooKeeper', () => {
  afterAll(async () => {
    for (const one of opened) await one.close();
  });

  offsetStoreContract(
    { describe, it, expect },
    { name: 'zookeeperOffsets, layout spark', owns: true, make: () => open(), reopen },
  );

  offsetStoreContract(
    { describe, it, expect },
    { name: 'zookeeperOffsets, layout kafka-0.8', owns: true, make: () => open({ layout: 'kafka-0.8' }), reopen },
  );
});
