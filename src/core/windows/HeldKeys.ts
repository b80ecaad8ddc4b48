import type { BatchBody } from '../batch/Batch.ts';
import type { Scope } from '../batch/Scope.ts';
import type { KeyColumns } from '../keys/KeyColumns.ts';
import { KeyFault } from '../keys/KeyFault.ts';
import type { Identify } from '../keys/keyIdentity.ts';
import { ownKey } from '../keys/ownKey.ts';
import type { Pair } from '../keys/Pair.ts';
import { operatorError } from '../operatorError.ts';
import { doubled } from '../state/doubled.ts';
import { eachPlaced } from '../state/eachPlaced.ts';
import type { KeyedState } from '../state/KeyedState.ts';
import { NOWHERE } from '../state/PlaceIndex.ts';
import type { WindowBatches } from './windowParts.ts';

/** Places that are brought near at once: few enough to stay there. */
const AT_ONCE = 256;

/** What makes a window with inverse: what it is called in a checkpoint, and the user's functions. */
export interface SlidingFunctions<K, V> {
  readonly part: WindowBatches;
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
  /** Of the batch that enters: the places of its records, then of its keys, and how many batches had each of them before. */
  #places: Int32Array = new Int32Array(64);
  #batches: Int32Array = new Int32Array(64);

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

  /** Adds a batch that came between two slides to the window. */
  enter(time: number, { keys, values }: KeyColumns<K, V>): void {
    this.#entered.set(
      time,
      Int32Array.from(keys, (key, i) => this.#add(key, values[i] as V)),
    );
  }

  /**
   * Reduces a batch by key and adds it to the window; gives its columns. Each record is looked up once: while the batch is
   * reduced the tag of a key says where in the columns it is.
   */
  enterNew(operator: string, scope: Scope, body: BatchBody<Pair<K, V>>): KeyColumns<K, V> {
    const keys = this.#keys;
    const values: V[] = [];
    let at = 0;
    let size = 0;
    try {
      eachPlaced(keys.finder, body, (key, value, place) => {
        if (at === this.#places.length) this.#makeRoom();
        this.#places[at] = place === NOWHERE ? keys.put(key, value) : place;
        values.push(value);
        at++;
      });
      const { reduce } = this.#functions;
      const places = this.#places;
      for (at = 0; at < values.length; at++) {
        this.#bringNear(places, at, values.length);
        const place = places[at] as number;
        const tag = keys.tagAt(place);
        if (tag < 0) {
          values[~tag] = reduce(values[~tag] as V, values[at] as V);
        } else {
          keys.setTagAt(place, ~size);
          places[size] = place;
          values[size] = values[at] as V;
          this.#batches[size++] = tag;
        }
      }
    } catch (error) {
      throw operatorError(operator, error, scope, at);
    }
    values.length = size;
    const places = this.#places.slice(0, size);
    const own: K[] = [];
    for (let n = 0; n < places.length; n++) {
      this.#bringNear(places, n, places.length);
      const place = places[n] as number;
      this.#enter(place, values[n] as V, this.#batches[n] as number);
      own.push(keys.keyAt(place));
    }
    this.#entered.set(scope.time, places);
    return { keys: own, values };
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
        this.#bringNear(places, i, places.length);
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

  #add(key: K, value: V): number {
    const keys = this.#keys;
    let place = keys.find(key);
    if (place === NOWHERE) place = keys.put(key, value);
    this.#enter(place, value, keys.tagAt(place));
    return place;
  }

  /** A key none of whose `batches` are left begins anew, which also ends any drift. */
  #enter(place: number, value: V, batches: number): void {
    const keys = this.#keys;
    try {
      keys.replaceAt(place, batches === 0 ? value : this.#functions.reduce(keys.valueAt(place), value));
    } catch (error) {
      throw new KeyFault(keys.keyAt(place), error);
    }
    keys.setTagAt(place, batches + 1);
  }

  #bringNear(places: Int32Array, at: number, end: number): void {
    if (at % AT_ONCE === 0) this.#keys.bringNear(places, at, Math.min(at + AT_ONCE, end));
  }

  #makeRoom(): void {
    this.#places = doubled(this.#places);
    this.#batches = doubled(this.#batches);
  }
}
