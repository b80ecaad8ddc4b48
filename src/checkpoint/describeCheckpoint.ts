import { promised } from '../core/Answer.ts';
import { refuse } from '../core/arguments.ts';
import type { CheckpointContents, InspectableCheckpoint, PlannedBatch, StoredState } from './CheckpointStore.ts';

/** What {@link describeCheckpoint} says of one state. */
export interface StateDescription {
  /** `<operator name>/<collection>`. */
  readonly name: string;
  readonly version: number;
  readonly keys: number;
  /** How much it takes where it is kept; `undefined` where the store does not know. */
  readonly bytes: number | undefined;
}

/** What is in a checkpoint: {@link describeCheckpoint}. */
export interface CheckpointDescription {
  /** The store's name. */
  readonly name: string;
  /** The last planned batch time; `undefined` before the first batch. */
  readonly time: number | undefined;
  /** Where each source goes on, by source name. */
  readonly positions: Readonly<Record<string, unknown>>;
  readonly states: readonly StateDescription[];
  /** Batches that were planned and have not settled: they run first. */
  readonly unsettled: readonly PlannedBatch[];
}

/**
 * What a checkpoint holds: its batch time, the positions of its sources, its states with their keys and bytes, the batches that have not
 * settled. The store is not owned for it: a run on it, here or elsewhere, goes on meanwhile. Keys and
 * values are gone through only where the store does not know how many there are.
 *
 * **Errors**: `INVALID_ARGUMENT` for a store without `inspect`; what the store says of what it cannot read.
 */
export async function describeCheckpoint(
  store: InspectableCheckpoint,
  savepoint?: string,
): Promise<CheckpointDescription> {
  if (typeof store?.inspect !== 'function') {
    refuse('describeCheckpoint', 'a checkpoint store that can be looked at', store, 'This one has no inspect.');
  }
  return promised(() => store.inspect((contents) => described(store.name, contents), savepoint));
}

function described(
  name: string,
  { lastTime, positions, states, unsettled }: CheckpointContents,
): CheckpointDescription {
  return {
    name,
    time: lastTime,
    positions: Object.fromEntries(positions),
    states: [...states].map(([state, stored]) => stateDescribed(state, stored)),
    unsettled,
  };
}

function stateDescribed(name: string, state: StoredState): StateDescription {
  const { version, bytes, keys = keysIn(state) } = state;
  return { name, version, keys, bytes };
}

function keysIn({ entries }: StoredState): number {
  let keys = 0;
  for (const { ids } of entries) keys += ids.length;
  return keys;
}
