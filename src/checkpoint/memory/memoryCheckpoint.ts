import { refuse, truth } from '../../core/arguments.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import { SETTLED, type SettledEntries, type StateEntries } from '../../core/state/StateChanges.ts';
import type {
  CheckpointContents,
  InspectableCheckpoint,
  NamedChanges,
  PlannedBatch,
  Settlement,
  StoredState,
} from '../CheckpointStore.ts';

/** The entries of a state: where they settled, or, where they come without the state itself, by their ids. */
interface KeptState {
  readonly version: number;
  readonly entries: SettledEntries | Map<number, readonly [key: unknown, value: unknown]>;
}

/** Options of {@link memoryCheckpoint}. */
export interface MemoryCheckpointOptions {
  /**
   * Says that the store outlives its context, as in a simulation of crashes: stateful operators then need names.
   * Default `false`.
   */
  readonly durable?: boolean;
}

const OPTIONS: KnownOptions<MemoryCheckpointOptions> = { durable: true };

/**
 * The checkpoint every context has by default: in memory, synchronous. It makes `retry` a recovery: a failed run's successor
 * goes on with the settled state and runs the unsettled batches again. It does not survive the process.
 *
 * Memory: what has settled is kept in the operator's own cells, so a state key costs no second entry.
 */
export function memoryCheckpoint(options: MemoryCheckpointOptions = {}): InspectableCheckpoint {
  knownOptions('memoryCheckpoint', options, OPTIONS);
  const durable = truth('memoryCheckpoint({ durable })', options.durable ?? false);
  let lastTime: number | undefined;
  let unsettled: readonly PlannedBatch[] = [];
  const positions = new Map<string, unknown>();
  const states = new Map<string, KeptState>();

  function apply(changes: NamedChanges): void {
    const { state, version, [SETTLED]: settled } = changes;
    const before = states.get(state);
    settled?.settle();
    states.set(state, { version, entries: settled ?? changed(before, changes) });
    giveUp(before);
  }

  function contents(): CheckpointContents {
    const stored = [...states].map(([name, kept]) => [name, storedState(kept)] as const);
    return { lastTime, unsettled, positions: new Map(positions), states: new Map(stored) };
  }

  return {
    name: 'memory',
    durable,
    load: contents,
    plan(batch) {
      lastTime = batch.time;
      unsettled = [...unsettled, batch];
    },
    settle(settlement: Settlement) {
      unsettled = unsettledAfter(unsettled, settlement);
      for (const [source, position] of settlement.positions) positions.set(source, position);
      for (const changes of settlement.states) apply(changes);
      for (const state of settlement.dropped ?? []) {
        giveUp(states.get(state));
        states.delete(state);
      }
    },
    close() {},
    inspect: (use, savepoint) => {
      if (savepoint !== undefined) {
        refuse(
          'inspect',
          'no savepoint',
          savepoint,
          'A checkpoint in memory keeps none; use one in a folder or in Redis.',
        );
      }
      return use(contents());
    },
  };
}

/** What was kept with these changes: where they come without the state itself, as copies for another process do. */
function changed(kept: KeptState | undefined, changes: NamedChanges): KeptState['entries'] {
  const { replaces, deleted, changed, added } = changes;
  const entries = replaces || kept === undefined ? new Map() : byId(kept.entries);
  for (const id of deleted) entries.delete(id);
  for (const [n, id] of changed.ids.entries()) {
    entries.set(id, [(entries.get(id) as readonly [unknown, unknown])[0], changed.values[n]]);
  }
  for (const [n, id] of added.ids.entries()) entries.set(id, [added.keys[n], added.values[n]]);
  return entries;
}

/** What was kept is another's now, or nobody's: a state of an earlier run can go. */
function giveUp(kept: KeptState | undefined): void {
  if (kept !== undefined && !(kept.entries instanceof Map)) kept.entries.giveUp();
}

function byId(entries: KeptState['entries']): Map<number, readonly [unknown, unknown]> {
  if (entries instanceof Map) return entries;
  return new Map(
    [...entries].flatMap(({ ids, keys, values }) => ids.map((id, n) => [id, [keys[n], values[n]]] as const)),
  );
}

function storedState({ version, entries }: KeptState): StoredState {
  return { version, bytes: undefined, entries: entries instanceof Map ? [columnsOf(entries)] : entries };
}

function columnsOf(entries: ReadonlyMap<number, readonly [unknown, unknown]>): StateEntries {
  const pairs = [...entries.values()];
  return { ids: [...entries.keys()], keys: pairs.map(([key]) => key), values: pairs.map(([, value]) => value) };
}

/** The planned batches of later times, without the cuts of sources that were left. */
function unsettledAfter(planned: readonly PlannedBatch[], { time, left = [] }: Settlement): readonly PlannedBatch[] {
  const later = planned.filter((batch) => batch.time > time);
  if (left.length === 0) return later;
  return later
    .map((batch) => ({ ...batch, cuts: batch.cuts.filter(({ source }) => !left.includes(source)) }))
    .filter(({ cuts }) => cuts.length > 0);
}
