export type { ZooKeeperAcl } from './drivers/zookeeper/ZooKeeperCalls.ts';
export type { ZooKeeperLayout, ZooKeeperPlaces } from './offsets/zookeeper/zookeeperLayout.ts';
export {
  type ZooKeeperOffsets,
  type ZooKeeperOffsetsOptions,
  zookeeperOffsets,
} from './offsets/zookeeper/zookeeperOffsets.ts';
