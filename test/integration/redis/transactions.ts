import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { OffsetCommit } from '../../../src/offsets/OffsetStore.ts';
import { type RedisOffsets, type RedisOffsetsOptions, redisOffsets } from '../../../src/offsets/redis/redisOffsets.ts';
import type { RedisTransaction } from '../../../src/offsets/redis/transaction/RedisTransaction.ts';
import { freshName, redisUrl } from '../services.ts';

export const lines = (from: number, until: number): OffsetCommit[] => [
  { topic: 'lines', partition: 0, from, until, expected: from === 0 ? undefined : from },
];

/** What tests of transactions need; for the body of a `describe`. */
export interface Transactions {
  /** A connection beside those of the stores, and the group that was opened last. */
  readonly at: { redis: Redis; group: string };
  open(options?: Partial<RedisOffsetsOptions>): RedisOffsets;
  /** One batch from 0 to 5 whose output adds commands. */
  commit(store: RedisOffsets, write: (transaction: RedisTransaction) => unknown): Promise<void>;
  /** A key of the group that was opened last. */
  key(name: string): string;
}

export function transactions(): Transactions {
  const opened: RedisOffsets[] = [];
  const at = { group: '' } as { redis: Redis; group: string };

  beforeAll(() => {
    at.redis = new Redis(redisUrl());
  });

  afterEach(() => {
    for (const store of opened.splice(0)) store.close();
  });

  afterAll(() => at.redis?.disconnect());

  return {
    at,
    open(options = {}) {
      at.group = options.group ?? freshName('group');
      const store = redisOffsets({ redis: redisUrl(), ...options, group: at.group });
      opened.push(store);
      return store;
    },
    async commit(store, write) {
      const transaction = await store.begin({ time: 1000, repeated: false });
      write(transaction.handle);
      await transaction.commit(lines(0, 5));
    },
    key: (name) => `${at.group}:${name}`,
  };
}

export function failureOf(act: Promise<unknown>): Promise<Error> {
  return act.then(
    () => new Error('no failure'),
    (error: Error) => error,
  );
}

/** How many scripts the server has run, by name or by text; those that it did not have are not counted. */
export async function scriptCalls(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  const of = (command: string, figure: string): number =>
    Number(new RegExp(`^cmdstat_${command}:.*\\b${figure}=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
  return of('eval', 'calls') + of('evalsha', 'calls') - of('evalsha', 'failed_calls');
}
