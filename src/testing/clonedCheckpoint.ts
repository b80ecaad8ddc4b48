import type { CheckpointStore, Settlement } from '../checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../checkpoint/memory/memoryCheckpoint.ts';

/** A durable store whose contents share no object with the operators: what another process would read. */
export function clonedCheckpoint(): CheckpointStore {
  const store = memoryCheckpoint({ durable: true });
  return {
    ...store,
    load: () => structuredClone(store.load()),
    plan: (batch) => store.plan(structuredClone(batch)),
    settle: (settlement) => store.settle(copyOf(settlement)),
  };
}

/** What is told by accessors is asked for here: a clone has no others. */
function copyOf(settlement: Settlement): Settlement {
  const states = settlement.states.map(({ state, version, replaces, deleted, changed, added }) => ({
    state,
    version,
    ...(replaces === undefined ? {} : { replaces }),
    deleted,
    changed,
    added,
  }));
  return structuredClone({ ...settlement, states });
}
