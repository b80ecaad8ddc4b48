import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { positiveNumber, refuse, textArgument, wholeNumber } from '../../core/arguments.ts';
import type { CommittedOffset } from '../../core/OffsetRange.ts';
import type { RedisTarget } from '../../drivers/redis/RedisTarget.ts';
import { type RedisConnection, redisConnection } from '../../drivers/redis/redisConnection.ts';
import { checkedCommit, foreignOffsets, OwnAttempts, queried } from '../commitPlan.ts';
import type { CommitOutcome, OffsetCommit, OffsetQuery, OffsetStore } from '../OffsetStore.ts';
import { commitToRedis, loadFromRedis, type RedisPlace } from './redisCalls.ts';
import { groupLayout, type RedisLayout, topicLayout } from './redisLayout.ts';
import { redisStoreError } from './redisStoreError.ts';

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
  /** Milliseconds within which every call settles, connecting included. Default 5000. */
  readonly commandTimeoutMs?: number;
  /** Measures the timeout. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/** An {@link OffsetStore} that answers with promises. */
export interface RedisOffsets extends OffsetStore {
  load(query: OffsetQuery): Promise<readonly CommittedOffset[]>;
  commit(offsets: readonly OffsetCommit[]): Promise<CommitOutcome>;
  close(): void;
}

/**
 * An offset store in Redis (6.2 or later), over the package `ioredis`.
 *
 * - A commit is one script: all checks, then all writes, atomically. It raises offsets and never lowers them.
 * - A lost reply rejects with `OFFSET_STORE_UNAVAILABLE` (retriable) within the timeout; repeating the commit is recognised
 *   and changes nothing. While Redis is down calls reject at once, and it reconnects by itself.
 * - `OFFSET_STORE_FAILED`: Redis refused (wrong type of key, no permission, no such database), a stored offset is no whole
 *   number, or ioredis is not installed. `INVALID_ARGUMENT`: an option or an offset is wrong.
 * - As durable as the server: with `appendfsync everysec` a power loss takes back up to a second of commits, a fail-over those
 *   not yet replicated. The records concerned are then repeated, never lost.
 * - Its connection keeps the process alive until `close`.
 */
export function redisOffsets(options: RedisOffsetsOptions): RedisOffsets {
  const { group, layout, db, commandTimeoutMs } = checked(options);
  const connection: RedisConnection = redisConnection({
    target: options.redis,
    db,
    commandTimeoutMs,
    scheduler: options.scheduler ?? asyncScheduler,
  });
  const place: RedisPlace = { connection, layout, db };
  const attempts = new OwnAttempts();
  return {
    name: `redis ${group}`,
    async load(query) {
      const offsets = await loadFromRedis(place, query.topics).catch((error: unknown) =>
        redisStoreError('load', error),
      );
      return queried(offsets, query);
    },
    async commit(offsets) {
      const wanted = checkedCommit('redisOffsets', offsets);
      if (wanted.length === 0) return { foreign: [] };
      const own = attempts.note(wanted);
      const held = await commitToRedis(place, wanted).catch((error: unknown) => redisStoreError('commit', error));
      return { foreign: foreignOffsets(held, wanted, own) };
    },
    close: () => connection.close(),
  };
}

interface Checked {
  readonly group: string;
  readonly layout: RedisLayout;
  readonly db: number | undefined;
  readonly commandTimeoutMs: number;
}

function checked(options: RedisOffsetsOptions): Checked {
  const { redis, layout = 'group', db, keyTemplate, commandTimeoutMs = 5000 } = options ?? {};
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
    commandTimeoutMs: positiveNumber('redisOffsets(commandTimeoutMs)', commandTimeoutMs),
  };
}
