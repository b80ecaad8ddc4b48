import type { NamedChanges, StoredState } from '../../src/checkpoint/CheckpointStore.ts';
import type { StateChanges, StateEntries } from '../../src/core/state/StateChanges.ts';

type Pair<K, V> = readonly [key: K, value: V];

/** Entries with ids 1, 2, 3 ... */
export function entriesOf(pairs: readonly Pair<unknown, unknown>[]): readonly StateEntries[] {
  return [
    {
      ids: pairs.map((_, n) => n + 1),
      keys: pairs.map(([key]) => key),
      values: pairs.map(([, value]) => value),
    },
  ];
}

/** The keys and values of entries, in their order. */
export function pairsOf<K = unknown, V = unknown>(entries: Iterable<StateEntries>): Pair<K, V>[] {
  return [...entries].flatMap(({ keys, values }) => keys.map((key, n) => [key, values[n]] as Pair<K, V>));
}

/** The keys and values of a state as a checkpoint has it; none if it has none. */
export function storedPairs<K = unknown, V = unknown>(state: StoredState | undefined): Pair<K, V>[] {
  return pairsOf(state?.entries ?? []);
}

/** How many entries have come or have another value. */
export function changeCount(changes: NamedChanges | undefined): number {
  return changes === undefined ? 0 : changes.changed.ids.length + changes.added.ids.length;
}

/** What a store that knows entries by their ids makes of a row of changes. */
export class ById {
  #entries = new Map<number, Pair<unknown, unknown>>();

  constructor(entries: Iterable<StateEntries> = []) {
    for (const group of entries) this.#add(group);
  }

  get pairs(): readonly Pair<unknown, unknown>[] {
    return [...this.#entries].sort(([a], [b]) => a - b).map(([, pair]) => pair);
  }

  apply({ deleted, changed, added }: StateChanges): void {
    const known = this.#entries;
    for (const id of deleted) if (!known.delete(id)) throw new Error(`deleted: ${id} is not there`);
    for (const [n, id] of changed.ids.entries()) {
      const pair = known.get(id);
      if (pair === undefined) throw new Error(`changed: ${id} is not there`);
      known.set(id, [pair[0], changed.values[n]]);
    }
    this.#add(added);
  }

  #add({ ids, keys, values }: StateEntries): void {
    for (const [n, id] of ids.entries()) {
      if ([...this.#entries.keys()].some((other) => other >= id))
        throw new Error(`added: ${id} is not above all others`);
      this.#entries.set(id, [keys[n], values[n]]);
    }
  }
}
