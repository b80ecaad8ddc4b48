import type { CheckpointStore } from '../checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../checkpoint/memory/memoryCheckpoint.ts';

/** A durable store whose contents share no object with the operators: what another process would read. */
export function clonedCheckpoint(): CheckpointStore {
  const store = memoryCheckpoint({ durable: true });
  return {
    ...store,
    load: () => structuredClone(store.load()),
    plan: (batch) => store.plan(structuredClone(batch)),
    settle: (settlement) => store.settle(structuredClone(settlement)),
  };
}
