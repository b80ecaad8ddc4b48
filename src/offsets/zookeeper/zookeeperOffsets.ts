import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import {
  optionsArgument,
  refuse,
  schedulerArgument,
  textArgument,
  timerMilliseconds,
  wholeNumber,
} from '../../core/arguments.ts';
import { isStreamError, type StreamError } from '../../core/errors.ts';
import { knownOptions } from '../../core/knownOptions.ts';
import type { CommittedOffset } from '../../core/OffsetRange.ts';
import type { ZooKeeperAcl, ZooKeeperCalls } from '../../drivers/zookeeper/ZooKeeperCalls.ts';
import { zookeeperAddress } from '../../drivers/zookeeper/zookeeperAddress.ts';
import { type ZooKeeperConnection, zookeeperConnection } from '../../drivers/zookeeper/zookeeperConnection.ts';
import { isZooKeeperPath } from '../../drivers/zookeeper/zookeeperPath.ts';
import { checkedCommit, foreignOffsets, OwnAttempts, queried } from '../commitPlan.ts';
import type { CommitOutcome, OffsetCommit, OffsetQuery, OffsetStore } from '../OffsetStore.ts';
import { commitToZookeeper } from './commitToZookeeper.ts';
import { loadFromZookeeper } from './loadFromZookeeper.ts';
import { ownGroup } from './ownGroup.ts';
import { ZooKeeperGroup } from './ZooKeeperGroup.ts';
import { zookeeperAcl } from './zookeeperAcl.ts';
import { offsetNodes, type ZooKeeperLayout } from './zookeeperLayout.ts';
import { zookeeperStoreError } from './zookeeperStoreError.ts';

/** Options of {@link zookeeperOffsets}. */
export interface ZooKeeperOffsetsOptions {
  /** The servers, by name or IPv4 address, and the node that everything is kept below: `zk1:2181,zk2:2181/chroot`. */
  readonly zookeeper: string;
  /** The name of the pipeline whose offsets these are. */
  readonly group: string;
  /**
   * Where the offsets are. `spark` (default): `{root}/{group}/{topic}/{partition}`. `kafka-0.8`:
   * `/consumers/{group}/offsets/{topic}/{partition}`. A function names the node of the topics and the one that tells owners apart.
   */
  readonly layout?: ZooKeeperLayout;
  /** With `layout: 'spark'`: the node above the groups. Default `/rx-dstream`. */
  readonly root?: string;
  /** `user:password` for the scheme `digest`. Default none. */
  readonly auth?: string;
  /**
   * Who may do what with the nodes that the store makes for its group. `open` (default): everybody everything; `creator`: only whoever
   * has the same `auth`. Nodes above the group are open.
   */
  readonly acl?: 'open' | 'creator' | readonly ZooKeeperAcl[];
  /** Milliseconds within which every call settles, connecting included. Default 5000. */
  readonly commandTimeoutMs?: number;
  /** Milliseconds of the session asked for; after two thirds of it without a word the connection is replaced. Default 10,000. */
  readonly sessionTimeoutMs?: number;
  /** A commit whose request is longer is refused before it is sent. Default 1,000,000, for ZooKeeper's own limit of 1 MiB. */
  readonly maxRequestBytes?: number;
  /** Measures the timeouts. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/** An {@link OffsetStore} that answers with promises. */
export interface ZooKeeperOffsets extends OffsetStore {
  load(query: OffsetQuery): Promise<readonly CommittedOffset[]>;
  commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
  own(): Promise<void>;
  close(): Promise<void>;
}

/**
 * An offset store in ZooKeeper (3.5 or later), over the package `node-zookeeper-client`.
 *
 * - A commit is one transaction: every node is raised only if it is still as it was seen, and missing ones are made. Offsets are decimal text.
 * - `own` fences: the transaction also checks the version of the node that names the owner. An older owner gets `OFFSET_STORE_TAKEN`, and a
 *   commit that a frozen server carries out late changes nothing.
 * - A lost connection is replaced within the call, and the commit then looks at what has taken effect. What cannot be decided within the
 *   timeout rejects with `OFFSET_STORE_UNAVAILABLE` (retriable). While ZooKeeper is down calls reject at once.
 * - `OFFSET_STORE_FAILED`: ZooKeeper refused (ACL, quota), a node holds no offset, a commit is longer than `maxRequestBytes`, or
 *   node-zookeeper-client is not installed. `INVALID_ARGUMENT`: an option or an offset is wrong.
 * - Its connection keeps the process alive until `close`, which settles within a second.
 */
export function zookeeperOffsets(options: ZooKeeperOffsetsOptions): ZooKeeperOffsets {
  const { name, group, connection } = checked(options);
  const owner = `${hostname()} ${process.pid} ${randomUUID()}`;
  const attempts = new OwnAttempts();
  let epoch: number | undefined;
  let taken: StreamError | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** One commit after another: they would only get into each other's way. What waits counts in its timeout. */
  function inTurn<T>(body: (zookeeper: ZooKeeperCalls) => Promise<T>): Promise<T> {
    const before = last;
    const result = connection.run(async (zookeeper) => {
      await before;
      if (taken !== undefined) throw taken;
      return body(zookeeper);
    });
    last = result.catch(() => group.known.forget());
    return result;
  }

  return {
    name,
    async load(query) {
      try {
        return queried(
          await connection.run((zookeeper) => loadFromZookeeper(zookeeper, group.nodes, query.topics)),
          query,
        );
      } catch (error) {
        return zookeeperStoreError('load', error);
      }
    },
    async commit(offsets) {
      const wanted = checkedCommit('zookeeperOffsets', offsets);
      if (wanted.length === 0) return { foreign: [] };
      try {
        return await inTurn(async (zookeeper) => {
          // Once more after a lost connection: then what was asked for before includes this very commit.
          const own = attempts.note(wanted);
          return { foreign: foreignOffsets(await commitToZookeeper(zookeeper, group, wanted, epoch), wanted, own) };
        });
      } catch (error) {
        if (isStreamError(error, 'OFFSET_STORE_TAKEN')) taken = error;
        return zookeeperStoreError('commit', error);
      }
    },
    async own() {
      try {
        await inTurn(async (zookeeper) => {
          epoch = await ownGroup(zookeeper, group, owner, epoch);
        });
      } catch (error) {
        if (isStreamError(error, 'OFFSET_STORE_TAKEN')) taken = error;
        zookeeperStoreError('own', error);
      }
    },
    close: () => connection.close(),
  };
}

interface Checked {
  readonly name: string;
  readonly group: ZooKeeperGroup;
  readonly connection: ZooKeeperConnection;
}

function checked(options: ZooKeeperOffsetsOptions): Checked {
  optionsArgument('zookeeperOffsets', options, "{ zookeeper: 'zk1:2181', group: 'wordcount' }");
  knownOptions('zookeeperOffsets', options, OPTIONS);
  const { layout = 'spark', root, auth, acl = 'open', scheduler = asyncScheduler } = options;
  const { commandTimeoutMs = 5000, sessionTimeoutMs = 10_000, maxRequestBytes = 1_000_000 } = options;
  const address = zookeeperAddress('zookeeperOffsets(zookeeper)', options.zookeeper);
  const name = textArgument('zookeeperOffsets(group)', options.group);
  if (root !== undefined && (typeof root !== 'string' || !isZooKeeperPath(root))) {
    refuse('zookeeperOffsets(root)', 'a node like /offsets', root);
  }
  if (auth !== undefined && (typeof auth !== 'string' || !auth.includes(':'))) {
    // It may be a password: it is not shown.
    const got = typeof auth === 'string' ? 'one without a colon' : typeof auth;
    refuse('zookeeperOffsets(auth)', 'a text user:password', got);
  }
  if (acl === 'creator' && auth === undefined)
    refuse('zookeeperOffsets(auth)', 'user:password with acl "creator"', auth);
  return {
    name: `zookeeper ${name}`,
    group: new ZooKeeperGroup(
      offsetNodes(layout, root, name, address.chroot),
      zookeeperAcl(acl),
      wholeNumber('zookeeperOffsets(maxRequestBytes)', maxRequestBytes, 1),
    ),
    connection: zookeeperConnection({
      address,
      auth,
      sessionTimeoutMs: timerMilliseconds('zookeeperOffsets(sessionTimeoutMs)', sessionTimeoutMs),
      commandTimeoutMs: timerMilliseconds('zookeeperOffsets(commandTimeoutMs)', commandTimeoutMs),
      scheduler: schedulerArgument('zookeeperOffsets(scheduler)', scheduler),
    }),
  };
}

const OPTIONS: Readonly<Record<keyof ZooKeeperOffsetsOptions, true>> = {
  zookeeper: true,
  group: true,
  layout: true,
  root: true,
  auth: true,
  acl: true,
  commandTimeoutMs: true,
  sessionTimeoutMs: true,
  maxRequestBytes: true,
  scheduler: true,
};
