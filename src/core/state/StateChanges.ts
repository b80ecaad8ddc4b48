/**
 * Entries of a keyed state, in columns: the n-th of each belong together. An id is given to a key when it comes and is its own until it
 * goes; a key that comes back gets a new one. Ids rise in the order of insertion.
 */
export interface StateEntries {
  readonly ids: readonly number[];
  readonly keys: readonly unknown[];
  readonly values: readonly unknown[];
}

/** What changed in a keyed state between two settlements; applied in the order given here. */
export interface StateChanges {
  /** The ids of entries that are gone. */
  readonly deleted: readonly number[];
  /** Entries that were there and have another value. */
  readonly changed: Omit<StateEntries, 'keys'>;
  /** Entries that have come. */
  readonly added: StateEntries;
  /** @internal For a store in the same process, which need not keep the entries a second time. */
  readonly [SETTLED]?: SettledEntries;
}

/** @internal Where {@link StateChanges} carry their state as it has settled. */
export const SETTLED: unique symbol = Symbol('rx-dstream.settled');

/**
 * @internal The entries of a state as they were when changes of it settled last, whatever an open batch does to it since. Good
 * for a store that settles all changes; for others they are not kept.
 */
export interface SettledEntries extends Iterable<StateEntries> {
  /** The changes this came with have settled. */
  settle(): void;
  /** They will be asked for no more, unless later changes of the same state have settled since. */
  giveUp(): void;
}
