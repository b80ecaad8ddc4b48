/**
 * What changed in a keyed state since it was last asked. Applied in this order, deletes before puts, to a map that keeps the
 * order of insertion, it gives the entries in the order the state has them: a restart does not change the order of records.
 */
export interface StateChanges {
  /** Keys that are gone, or were gone before they came back. */
  readonly deletes: readonly unknown[];
  /** Keys with their new values. */
  readonly puts: readonly (readonly [unknown, unknown])[];
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
  /** It is in the list of what changed. */
  changed: boolean;
  gone: boolean;
}

/**
 * A map that reports what changed. Values are replaced, never changed in place: setting the same reference is no change.
 * The open batch is forgotten by dropping the whole object; the next run gets a new one from the checkpoint.
 *
 * Each key has a cell. Who keeps a cell can replace its value without looking the key up again.
 */
export class KeyedState<K, V> {
  readonly #cells: Map<K, Cell<K, V>> = new Map();
  /** Cells that have changed or gone, each once; new ones in the order in which they came to the end of the map. */
  #touched: Cell<K, V>[] = [];
  readonly #freeze: boolean;

  /** `freeze` makes every value immutable on the way in: how the testing kit finds changes made in place. */
  constructor(entries: Iterable<readonly [K, V]> = [], freeze = false) {
    for (const [key, value] of entries) this.#cells.set(key, { key, value, changed: false, gone: false });
    this.#freeze = freeze;
  }

  get size(): number {
    return this.#cells.size;
  }

  get(key: K): V | undefined {
    return this.#cells.get(key)?.value;
  }

  has(key: K): boolean {
    return this.#cells.has(key);
  }

  cell(key: K): StateCell<K, V> | undefined {
    return this.#cells.get(key);
  }

  set(key: K, value: V): StateCell<K, V> {
    const known = this.#cells.get(key);
    if (known !== undefined) return this.replace(known, value);
    if (this.#freeze) deepFreeze(value);
    const cell: Cell<K, V> = { key, value, changed: true, gone: false };
    this.#cells.set(key, cell);
    this.#touched.push(cell);
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
    const cell = this.#cells.get(key);
    if (cell === undefined) return;
    this.#cells.delete(key);
    cell.gone = true;
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

  /** The changes since the last call; counts anew from here. */
  takeChanges(): StateChanges {
    const puts: (readonly [K, V])[] = [];
    const deletes: K[] = [];
    for (const cell of this.#touched) {
      cell.changed = false;
      if (cell.gone) deletes.push(cell.key);
      else puts.push([cell.key, cell.value]);
    }
    this.#touched = [];
    return { puts, deletes };
  }

  #touch(cell: Cell<K, V>): void {
    if (cell.changed) return;
    cell.changed = true;
    this.#touched.push(cell);
  }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const key of Reflect.ownKeys(value)) deepFreeze((value as Record<PropertyKey, unknown>)[key]);
}
