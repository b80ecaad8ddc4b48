import type { ZooKeeperCalls } from '../../drivers/zookeeper/ZooKeeperCalls.ts';
import { answeredWith } from '../../drivers/zookeeper/ZooKeeperFailure.ts';
import type { ZooKeeperGroup } from './ZooKeeperGroup.ts';
import { takenError } from './zookeeperStoreError.ts';

/**
 * Makes `owner` the owner of the group and answers its epoch: the version of the node that names the owner. The node is written only as it
 * was seen, so that a request that a frozen server carries out late takes nothing from whoever came after it. `OFFSET_STORE_TAKEN` where
 * `epoch`, which the owner had, is no longer the node's.
 */
export async function ownGroup(
  zookeeper: ZooKeeperCalls,
  group: ZooKeeperGroup,
  owner: string,
  epoch: number | undefined,
): Promise<number> {
  const path = group.nodes.epoch;
  let had = epoch;
  while (true) {
    const node = await zookeeper.read(path);
    // A new node has version 0, which is nobody's epoch: written once it has 1.
    if (node?.data === owner && node.version > 0) return node.version;
    if (node !== undefined && had !== undefined) throw takenError(path);
    try {
      if (node !== undefined) return await zookeeper.write(path, owner, node.version);
      had = undefined; // somebody has deleted the group
      await make(zookeeper, group);
    } catch (error) {
      if (!['NODE_EXISTS', 'NO_NODE', 'BAD_VERSION'].some((code) => answeredWith(error, code))) throw error;
      group.known.forget();
    }
  }
}

async function make(zookeeper: ZooKeeperCalls, group: ZooKeeperGroup): Promise<void> {
  const path = group.nodes.epoch;
  const parents = await group.missingAbove(zookeeper, [path]);
  await zookeeper.transaction([...parents, { act: 'create', path, data: '', acl: group.acl }]);
}
