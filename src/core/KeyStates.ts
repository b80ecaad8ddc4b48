import type { StateCell } from './KeyedState.ts';

/** The states of all keys of one operator, with or without a time after which a key that was not touched is due. */
export interface KeyStates<K, S> {
  cell(key: K): StateCell<K, unknown> | undefined;
  stateIn(cell: StateCell<K, unknown>): S;
  /** Sets the state of a key, which touches it; `at` is the position of its record in the batch. */
  set(key: K, cell: StateCell<K, unknown> | undefined, state: S, time: number, at: number): void;
  /** A key that has a state was given a record. */
  touch(cell: StateCell<K, unknown>, time: number, at: number): void;
  delete(cell: StateCell<K, unknown>): void;
  /** Hands on the keys that are due at this time, in the order in which they were touched; whoever gets one deletes it. */
  takeDue(time: number, take: (cell: StateCell<K, unknown>) => void): void;
  /** All keys, in the order in which they came. */
  cells(): Iterable<StateCell<K, unknown>>;
}

/** Where it says whether the times are kept beside the states: a timeout may be given or taken away later. */
export const FORM = 'form';

/** `undefined` where the states are kept by themselves. */
export type StatesForm = 'touched';
