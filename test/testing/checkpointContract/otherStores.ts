import type {
  CheckpointContents,
  CheckpointStore,
  NamedChanges,
  PlannedBatch,
  Settlement,
  StoredState,
} from '../../../src/checkpoint/CheckpointStore.ts';
import type { OwnedPlace, OwnedStore } from '../../support/OwnedPlace.ts';

/** How a process makes its store of a place. */
export type MakeStore = (place: OwnedPlace) => CheckpointStore;

/** Makes something else of what goes through a store. */
export type Change<T> = (value: T, place: OwnedPlace) => T;

export const settling = (change: Change<Settlement>): MakeStore =>
  otherwise((store, place) => {
    const settle = store.settle.bind(store);
    return { settle: (settlement) => settle(change(settlement, place)) };
  });

export const loading = (change: Change<CheckpointContents>): MakeStore =>
  otherwise((store, place) => {
    const load = store.load.bind(store);
    return { load: async () => change(await load(), place) };
  });

export const changing = (change: (changes: NamedChanges) => NamedChanges): MakeStore =>
  settling((settlement) => ({ ...settlement, states: settlement.states.map(change) }));

export const loadingStates = (
  change: (state: StoredState, name: string, place: OwnedPlace) => StoredState,
): MakeStore =>
  loading((contents, place) => ({
    ...contents,
    states: new Map([...contents.states].map(([name, state]) => [name, change(state, name, place)])),
  }));

export const planning = (
  plan: (batch: PlannedBatch, go: OwnedStore['plan'], store: OwnedStore) => Promise<void>,
): MakeStore =>
  otherwise((store) => {
    const go = store.plan.bind(store);
    return { plan: (batch) => plan(batch, go, store) };
  });

export function otherwise(change: (store: OwnedStore, place: OwnedPlace) => Partial<CheckpointStore>): MakeStore {
  return (place) => {
    const store = place.open();
    return Object.assign(store, change(store, place));
  };
}

export function inspecting(change: Change<CheckpointContents>): MakeStore {
  return otherwise((_, place) => ({ inspect: (use) => use(change(place.contents(), place)) }));
}

export function inColumns(
  changes: NamedChanges,
  column: 'keys' | 'values',
  change: (value: unknown) => unknown,
): NamedChanges {
  const { added, changed } = changes;
  return {
    ...changes,
    added: { ...added, [column]: added[column].map(change) },
    changed: column === 'values' ? { ...changed, values: changed.values.map(change) } : changed,
  };
}

export function asJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value, (_, inner) => plain(inner)) ?? 'null');
  } catch {
    return null;
  }
}

export function plain(value: unknown): unknown {
  return ['function', 'symbol', 'bigint'].includes(typeof value) || value instanceof WeakMap ? undefined : value;
}
