import type { CheckpointContents, InspectableCheckpoint, Settlement } from '../checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../checkpoint/memory/memoryCheckpoint.ts';
import { isStreamError, StreamError } from '../core/errors.ts';
import { reasonOf } from '../core/reasonOf.ts';

/** A durable store whose contents share no object with the operators: what another process would read. */
export function clonedCheckpoint(): InspectableCheckpoint {
  const store = memoryCheckpoint({ durable: true });
  const contents = (): CheckpointContents => structuredClone(store.load() as CheckpointContents);
  let failure: unknown;
  const written = (write: () => void): void => {
    if (failure !== undefined) throw failure;
    try {
      write();
    } catch (cause) {
      failure = isStreamError(cause) ? cause : unstorable(cause);
      throw failure;
    }
  };
  return {
    ...store,
    load() {
      failure = undefined;
      return contents();
    },
    plan: (batch) => written(() => void store.plan(structuredClone(batch))),
    settle: (settlement) => written(() => void store.settle(copyOf(settlement))),
    inspect: (use, savepoint) => (savepoint === undefined ? use(contents()) : store.inspect(use, savepoint)),
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

function unstorable(cause: unknown): StreamError {
  return new StreamError(
    'STATE_UNREADABLE',
    `clonedCheckpoint: expected plain data that can be cloned, got what cannot: ${reasonOf(cause)}`,
    { cause },
  );
}
