import { partitionKey } from '../../../src/core/OffsetRange.ts';
import type { TransactionalOffsetStore, TransactionBatch } from '../../../src/offsets/OffsetStore.ts';
import { foreachBatchInTransaction } from '../../../src/outputs/foreachBatchInTransaction.ts';
import { storeIn } from './parts.ts';
import { lawful, type Parts } from './pipeline.ts';
import type { Effect, World } from './World.ts';

type Store = TransactionalOffsetStore<Effect[]>;

/** How a store knows a batch that it has committed. */
export type Recognise = (batch: TransactionBatch, lastTime: number | undefined) => boolean;

const byItsTime: Recognise = ({ time, repeated }, lastTime) => repeated && time === lastTime;

/** The parts of a pipeline whose outputs write in the transaction that commits their offsets. */
export function transactional(recognise: Recognise = byItsTime): Parts {
  const stores = new WeakMap<World, Store>();
  const storeOf = (world: World): Store => {
    const store = stores.get(world) ?? transactionsIn(world, recognise);
    stores.set(world, store);
    return store;
  };
  return {
    ...lawful,
    store: storeOf,
    save: (world, chain) =>
      foreachBatchInTransaction(storeOf(world), (batch, staged) =>
        world.later(`save ${chain}`, () => {
          const { settledTime } = world.outside;
          staged.push({ chain, time: batch.time, records: [...batch.records], settledBefore: settledTime });
        }),
      ),
  };
}

/** The offset store of the outside, with results and the time of the last batch beside the offsets. */
function transactionsIn(world: World, recognise: Recognise): Store {
  const { outside } = world;
  return {
    ...storeIn(world),
    own: () => world.call('own', () => undefined),
    begin: (batch) =>
      world.call('begin', () => {
        const staged: Effect[] = [];
        const committed = recognise(batch, outside.transactionTime);
        return {
          committed,
          handle: staged,
          commit: (offsets) =>
            world.call('commit transaction', () => {
              const again = offsets.filter(
                (offset) => (outside.committed.get(partitionKey(offset)) ?? 0) > (offset.from ?? 0),
              );
              if (!committed && again.length > 0) throw new Error('records that were committed before');
              outside.effects.push(...staged);
              outside.commits.push({ offsets, effects: outside.effects.length });
              for (const offset of offsets) outside.committed.set(partitionKey(offset), offset.until);
              outside.transactionTime = batch.time;
              return { foreign: [] };
            }),
          rollback: () => world.call('rollback', () => undefined),
        };
      }),
  };
}
