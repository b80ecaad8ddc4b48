import { contentIdentity } from '../../core/keys/contentIdentity.ts';
import { SETTLED } from '../../core/state/KeyedState.ts';
import type {
  CheckpointContents,
  CheckpointStore,
  NamedChanges,
  PlannedBatch,
  Settlement,
} from '../CheckpointStore.ts';

type Entry = readonly [unknown, unknown];

/** The entries of a state where they settled, or copies of them by the contents of their keys. */
type KeptState = Iterable<Entry> | Map<unknown, Entry>;

/** Options of {@link memoryCheckpoint}. */
export interface MemoryCheckpointOptions {
  /**
   * Says that the store outlives its context, as in a simulation of crashes: stateful operators then need names.
   * Default `false`.
   */
  readonly durable?: boolean;
}

/**
 * The checkpoint every context has by default: in memory, synchronous. It makes `retry` a recovery: a failed run's successor
 * goes on with the settled state and runs the unsettled batches again. It does not survive the process.
 *
 * Memory: what has settled is kept in the operator's own cells, so a state key costs no second entry.
 */
export function memoryCheckpoint(options: MemoryCheckpointOptions = {}): CheckpointStore {
  let lastTime: number | undefined;
  let unsettled: readonly PlannedBatch[] = [];
  const positions = new Map<string, unknown>();
  const states = new Map<string, KeptState>();

  function apply(changes: NamedChanges): void {
    const { state, [SETTLED]: settled } = changes;
    settled?.settle();
    states.set(state, settled ?? changed(states.get(state), changes));
  }

  return {
    name: 'memory',
    durable: options.durable ?? false,
    load: (): CheckpointContents => ({ lastTime, unsettled, positions: new Map(positions), states: entriesOf(states) }),
    plan(batch) {
      lastTime = batch.time;
      unsettled = [...unsettled, batch];
    },
    settle(settlement: Settlement) {
      unsettled = unsettledAfter(unsettled, settlement);
      for (const [source, position] of settlement.positions) positions.set(source, position);
      for (const changes of settlement.states) apply(changes);
    },
    close() {},
  };
}

/** What was kept with these changes: where they come without the state itself, as copies for another process do. */
function changed(kept: KeptState | undefined, { puts, deletes }: NamedChanges): KeptState {
  const entries =
    kept instanceof Map ? kept : new Map([...(kept ?? [])].map((entry) => [contentIdentity(entry[0]), entry]));
  for (const key of deletes) entries.delete(contentIdentity(key));
  for (const entry of puts) entries.set(contentIdentity(entry[0]), entry);
  return entries;
}

function entriesOf(states: ReadonlyMap<string, KeptState>): CheckpointContents['states'] {
  return new Map([...states].map(([name, kept]) => [name, kept instanceof Map ? [...kept.values()] : kept]));
}

/** The planned batches of later times, without the cuts of sources that were left. */
function unsettledAfter(planned: readonly PlannedBatch[], { time, left = [] }: Settlement): readonly PlannedBatch[] {
  const later = planned.filter((batch) => batch.time > time);
  if (left.length === 0) return later;
  return later
    .map((batch) => ({ ...batch, cuts: batch.cuts.filter(({ source }) => !left.includes(source)) }))
    .filter(({ cuts }) => cuts.length > 0);
}
