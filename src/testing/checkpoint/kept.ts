import { isDeepStrictEqual } from 'node:util';
import type {
  CheckpointContents,
  CheckpointReport,
  CheckpointStore,
  PlannedBatch,
  StoredState,
} from '../../checkpoint/CheckpointStore.ts';
import { promised } from '../../core/Answer.ts';

/** An entry of a state as it was loaded. */
export type KeptEntry = readonly [id: number, key: unknown, value: unknown];

/** One state as it was loaded. */
export interface KeptState {
  readonly version: number;
  readonly entries: readonly KeptEntry[];
}

/** What a store gave, as plain data. */
export interface Kept {
  readonly lastTime: number | undefined;
  readonly unsettled: readonly PlannedBatch[];
  readonly positions: Readonly<Record<string, unknown>>;
  readonly states: Readonly<Record<string, KeptState>>;
}

/** What a store that nothing was written to gives. */
export const NOTHING: Kept = { lastTime: undefined, unsettled: [], positions: {}, states: {} };

/** Loads a store and reads everything. */
export async function loaded(store: CheckpointStore, report?: (report: CheckpointReport) => void): Promise<Kept> {
  return kept(await promised(() => store.load(report)));
}

/** Everything in these contents. */
export function kept({ lastTime, unsettled, positions, states }: CheckpointContents): Kept {
  return {
    lastTime,
    unsettled: [...unsettled],
    positions: Object.fromEntries(positions),
    states: Object.fromEntries(
      [...states].map(([name, state]) => [name, { version: state.version, entries: entriesOf(state) }]),
    ),
  };
}

/** The entries of a state; columns that do not belong together are an error. */
export function entriesOf({ entries }: Pick<StoredState, 'entries'>): KeptEntry[] {
  const all: KeptEntry[] = [];
  for (const { ids, keys, values } of entries) {
    if (ids.length !== keys.length || ids.length !== values.length) {
      throw new Error(
        `expected columns of one length, got ${ids.length} ids, ${keys.length} keys, ${values.length} values`,
      );
    }
    for (const [at, id] of ids.entries()) {
      const before = all.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY;
      if (id <= before) throw new Error(`expected ids to rise, got ${id} after ${before}`);
      all.push([id, keys[at], values[at]]);
    }
  }
  return all;
}

/** Whether two values are the same to the last detail: `-0`, holes, the order of properties, of maps and of sets included. */
export function isSame(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(left, right) && isDeepStrictEqual(orderOf(left), orderOf(right));
}

/** The names and keys in a value, in the order they come. */
function orderOf(value: unknown, seen: Set<unknown> = new Set()): unknown {
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  seen.add(value);
  if (value instanceof Map || value instanceof Set) {
    const inside = value instanceof Map ? [...value].flat() : [...value];
    return inside.map((one) => [typeof one === 'object' ? undefined : one, orderOf(one, seen)]);
  }
  if (ArrayBuffer.isView(value)) return undefined;
  return Object.entries(value).map(([name, one]) => [name, orderOf(one, seen)]);
}
