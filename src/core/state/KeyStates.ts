import type { Visit } from '../batch/Batch.ts';
import type { Pair } from '../keys/Pair.ts';
import type { PlaceFinder } from './PlaceFinder.ts';

/**
 * The states of all keys of one operator, with or without a time after which a key that was not touched is due. Each key that has
 * a state has a place, which is good for as long as it has one.
 */
export interface KeyStates<K, S> {
  /** Finds the place of a key, or `NOWHERE`. */
  readonly finder: PlaceFinder<K>;
  keyAt(place: number): K;
  stateAt(place: number): S;
  /** Sets the state of a key, which touches it; `at` is the position of its record in the batch. */
  set(key: K, place: number, state: S, time: number, at: number): void;
  /** A key that has a state was given a record. */
  touchAt(place: number, time: number, at: number): void;
  deleteAt(place: number): void;
  /** Hands on the keys that are due at this time, in the order in which they were touched; whoever gets one deletes it. */
  takeDue(time: number, take: (place: number) => void): void;
  /** All keys with their states, in the order in which they came, until `visit` answers false. */
  visit(visit: Visit<Pair<K, S>>): void;
}

/** Where it says whether the times are kept beside the states: a timeout may be given or taken away later. */
export const FORM = 'form';

/** `undefined` where the states are kept by themselves. */
export type StatesForm = 'touched';
