import { type Identify, ownIdentity } from './keyIdentity.ts';

/**
 * What changed in a keyed state since it was last asked. Applied in this order, deletes before puts, to a map that keeps the
 * order of insertion, it gives the entries in the order the state has them: a restart does not change the order of records.
 */
export interface StateChanges {
  /** Keys that are gone, or were gone before they came back. */
  readonly deletes: readonly unknown[];
  /** Keys with their new values. */
  readonly puts: readonly (readonly [unknown, unknown])[];
  /** @internal For a store in the same process, which need not keep the entries a second time. */
  readonly [SETTLED]?: SettledEntries;
}

/** @internal Where {@link StateChanges} carry their state as it has settled. */
export const SETTLED: unique symbol = Symbol('rx-dstream.settled');

/** @internal The entries of a state as they were when changes of it settled last, whatever an open batch does to it since. */
export interface SettledEntries extends Iterable<readonly [unknown, unknown]> {
  /** The changes this came with have settled. */
  settle(): void;
}

/** How a keyed state tells its keys apart, and whether it freezes values. */
export interface KeyedStateOptions<K> {
  readonly identify?: Identify<K>;
  /** Makes every value immutable on the way in: how the testing kit finds changes made in place. */
  readonly freeze?: boolean;
}

/** Where a keyed state holds the value of one key; good for as long as the key is there. */
export interface StateCell<K, V> {
  readonly key: K;
  /** Changed by {@link KeyedState.replace} alone. */
  readonly value: V;
}

/** A cell from the inside. */
interface Cell<K, V> extends StateCell<K, V> {
  value: V;
  /** The value that has settled, or {@link NOTHING}. */
  settled: V | typeof NOTHING;
  /** It is in the list of what changed. */
  changed: boolean;
  gone: boolean;
  /** Where it stands among the cells that there are and were. */
  readonly place: number;
}

const NOTHING: unique symbol = Symbol('nothing');

/**
 * A map that reports what changed. Values are replaced, never changed in place: setting the same reference is no change.
 * The open batch is forgotten by dropping the whole object; the next run gets a new one from the checkpoint.
 *
 * Each key has a cell, which also knows the value that has settled. Who keeps a cell can replace its value without looking
 * the key up again.
 */
export class KeyedState<K, V> {
  readonly #cells: Map<unknown, Cell<K, V>> = new Map();
  readonly #identify: Identify<K>;
  /** Cells that have changed or gone, each once; new ones in the order in which they came to the end of the map. */
  #touched: Cell<K, V>[] = [];
  /** Cells that have gone and whose going has not settled. */
  #gone: Cell<K, V>[] = [];
  #places = 0;
  readonly #freeze: boolean;

  constructor(entries: Iterable<readonly [K, V]> = [], options: KeyedStateOptions<K> = {}) {
    this.#identify = options.identify ?? ownIdentity;
    for (const [key, value] of entries) this.#add(key, value).settled = value;
    this.#freeze = options.freeze ?? false;
  }

  get size(): number {
    return this.#cells.size;
  }

  get(key: K): V | undefined {
    return this.#cells.get(this.#identify(key))?.value;
  }

  has(key: K): boolean {
    return this.#cells.has(this.#identify(key));
  }

  cell(key: K): StateCell<K, V> | undefined {
    return this.#cells.get(this.#identify(key));
  }

  set(key: K, value: V): StateCell<K, V> {
    const known = this.#cells.get(this.#identify(key));
    if (known !== undefined) return this.replace(known, value);
    if (this.#freeze) deepFreeze(value);
    const cell = this.#add(key, value);
    this.#touch(cell);
    return cell;
  }

  /** Gives the key of this cell, which must still be there, another value. */
  replace(held: StateCell<K, V>, value: V): StateCell<K, V> {
    const cell = held as Cell<K, V>;
    if (cell.value === value) return cell;
    if (this.#freeze) deepFreeze(value);
    cell.value = value;
    this.#touch(cell);
    return cell;
  }

  delete(key: K): void {
    const identity = this.#identify(key);
    const cell = this.#cells.get(identity);
    if (cell === undefined) return;
    this.#cells.delete(identity);
    cell.gone = true;
    if (cell.settled !== NOTHING) this.#gone.push(cell);
    this.#touch(cell);
  }

  /** The live cells, in insertion order. Deleting or setting while iterating is allowed, as with a `Map`. */
  cells(): IterableIterator<StateCell<K, V>> {
    return this.#cells.values();
  }

  /** The live entries, in insertion order, as {@link KeyedState.cells}. */
  *entries(): IterableIterator<[K, V]> {
    for (const { key, value } of this.#cells.values()) yield [key, value];
  }

  /** The changes since the last call; counts anew from here. To be read before anything else changes. */
  takeChanges(): StateChanges {
    const touched = this.#touched;
    this.#touched = [];
    for (const cell of touched) cell.changed = false;
    const changes: StateChanges = {
      get deletes() {
        return touched.filter(({ gone }) => gone).map(({ key }) => key);
      },
      get puts() {
        return touched.filter(({ gone }) => !gone).map(({ key, value }) => [key, value] as const);
      },
    };
    const settled: SettledEntries = {
      settle: () => this.#settle(touched),
      [Symbol.iterator]: () => this.#settledEntries(),
    };
    return Object.defineProperty(changes, SETTLED, { value: settled });
  }

  #add(key: K, value: V): Cell<K, V> {
    const cell: Cell<K, V> = { key, value, settled: NOTHING, changed: false, gone: false, place: this.#places++ };
    this.#cells.set(this.#identify(key), cell);
    return cell;
  }

  #touch(cell: Cell<K, V>): void {
    if (cell.changed) return;
    cell.changed = true;
    this.#touched.push(cell);
  }

  #settle(touched: readonly Cell<K, V>[]): void {
    for (const cell of touched) cell.settled = cell.gone ? NOTHING : cell.value;
    this.#gone = this.#gone.filter(({ settled }) => settled !== NOTHING);
  }

  /** What has gone since stands where it stood. */
  *#settledEntries(): IterableIterator<[K, V]> {
    const gone = this.#gone.toSorted((a, b) => a.place - b.place);
    let next = 0;
    for (const cell of this.#cells.values()) {
      for (; next < gone.length && (gone[next] as Cell<K, V>).place < cell.place; next++) {
        const { key, settled } = gone[next] as Cell<K, V>;
        yield [key, settled as V];
      }
      if (cell.settled !== NOTHING) yield [cell.key, cell.settled];
    }
    for (const { key, settled } of gone.slice(next)) yield [key, settled as V];
  }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const key of Reflect.ownKeys(value)) deepFreeze((value as Record<PropertyKey, unknown>)[key]);
}
