import type { ZooKeeperAcl, ZooKeeperCalls, ZooKeeperOp } from '../../drivers/zookeeper/ZooKeeperCalls.ts';
import { nodesAbove } from '../../drivers/zookeeper/zookeeperPath.ts';
import { KnownNodes } from './KnownNodes.ts';
import { OPEN_ACL } from './zookeeperAcl.ts';
import type { OffsetNodes } from './zookeeperLayout.ts';

/** The nodes of a group, and how new ones are made. */
export class ZooKeeperGroup {
  readonly nodes: OffsetNodes;
  /** Who may do what with the nodes of the group. */
  readonly acl: readonly ZooKeeperAcl[];
  readonly maxRequestBytes: number;
  readonly known: KnownNodes = new KnownNodes();

  constructor(nodes: OffsetNodes, acl: readonly ZooKeeperAcl[], maxRequestBytes: number) {
    this.nodes = nodes;
    this.acl = acl;
    this.maxRequestBytes = maxRequestBytes;
  }

  /** What makes the nodes above these that are not there yet, from the top down. Those above the group are open to everybody. */
  async missingAbove(zookeeper: ZooKeeperCalls, paths: readonly string[]): Promise<readonly ZooKeeperOp[]> {
    const above = [...new Set(paths.flatMap(nodesAbove))].filter((path) => !this.known.isThere(path));
    const there = await Promise.all(above.map((path) => zookeeper.exists(path)));
    this.known.foundThere(above.filter((_, i) => there[i]));
    const missing = above.filter((_, i) => !there[i]);
    return missing.map((path) => ({
      act: 'create',
      path,
      data: '',
      acl: this.nodes.isOwn(path) ? this.acl : OPEN_ACL,
    }));
  }
}
