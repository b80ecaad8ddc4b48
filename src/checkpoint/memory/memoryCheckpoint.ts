import { SETTLED } from '../../core/KeyedState.ts';
import type {
  CheckpointContents,
  CheckpointStore,
  NamedChanges,
  PlannedBatch,
  Settlement,
} from '../CheckpointStore.ts';

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
  const states = new Map<string, Iterable<readonly [unknown, unknown]>>();

  function apply(changes: NamedChanges): void {
    const { state, [SETTLED]: settled } = changes;
    settled?.settle();
    states.set(state, settled ?? changed(states.get(state), changes));
  }

  return {
    name: 'memory',
    durable: options.durable ?? false,
    load: (): CheckpointContents => ({ lastTime, unsettled, positions: new Map(positions), states: new Map(states) }),
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
function changed(
  kept: Iterable<readonly [unknown, unknown]> | undefined,
  { puts, deletes }: NamedChanges,
): Iterable<readonly [unknown, unknown]> {
  const entries = kept instanceof Map ? kept : new Map(kept ?? []);
  for (const key of deletes) entries.delete(key);
  for (const [key, value] of puts) entries.set(key, value);
  return entries;
}

/** The planned batches of later times, without the cuts of sources that were left. */
function unsettledAfter(planned: readonly PlannedBatch[], { time, left = [] }: Settlement): readonly PlannedBatch[] {
  const later = planned.filter((batch) => batch.time > time);
  if (left.length === 0) return later;
  return later
    .map((batch) => ({ ...batch, cuts: batch.cuts.filter(({ source }) => !left.includes(source)) }))
    .filter(({ cuts }) => cuts.length > 0);
}
