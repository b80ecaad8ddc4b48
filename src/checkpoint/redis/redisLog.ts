import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { StreamError } from '../../core/errors.ts';
import type { RedisTarget } from '../../drivers/redis/RedisTarget.ts';
import { redisSession } from '../../drivers/redis/redisSession.ts';
import type { CheckpointReport } from '../CheckpointStore.ts';
import type { LogStorage } from '../log/LogStorage.ts';
import { PendingAppends } from './PendingAppends.ts';
import { RedisCalls } from './RedisCalls.ts';
import { type IndexedWrite, RedisLogIndex } from './RedisLogIndex.ts';
import { RedisLogReader } from './RedisLogReader.ts';
import { RedisOwner } from './RedisOwner.ts';
import { redisLogError } from './redisLogError.ts';
import { redisLogKeys } from './redisLogKeys.ts';
import { warnOfLosses } from './warnOfLosses.ts';

/** Where and how {@link redisLog} keeps its bytes; all of it is checked already. */
export interface RedisLogOptions {
  readonly redis: RedisTarget;
  readonly key: string;
  readonly db: number | undefined;
  readonly commandTimeoutMs: number;
  readonly repeatForMs: number;
  readonly leaseMs: number;
  readonly takeOver: boolean;
  readonly scheduler?: SchedulerLike | undefined;
}

/** The bytes of a logged checkpoint in Redis; docs/checkpoints/redis.md describes the keys. */
export function redisLog(options: RedisLogOptions): LogStorage {
  const { redis: target, key, db, commandTimeoutMs, scheduler = asyncScheduler } = options;
  const session = redisSession({ target, db, commandTimeoutMs, scheduler });
  const name = `key ${key} in ${session.place}`;
  const here = `redisCheckpoint: ${name}`;
  const keys = redisLogKeys(key);
  const calls = new RedisCalls({ session, db, repeatForMs: options.repeatForMs, scheduler });
  const reader = new RedisLogReader(here, keys, calls);
  const { leaseMs, takeOver } = options;
  const owner = new RedisOwner({ name: here, keys, calls, session, leaseMs, takeOver, scheduler });
  let index: RedisLogIndex | undefined;
  let pending = new PendingAppends();
  let isWarned = false;

  async function own(report?: (report: CheckpointReport) => void): Promise<void> {
    index = undefined;
    pending = new PendingAppends();
    await owner.own(report);
    try {
      index = new RedisLogIndex(keys, owner.epoch, await reader.index());
      const sweep = index.sweep();
      if (sweep.steps.length > 0) await write(sweep);
      if (report === undefined || isWarned) return;
      await warnOfLosses(here, session, report);
      isWarned = true;
    } catch (error) {
      await owner.release();
      throw error;
    }
  }

  /** The index, when all that was appended is in Redis. */
  async function flushed(): Promise<RedisLogIndex> {
    const all = owned();
    for (const [segment, bytes] of pending.take()) for (const piece of all.append(segment, bytes)) await write(piece);
    return all;
  }

  function owned(): RedisLogIndex {
    if (index !== undefined) return index;
    throw new StreamError('CHECKPOINT_FAILED', `${here}: it is written to without being owned.`);
  }

  function missing(segment: string, savepoint: string): never {
    const message = `${here}: expected the segment ${segment} for the savepoint ${savepoint}, but it is not there.`;
    throw new StreamError('CHECKPOINT_FAILED', message);
  }

  async function write({ steps, note }: IndexedWrite): Promise<void> {
    await owner.write(steps);
    note();
  }

  async function told<T>(act: string, task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw redisLogError(here, act, error);
    }
  }

  return {
    name,
    own: (report) => told('own', () => own(report)),
    release() {
      index = undefined;
      return owner.release();
    },
    head: (savepoint) => told('read', () => reader.head(savepoint)),
    segments: (savepoint) =>
      told('read', async () => {
        if (index !== undefined) await flushed();
        return reader.segments(savepoint);
      }),
    open: (segment, savepoint) =>
      told('read', async () => {
        if (index !== undefined) await flushed();
        return reader.open(segment, savepoint);
      }),
    append: (segment, bytes, isLasting) =>
      told('append', async () => {
        owned();
        if (pending.add(segment, bytes) || isLasting) await flushed();
      }),
    publish: (head) =>
      told('publish', async () => {
        await flushed();
        await owner.write([['SET', keys.head, head]]);
      }),
    remove: (segments) => told('remove', async () => write((await flushed()).remove(segments))),
    copy: (savepoint, head, segments) =>
      told('savepoint', async () => {
        const all = await flushed();
        const ids = segments.map((segment) => [segment, all.idOf(segment) ?? missing(segment, savepoint)] as const);
        await write(all.savepoint(savepoint, head, new Map(ids)));
      }),
    setAside: () =>
      told('set aside', async () => {
        const all = await flushed();
        const aside = `set-aside-${all.newId()}`;
        await write(all.setAside(aside, await reader.head(undefined)));
        return `savepoint ${aside} of ${name}`;
      }),
  };
}
