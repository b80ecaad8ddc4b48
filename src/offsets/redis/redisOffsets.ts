import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { refuse, schedulerArgument, textArgument, timerMilliseconds, wholeNumber } from '../../core/arguments.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import type { CommittedOffset } from '../../core/OffsetRange.ts';
import type { RedisTarget } from '../../drivers/redis/RedisTarget.ts';
import { type RedisConnection, redisConnection } from '../../drivers/redis/redisConnection.ts';
import { checkedCommit, foreignOffsets, OwnAttempts, queried } from '../commitPlan.ts';
import type {
  CommitOutcome,
  OffsetCommit,
  OffsetQuery,
  OffsetTransaction,
  TransactionalOffsetStore,
  TransactionBatch,
} from '../OffsetStore.ts';
import { TransactionTurns } from '../TransactionTurns.ts';
import { loadFromRedis } from './loadFromRedis.ts';
import { RedisGroup, type RedisPlace } from './RedisGroup.ts';
import { groupLayout, type RedisLayout, topicLayout } from './redisLayout.ts';
import { type RedisAct, redisStoreError } from './redisStoreError.ts';
import { CollectedCommands, type TransactionLimits } from './transaction/CollectedCommands.ts';
import type { RedisTransaction } from './transaction/RedisTransaction.ts';

/** Options of {@link redisOffsets}. */
export interface RedisOffsetsOptions {
  /**
   * A URL (`redis://127.0.0.1:6379`), ioredis options, or an ioredis client (`Redis` or `Cluster`), which is duplicated and
   * otherwise left alone. The store always has a connection of its own, opened at its first call.
   */
  readonly redis: RedisTarget;
  /** The name of the pipeline whose offsets these are. */
  readonly group: string;
  /**
   * `group` (default): one hash `rx-dstream:{<group>}:offsets`, fields `<topic>:<partition>`.
   * `topic`: one hash for each topic with the partition as field, as Spark tutorials do it: `HSET topic partition until`.
   */
  readonly layout?: 'group' | 'topic';
  /** Database number. Default: that of `redis`. A cluster has only 0. */
  readonly db?: number;
  /** With `layout: 'topic'`: the key of a topic's hash, from `{topic}` and `{group}`. Default `{topic}`. */
  readonly keyTemplate?: string;
  /** The most that one transaction may hold; beyond it `BUFFER_FULL`. Redis does nothing else while it runs one. */
  readonly transaction?: {
    /** Commands. Default 50 000. */
    readonly maxCommands?: number;
    /** Bytes of keys and arguments. Default 16 MiB. */
    readonly maxBytes?: number;
  };
  /** Milliseconds within which every call settles, connecting included. Default 5000. */
  readonly commandTimeoutMs?: number;
  /** Measures the timeout. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/** A {@link TransactionalOffsetStore} that answers with promises. */
export interface RedisOffsets extends TransactionalOffsetStore<RedisTransaction> {
  load(query: OffsetQuery): Promise<readonly CommittedOffset[]>;
  commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
  own(): Promise<void>;
  begin(batch: TransactionBatch): Promise<OffsetTransaction<RedisTransaction>>;
  close(): void;
}

/**
 * An offset store in Redis (6.2 or later), over the package `ioredis`.
 *
 * - A commit is one script: all checks, then all writes, atomically. It raises offsets and never lowers them.
 * - A transaction is one script too: the commands that an output has added to its {@link RedisTransaction}, the offsets and the batch time,
 *   checked before the first write. Exactly once within this Redis.
 * - Whoever owns the group is told apart by an epoch in Redis: a pipeline that was overtaken is `OFFSET_STORE_TAKEN` at its next commit, for good.
 * - A lost reply rejects with `OFFSET_STORE_UNAVAILABLE` (retriable) within the timeout; repeating the commit is recognised
 *   and changes nothing. While Redis is down calls reject at once, and it reconnects by itself.
 * - `OFFSET_STORE_FAILED`: Redis refused (wrong type of key, no permission, no such database), a stored offset is no whole
 *   number, a transaction was stopped in the middle, or ioredis is not installed. `INVALID_ARGUMENT`: an option or an offset is wrong.
 * - As durable as the server: with `appendfsync everysec` a power loss takes back up to a second of commits, a fail-over those
 *   not yet replicated. The records concerned are then repeated, never lost.
 * - Its connection keeps the process alive until `close`.
 */
export function redisOffsets(options: RedisOffsetsOptions): RedisOffsets {
  const { group, layout, db, limits, commandTimeoutMs } = checked(options);
  const connection: RedisConnection = redisConnection({
    target: options.redis,
    db,
    commandTimeoutMs,
    scheduler: schedulerArgument('redisOffsets(scheduler)', options.scheduler ?? asyncScheduler),
  });
  const place: RedisPlace = { connection, layout, db };
  const member = new RedisGroup(place, group);
  const attempts = new OwnAttempts();
  const turns = new TransactionTurns('redisOffsets');

  return {
    name: `redis ${group}`,
    async load(query) {
      const offsets = await loadFromRedis(place, query.topics).catch(failing('load'));
      return queried(offsets, query);
    },
    async commit(offsets) {
      const wanted = checkedCommit('redisOffsets', offsets);
      if (wanted.length === 0) return { foreign: [] };
      const own = attempts.note(wanted);
      const held = await member.commit(wanted).catch(failing('commit'));
      return { foreign: foreignOffsets(held, wanted, own) };
    },
    own: () => member.own().catch(failing('own')),
    async begin(batch) {
      const turn = {};
      turns.begin(turn);
      const begun = await member.begin(batch).catch((error: unknown) => {
        turns.end(turn);
        return redisStoreError('begin', error);
      });
      const committed = batch.repeated && begun.lastTime === String(batch.time);
      const handle = new CollectedCommands(limits, (act) => turns.check(turn, act));
      return {
        committed,
        handle,
        async commit(offsets) {
          turns.check(turn, 'commit(...)');
          turns.end(turn);
          const wanted = checkedCommit('redisOffsets', offsets);
          if (committed) return { foreign: [] };
          const own = attempts.note(wanted);
          const done = member.commitTransaction(begun, batch, wanted, handle.commands);
          return { foreign: foreignOffsets(await done.catch(failing('commit')), wanted, own) };
        },
        rollback: () => void turns.end(turn),
      };
    },
    close: () => connection.close(),
  };
}

function failing(act: RedisAct): (error: unknown) => never {
  return (error) => redisStoreError(act, error);
}

interface Checked {
  readonly group: string;
  readonly layout: RedisLayout;
  readonly db: number | undefined;
  readonly limits: TransactionLimits;
  readonly commandTimeoutMs: number;
}

function checked(options: RedisOffsetsOptions): Checked {
  knownOptions('redisOffsets', options, OPTIONS);
  const { redis, layout = 'group', db, keyTemplate, transaction = {}, commandTimeoutMs = 5000 } = options;
  if (typeof redis === 'string' ? redis === '' : typeof redis !== 'object' || redis === null) {
    refuse('redisOffsets(redis)', 'a Redis URL, ioredis options or an ioredis client', redis);
  }
  const group = textArgument('redisOffsets(group)', options.group);
  if (layout !== 'group' && layout !== 'topic') refuse('redisOffsets(layout)', '"group" or "topic"', layout);
  if (keyTemplate !== undefined && layout === 'group') {
    refuse('redisOffsets(keyTemplate)', 'none with layout "group"', keyTemplate, 'Add layout: "topic".');
  }
  return {
    group,
    layout: layout === 'group' ? groupLayout(group) : topicLayout(keyTemplate ?? '{topic}', group),
    db: db === undefined ? undefined : wholeNumber('redisOffsets(db)', db, 0),
    limits: checkedLimits(transaction),
    commandTimeoutMs: timerMilliseconds('redisOffsets(commandTimeoutMs)', commandTimeoutMs),
  };
}

function checkedLimits(transaction: NonNullable<RedisOffsetsOptions['transaction']>): TransactionLimits {
  knownOptions('redisOffsets(transaction)', transaction, TRANSACTION);
  const { maxCommands = 50_000, maxBytes = 16 * 1024 * 1024 } = transaction;
  return {
    maxCommands: wholeNumber('redisOffsets(transaction.maxCommands)', maxCommands, 1),
    maxBytes: wholeNumber('redisOffsets(transaction.maxBytes)', maxBytes, 1),
  };
}

const TRANSACTION: KnownOptions<NonNullable<RedisOffsetsOptions['transaction']>> = {
  maxCommands: true,
  maxBytes: true,
};

const OPTIONS: Readonly<Record<keyof RedisOffsetsOptions, true>> = {
  redis: true,
  group: true,
  layout: true,
  db: true,
  keyTemplate: true,
  transaction: true,
  commandTimeoutMs: true,
  scheduler: true,
};
