import type { KeyColumns } from './KeyColumns.ts';
import type { KeyedState } from './KeyedState.ts';
import { KeyFault } from './KeyFault.ts';
import type { Identify } from './keyIdentity.ts';
import { ownKey } from './ownKey.ts';
import type { Pair } from './Pair.ts';
import { NOWHERE } from './PlaceIndex.ts';

/** The user's functions of a window with inverse. */
export interface SlidingFunctions<K, V> {
  readonly reduce: (left: V, right: V) => V;
  readonly inverse: (reduced: V, left: V) => V;
  readonly filter: ((pair: Pair<K, V>) => boolean) | undefined;
  readonly identify: Identify<K>;
}

/**
 * The reduced value of each key of a sliding window. The tag of a key counts the batches of the window that have it: exact, so
 * that a value that cancels out is no empty window.
 *
 * Remembers the places a batch went to, so that a key is looked up when its batch enters the window and not again when it
 * leaves: after many batches that look-up would be far from any cache.
 */
export class HeldKeys<K, V> {
  readonly #keys: KeyedState<K, V>;
  readonly #functions: SlidingFunctions<K, V>;
  /** By batch time. */
  readonly #entered: Map<number, Int32Array> = new Map();

  constructor(keys: KeyedState<K, V>, functions: SlidingFunctions<K, V>) {
    this.#keys = keys;
    this.#functions = functions;
  }

  /** The reduced pairs of a batch as they are kept: a key that is known already is kept once. */
  columns(cells: ReadonlyMap<unknown, readonly [K, V]>): KeyColumns<K, V> {
    const columns: { readonly keys: K[]; readonly values: V[] } = { keys: [], values: [] };
    for (const [key, value] of cells.values()) {
      const place = this.#keys.find(key);
      columns.keys.push(place === NOWHERE ? ownKey(key) : this.#keys.keyAt(place));
      columns.values.push(value);
    }
    return columns;
  }

  /** A batch that entered in an earlier run: it is in the values. */
  enteredBefore(time: number, { keys }: KeyColumns<K, V>): void {
    const places = Int32Array.from(keys, (key) => this.#keys.find(key));
    for (const place of places) this.#keys.setTagAt(place, this.#keys.tagAt(place) + 1);
    this.#entered.set(time, places);
  }

  /** Adds one batch to the window. */
  enter(time: number, { keys, values }: KeyColumns<K, V>): void {
    this.#entered.set(
      time,
      Int32Array.from(keys, (key, i) => this.#add(key, values[i] as V)),
    );
  }

  /** Adds the reduced pairs of a batch to the window; gives them as they are kept. */
  enterNew(time: number, cells: ReadonlyMap<unknown, readonly [K, V]>): KeyColumns<K, V> {
    const columns: { readonly keys: K[]; readonly values: V[] } = { keys: [], values: [] };
    const entered = new Int32Array(cells.size);
    for (const [key, value] of cells.values()) {
      const place = this.#add(key, value);
      entered[columns.keys.length] = place;
      columns.keys.push(this.#keys.keyAt(place));
      columns.values.push(value);
    }
    this.#entered.set(time, entered);
    return columns;
  }

  /** Takes one batch out of the window; its keys are there for as long as it is in. */
  leave(time: number, batch: KeyColumns<K, V>): void {
    const keys = this.#keys;
    const { inverse, filter } = this.#functions;
    const places = this.#entered.get(time) as Int32Array;
    this.#entered.delete(time);
    let i = 0;
    try {
      for (; i < places.length; i++) {
        const place = places[i] as number;
        const left = inverse(keys.valueAt(place), batch.values[i] as V);
        const batches = keys.tagAt(place) - 1;
        keys.setTagAt(place, batches);
        if (batches === 0 && filter !== undefined && !filter([keys.keyAt(place), left])) keys.deleteAt(place);
        else keys.replaceAt(place, left);
      }
    } catch (error) {
      throw new KeyFault(keys.keyAt(places[i] as number), error);
    }
  }

  /** A key none of whose batches are left begins anew, which also ends any drift. */
  #add(key: K, value: V): number {
    const keys = this.#keys;
    let place = keys.find(key);
    const batches = place === NOWHERE ? 0 : keys.tagAt(place);
    if (place === NOWHERE) place = keys.put(key, value);
    else keys.replaceAt(place, batches === 0 ? value : this.#reduced(key, keys.valueAt(place), value));
    keys.setTagAt(place, batches + 1);
    return place;
  }

  #reduced(key: K, left: V, right: V): V {
    try {
      return this.#functions.reduce(left, right);
    } catch (error) {
      throw new KeyFault(key, error);
    }
  }
}
