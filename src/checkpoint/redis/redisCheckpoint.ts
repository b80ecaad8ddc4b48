import { asyncScheduler, type SchedulerLike } from 'rxjs';
import {
  refuse,
  schedulerArgument,
  textArgument,
  timerMilliseconds,
  truth,
  wholeMilliseconds,
  wholeNumber,
} from '../../core/arguments.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import type { RedisTarget } from '../../drivers/redis/RedisTarget.ts';
import type { DurableCheckpoint } from '../CheckpointStore.ts';
import { type LoggedCheckpointOptions, loggedCheckpoint } from '../log/loggedCheckpoint.ts';
import { LOG_OPTIONS, logOptions } from '../log/logOptions.ts';
import { type RedisLogOptions, redisLog } from './redisLog.ts';

/** Options of {@link redisCheckpoint}. */
export interface RedisCheckpointOptions extends LoggedCheckpointOptions {
  /**
   * A URL (`redis://127.0.0.1:6379`), ioredis options, or an ioredis client (`Redis` or `Cluster`), which is duplicated and
   * otherwise left alone. The store has a connection of its own.
   */
  readonly redis: RedisTarget;
  /** The name of the checkpoint, one for each context; without `{` and `}`. Its keys begin with `rx-dstream:{<key>}:checkpoint:`. */
  readonly key: string;
  /** Database number. Default: that of `redis`. A cluster has only 0. */
  readonly db?: number;
  /** Milliseconds within which every command is answered, connecting included. Default 5000. */
  readonly commandTimeoutMs?: number;
  /** Milliseconds for which a write is repeated while Redis is unavailable, before it fails the run; `Infinity`: for ever. Default 60 000. */
  readonly repeatForMs?: number;
  /** Milliseconds after which an owner that is not heard of is followed by the next. Default 10 000. */
  readonly leaseMs?: number;
  /**
   * Take the checkpoint from an owner that lives: it can write no more. For the one start after you have made sure; two pipelines that both have it
   * take the checkpoint from each other again and again. Default `false`.
   */
  readonly takeOver?: boolean;
  /** See {@link LoggedCheckpointOptions.onUnreadable}; what is set aside becomes the savepoint `set-aside-<epoch>-<n>`. Default `'fail'`. */
  readonly onUnreadable?: 'fail' | 'setAside';
  /** Measures timeouts, pauses and when to renew the lease. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

const OPTIONS: KnownOptions<RedisCheckpointOptions> = {
  ...LOG_OPTIONS,
  redis: true,
  key: true,
  db: true,
  commandTimeoutMs: true,
  repeatForMs: true,
  leaseMs: true,
  takeOver: true,
  scheduler: true,
};

/**
 * A checkpoint in Redis (6.2 or later), over the package `ioredis`: for pipelines that may be started on any machine.
 *
 * - It is a log of changes and a base, merged from time to time, as `fileCheckpoint` keeps it; every byte is under a checksum. Every write is one
 *   script: all of it or nothing.
 * - One owner at a time, known by an epoch that every write compares: whoever was overtaken can write no more (`CHECKPOINT_TAKEN`). A second
 *   one is refused (`CHECKPOINT_OWNED`) while the first renews its lease; one that has ended is followed when its lease runs out, after
 *   `leaseMs` at most, or at once if it was a process of the same system.
 * - While Redis is unavailable a write is repeated, and done once, for `repeatForMs`; then the run fails with `CHECKPOINT_UNAVAILABLE` (retriable).
 * - As durable as the server: with `appendfsync always` its power loss takes nothing back, with `everysec` up to two seconds; a fail-over takes
 *   what was not yet replicated. A server that has lost writes under a running owner ends its run (`CHECKPOINT_UNAVAILABLE`); the next one goes on
 *   from what is there.
 * - `CHECKPOINT_FAILED`: Redis refused (a key of another type, no permission, no such database), somebody deleted the checkpoint, or ioredis is
 *   not installed. `CHECKPOINT_CORRUPT`, `CHECKPOINT_NEWER`: what is there cannot be read; nothing is changed. `INVALID_ARGUMENT`: an
 *   option is wrong.
 * - Reported in `progress$` and as warnings: the torn end of a write that a crash cut off (`CHECKPOINT_TORN`), a merge that failed and is
 *   tried again (`CHECKPOINT_UNMERGED`), what was set aside (`CHECKPOINT_SET_ASIDE`), a wait for a lease of more than two seconds
 *   (`CHECKPOINT_AWAITED`), settings of the server under which the checkpoint can be lost (`CHECKPOINT_AT_RISK`).
 * - Holds up to a MiB of a write, and all bytes of the checkpoint while it is loaded. Keeps the process alive from `load` to `close`.
 */
export function redisCheckpoint(options: RedisCheckpointOptions): DurableCheckpoint {
  knownOptions('redisCheckpoint', options, OPTIONS);
  return loggedCheckpoint(redisLog(placeOptions(options)), logOptions('redisCheckpoint', options));
}

function placeOptions(options: RedisCheckpointOptions): RedisLogOptions {
  const { redis, db, commandTimeoutMs = 5000, repeatForMs = 60_000, leaseMs = 10_000, takeOver = false } = options;
  if (typeof redis === 'string' ? redis === '' : typeof redis !== 'object' || redis === null) {
    refuse('redisCheckpoint(redis)', 'a Redis URL, ioredis options or an ioredis client', redis);
  }
  const key = textArgument('redisCheckpoint(key)', options.key);
  if (/[{}]/.test(key)) refuse('redisCheckpoint(key)', 'a text without { and }, which name the slot in a cluster', key);
  return {
    redis,
    key,
    db: db === undefined ? undefined : wholeNumber('redisCheckpoint(db)', db, 0),
    commandTimeoutMs: timerMilliseconds('redisCheckpoint(commandTimeoutMs)', commandTimeoutMs),
    repeatForMs: wholeNumber('redisCheckpoint(repeatForMs)', repeatForMs, 0, true),
    leaseMs: wholeMilliseconds('redisCheckpoint(leaseMs)', leaseMs, 1),
    takeOver: truth('redisCheckpoint(takeOver)', takeOver),
    scheduler: schedulerArgument('redisCheckpoint(scheduler)', options.scheduler ?? asyncScheduler),
  };
}
