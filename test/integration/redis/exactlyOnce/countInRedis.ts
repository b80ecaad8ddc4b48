/** A pipeline that counts numbers by their last digit in Redis, exactly once. */
import {
  type Batch,
  batchInterval,
  type CheckpointStore,
  foreachBatchInTransaction,
  type SourceObservable,
  StreamingContext,
} from 'rx-dstream';
import type { RedisOffsets, RedisTransaction } from 'rx-dstream/redis';
import type { Observable } from 'rxjs';
import type { TransactionalOffsetStore } from '../../../../src/offsets/OffsetStore.ts';
import { sourceObservable } from '../../../../src/sources/sourceObservable.ts';

/** Records of one batch. */
export const STEP = 20;

/** Numbers from where the store is on, {@link STEP} in each batch; any process reads a cut again. */
function numbers(offsets: Pick<RedisOffsets, 'load' | 'name'>): SourceObservable<number> {
  return sourceObservable(() => {
    let next = 0;
    return {
      name: 'numbers',
      replayable: true,
      wakes: false,
      startsFrom: offsets,
      async open({ position }) {
        next = (position as number | undefined) ?? (await offsets.load({ topics: ['numbers'] }))[0]?.until ?? 0;
      },
      cut() {
        const from = next;
        next += STEP;
        const ranges = [{ topic: 'numbers', partition: 0, from, until: next }];
        return { cut: { data: from, position: next, offsets: ranges, records: STEP }, empty: false };
      },
      read: ({ data }) => Array.from({ length: STEP }, (_, i) => (data as number) + i),
      settled() {},
      close() {},
    };
  });
}

/** The hash of the counts of a group. */
export const countsKey = (group: string): string => `{${group}}:counts`;

/** The chain and its context. */
export function countInRedis(
  offsets: TransactionalOffsetStore<RedisTransaction> & Pick<RedisOffsets, 'load'>,
  group: string,
  checkpoint?: CheckpointStore,
): { readonly stream: StreamingContext; readonly chain: Observable<Batch<number>> } {
  const stream = new StreamingContext({ interval: 5, ...(checkpoint === undefined ? {} : { checkpoint }) });
  const chain = numbers(offsets).pipe(
    batchInterval(stream),
    foreachBatchInTransaction(offsets, (batch, redis) => {
      for (const n of batch.records) redis.hincrby(countsKey(group), n % 10, 1);
    }),
  );
  return { stream, chain };
}
