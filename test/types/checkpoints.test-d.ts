/** What the types of checkpoint stores say. Checked by `npm run types`. */
import { expectTypeOf } from 'vitest';
import { fileCheckpoint } from '../../src/file.ts';
import {
  type CheckpointContents,
  type CheckpointStore,
  type DurableCheckpoint,
  describeCheckpoint,
  memoryCheckpoint,
  type Savepoint,
  savepointOf,
} from '../../src/index.ts';
import { redisCheckpoint } from '../../src/redis.ts';

export async function durableCheckpointsKeepSavepointsAndCanBeLookedAt(): Promise<void> {
  const redis = { redis: 'redis://127.0.0.1:6379', key: 'wordcount' };
  const stores = [fileCheckpoint('./wordcount'), redisCheckpoint(redis)] as const;
  expectTypeOf(stores).toEqualTypeOf<readonly [DurableCheckpoint, DurableCheckpoint]>();
  const [store] = stores;
  expectTypeOf(store).toExtend<CheckpointStore>();
  expectTypeOf(store.savepoint('before')).toEqualTypeOf<Promise<void>>();
  expectTypeOf(await store.inspect(({ lastTime }) => lastTime)).toEqualTypeOf<number | undefined>();
  expectTypeOf(store.load()).toEqualTypeOf<Promise<CheckpointContents>>();
  expectTypeOf(savepointOf(store, 'before')).toEqualTypeOf<Savepoint>();
  await describeCheckpoint(memoryCheckpoint());
}

export function aStoreThatCannotBeLookedAtIsNotDescribed(store: CheckpointStore): unknown {
  // @ts-expect-error it may have no inspect
  const described = describeCheckpoint(store);
  // @ts-expect-error the same
  return [described, savepointOf(store)];
}
