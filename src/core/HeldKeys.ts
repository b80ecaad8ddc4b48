import type { KeyColumns } from './KeyColumns.ts';
import type { KeyedState, StateCell } from './KeyedState.ts';
import type { Identify } from './keyIdentity.ts';
import type { Pair } from './Pair.ts';

/** What a window holds of one key: replaced, never changed. */
export interface Held<V> {
  /** The values of all batches in the window, reduced. */
  readonly value: V;
  /** How many batches of the window have the key: exact, so that a value that cancels out is no empty window. */
  readonly batches: number;
}

/** The user's functions of a window with inverse. */
export interface SlidingFunctions<K, V> {
  readonly reduce: (left: V, right: V) => V;
  readonly inverse: (reduced: V, left: V) => V;
  readonly filter: ((pair: Pair<K, V>) => boolean) | undefined;
  readonly identify: Identify<K>;
}

/**
 * The reduced value of each key of a sliding window. Remembers the cells a batch went into, so that a key is looked up when
 * its batch enters the window and not again when it leaves: after many batches that look-up would be far from any cache.
 */
export class HeldKeys<K, V> {
  readonly #keys: KeyedState<K, Held<V>>;
  readonly #functions: SlidingFunctions<K, V>;
  /** By batch time; not there for batches that entered in an earlier run. */
  readonly #entered: Map<number, readonly StateCell<K, Held<V>>[]> = new Map();

  constructor(keys: KeyedState<K, Held<V>>, functions: SlidingFunctions<K, V>) {
    this.#keys = keys;
    this.#functions = functions;
  }

  cells(): IterableIterator<StateCell<K, Held<V>>> {
    return this.#keys.cells();
  }

  /** Adds one batch to the window. A key none of whose batches are left begins anew, which also ends any drift. */
  enter(time: number, batch: KeyColumns<K, V>): void {
    const { reduce } = this.#functions;
    const entered: StateCell<K, Held<V>>[] = [];
    for (let i = 0; i < batch.keys.length; i++) {
      const key = batch.keys[i] as K;
      const value = batch.values[i] as V;
      const cell = this.#keys.cell(key);
      const held = cell?.value;
      const begins = held === undefined || held.batches === 0;
      const after = begins ? { value, batches: 1 } : { value: reduce(held.value, value), batches: held.batches + 1 };
      entered.push(cell === undefined ? this.#keys.set(key, after) : this.#keys.replace(cell, after));
    }
    this.#entered.set(time, entered);
  }

  /** Takes one batch out of the window; its keys are there for as long as it is in. */
  leave(time: number, batch: KeyColumns<K, V>): void {
    const { inverse, filter } = this.#functions;
    const entered = this.#entered.get(time) ?? batch.keys.map((key) => this.#keys.cell(key));
    this.#entered.delete(time);
    for (let i = 0; i < entered.length; i++) {
      const cell = entered[i];
      if (cell === undefined) continue;
      const held = cell.value;
      const left: Held<V> = { value: inverse(held.value, batch.values[i] as V), batches: held.batches - 1 };
      if (left.batches === 0 && filter !== undefined && !filter([cell.key, left.value])) this.#keys.delete(cell.key);
      else this.#keys.replace(cell, left);
    }
  }
}
