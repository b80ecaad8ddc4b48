import { StreamError } from '../../core/errors.ts';
import { type CommittedOffset, partitionKey } from '../../core/OffsetRange.ts';
import { transactionBytes } from '../../drivers/zookeeper/transactionBytes.ts';
import type { ZooKeeperCalls, ZooKeeperOp } from '../../drivers/zookeeper/ZooKeeperCalls.ts';
import { answeredWith } from '../../drivers/zookeeper/ZooKeeperFailure.ts';
import type { HeldOffsets } from '../commitPlan.ts';
import type { OffsetCommit } from '../OffsetStore.ts';
import type { KnownNodes } from './KnownNodes.ts';
import { offsetIn } from './offsetIn.ts';
import type { ZooKeeperGroup } from './ZooKeeperGroup.ts';
import { takenError } from './zookeeperStoreError.ts';

/**
 * Raises the offsets in one transaction that holds only if every node is still as it was seen, and `epoch` still the owner's; answers what
 * was held before. Tries again where somebody else came in between.
 */
export async function commitToZookeeper(
  zookeeper: ZooKeeperCalls,
  group: ZooKeeperGroup,
  wanted: readonly OffsetCommit[],
  epoch: number | undefined,
): Promise<HeldOffsets> {
  const { nodes, known, maxRequestBytes } = group;
  while (true) {
    const paths = wanted.map(({ topic, partition }) => nodes.partition(topic, partition));
    refuseAbove(maxRequestBytes, wanted.length, paths.map(leastOf));
    await look(zookeeper, known, paths);
    const fence: ZooKeeperOp[] = epoch === undefined ? [] : [{ act: 'check', path: nodes.epoch, version: epoch }];
    const made = paths.filter((path) => known.offset(path) === undefined);
    const parents = await group.missingAbove(zookeeper, made);
    const raised = paths.map((path, i) => raise(group, path, (wanted[i] as OffsetCommit).until));
    const ops = [...fence, ...parents, ...raised];
    refuseAbove(maxRequestBytes, wanted.length, ops);
    const held = heldAt(known, wanted, paths);
    try {
      await zookeeper.transaction(ops);
    } catch (error) {
      known.forget();
      if (fence.length > 0 && answeredWith(error, 'BAD_VERSION') && error.at === 0) throw takenError(nodes.epoch);
      if (fence.length > 0 && answeredWith(error, 'NO_NODE') && error.at === 0) throw epochGone(nodes.epoch);
      if (MEANWHILE.some((code) => answeredWith(error, code))) continue;
      throw error;
    }
    known.foundThere(parents.map(({ path }) => path));
    for (const op of raised) remember(known, op);
    return held;
  }
}

/** Answers that say that somebody else has made, changed or deleted a node since we saw it. */
const MEANWHILE = ['BAD_VERSION', 'NODE_EXISTS', 'NO_NODE'];

/** Reads the nodes that are not known, all at once. */
async function look(zookeeper: ZooKeeperCalls, known: KnownNodes, paths: readonly string[]): Promise<void> {
  await Promise.all(
    paths.map(async (path) => {
      if (known.has(path)) return;
      const node = await zookeeper.read(path);
      known.saw(path, node && { until: offsetIn(path, node.data), version: node.version });
    }),
  );
}

/** What makes or raises a node; one that is high enough is checked to be so still. */
function raise({ known, acl }: ZooKeeperGroup, path: string, until: number): ZooKeeperOp {
  const seen = known.offset(path);
  if (seen === undefined) return { act: 'create', path, data: String(until), acl };
  const { version } = seen;
  return seen.until < until ? { act: 'set', path, data: String(until), version } : { act: 'check', path, version };
}

function remember(known: KnownNodes, op: ZooKeeperOp): void {
  if (op.act === 'create') known.saw(op.path, { until: Number(op.data), version: 0 });
  else if (op.act === 'set') known.saw(op.path, { until: Number(op.data), version: op.version + 1 });
}

function heldAt(known: KnownNodes, wanted: readonly OffsetCommit[], paths: readonly string[]): HeldOffsets {
  const held = new Map<string, CommittedOffset>();
  wanted.forEach(({ topic, partition }, i) => {
    const seen = known.offset(paths[i] as string);
    if (seen !== undefined) held.set(partitionKey({ topic, partition }), { topic, partition, until: seen.until });
  });
  return held;
}

/** The shortest operation on a node. */
function leastOf(path: string): ZooKeeperOp {
  return { act: 'check', path, version: -1 };
}

function refuseAbove(limit: number, partitions: number, ops: readonly ZooKeeperOp[]): void {
  const bytes = transactionBytes(ops);
  if (bytes <= limit) return;
  throw new StreamError(
    'OFFSET_STORE_FAILED',
    `zookeeperOffsets commit: expected a commit of at most ${limit} bytes, got ${bytes} for ${partitions} partitions. ` +
      'A commit is one transaction, and ZooKeeper takes none above its jute.maxbuffer: raise that on the servers and then maxRequestBytes, or ' +
      'commit fewer partitions for each group. Nothing was sent.',
    { details: { partitions, bytes, limit } },
  );
}

function epochGone(path: string): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `zookeeperOffsets commit: expected the node ${path}, which tells owners apart, got none: somebody has deleted the group. ` +
      'Nothing was stored. Stop a pipeline before its group is deleted; started again it makes the node anew.',
    { details: { path } },
  );
}
