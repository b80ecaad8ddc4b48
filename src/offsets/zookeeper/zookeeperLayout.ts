import { refuse } from '../../core/arguments.ts';
import {
  isZooKeeperPath,
  nameText,
  nodeName,
  nodesAbove,
  percentEncoded,
} from '../../drivers/zookeeper/zookeeperPath.ts';

/** Where a group keeps its offsets in ZooKeeper. */
export interface ZooKeeperPlaces {
  /** The node above those of the topics: a partition's offset is at `{topics}/{topic}/{partition}`. */
  readonly topics: string;
  /** The node that tells owners apart. Not below the node of a topic. */
  readonly epoch: string;
}

/**
 * `spark`: `{root}/{group}/{topic}/{partition}`, as programs for Spark Streaming keep them over Curator; owners at `{root}/{group}/_epoch`.
 * `kafka-0.8`: `/consumers/{group}/offsets/{topic}/{partition}`, as consumers of Kafka 0.8 and their tools do; owners at
 * `/consumers/{group}/_epoch`. A function names the places itself.
 */
export type ZooKeeperLayout = 'spark' | 'kafka-0.8' | ((group: string) => ZooKeeperPlaces);

/** The nodes of one group. */
export interface OffsetNodes extends ZooKeeperPlaces {
  topic(topic: string): string;
  partition(topic: string, partition: number): string;
  /** The topic of a child of `topics`; `undefined` for the one that tells owners apart. */
  topicOf(name: string): string | undefined;
  /** Whether the node is the group's alone, which those above it are not. */
  isOwn(path: string): boolean;
}

/** The nodes of `group` below `chroot`, or `INVALID_ARGUMENT`. */
export function offsetNodes(
  layout: ZooKeeperLayout,
  root: string | undefined,
  group: string,
  chroot: string,
): OffsetNodes {
  const places = placesOf(layout, root, group);
  for (const [name, path] of Object.entries({ topics: places.topics, epoch: places.epoch })) {
    if (typeof path !== 'string' || !isZooKeeperPath(path)) {
      refuse(`zookeeperOffsets(layout ${name})`, 'a node like /offsets/wordcount', path);
    }
  }
  const topics = chroot + places.topics;
  const epoch = chroot + places.epoch;
  const reserved = epoch.startsWith(`${topics}/`) ? epoch.slice(topics.length + 1) : undefined;
  if (epoch === topics || reserved?.includes('/')) {
    refuse('zookeeperOffsets(layout epoch)', 'a node that is none of a topic', places.epoch);
  }
  const top = topOf(topics, epoch);
  const topic = (name: string): string => {
    const node = nodeName(name);
    return `${topics}/${node === reserved ? percentEncoded(node) : node}`;
  };
  return {
    topics,
    epoch,
    topic,
    partition: (name, partition) => `${topic(name)}/${partition}`,
    topicOf: (name) => (name === reserved ? undefined : nameText(name)),
    isOwn: (path) => path === top || path.startsWith(`${top}/`) || path === epoch,
  };
}

function placesOf(layout: ZooKeeperLayout, root: string | undefined, group: string): ZooKeeperPlaces {
  if (root !== undefined && layout !== 'spark') {
    refuse('zookeeperOffsets(root)', 'none, except with layout "spark"', root);
  }
  if (typeof layout === 'function') return layout(group) ?? {};
  if (layout === 'kafka-0.8') {
    const own = `/consumers/${nodeName(group)}`;
    return { topics: `${own}/offsets`, epoch: `${own}/_epoch` };
  }
  if (layout !== 'spark') refuse('zookeeperOffsets(layout)', '"spark", "kafka-0.8" or a function', layout);
  const own = `${root ?? '/rx-dstream'}/${nodeName(group)}`;
  return { topics: own, epoch: `${own}/_epoch` };
}

/** The lowest node above both, or the one of topics where they have nothing in common. */
function topOf(topics: string, epoch: string): string {
  if (epoch.startsWith(`${topics}/`)) return topics;
  return nodesAbove(topics).findLast((node) => epoch.startsWith(`${node}/`)) ?? topics;
}
