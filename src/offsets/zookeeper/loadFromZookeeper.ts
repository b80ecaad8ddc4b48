import type { CommittedOffset } from '../../core/OffsetRange.ts';
import type { ZooKeeperCalls } from '../../drivers/zookeeper/ZooKeeperCalls.ts';
import { offsetIn, partitionIn } from './offsetIn.ts';
import type { OffsetNodes } from './zookeeperLayout.ts';

/** The offsets of these topics, or of all: as they were at one moment. */
export async function loadFromZookeeper(
  zookeeper: ZooKeeperCalls,
  nodes: OffsetNodes,
  topics: readonly string[] | undefined,
): Promise<readonly CommittedOffset[]> {
  while (true) {
    const found = await snapshot(zookeeper, nodes, topics);
    if (found !== undefined) return found;
  }
}

/**
 * ZooKeeper has no read of several nodes at once. What was last written before the first of these reads was the same at that read: if all
 * that is found is, it was there together. `undefined` where something has changed meanwhile.
 */
async function snapshot(
  zookeeper: ZooKeeperCalls,
  nodes: OffsetNodes,
  topics: readonly string[] | undefined,
): Promise<readonly CommittedOffset[] | undefined> {
  const moment = await zookeeper.lastTransaction();
  let torn = false;

  async function children(path: string): Promise<readonly string[]> {
    const found = await zookeeper.children(path);
    if (found !== undefined && found.pzxid > moment) torn = true;
    return found?.names ?? [];
  }

  async function partitionsOf(topic: string): Promise<readonly CommittedOffset[]> {
    const partitions = (await children(nodes.topic(topic))).flatMap((name) => partitionIn(name) ?? []);
    return Promise.all(partitions.map((partition) => offsetOf(topic, partition)));
  }

  async function offsetOf(topic: string, partition: number): Promise<CommittedOffset> {
    const path = nodes.partition(topic, partition);
    const node = await zookeeper.read(path);
    if (node === undefined || node.mzxid > moment) {
      torn = true;
      return { topic, partition, until: 0 };
    }
    return { topic, partition, until: offsetIn(path, node.data) };
  }

  const wanted = topics ?? (await children(nodes.topics)).flatMap((name) => nodes.topicOf(name) ?? []);
  const found = await Promise.all([...new Set(wanted)].map(partitionsOf));
  return torn ? undefined : found.flat();
}
